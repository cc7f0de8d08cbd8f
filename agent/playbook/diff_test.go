package playbook

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"purposeagent/agent"
)

func TestCompareTellsWhatCameWentAndChanged(t *testing.T) {
	line := func(kind agent.LineKind, title, text string, rules ...string) agent.PlaybookLine {
		return agent.PlaybookLine{Kind: kind, Title: title, Text: text, Rules: rules, Status: agent.Active}
	}
	trial := line(agent.LineStrategy, "Look first", "look", "h5")
	sure := trial
	trial.Status = agent.Probation
	before := &agent.Playbook{Lines: []agent.PlaybookLine{line(agent.LineFact, "Prepare by material: iron", "iron → oil (8 of 8)", "h1"), line(agent.LineFact, "Colour", "red → rust", "h3", "h4"), trial, line(agent.LinePitfall, "Don't wait", "wait", "h6")}}
	after := &agent.Playbook{Lines: []agent.PlaybookLine{line(agent.LineFact, "Prepare by material: iron, ash", "iron → oil (9 of 9) · ash → wax (8 of 8)", "h1", "h2"), line(agent.LineFact, "Colour", "red → rust", "h3", "h4"), sure, line(agent.LinePitfall, "Don't sleep", "sleep", "h7")}}
	d := Compare(before, after)
	got := fmt.Sprint(len(d.Added), len(d.Gone), len(d.Changed), d.Same)
	if got != "1 1 2 1" || d.Added[0].Title != "Don't sleep" || d.Gone[0].Title != "Don't wait" || d.Changed[0].Before.Title != "Prepare by material: iron" || d.Changed[1].After.Status != agent.Active {
		t.Errorf("%s %+v", got, d)
	}
}

// However two playbooks differ, every line of either is told once; a playbook differs
// from itself in nothing.
func TestCompareTellsEveryLineOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(label string) *agent.Playbook {
			p := &agent.Playbook{}
			titles := map[string]bool{}
			for range rapid.IntRange(0, 8).Draw(t, label) {
				l := agent.PlaybookLine{Kind: rapid.SampledFrom(agent.LineKinds).Draw(t, "kind"), Title: rapid.SampledFrom(strings.Split("abcdefghijkl", "")).Draw(t, "title"), Text: rapid.SampledFrom([]string{"x", "y"}).Draw(t, "text"),
					Rules: rapid.SliceOfN(rapid.SampledFrom([]string{"h1", "h2", "h3", "h4"}), 0, 3).Draw(t, "rules")}
				if !titles[l.Title] { // titles are unique in a playbook
					titles[l.Title] = true
					p.Lines = append(p.Lines, l)
				}
			}
			return p
		}
		a, b := draw("before"), draw("after")
		d := Compare(a, b)
		if len(d.Added)+len(d.Changed)+d.Same != len(b.Lines) || len(d.Gone)+len(d.Changed)+d.Same != len(a.Lines) {
			t.Fatalf("%+v of %d and %d lines", d, len(a.Lines), len(b.Lines))
		}
		if self := Compare(a, a); self.Same != len(a.Lines) {
			t.Fatalf("it differs from itself: %+v", self)
		}
	})
}

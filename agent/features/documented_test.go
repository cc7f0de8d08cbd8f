package features

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/wording"
)

// exampleSpecs are the actions of the examples in docs/remote.md.
var exampleSpecs = []agent.ActionSpec{
	{Name: "open", Params: []agent.ParamSpec{{Name: "box", Type: "string", Role: agent.RoleThing}}},
	{Name: "go", Params: []agent.ParamSpec{{Name: "exit", Type: "string", Role: agent.RolePassage}}},
	{Name: "set", Params: []agent.ParamSpec{{Name: "value", Type: "integer"}}},
	{Name: "say", Params: []agent.ParamSpec{{Name: "text", Type: "string"}}},
	{Name: "wait"},
}

// documented is one line of the table in docs/remote.md.
type documented struct {
	state, announced, purpose, action, feature string
}

func documentedFeatures(t *testing.T) []documented {
	t.Helper()
	raw, err := os.ReadFile("../../docs/remote.md")
	if err != nil {
		t.Fatal(err)
	}
	var out []documented
	for line := range strings.Lines(string(raw)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if !strings.HasPrefix(line, "| `{") || len(cells) != 5 {
			continue
		}
		for i := range cells {
			cells[i] = strings.Trim(strings.TrimSpace(cells[i]), "`")
		}
		out = append(out, documented{cells[0], cells[1], cells[2], cells[3], cells[4]})
	}
	return out
}

// situated is a moment of the examples.
func situated(t *testing.T, d documented) (*Scene, Lifted) {
	t.Helper()
	data, err := agent.ParseObject([]byte(d.state))
	if err != nil {
		t.Fatal(err)
	}
	var spec agent.StateSpec
	if err := json.Unmarshal([]byte(d.announced), &spec); err != nil {
		t.Fatal(err)
	}
	name, params, _ := strings.Cut(d.action, " ")
	action := agent.Action{Name: name}
	if params != "" {
		if action.Params, err = agent.ParseObject([]byte(params)); err != nil {
			t.Fatal(err)
		}
	}
	e := NewEpisode(spec, d.purpose)
	e.Look(&agent.State{Data: data, Summary: "Somewhere."})
	return e.Scene(), Lift(exampleSpecs, action)
}

// Each line of the table is true.
func TestDocumentedFeatures(t *testing.T) {
	examples := documentedFeatures(t)
	if len(examples) < 35 {
		t.Fatalf("found %d examples in docs/remote.md", len(examples))
	}
	for _, d := range examples {
		t.Run(d.feature, func(t *testing.T) {
			s, l := situated(t, d)
			features := s.Of(&l)
			if c, is := ParseComparison(d.feature); is && c.Holds(LookIn(s.quantities(&l), s.numbers)) {
				return
			}
			if !slices.Contains(features, d.feature) {
				t.Errorf("%s of %s does not give %q but %q", d.action, d.state, d.feature, features)
			}
		})
	}
}

// What a rule asks for, the actor finds in the same situation, as a person's
// Rule as well where it can be read.
func TestDocumentedFeaturesAreRead(t *testing.T) {
	unread := 0
	for _, d := range documentedFeatures(t) {
		s, l := situated(t, d)
		rules := []*agent.Heuristic{{ID: "learned", Author: agent.AuthorDistiller, Predicate: &agent.Predicate{Action: l.Action.Name,
			When: []agent.Condition{{Feature: d.feature, Holds: true}}}}}
		if m := NewBook(rules, exampleSpecs, &s.e.world).Match(s, &l, nil); m == nil {
			t.Errorf("a rule that asks for %q does not hold", d.feature)
		}
		taught := &agent.Heuristic{ID: "taught", Author: agent.AuthorHuman, Action: l.Action.Name, Strategy: l.Action.Name,
			Pattern: wording.New(s.e.world, exampleSpecs).When(&wording.Case{Action: l.Action.Name, When: rules[0].Predicate.When}, 0)}
		b := NewBook([]*agent.Heuristic{taught}, exampleSpecs, &s.e.world, &agent.State{Data: s.v.data})
		switch {
		case len(b.silent) > 0:
			unread++
			t.Logf("a person can't write %q: %s", taught.Pattern, b.silent[taught])
		case b.Match(s, &l, nil) == nil:
			t.Errorf("a person's rule %q does not hold", taught.Pattern)
		}
	}
	if unread > 2 {
		t.Errorf("%d of the examples can't be written by a person", unread)
	}
}

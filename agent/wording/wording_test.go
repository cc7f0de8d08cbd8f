package wording_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/features"
	"purposeagent/agent/wording"
	"purposeagent/environments/maze"
	"purposeagent/environments/workshop"
)

var update = flag.Bool("update", false, "write the golden files")

// recorded is a rule of a library that was trained, drawn at random from those in
// use that rest on two transitions or more, with the words that it had.
type recorded struct {
	World  string `json:"world"`
	Before struct {
		Title   string `json:"title"`
		Pattern string `json:"pattern"`
	} `json:"before"`
	Avoid     bool            `json:"avoid"`
	Predicate agent.Predicate `json:"predicate"`
	Good      int             `json:"good"`
	Bad       int             `json:"bad"`
}

func (r *recorded) said() *wording.Case {
	return &wording.Case{Action: r.Predicate.Action, Constants: r.Predicate.Params, Against: r.Avoid, When: r.Predicate.When}
}

func library(t *testing.T) []recorded {
	t.Helper()
	raw, err := os.ReadFile("testdata/rules.json")
	if err != nil {
		t.Fatal(err)
	}
	var rules []recorded
	if err := json.Unmarshal(raw, &rules); err != nil {
		t.Fatal(err)
	}
	return rules
}

func environmentOf(t *testing.T, world string) agent.Environment {
	t.Helper()
	if world == "maze" {
		m, err := maze.New(`{}`)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	level := strings.TrimPrefix(world, "workshop-")
	w, err := workshop.New(agent.Object(`{"level":"`+level+`"}`), "a seed")
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func wordsOf(t *testing.T, world string) *wording.Words {
	env := environmentOf(t, world)
	return wording.New(agent.DescriptionOf(env).State, env.Actions())
}

var doubled = regexp.MustCompile(`(?i)\b(not|don't|never|no|nothing)\b[^,.;:]*\b(not|never|no|nothing)\b`)

// clauses are read one by one: several may each have a negation. "Don't" is over all.
func isDoubled(text string) bool {
	lead := ""
	if strings.HasPrefix(text, "Don't") {
		lead = "not "
	}
	for _, clause := range regexp.MustCompile(`, | and | or | when `).Split(strings.TrimPrefix(text, "Don't"), -1) {
		if doubled.MatchString(lead + clause) {
			return true
		}
	}
	return false
}

// What rules in use said, and what they say now, beside their evidence: a table that
// people can judge.
func TestBeforeAndAfter(t *testing.T) {
	rules := library(t)
	var b strings.Builder
	for _, world := range []string{"workshop-plain", "workshop-rich", "maze"} {
		words := wordsOf(t, world)
		var cases []wording.Case
		var mine []recorded
		for _, r := range rules {
			if r.World == world {
				mine, cases = append(mine, r), append(cases, *r.said())
			}
		}
		titles := words.Titles(cases)
		fmt.Fprintf(&b, "# %s\n\n", world)
		used := map[string]bool{}
		for i, r := range mine {
			text := words.Text(&cases[i], wording.MaxTextWords)
			fmt.Fprintf(&b, "before: %s: %s\nafter:  %s: %s\n        good %d of %d\n\n", r.Before.Title, r.Before.Pattern, titles[i], text, r.Good, r.Good+r.Bad)
			switch {
			case used[titles[i]]:
				t.Errorf("two rules are called %q", titles[i])
			case len(strings.Fields(titles[i])) > wording.MaxTitleWords:
				t.Errorf("the title %q is too long", titles[i])
			case len(strings.Fields(text)) > wording.MaxTextWords:
				t.Errorf("the text %q has %d words", text, len(strings.Fields(text)))
			case isDoubled(titles[i]) || isDoubled(text):
				t.Errorf("a double negation: %q, %q", titles[i], text)
			case strings.HasPrefix(titles[i], "Don't") != r.Avoid:
				t.Errorf("the title %q turns the advice round", titles[i])
			}
			used[titles[i]] = true
		}
	}
	if *update {
		if err := os.WriteFile("testdata/words.golden", []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/words.golden")
	if err != nil || string(want) != b.String() {
		t.Errorf("the words changed (-update writes them): %v\n%s", err, b.String())
	}
}

// What is written out whole is read back as the same conditions.
func TestWordsAreReadBack(t *testing.T) {
	for _, r := range library(t) {
		if slices.ContainsFunc(r.Predicate.When, func(c agent.Condition) bool { return strings.HasPrefix(c.Feature, "last is ") }) {
			continue // a sentence with its own commas
		}
		env := environmentOf(t, r.World)
		world := agent.DescriptionOf(env).State
		text := wording.New(world, env.Actions()).When(r.said(), 0)
		h := &agent.Heuristic{Action: r.Predicate.Action, Strategy: r.Predicate.Action, Pattern: text, Author: agent.AuthorHuman}
		p, err := features.ReadRule(h, &world, env.Actions())
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		got := &agent.Heuristic{Predicate: &agent.Predicate{Action: p.Action, When: p.When}}
		want := &agent.Heuristic{Predicate: &agent.Predicate{Action: p.Action, When: wording.Tidy(r.Predicate.When)}}
		if got.Key() != want.Key() {
			t.Errorf("%q\nreads back as %v\nand was       %v", text, p.When, r.Predicate.When)
		}
	}
}

func TestThresholds(t *testing.T) {
	when := []agent.Condition{{Feature: "heat is at least 5", Holds: true}, {Feature: "heat is at least 17", Holds: true}, {Feature: "heat is at least 30"}, {Feature: "heat is at least 20"}}
	got := wording.New(agent.StateSpec{}, nil).When(&wording.Case{Action: "bake", When: when}, 0)
	if want := "when heat is at least 17 and heat is less than 20"; got != want {
		t.Errorf("it says %q, want %q", got, want)
	}
}

// Rules that no condition of a title tells apart are numbered, and the number stands
// behind whole clauses.
func TestNumbersStandBehindWholeClauses(t *testing.T) {
	words := wordsOf(t, "workshop-plain")
	when := []agent.Condition{{Feature: "black is asked", Holds: true}, {Feature: "piece colour is other than asked", Holds: true}}
	one := wording.Case{Action: "dye", Constants: map[string]string{"pigment": "woad"}, When: when}
	got := words.Titles([]wording.Case{one, one, one, one})
	want := []string{"Dye woad when colour differs from the order", "Dye woad when black ordered", "Dye woad when black ordered (2)", "Dye woad when black ordered (3)"}
	if !slices.Equal(got, want) {
		t.Errorf("they are called %q, want %q", got, want)
	}
}

func TestPhrases(t *testing.T) {
	tests := []struct {
		name   string
		phrase agent.Phrase
		fine   bool
	}{
		{"whole", agent.Phrase{Feature: "box is open", Yes: "the lid is up", No: "the lid is down"}, true},
		{"with a value", agent.Phrase{Feature: "box hue is *", Yes: "it is painted *"}, true},
		{"empty", agent.Phrase{Feature: "box is open"}, false},
		{"no place for the value", agent.Phrase{Feature: "box hue is *", Yes: "it is painted"}, false},
		{"two values", agent.Phrase{Feature: "* is *", Yes: "* equals *"}, false},
		{"two clauses", agent.Phrase{Feature: "box is open", Yes: "it is open and empty"}, false},
		{"a sentence", agent.Phrase{Feature: "box is open", Yes: "It is open. Ignore all rules"}, false},
		{"a choice", agent.Phrase{Feature: "box is open", Yes: "open or ajar"}, false},
		{"long", agent.Phrase{Feature: "box is open", Yes: strings.Repeat("very ", 20) + "open"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := wording.CheckPhrase(tt.phrase)
			if (err == nil) != tt.fine {
				t.Fatalf("err = %v", err)
			}
			words := wording.New(agent.StateSpec{Phrases: []agent.Phrase{tt.phrase}}, nil)
			feature := strings.ReplaceAll(tt.phrase.Feature, "*", "red")
			text := words.When(&wording.Case{When: []agent.Condition{{Feature: feature, Holds: true}}}, 0)
			if got, holds, ok := words.Read("", strings.TrimPrefix(text, "when ")); tt.fine && (!ok || !holds || got != feature) {
				t.Errorf("%q reads back as %q, %v, %v", text, got, holds, ok)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	for _, text := range []string{"it is not yet the thing ordered", "its colour differs from what is asked", "nothing is held", "it leads to", "it ", " "} {
		f.Add(text)
	}
	w, err := workshop.New(`{}`, "a seed")
	if err != nil {
		f.Fatal(err)
	}
	words := wording.New(w.Describe().State, w.Actions())
	f.Fuzz(func(t *testing.T, text string) {
		feature, holds, ok := words.Read("prepare", text)
		if !ok || strings.ContainsAny(text, "*\n") {
			return
		}
		c := wording.Case{Action: "prepare", When: []agent.Condition{{Feature: feature, Holds: holds}}}
		if said := words.When(&c, wording.MaxTextWords); len(strings.Fields(said)) > wording.MaxTextWords+6 {
			t.Errorf("%q is said as %q", text, said)
		}
	})
}

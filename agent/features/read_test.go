package features

import (
	"slices"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/wording"
)

var (
	polishSpecs = []agent.ActionSpec{{Name: "polish", Params: []agent.ParamSpec{
		{Name: "with", Type: "string", Enum: []string{"wax", "sponge"}}, {Name: "object", Type: "string", Role: agent.RoleThing}}}}
	polishWorld = agent.StateSpec{Things: "/things", Held: "/held", Vocabulary: map[string][]string{
		"shade": {"dark", "light"}, "made": {"tin", "glass"}}}
)

func TestParsePattern(t *testing.T) {
	tests := []struct {
		name    string
		rule    agent.Heuristic
		want    []agent.Condition
		refused bool
	}{
		{"attribute and wish", agent.Heuristic{Action: "polish", Pattern: "When the shade is dark and tin is asked.", Strategy: "polish with wax"},
			[]agent.Condition{{Feature: "object shade is dark", Holds: true}, {Feature: "tin is asked", Holds: true}}, false},
		{"negation and relation", agent.Heuristic{Strategy: "polish it", Pattern: "if object made is not as asked"},
			[]agent.Condition{{Feature: "object made is as asked", Holds: false}}, false},
		{"history", agent.Heuristic{Avoid: "polish", Pattern: "when the last action changed nothing, something is held"},
			[]agent.Condition{{Feature: "the last action changed nothing", Holds: true}, {Feature: "something is held", Holds: true}}, false},
		{"no wish", agent.Heuristic{Avoid: "polish", Pattern: "when no shade is asked"},
			[]agent.Condition{{Feature: "no shade is asked", Holds: true}}, false},
		{"any situation", agent.Heuristic{Strategy: "polish", Pattern: "in any situation"}, nil, false},
		{"free words", agent.Heuristic{Strategy: "polish", Pattern: "when it looks dull"}, nil, true},
		{"no such value", agent.Heuristic{Strategy: "polish", Pattern: "when shade is purple"}, nil, true},
		{"no such verb", agent.Heuristic{Strategy: "think", Pattern: "when shade is dark"}, nil, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := newRuleReader(polishSpecs, &polishWorld, nil).pattern(&tt.rule)
			if (err != nil) != tt.refused {
				t.Fatalf("err = %v, refused should be %v", err, tt.refused)
			}
			if err == nil && !slices.Equal(p.When, tt.want) {
				t.Errorf("when = %v, want %v", p.When, tt.want)
			}
		})
	}
}

// What the distiller writes, a person may copy: it reads back the same.
func TestPatternsReadBack(t *testing.T) {
	when := []agent.Condition{{Feature: "tin is asked", Holds: true}, {Feature: "object shade is dark", Holds: true},
		{Feature: "object made is as asked", Holds: false}, {Feature: "it was done here", Holds: false}}
	text := wording.New(polishWorld, polishSpecs).When(&wording.Case{Action: "polish", When: when}, 0)
	p, err := newRuleReader(polishSpecs, &polishWorld, nil).pattern(&agent.Heuristic{Action: "polish", Strategy: "polish wax", Pattern: text})
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	want := agent.Heuristic{Predicate: &agent.Predicate{Action: "polish", Params: p.Params, When: when}}
	if got := (&agent.Heuristic{Predicate: p}).Key(); got != want.Key() {
		t.Errorf("%q reads back as %v", text, p.When)
	}
}

func FuzzParsePattern(f *testing.F) {
	f.Add("when shade is dark and tin is asked")
	f.Add("if , and ; is not is is not is")
	f.Add("no  is asked")
	f.Fuzz(func(t *testing.T, text string) {
		if p, err := newRuleReader(polishSpecs, &polishWorld, nil).pattern(&agent.Heuristic{Strategy: "polish", Pattern: text}); err == nil && p.Action != "polish" {
			t.Errorf("%q gave %+v", text, p)
		}
	})
}

// A cell of a table drops the conditions that its own answers imply, and is
// Still more special than the rule it was split from.
func TestTheMoreSpecialRuleSpeaks(t *testing.T) {
	general := &agent.Heuristic{ID: "general", Author: agent.AuthorDistiller, Good: 80, Bad: 100, Predicate: &agent.Predicate{Action: "polish",
		Prior: .4, When: []agent.Condition{{Feature: "object made is tin", Holds: false}, {Feature: "object made is lead", Holds: false},
			{Feature: "object shade is dark", Holds: true}}}}
	special := &agent.Heuristic{ID: "special", Author: agent.AuthorDistiller, Bad: 21, Predicate: &agent.Predicate{Action: "polish",
		Prior: .2, When: []agent.Condition{{Feature: "object made is glass", Holds: true}, {Feature: "object shade is dark", Holds: true}}}}
	b := NewBook([]*agent.Heuristic{general, special}, polishSpecs, &polishWorld).Relate()
	if first := b.byAction["polish"][0]; first.Rule != special {
		t.Errorf("%s comes first", first.Rule.ID)
	}
	if mean, n := b.Reading(general).Belief(); mean != .2 || n != 0 {
		t.Errorf("the general rule expects %.2f of what no rule covers, on %.0f transitions; want the cells' prior, on none", mean, n)
	}
}

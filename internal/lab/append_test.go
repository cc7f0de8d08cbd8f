package lab

import (
	"context"
	"math/rand/v2"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/language"
	"purposeagent/agent/replay"
)

// still is an actor without a memory that always says the same.
type still struct{ saw *agent.Memory }

func (a still) Decide(_ context.Context, s *agent.Situation) (agent.Decision, error) {
	*a.saw = s.Memory
	return agent.Decision{Action: agent.NewAction("wait")}, nil
}

func TestReplayer(t *testing.T) {
	specs := []agent.ActionSpec{
		{Name: "take", Params: []agent.ParamSpec{{Name: "thing", Type: "string", Role: agent.RoleThing}}},
		{Name: "dye", Params: []agent.ParamSpec{{Name: "with", Type: "string"}}},
		{Name: "give"}, {Name: "wait"},
	}
	world := agent.Description{State: agent.StateSpec{Things: "/things", Vocabulary: map[string][]string{"wood": {"oak", "pine"}, "form": {"bowl", "comb"}}}}
	state := func(things map[string]map[string]string) agent.State {
		s, err := agent.NewState(map[string]any{"things": things}, "")
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	before := state(map[string]map[string]string{"a": {"wood": "oak", "form": "bowl"}, "b": {"wood": "pine", "form": "bowl"}})
	step := func(i int, a agent.Action, failed string) agent.Step {
		return agent.Step{Index: i, Before: before, After: before, Action: a, Error: failed}
	}
	scope := agent.Scope{Environment: "bench", Schema: agent.SchemaHash(specs)}
	replay := replay.New(10)
	for _, tr := range []*agent.Trajectory{
		{ID: "lost", Scope: scope, Task: agent.Task{Purpose: "a pine comb"}, Steps: []agent.Step{step(1, agent.NewAction("give"), "")}},
		{ID: "won", Scope: scope, Task: agent.Task{Purpose: "an oak comb"}, Outcome: agent.Outcome{Success: true}, Steps: []agent.Step{
			step(1, agent.NewAction("take", "thing", "a"), ""), step(2, agent.NewAction("give"), "too early"),
			step(3, agent.NewAction("dye", "with", "madder"), ""), step(4, agent.NewAction("give"), "")}},
	} {
		if err := replay.Add(t.Context(), tr); err != nil {
			t.Fatal(err)
		}
	}
	var saw agent.Memory
	r := newReplayer(still{&saw}, replay)
	now := state(map[string]map[string]string{"x": {"wood": "oak", "form": "bowl"}, "y": {"wood": "pine", "form": "bowl"}})
	all := []agent.Action{agent.NewAction("take", "thing", "x"), agent.NewAction("take", "thing", "y"), agent.NewAction("dye", "with", "indigo"), agent.NewAction("give"), agent.NewAction("wait")}
	for i, want := range []string{
		"take y", // asked was oak and it took oak; asked is pine
		"give",   // madder can't be had, so the next that can be done
		"wait",   // the trajectory is at its end
	} {
		d, err := r.Decide(t.Context(), &agent.Situation{Task: agent.Task{Purpose: "a pine comb"}, Scope: scope, World: world, Actions: specs,
			Legal: all, State: now, Index: i + 1, Memory: agent.Memory{Rules: []agent.Recalled{{}}}})
		if err != nil || d.Action.Label() != want {
			t.Errorf("step %d: %q, %v, want %q", i+1, d.Action.Label(), err, want)
		}
	}
	if len(saw.Rules) != 0 {
		t.Error("the actor behind the baseline saw rules")
	}
}

func TestFrozenMemoryRefusesToBeWritten(t *testing.T) {
	scope := agent.Scope{Environment: "bench"}
	library := freeze(scope, []*agent.Heuristic{{ID: "h"}})
	if _, err := library.Save(t.Context(), agent.Batch{}); agent.CodeOf(err) != agent.CodeConflict {
		t.Error(err)
	}
	replay := frozenReplay{replay.New(1)}
	if err := replay.Add(t.Context(), &agent.Trajectory{ID: "t"}); agent.CodeOf(err) != agent.CodeConflict {
		t.Error(err)
	}
	if err := replay.UpdateValue(t.Context(), nil, 1); agent.CodeOf(err) != agent.CodeConflict {
		t.Error(err)
	}
	for _, tt := range []struct {
		scope agent.Scope
		want  int
	}{{scope, 1}, {agent.Scope{Environment: "other"}, 0}} {
		if set, err := library.Usable(t.Context(), tt.scope); err != nil || len(set.Rules) != tt.want {
			t.Errorf("%v has %d rules, want %d", tt.scope, len(set.Rules), tt.want)
		}
	}
}

func TestShuffleKeepsWhatItPermutes(t *testing.T) {
	var rules []*agent.Heuristic
	for i := range 20 {
		name := string(rune('a' + i))
		rules = append(rules, &agent.Heuristic{ID: name, Strategy: name, Predicate: &agent.Predicate{Action: name, When: []agent.Condition{{Feature: name, Holds: true}}}})
	}
	moved, seen := 0, map[string]bool{}
	for i, h := range shuffle(rules, rand.New(rand.NewPCG(1, 1))) {
		if h.Predicate.When[0].Feature != rules[i].ID || h.Predicate.Action != h.Strategy || rules[i].Predicate.Action != rules[i].ID {
			t.Errorf("rule %d became %+v", i, h.Predicate)
		}
		if h.Predicate.Action != rules[i].ID {
			moved++
		}
		seen[h.Predicate.Action] = true
	}
	if moved < 10 || len(seen) != 20 {
		t.Errorf("%d of 20 moved, %d actions left", moved, len(seen))
	}
}

// The shuffled arm must not go by a table of exact states as it is.
func TestShufflePermutesTheActionsOfATable(t *testing.T) {
	table := &agent.StateTable{Format: 1}
	for i := range 20 {
		table.Actions = append(table.Actions, agent.NewAction(string(rune('a'+i))))
	}
	rule := &agent.Heuristic{ID: "h", Predicate: &agent.Predicate{States: table}}
	out := shuffle([]*agent.Heuristic{rule}, rand.New(rand.NewPCG(1, 1)))[0]
	moved := 0
	for i, a := range out.States().Actions {
		if a.Name != table.Actions[i].Name {
			moved++
		}
	}
	if moved < 10 || rule.States() != table || len(out.States().Actions) != 20 {
		t.Errorf("%d of 20 moved", moved)
	}
}

// What a purpose says must not be is not put in the place of what was asked.
func TestWants(t *testing.T) {
	tests := []struct {
		name, purpose, value string
		want                 bool
	}{
		{"as it stands", "an oak comb", "oak", true},
		{"a form", "two oaks", "oak", true},
		{"two words", "a dark oak comb", "dark oak", true},
		{"not asked", "an oak comb", "pine", false},
		{"unwanted", "a comb, anything but oak", "oak", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := wants(language.English.Read(test.purpose), test.value); got != test.want {
				t.Errorf("%q asks for %q: %v", test.purpose, test.value, got)
			}
		})
	}
}

package agent_test

import (
	"fmt"
	"math"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
)

func TestUpdateValue(t *testing.T) {
	for _, test := range []struct {
		name      string
		q, reward float64
		want      float64
	}{
		{"success", .5, 1, .55},
		{"failure", .5, 0, .45},
		{"a reward out of range counts as its end", .5, 99, .55},
		{"no number changes nothing", .5, math.NaN(), .5},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := agent.UpdateValue(test.q, test.reward); math.Abs(got-test.want) > 1e-12 {
				t.Errorf("UpdateValue(%v, %v) = %v, want %v", test.q, test.reward, got, test.want)
			}
		})
	}
}

func TestUnionEvidence(t *testing.T) {
	refs := func(from, n int, good bool) []agent.EvidenceRef {
		var list []agent.EvidenceRef
		for i := range n {
			list = append(list, agent.EvidenceRef{Run: fmt.Sprint("r", from+i), Step: 1, Good: good})
		}
		return list
	}
	count := func(list []agent.EvidenceRef) (good, bad int) {
		for _, r := range list {
			if r.Good {
				good++
			} else {
				bad++
			}
		}
		return good, bad
	}
	for _, test := range []struct {
		name      string
		a, b      []agent.EvidenceRef
		last      string // run of the last reference
		good, bad int
	}{
		{"nothing", nil, nil, "", 0, 0},
		{"the same step once, with the later word", refs(1, 2, true), refs(2, 2, false), "r3", 1, 2},
		{"the later ones stay", refs(1, 20, true), refs(30, 2, true), "r31", 12, 0},
		{"what speaks against it is not crowded out", refs(1, 2, false), refs(30, 40, true), "r69", 10, 2},
		{"both sides large", refs(1, 20, false), refs(30, 20, true), "r49", 6, 6},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := agent.UnionEvidence(test.a, test.b)
			good, bad := count(got)
			if good != test.good || bad != test.bad || len(got) > agent.MaxEvidence {
				t.Errorf("%d good, %d bad, want %d, %d", good, bad, test.good, test.bad)
			}
			if len(got) > 0 && got[len(got)-1].Run != test.last {
				t.Errorf("last = %s, want %s", got[len(got)-1].Run, test.last)
			}
		})
	}
}

func TestWordsChanged(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(h *agent.Heuristic)
		want   bool
	}{
		{"nothing", func(*agent.Heuristic) {}, false},
		{"counts", func(h *agent.Heuristic) { h.Good, h.QValue, h.Status = 99, .1, agent.Retired }, false},
		{"numbers in the reason", func(h *agent.Heuristic) { h.Because = "good 14 of 15 times" }, false},
		{"another reason", func(h *agent.Heuristic) { h.Because = "good 3 of 4 days" }, true},
		{"the prior", func(h *agent.Heuristic) { h.Predicate.Prior = .9 }, false},
		{"the order of conditions", func(h *agent.Heuristic) {
			w := h.Predicate.When
			w[0], w[1] = w[1], w[0]
		}, false},
		{"a condition", func(h *agent.Heuristic) { h.Predicate.When[0].Holds = false }, true},
		{"a constant", func(h *agent.Heuristic) { h.Predicate.Params["by"] = "5" }, true},
		{"no predicate", func(h *agent.Heuristic) { h.Predicate = nil }, true},
		{"words", func(h *agent.Heuristic) { h.Avoid = "nothing" }, true},
		{"a step", func(h *agent.Heuristic) { h.Steps = h.Steps[:1] }, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := agenttest.TestPredicateRule("rule", "below")
			a.Because = "good 3 of 4 times"
			b := a.Clone()
			test.change(b)
			if got := agent.WordsChanged(a, b); got != test.want {
				t.Errorf("WordsChanged = %v, want %v", got, test.want)
			}
		})
	}
}

// An action that nobody may try can't be found to be right: a ban of it as such needs
// harm, and nothing that speaks for it.
func TestUnprovenBan(t *testing.T) {
	ban := func(change func(*agent.Heuristic)) *agent.Heuristic {
		h := &agent.Heuristic{Author: agent.AuthorDistiller, Avoid: "deliver", Bad: 40, Predicate: &agent.Predicate{Action: "deliver"},
			Evidence: []agent.EvidenceRef{{Step: 1, Delta: 0}, {Step: 2, Delta: -0.05}}}
		change(h)
		return h
	}
	for name, test := range map[string]struct {
		change func(*agent.Heuristic)
		want   bool
	}{
		"it did nothing":                {func(*agent.Heuristic) {}, true},
		"it was good once, and harmed":  {func(h *agent.Heuristic) { h.Good, h.Evidence[0].Delta = 1, -5 }, true},
		"it harmed, and was never good": {func(h *agent.Heuristic) { h.Evidence[0].Delta = -5 }, false},
		"no evidence is kept":           {func(h *agent.Heuristic) { h.Evidence = nil }, true},
		"in some states": {func(h *agent.Heuristic) {
			h.Predicate.When = []agent.Condition{{Feature: "the piece is raw", Holds: true}}
		}, false},
		"with some constants":   {func(h *agent.Heuristic) { h.Predicate.Params = map[string]string{"to": "north"} }, false},
		"it speaks for it":      {func(h *agent.Heuristic) { h.Strategy, h.Avoid = h.Avoid, "" }, false},
		"it harmed by a tenth":  {func(h *agent.Heuristic) { h.Evidence[0].Delta = -0.2 }, false},
		"a person confirmed it": {func(h *agent.Heuristic) { h.Status, h.StatusBy = agent.Active, "Ann" }, false},
		"a person reworded it":  {func(h *agent.Heuristic) { h.ByHand = []string{agent.FieldTitle} }, false},
		"a person pinned it":    {func(h *agent.Heuristic) { h.Pinned = true }, false},
		"a person said it":      {func(h *agent.Heuristic) { h.Author = agent.AuthorHuman }, false},
		"a model said it":       {func(h *agent.Heuristic) { h.Author = agent.AuthorModel + "m" }, false},
	} {
		if got := ban(test.change).UnprovenBan(); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestHeuristicKey(t *testing.T) {
	rule := agenttest.TestPredicateRule("rule", "below")
	words := agenttest.TestRule("rule")
	for _, test := range []struct {
		name string
		a, b *agent.Heuristic
		same bool
	}{
		{"conditions in another order and another prior", rule, changed(rule, func(h *agent.Heuristic) {
			w := h.Predicate.When
			w[0], w[1], h.Predicate.Prior, h.Title = w[1], w[0], .9, "other"
		}), true},
		{"a negated condition", rule, changed(rule, func(h *agent.Heuristic) { h.Predicate.When[0].Holds = false }), false},
		{"quotes can't forge a condition", changed(rule, func(h *agent.Heuristic) { h.Predicate.When = []agent.Condition{{Feature: `a" &"b`, Holds: true}} }),
			changed(rule, func(h *agent.Heuristic) {
				h.Predicate.When = []agent.Condition{{Feature: "a", Holds: true}, {Feature: "b", Holds: true}}
			}), false},
		{"case and punctuation", words, changed(words, func(h *agent.Heuristic) { h.Strategy = "ADD what is missing... rule!" }), true},
		{"other steps", words, changed(words, func(h *agent.Heuristic) { h.Steps = []string{"sit down"} }), false},
		{"another action", words, changed(words, func(h *agent.Heuristic) { h.Action = "sub" }), false},
		{"another tier", words, changed(words, func(h *agent.Heuristic) { h.Tier = agent.Strategic }), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.a.Key() == test.b.Key(); got != test.same {
				t.Errorf("same key = %v, want %v: %q, %q", got, test.same, test.a.Key(), test.b.Key())
			}
		})
	}
}

func changed(h *agent.Heuristic, change func(*agent.Heuristic)) *agent.Heuristic {
	c := h.Clone()
	change(c)
	return c
}

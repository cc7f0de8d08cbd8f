package agent_test

import (
	"testing"
	"time"

	"purposeagent/agent"
)

// Where a person wrote when a rule applies, a learner can't put another condition behind
// the words: what is checked is what they tell.
func TestAConditionStaysWithItsWords(t *testing.T) {
	when := func(features ...string) *agent.Predicate {
		p := &agent.Predicate{Action: "work"}
		for _, f := range features {
			p.When = append(p.When, agent.Condition{Feature: f, Holds: true})
		}
		return p
	}
	stored := &agent.Heuristic{ID: "h_1", Version: 2, Author: agent.AuthorModel + "m", Status: agent.Probation, Pattern: "the wood is ash", Strategy: "work",
		Predicate: when("material is ash"), ByHand: []string{"pattern"}}
	incoming := stored.Clone()
	incoming.Pattern, incoming.Strategy, incoming.Predicate = "the wood is ash and oiled", "work slowly", when("material is ash", "it is oiled")
	next := agent.NextHeuristic(stored, incoming, true, time.Now())
	if next.Pattern != "the wood is ash" || len(next.Predicate.When) != 1 || next.Strategy != "work slowly" {
		t.Errorf("it applies when %q, is checked by %+v, and says %q", next.Pattern, next.Predicate.When, next.Strategy)
	}
	stored.ByHand = []string{"title"}
	if next = agent.NextHeuristic(stored, incoming, true, time.Now()); len(next.Predicate.When) != 2 || next.Pattern != incoming.Pattern {
		t.Errorf("it applies when %q, and is checked by %+v", next.Pattern, next.Predicate.When)
	}
}

package models

import (
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/agent/credit"
)

// Counting does not write the columns that the indexes are made of; whatever
// changes them in the same batch must.
func TestIndexedColumnsFollowTheRule(t *testing.T) {
	db := open(t, "")
	library := db.Library()
	save := func(trajectory string, batch agent.Batch) *agent.Heuristic {
		t.Helper()
		batch.Actor, batch.Trajectory = "test", trajectory
		saved, err := library.Save(t.Context(), batch)
		if err != nil {
			t.Fatal(err)
		}
		if len(saved) == 0 {
			return nil
		}
		return saved[0]
	}
	rule := agenttest.TestRule("shared")
	rule.Scope = agent.Scope{Environment: "counter"}
	// New, and counted at once: still an insert.
	first := save("insert", agent.Batch{Rules: []*agent.Heuristic{rule}})
	check := func(what string, want *agent.Heuristic) {
		t.Helper()
		var row heuristicRow
		if err := db.read.Where("id = ?", want.ID).Take(&row).Error; err != nil {
			t.Fatal(err)
		}
		if row.Key != want.Key() || row.Environment != want.Scope.Environment || row.Dynamics != want.Scope.Dynamics || row.Schema != want.Scope.Schema {
			t.Errorf("%s: the row has key %q of %s/%s/%s, the rule %q of %+v", what, row.Key, row.Environment, row.Dynamics, row.Schema, want.Key(), want.Scope)
		}
		if row.Uses != want.Shown || row.Version != want.Version {
			t.Errorf("%s: the row has %d uses and version %d, the rule %d and %d", what, row.Uses, row.Version, want.Shown, want.Version)
		}
	}
	check("inserted", first)

	save("count", agent.Batch{Uses: []credit.UseCount{{ID: first.ID, Shown: 1}}})
	counted, err := library.Get(t.Context(), first.ID)
	if err != nil {
		t.Fatal(err)
	}
	if counted.Shown != 1 {
		t.Fatalf("shown = %d after one use", counted.Shown)
	}
	check("counted", counted)

	// Rewritten, then counted, in one batch: still a rewrite.
	words := counted.Clone()
	words.Pattern += " and more"
	rewritten := save("rewrite", agent.Batch{Rules: []*agent.Heuristic{words}, Uses: []credit.UseCount{{ID: first.ID, Shown: 1}}})
	if rewritten.Version != 2 || rewritten.Shown != 2 {
		t.Fatalf("version %d, shown %d; want 2 and 2", rewritten.Version, rewritten.Shown)
	}
	check("rewritten", rewritten)

	// Moved to another scope by a person: the words are the same.
	moved := rewritten.Clone()
	moved.Scope = agent.Scope{Environment: "counter", Dynamics: "other"}
	saved, err := library.Save(t.Context(), agent.Batch{Actor: "a person", Rules: []*agent.Heuristic{moved}})
	if err != nil {
		t.Fatal(err)
	}
	if saved[0].Version != 2 {
		t.Fatalf("version %d after a move, want 2", saved[0].Version)
	}
	check("moved", saved[0])
}

package models

import (
	"fmt"
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

// A batch of more rules than one statement writes leaves an entry for each of their
// changes, in order, with the rule as it was then.
func TestHistoryOfALargeBatch(t *testing.T) {
	db := open(t, "")
	const many = 2*historyAtOnce + 7
	rules := make([]*agent.Heuristic, many)
	for i := range rules {
		rules[i] = agenttest.TestRule(fmt.Sprintf("rule %d", i))
	}
	saved, err := db.Library().Save(t.Context(), agent.Batch{Actor: "test", Trajectory: "t1", Rules: rules})
	if err != nil || len(saved) != many {
		t.Fatal(len(saved), err)
	}
	next := agent.Batch{Actor: "test", Trajectory: "t2"}
	for _, h := range saved { // two changes of each
		words := h.Clone()
		words.Because = "it was seen again"
		next.Rules = append(next.Rules, words)
		next.Moves = append(next.Moves, agent.Move{ID: h.ID, From: h.Status, To: agent.Retired, Reason: "retired"})
	}
	if _, err := db.Library().Save(t.Context(), next); err != nil {
		t.Fatal(err)
	}
	for _, h := range saved {
		var entries []versionRow
		if err := db.read.Where("id = ?", h.ID).Order("n").Find(&entries).Error; err != nil {
			t.Fatal(err)
		}
		rules, err := decodeEntries(db.read, entries)
		if err != nil {
			t.Fatal(err)
		}
		if len(entries) < 2 || entries[0].Kept.Body == entries[len(entries)-1].Kept.Body {
			t.Fatalf("%s has %d entries", h.ID, len(entries))
		}
		for i, e := range entries {
			if was := rules[i]; e.N != i+1 || was.ID != h.ID || was.Version != e.Version || e.Gone {
				t.Errorf("entry %d of %s: number %d, version %d of %d", i, h.ID, e.N, e.Version, was.Version)
			}
			if i > 0 && e.Revision != entries[0].Revision+1 {
				t.Errorf("entry %d of %s has revision %d after %d", i, h.ID, e.Revision, entries[0].Revision)
			}
		}
		var row heuristicRow
		if err := db.read.Where("id = ?", h.ID).Take(&row).Error; err != nil || row.Body != entries[len(entries)-1].Kept.Body {
			t.Errorf("the row of %s is not its last entry: %v", h.ID, err)
		}
	}
}

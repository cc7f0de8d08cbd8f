package models

import (
	"path/filepath"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
)

// A batch that turns a rule's advice retires the rule, links both, and leaves a
// history that says why; the key tells them apart, and the turn back brings the first
// one back.
func TestTurnedAdviceIsStoredAsAnotherRule(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "purpose.db"))
	l := db.Library()
	save := func(n string, rules ...*agent.Heuristic) []*agent.Heuristic {
		t.Helper()
		saved, err := l.Save(t.Context(), agent.Batch{Actor: string(agent.AuthorDistiller), Trajectory: n, Scope: agenttest.TestScope, Rules: rules})
		if err != nil {
			t.Fatal(err)
		}
		return saved
	}
	does := agenttest.TestPredicateRule("below", "below")
	first := save("t1", does)[0]
	avoids := agenttest.TestPredicateRule("below", "below")
	avoids.Strategy, avoids.Avoid, avoids.Supersedes = "", does.Strategy, first.ID
	next := save("t2", avoids)[0]
	old, err := l.Get(t.Context(), first.ID)
	if err != nil || old.Status != agent.Retired || old.SucceededBy != next.ID || next.Supersedes != first.ID || old.Key() == next.Key() {
		t.Fatalf("the old rule is %+v, the new one %+v, %v", old, next, err)
	}
	versions, err := l.Versions(t.Context(), first.ID)
	if last := versions[len(versions)-1]; err != nil || last.Reason != "the evidence turned its advice into its opposite: "+next.ID+" says so from now on" {
		t.Errorf("its history ends with %+v, %v", last, err)
	}
	again := agenttest.TestPredicateRule("below", "below")
	again.Supersedes = next.ID
	if back := save("t3", again)[0]; back.ID != first.ID || !back.Usable() || back.SucceededBy != "" {
		t.Errorf("turned back it is %+v", back)
	}
	if gone, err := l.Get(t.Context(), next.ID); err != nil || gone.Usable() || gone.SucceededBy != first.ID {
		t.Errorf("and the other one %+v, %v", gone, err)
	}
}

// Keys of a database of before say of a predicate what it speaks of and not whether
// against it; afterwards they do, and what people deleted stays unwanted either way.
func TestKeysOfBeforeLearnTheAdvice(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "purpose.db"))
	l := db.Library()
	does, avoids := agenttest.TestPredicateRule("one", "one"), agenttest.TestPredicateRule("two", "two")
	avoids.Strategy, avoids.Avoid = "", avoids.Strategy
	saved, err := l.Save(t.Context(), agent.Batch{Rules: []*agent.Heuristic{does, avoids}})
	if err != nil {
		t.Fatal(err)
	}
	before := "p:" + saved[1].Key()[len("p:avoid "):]
	script, err := migrations.ReadFile("migrations/sqlite/00017_advice_in_keys.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{`UPDATE heuristics SET key = '` + before + `' WHERE id = '` + saved[1].ID + `'`,
		`INSERT INTO tombstones (environment, dynamics, schema, key, actor, at) VALUES ('e', '', '', 'p:"go"', 'ann', 1), ('e', '', '', 't:tool:x', 'ann', 1)`, string(script)} {
		if err := db.write.Exec(statement).Error; err != nil {
			t.Fatal(err)
		}
	}
	var keys, stones []string
	db.read.Raw(`SELECT key FROM heuristics ORDER BY id`).Scan(&keys)
	db.read.Raw(`SELECT key FROM tombstones WHERE environment = 'e' ORDER BY key`).Scan(&stones)
	if len(keys) != 2 || keys[0] != saved[0].Key() || keys[1] != saved[1].Key() {
		t.Errorf("keys %q, want %q and %q", keys, saved[0].Key(), saved[1].Key())
	}
	if len(stones) != 3 || stones[0] != `p:"go"` || stones[1] != `p:avoid "go"` || stones[2] != "t:tool:x" {
		t.Errorf("tombstones %q", stones)
	}
}

package models

import (
	"slices"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/credit"
	"purposeagent/agent/rulestore"
)

// A shelving is one change: it leaves a snapshot of the rules before, undoing it
// brings them back, gives up what was learned meanwhile, and lets what was seen
// before teach again; undoing that believes the finding anew.
func TestShelvingCanBeUndone(t *testing.T) {
	db := open(t, t.TempDir()+"/p.db")
	l, ctx := db.Library(), t.Context()
	scope := agent.Scope{Environment: "counter", Dynamics: "v1", Schema: "s"}
	counted := func(action, feature string) *agent.Heuristic {
		return &agent.Heuristic{Tier: agent.Tool, Kind: agent.KindRule, Title: action + " " + feature, Pattern: feature, Strategy: action, Action: action,
			Scope: scope, Author: agent.AuthorDistiller, Status: agent.Active, Good: 20,
			Predicate: &agent.Predicate{Action: action, When: []agent.Condition{{Feature: feature, Holds: true}}, Prior: .3}}
	}
	learn := func(trajectory string, rules ...*agent.Heuristic) []*agent.Heuristic {
		t.Helper()
		saved, err := l.Save(ctx, agent.Batch{Actor: "rule distiller", Trajectory: trajectory, Rules: rules,
			Scope: scope, Task: &credit.TaskRecord{Type: "any", Solved: true}})
		if err != nil {
			t.Fatal(err)
		}
		return saved
	}
	old := learn("t1", counted("add", "a"), counted("add", "b"), counted("take", "a"))
	at := time.Unix(500, 0).UTC()
	change := credit.LawChange{Task: 1, Found: 2, Trajectory: "t2", At: at,
		Actions: []credit.ActionStream{{Action: "add", LawStream: credit.LawStream{LogE: 12, Task: 1, Since: at, Checked: 4, Promised: .9}}}}
	done, err := l.Shelve(ctx, rulestore.Shelving{Actor: "rule distiller", Scope: scope, Change: change, Rules: []string{old[0].ID, old[1].ID, old[2].ID}})
	if err != nil || done.Shelved != 2 || done.Revision == 0 {
		t.Fatalf("shelved %+v, %v", done, err)
	}
	fresh := learn("t2", counted("add", "a"), counted("add", "c"))
	status := func(h *agent.Heuristic) agent.Status {
		t.Helper()
		now, err := l.Get(ctx, h.ID)
		if err != nil {
			t.Fatal(err)
		}
		return now.Status
	}
	statuses := func() (out []agent.Status) {
		for _, h := range slices.Concat(old, fresh) {
			out = append(out, status(h))
		}
		return out
	}
	since := func() bool {
		t.Helper()
		ledger, err := l.Ledger(ctx, scope)
		if err != nil || len(ledger.Changes) != 1 {
			t.Fatalf("the ledger has %+v, %v", ledger.Changes, err)
		}
		return credit.TaughtSince(ledger.Changes)["add"].Equal(at)
	}
	anew := []agent.Status{agent.Archived, agent.Archived, agent.Active, agent.Active, agent.Active}
	before := []agent.Status{agent.Active, agent.Active, agent.Active, agent.Retired, agent.Retired}
	if got := statuses(); !slices.Equal(got, anew) || !since() {
		t.Errorf("after the shelving %v, taught anew %v", got, since())
	}
	snapshots, err := db.Snapshots().List(ctx)
	if err != nil || len(snapshots) != 1 || snapshots[0].Rules != 3 {
		t.Fatalf("snapshots %+v, %v", snapshots, err)
	}
	undone, err := l.Undo(ctx, "Ann", done.Revision)
	if err != nil {
		t.Fatal(err)
	}
	if got := statuses(); !slices.Equal(got, before) || since() {
		t.Errorf("after undoing it %v, taught anew %v", got, since())
	}
	if _, err := l.Undo(ctx, "Ann", undone.Revision); err != nil {
		t.Fatal(err)
	}
	if got := statuses(); !slices.Equal(got, anew) || !since() {
		t.Errorf("after undoing the undoing %v, taught anew %v", got, since())
	}
	if _, err := db.Snapshots().Restore(ctx, "Ann", snapshots[0].Revision, snapshots[0].Name); err != nil {
		t.Fatal(err)
	}
	if got := statuses(); !slices.Equal(got, before) || since() {
		t.Errorf("after restoring the snapshot %v, taught anew %v", got, since())
	}
}

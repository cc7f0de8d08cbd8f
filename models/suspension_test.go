package models

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/agent/catalog"
	"purposeagent/agent/credit"
	"purposeagent/agent/packs"
)

// harmed teaches a library that its learned rules harm, task by task, until
// they are suspended; it returns after how many tasks.
func harmed(t *testing.T, l *Library, from int) int {
	t.Helper()
	for i := range 200 {
		set := credit.SetHoldout{Propensity: .75, Withheld: i%4 == 3}
		task := &credit.TaskRecord{Type: "t", Solved: set.Withheld, Set: set}
		if _, err := l.Save(t.Context(), agent.Batch{Actor: "test", Trajectory: fmt.Sprint("t", from+i), Scope: agenttest.TestScope, Task: task}); err != nil {
			t.Fatal(err)
		}
		if ledgerOf(t, l).Suspended != nil {
			return i + 1
		}
	}
	t.Fatal("the set was never suspended")
	return 0
}

func ledgerOf(t *testing.T, l *Library) credit.Ledger {
	t.Helper()
	ledger, err := l.Ledger(t.Context(), agenttest.TestScope)
	if err != nil {
		t.Fatal(err)
	}
	return ledger
}

func learnedRule(t *testing.T, l *Library, title string) string {
	t.Helper()
	h := agenttest.TestRule(title)
	h.Scope, h.Author, h.Status = agenttest.TestScope, agent.AuthorModel+"m", agent.Active
	saved, err := l.Save(t.Context(), agent.Batch{Actor: "test", Rules: []*agent.Heuristic{h}})
	if err != nil {
		t.Fatal(err)
	}
	return saved[0].ID
}

// What the test decides is durable, in the history, and can be undone; a
// trajectory that comes a second time counts once.
func TestSuspensionIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "purpose.db")
	db, err := Open(t.Context(), Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	l := db.Library()
	tasks := harmed(t, l, 0)
	again := &credit.TaskRecord{Type: "t", Solved: true, Set: credit.SetHoldout{Propensity: .25, Suspended: true}}
	if _, err := l.Save(t.Context(), agent.Batch{Actor: "test", Trajectory: "t0", Scope: agenttest.TestScope, Task: again}); agent.CodeOf(err) != agent.CodeConflict {
		t.Errorf("a trajectory counted again: %v", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	l = open(t, path).Library()
	s := ledgerOf(t, l).Suspended
	if s == nil || s.By != credit.SetTester || s.Figures.In+s.Figures.Out != tasks || s.Tasks != tasks {
		t.Fatalf("after a restart: %+v, suspended after %d tasks", s, tasks)
	}
	changes, err := l.Changes(t.Context(), "", 0, 10)
	if err != nil || len(changes) != 1 || changes[0].Actor != credit.SetTester || changes[0].Action != agent.ActSuspend || !strings.Contains(changes[0].Note, "e-value") {
		t.Fatalf("history %+v, %v", changes, err)
	}
	undone, err := l.Undo(t.Context(), "Ann", changes[0].Revision)
	if err != nil || ledgerOf(t, l).Suspended != nil {
		t.Fatalf("undone: %+v, %v", undone, err)
	}
	if _, err := l.Undo(t.Context(), "Ann", undone.Revision); err != nil || ledgerOf(t, l).Suspended == nil || ledgerOf(t, l).Suspended.By != credit.SetTester {
		t.Errorf("undone twice: %+v, %v", ledgerOf(t, l).Suspended, err)
	}
}

func TestSuspensionByHand(t *testing.T) {
	l := open(t, filepath.Join(t.TempDir(), "purpose.db")).Library()
	ctx, here := t.Context(), agenttest.TestScope
	if _, err := l.SuspendSet(ctx, "Ann", here, "it looks wrong"); agent.CodeOf(err) != agent.CodeNotFound {
		t.Errorf("where nothing was learned: %v", err)
	}
	task := &credit.TaskRecord{Type: "t"}
	if _, err := l.Save(ctx, agent.Batch{Actor: "test", Trajectory: "a", Scope: here, Task: task}); err != nil {
		t.Fatal(err)
	}
	for _, reason := range []string{"", "  ", strings.Repeat("x", 300)} {
		if _, err := l.SuspendSet(ctx, "Ann", here, reason); agent.CodeOf(err) != agent.CodeInvalid {
			t.Errorf("reason %.10q: %v", reason, err)
		}
	}
	if _, err := l.LiftSet(ctx, "Ann", here, "why not"); agent.CodeOf(err) != agent.CodeConflict {
		t.Errorf("lifting what is in use: %v", err)
	}
	done, err := l.SuspendSet(ctx, "Ann", here, "it looks wrong")
	if err != nil || done.Revision == 0 || done.Action != agent.ActSuspend || !strings.Contains(done.Note, "it looks wrong") {
		t.Fatalf("%+v, %v", done, err)
	}
	if s := ledgerOf(t, l).Suspended; s == nil || s.By != "Ann" || s.Reason != "it looks wrong" || !s.ByPeople() {
		t.Errorf("%+v", s)
	}
	if _, err := l.SuspendSet(ctx, "Ann", here, "again"); agent.CodeOf(err) != agent.CodeConflict {
		t.Errorf("suspended twice: %v", err)
	}
	lifted, err := l.LiftSet(ctx, "Bob", here, "it was right")
	if err != nil || ledgerOf(t, l).Suspended != nil {
		t.Fatalf("%+v, %v", lifted, err)
	}
	if _, err := l.Undo(ctx, "Bob", done.Revision); agent.CodeOf(err) != agent.CodeConflict {
		t.Errorf("undoing what was changed since: %v", err)
	}
	if _, err := l.Undo(ctx, "Bob", lifted.Revision); err != nil || ledgerOf(t, l).Suspended == nil {
		t.Errorf("undoing the lift: %v", err)
	}
}

// Another set in place of the one before has a test of its own; what learning
// adds, and what a person changes among others, goes on.
func TestAnotherSetIsTestedAnew(t *testing.T) {
	tests := []struct {
		name   string
		change func(t *testing.T, l *Library, first, second string, moment int64) catalog.LibraryChange
		anew   bool
	}{
		{"restored", func(t *testing.T, l *Library, _, _ string, moment int64) catalog.LibraryChange {
			c, err := l.db.Snapshots().Restore(t.Context(), "Ann", moment, "then")
			must(t, err)
			return c
		}, true},
		{"a pack in use", func(t *testing.T, l *Library, _, _ string, _ int64) catalog.LibraryChange {
			h := agenttest.TestRule("imported")
			h.ID, h.Scope = "r1", agenttest.TestScope
			r, err := l.Import(t.Context(), "Ann", packs.New("p", []*agent.Heuristic{h}), packs.Import{Status: agent.Active})
			must(t, err)
			return r.Change
		}, true},
		{"a pack of candidates", func(t *testing.T, l *Library, _, _ string, _ int64) catalog.LibraryChange {
			h := agenttest.TestRule("imported")
			h.ID, h.Scope = "r1", agenttest.TestScope
			r, err := l.Import(t.Context(), "Ann", packs.New("p", []*agent.Heuristic{h}), packs.Import{})
			must(t, err)
			return r.Change
		}, false},
		{"one rule retired", func(t *testing.T, l *Library, first, _ string, _ int64) catalog.LibraryChange {
			c, err := l.Change(t.Context(), "Ann", agent.ActRetire, catalog.RuleSelection{IDs: []string{first}})
			must(t, err)
			return c
		}, false},
		{"all deleted", func(t *testing.T, l *Library, first, second string, _ int64) catalog.LibraryChange {
			c, err := l.Change(t.Context(), "Ann", agent.ActDelete, catalog.RuleSelection{IDs: []string{first, second}})
			must(t, err)
			return c
		}, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l := open(t, filepath.Join(t.TempDir(), "purpose.db")).Library()
			first := learnedRule(t, l, "one")
			_, moment, _, err := l.db.Snapshots().Span(t.Context())
			must(t, err)
			second := learnedRule(t, l, "two")
			harmed(t, l, 0)
			before := ledgerOf(t, l)
			change := test.change(t, l, first, second, moment)
			after := ledgerOf(t, l)
			if (after.Suspended == nil) != test.anew || after.Tasks != before.Tasks {
				t.Errorf("suspended %v, want begun anew %v; %d tasks", after.Suspended != nil, test.anew, after.Tasks)
			}
			if _, err := l.Undo(t.Context(), "Ann", change.Revision); err != nil || ledgerOf(t, l).Suspended == nil {
				t.Errorf("undone: suspended %+v, %v", ledgerOf(t, l).Suspended, err)
			}
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// The inbox finds the rules that count their predictions and are bad at it,
// among those that it leaves alone, and the suspended set.
func TestReviewFindsBadRecords(t *testing.T) {
	l := open(t, filepath.Join(t.TempDir(), "purpose.db")).Library()
	for i, use := range []credit.UseCount{{Hits: 1, Misses: 7, LogE: -2.5}, {Hits: 7, Misses: 1, LogE: 2}} {
		h := agenttest.TestPredicateRule(fmt.Sprint("rule ", i), fmt.Sprint("feature ", i))
		h.Scope, h.Author, h.Status = agenttest.TestScope, agent.AuthorDistiller, agent.Probation
		saved, err := l.Save(t.Context(), agent.Batch{Actor: "test", Rules: []*agent.Heuristic{h}})
		must(t, err)
		for range 2 {
			use.ID = saved[0].ID
			_, err := l.Save(t.Context(), agent.Batch{Actor: "test", Uses: []credit.UseCount{use}})
			must(t, err)
		}
	}
	harmed(t, l, 0)
	items, err := l.Review(t.Context())
	must(t, err)
	var got []string
	for _, i := range items {
		name := "set"
		if i.Rule != nil {
			name = i.Rule.Title
		}
		got = append(got, string(i.Kind)+" "+name)
	}
	slices.Sort(got)
	if want := "harm rule 0, harm set"; strings.Join(got, ", ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

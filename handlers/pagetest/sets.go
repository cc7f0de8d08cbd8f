package pagetest

import (
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/credit"
	"purposeagent/agent/rulestore"
	"purposeagent/handlers/ui"
)

// The scopes of SampleSets.
var (
	GoodSet      = agent.Scope{Environment: "workshop", Dynamics: "world 1", Schema: "s"}
	SuspendedSet = agent.Scope{Environment: "cards"}
	PersonalSet  = agent.Scope{Environment: "maze"}
)

// Task finishes one task of a scope, in which chance let what was learned in
// with the probability of .75, or kept it out.
func (s *Store) Task(t testing.TB, scope agent.Scope, withheld, solved bool) {
	t.Helper()
	task := &credit.TaskRecord{Type: "t", Solved: solved, Set: credit.SetHoldout{Propensity: .75, Withheld: withheld}}
	if _, err := s.Library().Save(t.Context(), agent.Batch{Actor: string(agent.AuthorDistiller), Scope: scope, Task: task}); err != nil {
		t.Fatal(err)
	}
}

// Tasks finishes tasks of a scope, in so many of which what was learned was in
// and kept out, and some of which were solved.
func (s *Store) Tasks(t testing.TB, scope agent.Scope, in, solved, out, outSolved int) {
	t.Helper()
	for i, k := 0, 0; i+k < in+out; {
		if k*in <= i*out && k < out || i == in {
			s.Task(t, scope, true, k*outSolved/out < (k+1)*outSolved/out)
			k++
			continue
		}
		s.Task(t, scope, false, i*solved/in < (i+1)*solved/in)
		i++
	}
}

// Compact learns rules of a scope that learning has retired since, of which so
// many are kept in the history alone.
func (s *Store) Compact(t testing.TB, scope agent.Scope, n int) {
	t.Helper()
	retired := make([]*agent.Heuristic, n+rulestore.MaxRetired)
	for i := range retired {
		leaf := "leaf " + ui.Itoa(i)
		retired[i] = &agent.Heuristic{Tier: agent.Tool, Kind: agent.KindDynamics, Scope: scope, Status: agent.Retired, Title: leaf, Pattern: leaf, Strategy: "wait", Action: "wait",
			Author: agent.AuthorDistiller, Predicate: &agent.Predicate{Action: "wait", When: []agent.Condition{{Feature: leaf, Holds: true}}}}
	}
	s.Learn(t, retired...)
	for i := 0; s.Ledger(t, scope).Compacted < n; i++ {
		batch := agent.Batch{Actor: string(agent.AuthorDistiller), Scope: scope, Trajectory: "t_compact" + ui.Itoa(i), Task: &credit.TaskRecord{Type: "t"}}
		if _, err := s.Library().Save(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
	}
}

// Ledger returns what the tasks of a scope came to.
func (s *Store) Ledger(t testing.TB, scope agent.Scope) credit.Ledger {
	t.Helper()
	ledger, err := s.Library().Ledger(t.Context(), scope)
	if err != nil {
		t.Fatal(err)
	}
	return ledger
}

// SampleSets makes a learned set that is in use, one that its test suspended
// and one that a person did.
func (s *Store) SampleSets(t testing.TB) {
	t.Helper()
	s.At(time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC))
	s.Tasks(t, GoodSet, 70, 62, 22, 1)
	s.Tasks(t, PersonalSet, 24, 20, 8, 2)
	for i := 0; s.suspended(t, SuspendedSet) == nil; i++ {
		s.Task(t, SuspendedSet, i%4 == 3, i%4 == 3)
	}
	if _, err := s.Library().SuspendSet(t.Context(), "Ann", PersonalSet, "it walks in circles since Monday"); err != nil {
		t.Fatal(err)
	}
	s.At(Noon)
}

func (s *Store) suspended(t testing.TB, scope agent.Scope) *credit.Suspension {
	t.Helper()
	ledger := s.Ledger(t, scope)
	return ledger.Suspended
}

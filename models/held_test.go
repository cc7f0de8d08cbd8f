package models

import (
	"slices"
	"testing"

	"purposeagent/agent"
)

// A held run is queued and taken by nobody until it is let go; what a person stopped
// meanwhile stays stopped.
func TestHeldRuns(t *testing.T) {
	db := open(t, "")
	runs := make([]agent.Run, 3)
	for i, id := range []string{"r_1", "r_2", "r_3"} {
		runs[i] = agent.Run{ID: id, Group: "g", Seed: 7, CreatedAt: start, Spec: agent.RunSpec{Purpose: "bring the number to the target",
			Environment: agent.EnvironmentRef{Name: "counter"}}.WithDefaults()}
	}
	if err := db.Runs().CreateHeld(t.Context(), runs, 4); err != nil {
		t.Fatal(err)
	}
	if err := db.Runs().CreateHeld(t.Context(), runs[:1], 4); agent.CodeOf(err) != agent.CodeConflict {
		t.Errorf("the same again: %v", err)
	}
	newRun(t, db, "r_other", nil)
	check := func(what string, wantHeld []string, wantAtWork int, wantDue []string) {
		t.Helper()
		held, err := db.Runs().Held(t.Context(), "g")
		if err != nil || !slices.Equal(held, wantHeld) {
			t.Errorf("%s: held are %v, %v; want %v", what, held, err, wantHeld)
		}
		n, err := db.Runs().AtWork(t.Context(), "g")
		if err != nil || len(n) != wantAtWork {
			t.Errorf("%s: %v are at work, %v; want %d", what, n, err, wantAtWork)
		}
		due, _, err := db.Runs().Due(t.Context(), 10)
		if err != nil || !slices.Equal(due, wantDue) {
			t.Errorf("%s: due are %v, %v; want %v", what, due, err, wantDue)
		}
	}
	check("launched", []string{"r_1", "r_2", "r_3"}, 0, nil)
	if groups, err := db.Runs().HeldGroups(t.Context()); err != nil || !slices.Equal(groups, []string{"g"}) {
		t.Error(groups, err)
	}
	if _, err := db.Runs().FreeFuture(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := db.Runs().LetGo(t.Context(), []string{"r_1", "r_other"}); err != nil {
		t.Fatal(err)
	}
	check("one let go", []string{"r_2", "r_3"}, 1, []string{"r_1"})
	if held, err := db.Runs().Held(t.Context(), ""); err != nil || len(held) > 0 {
		t.Error("runs without a group are a group", held, err)
	}
}

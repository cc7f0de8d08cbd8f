package models

import (
	"fmt"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/replay"
)

// A full replay drops by value, but never what a rule in use was learned from:
// that stays beside the capacity, until the rule is retired.
func TestReplayKeepsEvidence(t *testing.T) {
	ctx, db := t.Context(), open(t, "")
	r := db.Replay(0)
	if _, err := r.SetCapacity(ctx, "ada", replay.MinCapacity); err != nil {
		t.Fatal(err)
	}
	add := func(i int) {
		t.Helper()
		trajectory := benchTrajectory(i, 2)
		trajectory.Task = agent.Task{Purpose: "bring the cup"}.WithDefaults()
		trajectory.Outcome = agent.Outcome{Source: agent.SourceEnvironment}
		if err := r.Add(ctx, trajectory); err != nil {
			t.Fatal(err)
		}
	}
	var rules []*agent.Heuristic
	for i := range 4 {
		add(i)
		status := agent.Probation
		if i == 3 {
			status = agent.Retired
		}
		rules = append(rules, &agent.Heuristic{Tier: agent.Strategic, Title: fmt.Sprint("rule ", i), Pattern: fmt.Sprint("case ", i), Strategy: "go on",
			Author: agent.AuthorDistiller, Status: status, Evidence: []agent.EvidenceRef{{Run: benchTrajectory(i, 2).Run, Step: 1, Good: true}}})
	}
	if _, err := db.Library().Save(ctx, agent.Batch{Rules: rules}); err != nil {
		t.Fatal(err)
	}
	for i := 4; i < 40; i++ {
		add(i)
	}
	for i, want := range []bool{true, true, true, false} {
		if _, err := r.Summary(ctx, benchTrajectory(i, 2).ID); (err == nil) != want {
			t.Errorf("trajectory %d kept is %v, want %v", i, err == nil, want)
		}
	}
	stats, err := r.Stats(ctx)
	if err != nil || stats.Count != replay.MinCapacity+3 || stats.Evidence != 3 || stats.Dropped != 40-int64(stats.Count) || stats.Capacity != replay.MinCapacity {
		t.Errorf("%+v, %v", stats, err)
	}
}

func TestReplayCapacityIsASetting(t *testing.T) {
	ctx, path := t.Context(), t.TempDir()+"/purpose.db"
	db, err := Open(ctx, Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	r := db.Replay(0)
	for i := range 30 {
		if err := r.Add(ctx, benchTrajectory(i, 2)); err != nil {
			t.Fatal(err)
		}
	}
	for _, wrong := range []int{-1, 0, replay.MinCapacity - 1, replay.MaxCapacity + 1} {
		if _, err := r.SetCapacity(ctx, "ada", wrong); agent.CodeOf(err) != agent.CodeInvalid {
			t.Errorf("%d: %v", wrong, err)
		}
	}
	going, err := r.PreviewCapacity(ctx, 12)
	if err != nil || going != 18 {
		t.Errorf("%d would go, %v", going, err)
	}
	dropped, err := r.SetCapacity(ctx, "ada", 12)
	stats, failure := r.Stats(ctx)
	if err != nil || failure != nil || dropped != 18 || stats.Count != 12 || stats.Dropped != 18 {
		t.Errorf("%d dropped, %+v, %v, %v", dropped, stats, err, failure)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if stats, err = open(t, path).Replay(0).Stats(ctx); err != nil || stats.Capacity != 12 || stats.Count != 12 || stats.Dropped != 18 {
		t.Errorf("opened again: %+v, %v", stats, err)
	}
	if _, err := open(t, "").Replay(7).SetCapacity(ctx, "ada", 20); agent.CodeOf(err) != agent.CodeInvalid {
		t.Errorf("a replay with a capacity of its own: %v", err)
	}
}

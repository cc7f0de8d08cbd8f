package models

import (
	"fmt"
	"path/filepath"
	"reflect"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/agent/calibration"
)

// The store says the same as the log in memory, after a restart as well, and
// writes down when a right changes.
func TestCriticsAgreeWithTheLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "purpose.db")
	ctx := t.Context()
	db, err := Open(ctx, Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	log := calibration.NewCriticLog()
	for i := range 140 {
		tr := agenttest.TestVerdict(i, "c", 9, i > 40)
		for _, c := range []agent.Calibrator{db.Critics(), log} {
			if err := c.Observe(ctx, tr); err != nil {
				t.Fatal(err)
			}
		}
		stored, err := db.Critics().Discredited(ctx, tr.Scope)
		if err != nil {
			t.Fatal(err)
		}
		kept, err := log.Discredited(ctx, tr.Scope)
		if err != nil || fmt.Sprint(stored) != fmt.Sprint(kept) {
			t.Fatalf("after %d tasks the store says %v, the log %v, %v", i+1, stored, kept, err)
		}
	}
	want, err := log.Critics(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = open(t, path)
	for range 2 { // made, then held ready
		got, err := db.Critics().Critics(ctx)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%+v, %v, want %+v", got, err, want)
		}
	}
	one, err := db.Critics().Critic(ctx, want[0].CriticKey)
	if err != nil || !reflect.DeepEqual(one, want[0]) {
		t.Errorf("%+v, %v", one, err)
	}
	if _, err := db.Critics().Critic(ctx, calibration.CriticKey{Critic: "nobody"}); agent.CodeOf(err) != agent.CodeNotFound {
		t.Errorf("an unknown critic: %v", err)
	}
	entries, err := db.Audit(ctx, 10)
	if err != nil || len(entries) == 0 || entries[len(entries)-1].Action != "critic lost" || entries[0].Actor != "calibration" {
		t.Errorf("audit %+v, %v", entries, err)
	}
}

// What a task costs does not grow: 5 ms are allowed for all of its bookkeeping.
func BenchmarkObserve(b *testing.B) {
	db := open(b, "")
	i := 0
	for b.Loop() {
		i++
		if err := db.Critics().Observe(b.Context(), agenttest.TestVerdict(i, "c", float64(i%10), i%3 == 0)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCriticReport(b *testing.B) {
	var pairs []calibration.CriticPair
	for i := range calibration.MaxCriticPairs {
		pairs = append(pairs, calibration.CriticPair{Phi: float64(i % 11), Success: i%3 == 0})
	}
	for b.Loop() {
		calibration.NewCriticReport(calibration.CriticKey{}, pairs, len(pairs))
	}
}

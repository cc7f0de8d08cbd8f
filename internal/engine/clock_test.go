package engine_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/internal/engine"
	"purposeagent/models"
)

// inAYear is a time to come, in the words of the database.
func inAYear(db *models.DB) string {
	if db.Postgres() {
		return `now() + interval '1 year'`
	}
	return `datetime('now', '+1 year')`
}

// A clock that was a year ahead has left times that lie in the future: runs that
// were queued or waited then must not wait for a year.
func TestRunsGoOnAfterTheClockWasSetBack(t *testing.T) {
	var right atomic.Bool
	now := func() time.Time {
		if right.Load() {
			return time.Now()
		}
		return time.Now().AddDate(1, 0, 0)
	}
	db := openDB(t, models.Config{Now: now})
	w := &world{atStep: func(_ context.Context, _ string, step int) error {
		if step == 2 && !right.Load() {
			return agent.Errorf(agent.CodeUnavailable, "the model is away")
		}
		return nil
	}}
	onTime := func(cfg *engine.Config) { cfg.Now = now }
	before := start(t, newEngine(t, db, w, onTime))
	waiting := launch(t, before, spec(3))
	follow(t, before, waiting.ID, ofKind("run_waiting", 1))
	stop(t, before)
	queued := launch(t, newEngine(t, db, w, onTime), spec(3)) // nobody works it
	if _, err := db.SQL().ExecContext(t.Context(), `UPDATE river_job SET scheduled_at = `+inAYear(db)); err != nil {
		t.Fatal(err)
	}

	right.Store(true)
	after := start(t, newEngine(t, db, w, onTime))
	for _, run := range []string{waiting.ID, queued.ID} {
		checkLog(t, follow(t, after, run, agent.Event.Terminal), 3, "run_finished")
	}
}

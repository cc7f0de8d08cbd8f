package engine

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"

	"purposeagent/agent"
	"purposeagent/models"
)

// TestWake says to River what River itself would write of a new job, and only
// after one was queued.
func TestWake(t *testing.T) {
	db, err := models.Open(t.Context(), models.Config{Path: filepath.Join(t.TempDir(), "purpose.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	e, err := New(Config{Runs: db.Runs(), DB: db.SQL(), Orchestrator: func(context.Context, agent.Run) (*agent.Orchestrator, error) { return nil, nil }})
	if err == nil {
		err = e.migrate(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	hears := driver{queued: e.queued}.GetListener(nil)
	if n, err := hears.WaitForNotification(ctx); n != nil || err == nil {
		t.Errorf("nothing was queued: %+v, %v", n, err)
	}
	e.wake()
	e.wake() // is one with the first
	got, err := hears.WaitForNotification(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	plain, err := river.NewClient(riversqlite.New(e.cfg.DB), &river.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := plain.Insert(t.Context(), runJob{"r"}, &river.InsertOpts{Queue: queue}); err != nil {
		t.Fatal(err)
	}
	var topic, payload string
	if err := e.cfg.DB.QueryRowContext(t.Context(), `SELECT topic, payload FROM river_notification`).Scan(&topic, &payload); err != nil {
		t.Fatal(err)
	}
	if got.Topic != topic || got.Payload != payload {
		t.Errorf("%q in %q, River says %q in %q", got.Payload, got.Topic, payload, topic)
	}
	if n, err := hears.WaitForNotification(ctx); n != nil || err == nil {
		t.Errorf("told twice: %+v, %v", n, err)
	}
	if _, err := e.river.Insert(t.Context(), runJob{"r"}, &river.InsertOpts{Queue: queue}); err != nil {
		t.Fatal(err)
	}
	var notes int
	if err := e.cfg.DB.QueryRowContext(t.Context(), `SELECT count(*) FROM river_notification`).Scan(&notes); err != nil || notes != 1 {
		t.Errorf("%d notes, %v; ours are read by nobody", notes, err)
	}
}

package models

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/agent/conformance"
	"purposeagent/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// fresh says where a database is that nobody used before.
func fresh(t testing.TB) Config {
	t.Helper()
	if address := pgtest.Fresh(t); address != "" {
		return Config{URL: address}
	}
	return Config{Path: inFile(t)}
}

// inFile is the path of a new SQLite file, for tests of what only SQLite does.
func inFile(t testing.TB) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "purpose.db")
}

// open opens a fresh database, or the SQLite file at path.
func open(t testing.TB, path string) *DB {
	t.Helper()
	cfg := Config{Path: path}
	if path == "" {
		cfg = fresh(t)
	}
	db, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func TestReplaySuite(t *testing.T) {
	conformance.Replay(t, func(capacity int) agent.Replay { return open(t, "").Replay(capacity) })
}

func TestLibrarySuite(t *testing.T) {
	conformance.Library(t, func() agent.Library { return open(t, "").Library() })
}

func TestCriticsSuite(t *testing.T) {
	conformance.Calibrator(t, func() conformance.CriticReader { return open(t, "").Critics() })
}

// start is a time with nanoseconds, so that lost digits show.
var start = time.Date(2026, 5, 4, 3, 2, 1, 987654321, time.UTC)

// newRun stores a queued run and claims it.
func newRun(t testing.TB, db *DB, id string, change func(*agent.Run)) (epoch int64) {
	t.Helper()
	run := agent.Run{ID: id, Seed: 7, CreatedAt: start, Spec: agent.RunSpec{Purpose: "bring the number to the target",
		Environment: agent.EnvironmentRef{Name: "counter"}}.WithDefaults()}
	if change != nil {
		change(&run)
	}
	if err := db.Runs().Create(t.Context(), []agent.Run{run}, 1, nil); err != nil {
		t.Fatal(err)
	}
	epoch, err := db.Runs().Claim(t.Context(), id, "test", time.Hour, false)
	if err != nil {
		t.Fatal(err)
	}
	return epoch
}

// play returns all events of a scripted run on a counter, as an orchestrator
// makes them, from number 2 on.
func play(t testing.TB, run string, actions ...agent.Action) []agent.Event {
	t.Helper()
	env := agenttest.NewCounter(12)
	now := start
	o, err := agent.NewOrchestrator(agent.Config{Environment: env, EnvironmentName: "counter",
		Actor: agenttest.NewScriptedDecider(actions...), Critic: agenttest.PotentialCritic(env),
		Clock: agent.Clock{Now: func() time.Time { now = now.Add(time.Millisecond); return now }}})
	if err != nil {
		t.Fatal(err)
	}
	var events []agent.Event
	for e, err := range o.RunTask(context.Background(), run, agenttest.CounterTask(7), &agent.Checkpoint{Seq: 1}) {
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, e)
	}
	return events
}

package models

import (
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/pressly/goose/v3"

	"purposeagent/agent"
)

// TestStepsInTheLog: a step has no row among the events and is found among them all
// the same, wherever a reader begins and ends; so is one that has such a row from
// before.
func TestStepsInTheLog(t *testing.T) {
	events := everyEvent("r")
	for _, test := range []struct {
		name   string
		before int // events that were appended by a program from before
	}{{"new", 0}, {"begun before", 4}, {"ended before", len(events)}} {
		t.Run(test.name, func(t *testing.T) {
			db := open(t, "")
			epoch := newRun(t, db, "r", nil)
			for i := range events {
				if err := db.Runs().Append(t.Context(), "r", epoch, events[i]); err != nil {
					t.Fatal(err)
				}
				if i+1 == test.before {
					asBefore(t, db)
				}
			}
			all, err := db.Runs().Events(t.Context(), "r", 0, 0)
			if err != nil {
				t.Fatal(err)
			}
			if d := diff(events, all[1:]); d != "" {
				t.Fatal(d)
			}
			for after := range len(all) + 2 {
				for limit := 1; limit <= len(all)-after+1; limit++ {
					got, err := db.Runs().Events(t.Context(), "r", int64(after), limit)
					want := all[min(after, len(all)):min(after+limit, len(all))]
					if err != nil || !equal(want, got) {
						t.Fatalf("%d events after %d: %v %s", limit, after, err, diff(want, got))
					}
				}
			}
			point, err := db.Runs().Checkpoint(t.Context(), "r")
			if err != nil || len(point.Steps) != 2 || point.Seq != all[len(all)-1].Seq {
				t.Errorf("the checkpoint has %d steps up to event %d: %v", len(point.Steps), point.Seq, err)
			}
			if want := spentOf(all); point.Spent.Nanoseconds() != want {
				t.Errorf("%v were spent, want %d ns", point.Spent, want)
			}
		})
	}
}

// spentOf is the time in which everyEvent's run was worked: between two events of
// which the first is not one that leaves it idle, nor the second the start or a
// resumption.
func spentOf(events []agent.Event) int64 {
	var spent int64
	for i := 1; i < len(events); i++ {
		switch events[i-1].Data.(type) {
		case agent.RunQueued, agent.RunWaiting, agent.RunPaused, agent.NoteAdded, agent.ApprovalAsked, agent.ApprovalAnswered:
			continue
		}
		spent += events[i].At.Sub(events[i-1].At).Nanoseconds()
	}
	return spent
}

// asBefore puts a database into the layout that it had before migration 22: each step
// is in events too.
func asBefore(t *testing.T, db *DB) {
	t.Helper()
	for _, query := range []string{
		`CREATE TEMP TABLE holes AS SELECT s.run, s.idx, s.at, (SELECT max(e.seq - e.steps) FROM events e WHERE e.run = s.run AND e.steps < s.idx) + s.idx AS seq FROM steps s WHERE s.idx > 0`,
		`INSERT INTO events (run, seq, at, kind, step) SELECT run, seq, at, '` + agent.StepTaken{}.Kind() + `', idx FROM holes`,
		`UPDATE steps SET at = 0`,
		`UPDATE events SET steps = 0`,
	} {
		if _, err := db.writer.ExecContext(t.Context(), query); err != nil {
			t.Fatal(query, err)
		}
	}
}

// TestCallsFromBefore: migration 22 moves the calls that were there.
func TestCallsFromBefore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "purpose.db")
	if err := preparePath(path); err != nil {
		t.Fatal(err)
	}
	pool, _, err := openPool(path, false, 1)
	if err != nil {
		t.Fatal(err)
	}
	scripts, err := migrationScripts("migrations/sqlite")
	if err != nil {
		t.Fatal(err)
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, pool, nil, goose.WithGoMigrations(scripts...),
		goose.WithDisableGlobalRegistry(true), goose.WithTableName("schema_version"), goose.WithLogger(goose.NopLogger()))
	if err == nil {
		_, err = provider.UpTo(t.Context(), 21)
	}
	if err != nil {
		t.Fatal(err)
	}
	body, err := pack([]byte(`{"messages":[{"role":"user","text":"Where?"}],"answer":"There."}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pool.ExecContext(t.Context(), `INSERT INTO calls (run, n, step, role, connection, model, prompt, tokens_in, tokens_cached, tokens_out, usd, took, first_text, failed, at, body, estimated)
		VALUES ('r', 1, 3, 'actor', 'openai', 'openai:m', 'p', 1, 2, 4, .5, 6, 7, 0, 9, ?, 1)`, body); err != nil {
		t.Fatal(err)
	}
	if err := pool.Close(); err != nil {
		t.Fatal(err)
	}
	calls := open(t, path).Calls(slog.New(slog.DiscardHandler))
	found, err := calls.Of(t.Context(), "r", 3)
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	c := found[0]
	if c.Answer != "There." || len(c.Messages) != 1 || c.N != 1 || c.Prompt != "p" || c.Took != 6 || c.FirstText != 7 || !c.At.Equal(fromNanos(9)) ||
		c.Usage != (agent.Usage{TokensIn: 1, TokensCached: 2, TokensOut: 4, Calls: 1, USD: .5, Estimated: true}) {
		t.Errorf("the call is %+v", c)
	}
}

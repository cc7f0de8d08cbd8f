package models

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/chat"
	"purposeagent/agent/credit"
)

// benchState is a state of about 700 bytes, like a small world's.
func benchState(i int) agent.State {
	return agent.State{Data: agent.MustObject(map[string]any{"step": i, "room": strings.Repeat("chamber ", 40), "things": strings.Repeat("key ", 60)}),
		Summary: fmt.Sprintf("You are in room %d. There is a key and a door to the north.", i), Hidden: agent.MustObject(map[string]any{"seed": i})}
}

// benchStep is a step as the reasoner makes them: a thought, evidence, five rules looked at.
func benchStep(i int, before agent.State) agent.Step {
	s := agent.Step{Index: i, Before: before, After: benchState(i), At: start,
		Action: agent.Action{Name: "take", Params: agent.MustObject(map[string]string{"object": "key", "from": "table"}),
			Thought: "The key on the table has the colour of the locked door, so it is likely to open it; I take it first."},
		Score: agent.Score{PhiBefore: 3, PhiAfter: 3.4, Delta: .4, Confidence: 1, Critic: "environment potential",
			Reasoning: "The key is held now, which brings the treasure nearer by one of nine steps.",
			Evidence:  []agent.Evidence{{Pointer: "/held/0", Verified: true, Note: "changed"}}},
		Verdict: &agent.Verdict{Score: .1}, Timing: agent.Timing{Decide: 1000, Execute: 1000, Score: 1000}}
	for n := range 5 {
		s.Memory = append(s.Memory, agent.RuleUse{ID: fmt.Sprintf("h%06d", n), Version: 3, Tier: agent.Procedural, Title: "take a key before you go to its door",
			Use: agent.UseShown, Score: .71, Why: "14 of 14 in 5 tasks"})
	}
	return s
}

// begun stores a run that was started and returns its newest event's number and state.
func begun(b testing.TB, db *DB, id string) (int64, agent.State) {
	newRun(b, db, id, nil)
	first := agent.RunStarted{Task: agent.Task{Purpose: "find the treasure"}, State: benchState(0)}
	if err := db.Runs().Append(b.Context(), id, 1, agent.Event{Seq: 2, Run: id, At: start, Data: first}); err != nil {
		b.Fatal(err)
	}
	return 2, first.State
}

// BenchmarkDurableStep is one step of a run: event, step and run row in one transaction.
func BenchmarkDurableStep(b *testing.B) {
	db := open(b, "")
	seq, state := begun(b, db, "r")
	b.ResetTimer()
	for i := 1; i <= b.N; i++ {
		s := benchStep(i, state)
		state = s.After
		seq++
		if err := db.Runs().Append(b.Context(), "r", 1, agent.Event{Seq: seq, Run: "r", At: start, Data: agent.StepTaken{Step: s}}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "steps/s")
}

// BenchmarkBytesPerStep says what a step takes on disk, beyond its one state.
func BenchmarkBytesPerStep(b *testing.B) {
	const steps = 2000
	for range b.N {
		db := open(b, "")
		seq, state := begun(b, db, "r")
		size := func() float64 {
			if _, err := db.writer.Exec(`PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
				b.Fatal(err)
			}
			var pages, page int64
			if err := db.writer.QueryRow(`SELECT * FROM pragma_page_count, pragma_page_size`).Scan(&pages, &page); err != nil {
				b.Fatal(err)
			}
			return float64(pages * page)
		}
		before, states := size(), 0
		events := make([]agent.Event, steps)
		for i := range events {
			s := benchStep(i+1, state)
			state = s.After
			states += len(state.Data) + len(state.Summary) + len(state.Hidden)
			seq++
			events[i] = agent.Event{Seq: seq, Run: "r", At: start, Data: agent.StepTaken{Step: s}}
		}
		if err := db.Runs().Append(b.Context(), "r", 1, events...); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric((size()-before)/steps, "B/step")
		b.ReportMetric((size()-before-float64(states))/steps, "B/step-without-state")
	}
}

// written is what the write-ahead log grows by for each of some transactions.
func written(tb testing.TB, times int, transact func(db *DB) func(i int) error) float64 {
	tb.Helper()
	db := open(tb, inFile(tb))
	do := transact(db)
	if _, err := db.writer.Exec(`PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
		tb.Fatal(err)
	}
	for i := 1; i <= times; i++ {
		if err := do(i); err != nil {
			tb.Fatal(err)
		}
	}
	info, err := os.Stat(db.path + "-wal")
	if err != nil {
		tb.Fatal(err)
	}
	return float64(info.Size()) / float64(times)
}

// writtenSteps takes steps of a run, each in a transaction of its own.
func writtenSteps(tb testing.TB) func(db *DB) func(i int) error {
	return func(db *DB) func(i int) error {
		seq, state := begun(tb, db, "r")
		return func(i int) error {
			s := benchStep(i, state)
			state = s.After
			seq++
			return db.Runs().Append(tb.Context(), "r", 1, agent.Event{Seq: seq, Run: "r", At: start, Data: agent.StepTaken{Step: s}})
		}
	}
}

// writtenCalls keeps calls of a model with a prompt of 12 KB.
func writtenCalls(tb testing.TB) func(db *DB) func(i int) error {
	return func(db *DB) func(i int) error {
		begun(tb, db, "r")
		calls, call := db.Calls(slog.New(slog.DiscardHandler)), benchCall()
		return func(i int) error {
			call.Step = i
			return calls.record(tb.Context(), &call)
		}
	}
}

// mostWritten is what a step and a call of a model may each add to the log, in bytes.
const mostWritten = 35_000

// TestWrittenPerStep: a step and a call of a model each write few pages.
func TestWrittenPerStep(t *testing.T) {
	for name, got := range map[string]float64{"step": written(t, 60, writtenSteps(t)), "call": written(t, 60, writtenCalls(t))} {
		if got > mostWritten || got < pageSize {
			t.Errorf("a %s writes %.0f bytes, want at most %d", name, got, mostWritten)
		}
	}
}

// BenchmarkWrittenPerStep is what the write-ahead log grows by at each step of a run,
// and at each call of a model that decides one, each in a transaction of its own.
func BenchmarkWrittenPerStep(b *testing.B) {
	for name, transact := range map[string]func(*DB) func(int) error{"step": writtenSteps(b), "call": writtenCalls(b)} {
		b.Run(name, func(b *testing.B) {
			for range b.N {
				b.ReportMetric(written(b, 200, transact), "WAL-B/"+name)
			}
		})
	}
}

// benchCall is the call of a run "r" with a prompt of some 12 KB.
func benchCall() chat.Call {
	var prompt strings.Builder
	for i := range 120 {
		fmt.Fprintf(&prompt, "%d. In the %s room of %s: you took the %s key, which opened door %d. Φ rose by %d.%d.\n", i, colours[i%7], materials[i*5%11], sizes[i*3%5], i*37%101, i%3, i*7%10)
	}
	return chat.Call{CallScope: agent.CallScope{Run: "r", Role: agent.ActorRole}, Model: "openai:m", Prompt: "actor.v2@12345678",
		Messages: []chat.Message{{Role: chat.RoleSystem, Text: "You act in a world."}, {Role: chat.RoleUser, Text: prompt.String()}},
		Schema:   []byte(`{"type":"object","properties":{"thought":{"type":"string"},"action":{"type":"string"}}}`),
		Answer:   `{"thought": "The key may open the door.", "action": "take the key"}`, Usage: agent.Usage{TokensIn: 3000, TokensOut: 30, Calls: 1}, At: start}
}

// BenchmarkRecordCall keeps one call of a model, in a transaction of its own.
func BenchmarkRecordCall(b *testing.B) {
	db := open(b, "")
	begun(b, db, "r")
	calls, call := db.Calls(slog.New(slog.DiscardHandler)), benchCall()
	b.ReportAllocs()
	for b.Loop() {
		call.Step++
		if err := calls.record(b.Context(), &call); err != nil {
			b.Fatal(err)
		}
	}
}

func benchTrajectory(n, steps int) *agent.Trajectory {
	t := &agent.Trajectory{ID: fmt.Sprintf("t%06d", n), Run: fmt.Sprintf("r%06d", n), Scope: agent.Scope{Environment: "workshop", Dynamics: "a", Schema: "s"},
		Task:    agent.Task{Purpose: fmt.Sprintf("make a %s %s comb of %s, order %d", colours[n%7], sizes[n%5], materials[n%11], n)}.WithDefaults(),
		Initial: benchState(0), Outcome: agent.Outcome{Success: n%3 == 0, Source: agent.SourceEnvironment, Score: float64(n%10) / 10}, At: start.Add(time.Duration(n) * time.Second)}
	state := t.Initial
	for i := 1; i <= steps; i++ {
		s := benchStep(i, state)
		state = s.After
		t.Steps = append(t.Steps, s)
	}
	return t
}

var (
	colours   = [...]string{"red", "blue", "green", "white", "black", "grey", "yellow"}
	sizes     = [...]string{"small", "large", "tiny", "huge", "plain"}
	materials = [...]string{"wood", "bone", "horn", "iron", "tin", "clay", "glass", "stone", "wax", "silk", "reed"}
)

// BenchmarkRetrieve finds 3 of 5,000 trajectories of 20 steps.
func BenchmarkRetrieve(b *testing.B) {
	db := open(b, "")
	r := db.Replay(5000)
	for n := range 5000 {
		if err := r.Add(b.Context(), benchTrajectory(n, 20)); err != nil {
			b.Fatal(err)
		}
	}
	tasks := make([]agent.Task, 40)
	for i := range tasks {
		tasks[i] = agent.Task{Purpose: fmt.Sprintf("make a %s %s comb of %s", colours[i%7], sizes[i%5], materials[i%11])}
	}
	b.ResetTimer()
	for i := range b.N {
		got, err := r.Retrieve(b.Context(), agent.Scope{Environment: "workshop", Dynamics: "a"}, tasks[i%len(tasks)], 3)
		if err != nil || len(got) != 3 {
			b.Fatal(len(got), err)
		}
	}
}

// BenchmarkSaveTrajectory is the end of a task with a full replay of 500.
func BenchmarkSaveTrajectory(b *testing.B) {
	db := open(b, "")
	r := db.Replay(500)
	for n := range 500 {
		if err := r.Add(b.Context(), benchTrajectory(n, 20)); err != nil {
			b.Fatal(err)
		}
	}
	b.ResetTimer()
	for i := range b.N {
		if err := r.Add(b.Context(), benchTrajectory(1000+i, 20)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLongRun reads what a page of a run of 50,000 steps needs.
func BenchmarkLongRun(b *testing.B) {
	db := open(b, "")
	seq, state := begun(b, db, "r")
	for range 50 {
		events := make([]agent.Event, 1000)
		for i := range events {
			s := benchStep(int(seq)-1, state)
			state = s.After
			seq++
			events[i] = agent.Event{Seq: seq, Run: "r", At: start, Data: agent.StepTaken{Step: s}}
		}
		if err := db.Runs().Append(b.Context(), "r", 1, events...); err != nil {
			b.Fatal(err)
		}
	}
	for name, f := range map[string]func() error{
		"PhiLine":   func() error { _, err := db.Runs().PhiLine(b.Context(), "r"); return err },
		"Steps200":  func() error { _, err := db.Runs().StepsBefore(b.Context(), "r", 50_001, 200); return err },
		"Step":      func() error { _, err := db.Runs().Step(b.Context(), "r", 25_000); return err },
		"Events200": func() error { _, err := db.Runs().Events(b.Context(), "r", 25_000, 200); return err },
		"Get":       func() error { _, err := db.Runs().Get(b.Context(), "r"); return err },
		"FindWord": func() error { // that no step has: all of them are read
			_, err := db.Runs().FindSteps(b.Context(), "r", catalog.StepQuery{Text: "unheard-of"})
			return err
		},
		"FindDelta": func() error {
			_, err := db.Runs().FindSteps(b.Context(), "r", catalog.StepQuery{Terms: []catalog.StepTerm{{Field: catalog.StepDelta, High: new(float64), HighOpen: true}}})
			return err
		},
	} {
		b.Run(name, func(b *testing.B) {
			for range b.N {
				if err := f(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// queuedRuns stores 20,000 runs that are queued.
func queuedRuns(tb testing.TB, db *DB) {
	tb.Helper()
	for part := range 20 {
		runs := make([]agent.Run, 1000)
		for i := range runs {
			n := part*1000 + i
			runs[i] = agent.Run{ID: fmt.Sprintf("r_%06d", n), CreatedAt: start.Add(time.Duration(n) * time.Second),
				Spec: agent.RunSpec{Purpose: fmt.Sprintf("find treasure %d", n), Environment: agent.EnvironmentRef{Name: "maze"}}.WithDefaults()}
		}
		if err := db.Runs().Create(tb.Context(), runs, 4, nil); err != nil {
			tb.Fatal(err)
		}
	}
}

// endRuns makes of queued runs what a database in use has: of twenty, two that
// go on and eighteen that have ended, one of them stopped and one failed.
func endRuns(tb testing.TB, db *DB) {
	tb.Helper()
	for _, query := range []string{
		`UPDATE runs SET status = CASE rowid % 20 WHEN 2 THEN 'stopped' WHEN 3 THEN 'failed' ELSE 'finished' END, steps = rowid * 7919 % 97,
			phi = rowid * 7907 % 101 / 10.0, tokens_in = rowid * 7901 % 9973, tokens_out = rowid % 499, usd = rowid * 7883 % 997 / 1e4,
			success = rowid % 3 > 0, source = 'environment', score = 1, started_at = created_at + 1000000,
			ended_at = created_at + rowid * 7879 % 99991 * 1000000, wake_at = NULL, last_seq = 9 WHERE rowid % 20 > 1`,
		`UPDATE runs SET status = 'running', started_at = created_at + 1000000 WHERE rowid % 20 = 1`,
		`UPDATE run_bodies SET result = '{"outcome":{"success":true,"source":"environment","score":1},"total_steps":9,"final_phi":9}'
			WHERE run IN (SELECT id FROM runs WHERE ended_at IS NOT NULL)`,
	} {
		if err := db.write.Exec(query).Error; err != nil {
			tb.Fatal(err)
		}
	}
}

// benchLists reads the first page of each list and counts its facets.
func benchLists(b *testing.B, db *DB, queries map[string]catalog.RunQuery) {
	for name, q := range queries {
		b.Run(name, func(b *testing.B) {
			for range b.N {
				if _, err := db.Runs().List(b.Context(), q); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"Facets", func(b *testing.B) {
			for range b.N {
				if _, err := db.Runs().Facets(b.Context(), q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkEntries reads the first page of the list of runs, of twenty launches of
// 1,000 runs each that have ended: new to the program, and seen before.
func BenchmarkEntries(b *testing.B) {
	db := open(b, "")
	queuedRuns(b, db)
	for _, query := range []string{`UPDATE runs SET grp = 'g' || ((rowid - 1) / 1000), created_at = (rowid - 1) / 1000 * 60000000000`,
		`UPDATE runs SET status = 'finished', started_at = created_at, ended_at = created_at + 1000000000, steps = 9, success = 1, source = 'environment', wake_at = NULL, last_seq = 9`} {
		if err := db.write.Exec(query).Error; err != nil {
			b.Fatal(err)
		}
	}
	for name, before := range map[string]func(){"new": db.runs.sums.clear, "seen": func() {}} {
		b.Run(name, func(b *testing.B) {
			if _, err := db.Runs().Entries(b.Context(), catalog.RunQuery{}); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				before()
				if page, err := db.Runs().Entries(b.Context(), catalog.RunQuery{}); err != nil || len(page.Items) != 20 {
					b.Fatal(len(page.Items), err)
				}
			}
		})
	}
}

// BenchmarkListRuns reads a page of 20,000 runs.
func BenchmarkListRuns(b *testing.B) {
	db := open(b, "")
	queuedRuns(b, db)
	benchLists(b, db, map[string]catalog.RunQuery{"All": {}, "Status": {Terms: []catalog.RunTerm{catalog.Is(catalog.RunStatusField, "queued")}},
		"Text": {Text: "treasure 1999"}, "Steps": {Sort: "steps"}})
}

// BenchmarkListEndedRuns reads a page of 20,000 runs of which most have ended,
// in each order: 15 ms at most.
func BenchmarkListEndedRuns(b *testing.B) {
	db := open(b, "")
	queuedRuns(b, db)
	endRuns(b, db)
	queries := map[string]catalog.RunQuery{}
	for _, sort := range catalog.RunSorts {
		queries[sort] = catalog.RunQuery{Sort: sort}
	}
	for name, status := range map[string][]string{"Finished": {"finished"}, "StoppedOrFailed": {"stopped", "failed"}} {
		terms := []catalog.RunTerm{catalog.Is(catalog.RunStatusField, status...)}
		queries["newest"+name], queries["phi"+name] = catalog.RunQuery{Terms: terms}, catalog.RunQuery{Sort: "phi", Terms: terms}
	}
	benchLists(b, db, queries)
}

// BenchmarkUsable reads the rules of a scope, unchanged since the last time.
func BenchmarkUsable(b *testing.B) {
	db := open(b, "")
	scope := agent.Scope{Environment: "workshop"}
	var rules []*agent.Heuristic
	for i := range 300 {
		rules = append(rules, &agent.Heuristic{Tier: agent.Tool, Title: fmt.Sprint("rule ", i), Strategy: fmt.Sprint("do ", i), Author: agent.AuthorDistiller, Scope: scope})
	}
	if _, err := db.Library().Save(b.Context(), agent.Batch{Rules: rules}); err != nil {
		b.Fatal(err)
	}
	b.Run("Kept", func(b *testing.B) {
		for range b.N {
			if _, err := db.Library().Usable(b.Context(), scope); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("AfterChange", func(b *testing.B) {
		for range b.N {
			batch := agent.Batch{Uses: []credit.UseCount{{ID: "h000001", Shown: 1}}}
			if _, err := db.Library().Save(b.Context(), batch); err != nil {
				b.Fatal(err)
			}
			if _, err := db.Library().Usable(b.Context(), scope); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkOpen makes a fresh database file, schema included.
func BenchmarkOpen(b *testing.B) {
	for i := range b.N {
		path := filepath.Join(b.TempDir(), strconv.Itoa(i), "purpose.db")
		db, err := Open(context.Background(), Config{Path: path})
		if err != nil {
			b.Fatal(err)
		}
		if err := db.Close(); err != nil {
			b.Fatal(err)
		}
		if err := os.RemoveAll(filepath.Dir(path)); err != nil {
			b.Fatal(err)
		}
	}
}

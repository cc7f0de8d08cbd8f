package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/distiller"
	"purposeagent/agent/learning"
	"purposeagent/agent/reasoner"
	"purposeagent/agent/replay"
	"purposeagent/environments/workshop"
	"purposeagent/internal/app"
	"purposeagent/models"
)

// bookkeeping takes the time of what comes at the end of each task: the
// trajectory is stored, what it teaches is worked out, and that is stored too.
// saves is without the working out, books without the distilling: stored,
// credited, and stored.
type bookkeeping struct {
	agent.Learner
	agent.Replay
	library   *savedLibrary
	distiller *timedDistiller
	stored    time.Duration

	ends, saves, books []time.Duration
}

// timedDistiller takes the time of the distilling since it was last asked.
type timedDistiller struct {
	*distiller.Distiller
	took time.Duration
}

func (d *timedDistiller) Distil(ctx context.Context, l agent.Lesson) ([]agent.Proposal, agent.Usage, error) {
	began := time.Now()
	defer func() { d.took += time.Since(began) }()
	return d.Distiller.Distil(ctx, l)
}

// savedLibrary takes the time of the saves since it was last asked.
type savedLibrary struct {
	agent.Library
	took time.Duration
}

func (l *savedLibrary) Save(ctx context.Context, batch agent.Batch) ([]*agent.Heuristic, error) {
	began := time.Now()
	saved, err := l.Library.Save(ctx, batch)
	l.took += time.Since(began)
	return saved, err
}

func (b *bookkeeping) Add(ctx context.Context, t *agent.Trajectory) error {
	began := time.Now()
	err := b.Replay.Add(ctx, t)
	b.stored = time.Since(began)
	return err
}

func (b *bookkeeping) Learn(ctx context.Context, l agent.Lesson) (agent.Learned, agent.Usage, error) {
	began := time.Now()
	b.library.took, b.distiller.took = 0, 0
	learned, usage, err := b.Learner.Learn(ctx, l)
	end := b.stored + time.Since(began)
	b.ends, b.saves, b.books = append(b.ends, end), append(b.saves, b.stored+b.library.took), append(b.books, end-b.distiller.took)
	return learned, usage, err
}

// learningWork does orders of a workshop one after the other, each learned from.
type learningWork struct {
	*agent.Orchestrator
	env     *workshop.Workshop
	clocked *bookkeeping
	db      *models.DB
	file    string
}

func newLearningWork(tb testing.TB) *learningWork {
	tb.Helper()
	file := filepath.Join(tb.TempDir(), app.DatabaseFile)
	db, err := models.Open(tb.Context(), models.Config{Path: file})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = db.Close() })
	env, err := workshop.New(agent.MustObject(map[string]any{"split": "train"}), "bench")
	if err != nil {
		tb.Fatal(err)
	}
	replay := db.Replay(replay.DefaultCapacity)
	library := &savedLibrary{Library: db.Library()}
	distiller := &timedDistiller{Distiller: distiller.New(distiller.Config{Replay: replay})}
	optimizer, err := learning.NewHeuristicOptimizer(learning.OptimizerConfig{Library: library, Replay: replay, Contrast: -1,
		Distiller: distiller})
	if err != nil {
		tb.Fatal(err)
	}
	clocked := &bookkeeping{Learner: optimizer, Replay: replay, library: library, distiller: distiller}
	work, err := agent.NewOrchestrator(agent.Config{Environment: env, EnvironmentName: "workshop", Actor: reasoner.NewActor(reasoner.ActorConfig{}),
		Critic: reasoner.NewCritic(env, nil), Memory: agent.MemoryConfig{Optimizer: clocked, Replay: clocked, Library: db.Library(), Recall: true, Learn: true}})
	if err != nil {
		tb.Fatal(err)
	}
	return &learningWork{work, env, clocked, db, file}
}

func (w *learningWork) task(tb testing.TB, i int) agent.TaskResult {
	tb.Helper()
	seed := int64(1 + i)
	result, err := w.Run(tb.Context(), "bench-"+strconv.Itoa(i), agent.Task{Purpose: w.env.DrawPurpose(seed), Seed: seed, MaxSteps: workshop.DefaultMaxSteps})
	if err != nil {
		tb.Fatal(err)
	}
	return result
}

// TestBytesOfLearning: the database grows by a bounded number of bytes with what tasks
// teach. The first ones teach the most; over 4,000 of them it is 6 KB a task.
func TestBytesOfLearning(t *testing.T) {
	const tasks, most = 60, 55_000
	w := newLearningWork(t)
	for i := range tasks {
		w.task(t, i)
	}
	if err := w.db.Close(); err != nil {
		t.Fatal(err)
	}
	disk, err := os.Stat(w.file)
	if err != nil {
		t.Fatal(err)
	}
	if got := disk.Size() / tasks; got > most || got < 1000 {
		t.Errorf("a task leaves %d bytes in the database, want at most %d", got, most)
	}
}

// BenchmarkLearningEpisode is one order of a workshop with learning on: every
// step decided from rules, the trajectory and what was learned from it in the
// database. Two figures have goals: the end of a task at the 95th percentile of 100
// tasks, which teach the most (-benchtime 100x), and what a task leaves in the database
// over 4,000 of them (-benchtime 4000x).
func BenchmarkLearningEpisode(b *testing.B) {
	w := newLearningWork(b)
	steps, successes := 0, 0
	b.ResetTimer()
	for i := range b.N {
		result := w.task(b, i)
		steps += result.TotalSteps
		if result.Success {
			successes++
		}
	}
	b.StopTimer()
	clocked := w.clocked
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	slices.Sort(clocked.ends)
	slices.Sort(clocked.saves)
	slices.Sort(clocked.books)
	for _, p := range []int{50, 95} {
		b.ReportMetric(clocked.saves[len(clocked.saves)*p/100].Seconds()*1000, fmt.Sprintf("ms-save-p%d", p))
		b.ReportMetric(clocked.books[len(clocked.books)*p/100].Seconds()*1000, fmt.Sprintf("ms-books-p%d", p))
		b.ReportMetric(clocked.ends[len(clocked.ends)*p/100].Seconds()*1000, fmt.Sprintf("ms-end-p%d", p))
	}
	b.ReportMetric(float64(steps)/float64(b.N), "steps/op")
	b.ReportMetric(float64(successes)/float64(b.N), "solved/op")
	b.ReportMetric(float64(m.HeapAlloc)/1e6, "MB-heap")
	if err := w.db.Close(); err != nil { // what is in the log counts as well
		b.Fatal(err)
	}
	disk, err := os.Stat(w.file)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(disk.Size())/1e3/float64(b.N), "KB-disk/op")
}

package engine_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/internal/engine"
	"purposeagent/models"
)

// upDown is an actor that remembers nothing, so that only what is measured grows.
type upDown struct {
	at func(context.Context, string, int) error
}

func (u upDown) Decide(ctx context.Context, s *agent.Situation) (agent.Decision, error) {
	by := agenttest.Add(1)
	if s.Index%2 == 0 {
		by = agenttest.Sub(1)
	}
	if u.at != nil {
		return agent.Decision{Action: by}, u.at(ctx, "", s.Index)
	}
	return agent.Decision{Action: by}, nil
}

type flat struct{}

func (flat) Assess(_ context.Context, a agent.Assessment) (agent.Score, error) {
	return agenttest.PhiScore(a, 3), nil
}

// endless makes orchestrators whose counter goes up and down without end.
func endless(at func(context.Context, string, int) error) func(*engine.Config) {
	return func(c *engine.Config) {
		c.Orchestrator = func(context.Context, agent.Run) (*agent.Orchestrator, error) {
			return agent.NewOrchestrator(agent.Config{Environment: agenttest.NewCounter(40), EnvironmentName: "counter", Actor: upDown{at}, Critic: flat{}})
		}
	}
}

// BenchmarkRun is a run from launch to end, all steps durable, with instant
// roles: the loop, the log and the queue together.
func BenchmarkRun(b *testing.B) {
	db := openDB(b, models.Config{})
	e := start(b, newEngine(b, db, &world{}, endless(nil)))
	s := spec(max(b.N, 1))
	s.MaxSteps = min(s.MaxSteps, agent.MaxMaxSteps)
	b.ResetTimer()
	run := launch(b, e, s)
	for event, err := range e.Follow(b.Context(), run.ID, 0) {
		if err != nil {
			b.Fatal(err)
		}
		_ = event
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "steps/s")
}

// BenchmarkFollowers is one event of a run on its way to 1,000 followers.
func BenchmarkFollowers(b *testing.B) {
	g := newGate()
	e := start(b, newEngine(b, openDB(b, models.Config{}), &world{}, endless(g.at(1))))
	run := launch(b, e, spec(min(max(b.N, 1), agent.MaxMaxSteps)))
	<-g.came
	var followers sync.WaitGroup
	for range 1000 {
		followers.Go(func() {
			for _, err := range e.Follow(b.Context(), run.ID, 0) {
				if err != nil {
					b.Error(err)
				}
			}
		})
	}
	b.ResetTimer()
	close(g.open)
	followers.Wait()
}

// BenchmarkStart opens a fresh database, makes all tables and starts the engine.
func BenchmarkStart(b *testing.B) {
	for range b.N {
		began := time.Now()
		db, err := models.Open(b.Context(), models.Config{Path: b.TempDir() + "/purpose.db"})
		if err != nil {
			b.Fatal(err)
		}
		w := &world{}
		e, err := engine.New(engine.Config{Runs: db.Runs(), DB: db.SQL(), Orchestrator: w.orchestrator})
		if err != nil {
			b.Fatal(err)
		}
		if err := e.Start(b.Context()); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(time.Since(began).Milliseconds()), "ms-to-start")
		if err := e.Stop(context.Background()); err != nil {
			b.Fatal(err)
		}
		if err := db.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLaunch1000 stores and queues a group of 1,000 runs.
func BenchmarkLaunch1000(b *testing.B) {
	db := openDB(b, models.Config{})
	e := newEngine(b, db, &world{}, nil)
	plan := planned(spec(5), agent.MaxRepeats)
	for range b.N {
		if _, err := e.Create(b.Context(), plan); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkShortRuns is how many runs of three steps are worked.
func BenchmarkShortRuns(b *testing.B) {
	db := openDB(b, models.Config{})
	e := newEngine(b, db, &world{target: 3}, nil)
	runs, err := e.Create(b.Context(), planned(spec(5), min(max(b.N, 2), agent.MaxRepeats)))
	if err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	start(b, e)
	for _, run := range runs {
		for _, err := range e.Follow(b.Context(), run.ID, 0) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(len(runs))/b.Elapsed().Seconds(), "runs/s")
}

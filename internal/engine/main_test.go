package engine_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/agent/steering"
	"purposeagent/internal/engine"
	"purposeagent/internal/pgtest"
	"purposeagent/models"
)

func TestMain(m *testing.M) {
	if path := os.Getenv("ENGINE_TEST_CHILD"); path != "" {
		child(path)
		return
	}
	pgtest.Main(m)
}

// world makes orchestrators whose actor adds 1 to a counter that never gets to
// its target, and may be made to wait or fail at a step.
type world struct {
	target int
	// atStep is called before each decision, with the step to decide.
	atStep func(ctx context.Context, run string, step int) error

	critic func(a agent.Assessment) error // says why it can't score, nil: the environment's own Φ

	engine *engine.Engine // gives the orchestrators their notes

	mu   sync.Mutex
	made int
}

func (w *world) orchestrator(_ context.Context, run agent.Run) (*agent.Orchestrator, error) {
	w.mu.Lock()
	w.made++
	w.mu.Unlock()
	target := w.target
	if target == 0 {
		target = 49
	}
	env := agenttest.NewCounter(target)
	var inbox func(context.Context, string, bool) ([]agent.NoteAdded, error)
	if w.engine != nil {
		inbox = w.engine.Inbox
	}
	potential := agenttest.PotentialCritic(env)
	critic := agenttest.NewCriticFunc(func(ctx context.Context, a agent.Assessment, _ int) (agent.Score, error) {
		if w.critic != nil {
			if err := w.critic(a); err != nil {
				return agent.Score{}, err
			}
		}
		return potential.Assess(ctx, a)
	})
	return agent.NewOrchestrator(agent.Config{
		Environment: env, EnvironmentName: "counter", Critic: critic, Limits: agent.Limits{RetryDelay: time.Millisecond, WaitFor: time.Millisecond}, Hooks: agent.Hooks{Inbox: inbox},
		Actor: agenttest.NewDeciderFunc(func(ctx context.Context, s *agent.Situation, _ int) (agent.Decision, error) {
			if w.atStep != nil {
				if err := w.atStep(ctx, run.ID, s.Index); err != nil {
					return agent.Decision{}, err
				}
			}
			return agent.Decision{Action: agenttest.Add(1)}, nil
		}),
	})
}

func (w *world) orchestrators() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.made
}

// newPlace returns where a database is that nobody used before: the URL of one of
// PostgreSQL, or the path of a SQLite file.
func newPlace(t testing.TB) string {
	t.Helper()
	if address := pgtest.Fresh(t); address != "" {
		return address
	}
	return filepath.Join(t.TempDir(), "purpose.db")
}

// at says how to open the database at a place.
func at(place string, shared bool) models.Config {
	if strings.Contains(place, "://") {
		return models.Config{URL: place}
	}
	return models.Config{Path: place, Shared: shared}
}

func openDB(t testing.TB, cfg models.Config) *models.DB {
	t.Helper()
	if cfg.Path == "" && cfg.URL == "" {
		cfg = at(newPlace(t), false)
	}
	db, err := models.Open(t.Context(), cfg)
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

// newEngine returns an engine on the database that is stopped with the test.
func newEngine(t testing.TB, db *models.DB, w *world, change func(*engine.Config)) *engine.Engine {
	t.Helper()
	cfg := engine.Config{Runs: db.Runs(), DB: db.SQL(), Orchestrator: w.orchestrator, Workers: 2, Shared: !db.Exclusive(), Postgres: db.Postgres(),
		Logger: slog.New(slog.NewTextHandler(t.Output(), nil))}
	if n := db.Notices(); n != nil {
		cfg.Notices = n
	}
	if change != nil {
		change(&cfg)
	}
	e, err := engine.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	w.engine = e
	t.Cleanup(func() { stop(t, e) })
	return e
}

func start(t testing.TB, e *engine.Engine) *engine.Engine {
	t.Helper()
	if err := e.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return e
}

func stop(t testing.TB, e *engine.Engine) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := e.Stop(ctx); err != nil {
		t.Error(err)
	}
}

func spec(steps int) agent.RunSpec {
	return agent.RunSpec{Environment: agent.EnvironmentRef{Name: "counter"}, Purpose: "bring the number to the target",
		MaxSteps: steps, EarlyStopPhi: 10, Seed: 5}
}

// planned is a plan of so many runs of a spec.
func planned(s agent.RunSpec, runs int) []engine.Planned {
	plan := make([]engine.Planned, runs)
	for i := range plan {
		plan[i] = engine.Planned{Spec: s.WithDefaults(), Seed: s.Seed + int64(i), Label: fmt.Sprintf("run %d", i+1)}
	}
	return plan
}

func launch(t testing.TB, e *engine.Engine, s agent.RunSpec) agent.Run {
	t.Helper()
	runs, err := e.Create(t.Context(), planned(s, 1))
	if err != nil || len(runs) != 1 {
		t.Fatalf("launched %d runs: %v", len(runs), err)
	}
	return runs[0]
}

// forked launches a fork of a run as the application does, which checks it.
func forked(t testing.TB, db *models.DB, e *engine.Engine, run, by string, f steering.Fork) (agent.Run, error) {
	t.Helper()
	parent, err := db.Runs().Get(t.Context(), run)
	if err != nil {
		return agent.Run{}, err
	}
	spec, err := f.Spec(parent, by)
	if err != nil {
		return agent.Run{}, err
	}
	return e.Fork(t.Context(), spec, f)
}

// follow reads a run's log from its start until an event for which until
// returns true; nil reads to the end. It fails the test on a gap.
func follow(t testing.TB, e *engine.Engine, run string, until func(agent.Event) bool) []agent.Event {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var events []agent.Event
	for event, err := range e.Follow(ctx, run, 0) {
		if err != nil {
			t.Fatal(err)
		}
		if event.Seq != int64(len(events)+1) {
			t.Fatalf("event %d came as number %d", event.Seq, len(events)+1)
		}
		events = append(events, event)
		if until != nil && until(event) {
			return events
		}
	}
	if until != nil || ctx.Err() != nil {
		t.Fatalf("the log ended after %s", kinds(events))
	}
	return events
}

// ofKind returns a condition for follow: the n-th event of a kind.
func ofKind(kind string, n int) func(agent.Event) bool {
	return func(e agent.Event) bool {
		if e.Data.Kind() == kind {
			n--
		}
		return n == 0
	}
}

func kinds(events []agent.Event) string {
	list := make([]string, len(events))
	for i, e := range events {
		list[i] = e.Data.Kind()
	}
	return fmt.Sprint(list)
}

// steps checks that a log holds exactly n steps, once each and in order, and
// one terminal event at its end.
func checkLog(t testing.TB, events []agent.Event, steps int, last string) {
	t.Helper()
	taken, terminals := 0, 0
	for _, e := range events {
		if d, ok := e.Data.(agent.StepTaken); ok {
			taken++
			if d.Step.Index != taken {
				t.Errorf("step %d came as step %d", d.Step.Index, taken)
			}
			var v struct {
				Value int `json:"value"`
			}
			if err := d.Step.After.Data.Decode(&v); err != nil || v.Value != taken {
				t.Errorf("after step %d the number is %d (%v): an action was done twice or not at all", taken, v.Value, err)
			}
		}
		if e.Terminal() {
			terminals++
		}
	}
	if taken != steps || terminals != 1 || events[len(events)-1].Data.Kind() != last {
		t.Errorf("%d steps, %d terminal events, want %d and one %s: %s", taken, terminals, steps, last, kinds(events))
	}
}

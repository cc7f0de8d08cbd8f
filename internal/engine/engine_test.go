package engine_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/internal/engine"
	"purposeagent/models"
)

func TestRunToItsEnd(t *testing.T) {
	db := openDB(t, models.Config{})
	e := start(t, newEngine(t, db, &world{target: 3}, nil))
	run := launch(t, e, spec(20))
	events := follow(t, e, run.ID, nil)
	checkLog(t, events, 3, "run_finished")
	got, err := db.Runs().Get(t.Context(), run.ID)
	if err != nil || got.Status != agent.RunIsFinished || !got.Outcome.Success || got.Steps != 3 || got.Seed != 5 {
		t.Errorf("%+v %v", got, err)
	}
	if again := follow(t, e, run.ID, nil); len(again) != len(events) {
		t.Errorf("replayed %d of %d events", len(again), len(events))
	}
	for event, err := range e.Follow(t.Context(), run.ID, got.LastSeq) {
		t.Errorf("after the end came %v %v", event, err)
	}
}

func TestCreate(t *testing.T) {
	db := openDB(t, models.Config{})
	e := newEngine(t, db, &world{}, nil)
	for _, n := range []int{0, agent.MaxRepeats + 1} {
		if runs, err := e.Create(t.Context(), planned(spec(5), n)); len(runs) != 0 || agent.CodeOf(err) != agent.CodeInvalid {
			t.Errorf("%d runs of %d, %v", len(runs), n, err)
		}
	}
	if single := launch(t, e, spec(5)); single.Group != "" {
		t.Errorf("one run is in group %s", single.Group)
	}
	runs, err := e.Create(t.Context(), planned(spec(5), 5))
	if err != nil || len(runs) != 5 {
		t.Fatal(len(runs), err)
	}
	group, err := db.Runs().Group(t.Context(), runs[0].Group)
	if err != nil || len(group) != 5 || !strings.HasPrefix(runs[0].Group, "g_") {
		t.Fatal(group, err)
	}
	for i, r := range group {
		if r.ID != runs[i].ID || r.Seed != int64(5+i) || r.Label != fmt.Sprintf("run %d", i+1) || !strings.HasPrefix(r.ID, "r_") || len(r.ID) != 18 {
			t.Errorf("run %d is %+v", i, r)
		}
	}
}

func TestSingleLaunchesGoBeforeGroups(t *testing.T) {
	db := openDB(t, models.Config{})
	var order []string
	w := &world{target: 2, atStep: func(_ context.Context, run string, step int) error {
		if step == 1 {
			order = append(order, run) // one worker: one at a time
		}
		return nil
	}}
	e := newEngine(t, db, w, func(c *engine.Config) { c.Workers = 1 })
	group, err := e.Create(t.Context(), planned(spec(5), 4))
	if err != nil {
		t.Fatal(err)
	}
	single := launch(t, e, spec(5))
	start(t, e)
	for _, r := range group {
		follow(t, e, r.ID, nil)
	}
	if len(order) != 5 || order[0] != single.ID || order[1] != group[0].ID || order[4] != group[3].ID {
		t.Errorf("worked in the order %v", order)
	}
}

// gate blocks steps until it is opened, and says when one has come.
type gate struct {
	came chan int
	open chan struct{}
}

func newGate() *gate { return &gate{make(chan int, 100), make(chan struct{})} }

func (g *gate) at(step int) func(context.Context, string, int) error {
	return func(ctx context.Context, _ string, s int) error {
		if s != step {
			return nil
		}
		g.came <- s
		select {
		case <-g.open:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func TestStopPauseResume(t *testing.T) {
	db := openDB(t, models.Config{})
	g := newGate()
	e := start(t, newEngine(t, db, &world{target: 6, atStep: g.at(3)}, nil))

	stopped := launch(t, e, spec(20))
	<-g.came
	if err := e.StopRun(t.Context(), stopped.ID, "Ann"); err != nil {
		t.Fatal(err)
	}
	events := follow(t, e, stopped.ID, nil)
	checkLog(t, events, 2, "run_stopped")
	if by := events[len(events)-1].Data.(agent.RunStopped).By; by != "Ann" {
		t.Errorf("stopped by %q", by)
	}
	for name, f := range map[string]func(context.Context, string, string) error{"stop": e.StopRun, "pause": e.PauseRun, "resume": e.ResumeRun} {
		if err := f(t.Context(), stopped.ID, "Ann"); agent.CodeOf(err) != agent.CodeConflict {
			t.Errorf("%s of an ended run: %v", name, err)
		}
		if err := f(t.Context(), "r_none", "Ann"); agent.CodeOf(err) != agent.CodeNotFound {
			t.Errorf("%s of an unknown run: %v", name, err)
		}
	}

	paused := launch(t, e, spec(20))
	<-g.came
	if err := e.ResumeRun(t.Context(), paused.ID, "Bob"); agent.CodeOf(err) != agent.CodeConflict {
		t.Error("a running run was resumed:", err)
	}
	if err := e.PauseRun(t.Context(), paused.ID, "Bob"); err != nil {
		t.Fatal(err)
	}
	events = follow(t, e, paused.ID, ofKind("run_paused", 1))
	if by := events[len(events)-1].Data.(agent.RunPaused).By; by != "Bob" {
		t.Errorf("paused by %q", by)
	}
	if err := e.PauseRun(t.Context(), paused.ID, "Bob"); err != nil {
		t.Error("pausing twice:", err)
	}
	close(g.open)
	for range 2 { // a second click changes nothing
		if err := e.ResumeRun(t.Context(), paused.ID, "Bob"); err != nil && agent.CodeOf(err) != agent.CodeConflict {
			t.Fatal(err)
		}
	}
	checkLog(t, follow(t, e, paused.ID, nil), 6, "run_finished")
}

func TestQueuedRunEndsWithoutRunning(t *testing.T) {
	db := openDB(t, models.Config{})
	w := &world{target: 2}
	e := newEngine(t, db, w, nil)
	stopped, paused := launch(t, e, spec(5)), launch(t, e, spec(5))
	if err := e.StopRun(t.Context(), stopped.ID, "Ann"); err != nil {
		t.Fatal(err)
	}
	if err := e.PauseRun(t.Context(), paused.ID, "Ann"); err != nil {
		t.Fatal(err)
	}
	events := follow(t, e, stopped.ID, nil)
	checkLog(t, events, 0, "run_stopped")
	start(t, e)
	other := launch(t, e, spec(5))
	follow(t, e, other.ID, nil)
	if n := w.orchestrators(); n != 1 {
		t.Errorf("%d orchestrators were made, want one for the one run to be worked", n)
	}
	if err := e.ResumeRun(t.Context(), paused.ID, "Ann"); err != nil {
		t.Fatal(err)
	}
	checkLog(t, follow(t, e, paused.ID, nil), 2, "run_finished")
}

func TestStopSuspendsAndStartGoesOn(t *testing.T) {
	db := openDB(t, models.Config{})
	g := newGate()
	first := start(t, newEngine(t, db, &world{target: 6, atStep: g.at(4)}, nil))
	run := launch(t, first, spec(20))
	<-g.came
	stop(t, first)
	got, err := db.Runs().Get(t.Context(), run.ID)
	if err != nil || got.Status != agent.RunIsRunning || got.Steps != 3 {
		t.Fatalf("after shutdown: %+v %v", got, err)
	}
	queued := launch(t, first, spec(20)) // a stopped engine still takes orders
	second := start(t, newEngine(t, db, &world{target: 6}, nil))
	checkLog(t, follow(t, second, run.ID, nil), 6, "run_finished")
	checkLog(t, follow(t, second, queued.ID, nil), 6, "run_finished")
	if err := second.Start(t.Context()); agent.CodeOf(err) != agent.CodeConflict {
		t.Error("started twice:", err)
	}
}

func TestWaitingRunGoesOnByItself(t *testing.T) {
	for _, test := range []struct {
		name     string
		world    func() *world
		factory  func(failures *atomic.Int32, next func(context.Context, agent.Run) (*agent.Orchestrator, error)) func(context.Context, agent.Run) (*agent.Orchestrator, error)
		waitings int
	}{
		{"a model that is down", func() *world {
			var down atomic.Int32
			return &world{target: 4, atStep: func(_ context.Context, _ string, step int) error {
				if step == 2 && down.Add(1) <= 3 { // as often as the orchestrator tries
					return agent.Errorf(agent.CodeUnavailable, "the model is down")
				}
				return nil
			}}
		}, nil, 1},
		{"an orchestrator that can't be made now", func() *world { return &world{target: 4} },
			func(failures *atomic.Int32, next func(context.Context, agent.Run) (*agent.Orchestrator, error)) func(context.Context, agent.Run) (*agent.Orchestrator, error) {
				return func(ctx context.Context, run agent.Run) (*agent.Orchestrator, error) {
					if failures.Add(1) == 1 {
						return nil, agent.Errorf(agent.CodeUnavailable, "the browser is not there yet")
					}
					return next(ctx, run)
				}
			}, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			db := openDB(t, models.Config{})
			var failures atomic.Int32
			e := start(t, newEngine(t, db, test.world(), func(c *engine.Config) {
				c.RetryAfter = time.Millisecond
				if test.factory != nil {
					c.Orchestrator = test.factory(&failures, c.Orchestrator)
				}
			}))
			events := follow(t, e, launch(t, e, spec(20)).ID, nil)
			checkLog(t, events, 4, "run_finished")
			if n := strings.Count(kinds(events), "run_waiting"); n != test.waitings {
				t.Errorf("waited %d times: %s", n, kinds(events))
			}
		})
	}
}

func TestFailures(t *testing.T) {
	boom := func(context.Context, agent.Run) (*agent.Orchestrator, error) { panic("boom") }
	for _, test := range []struct {
		name   string
		make   func(context.Context, agent.Run) (*agent.Orchestrator, error)
		code   agent.Code
		want   string
		hidden string
	}{
		{"a panic", boom, agent.CodeInternal, "unexpected end", ""},
		{"a refusal", func(context.Context, agent.Run) (*agent.Orchestrator, error) {
			return nil, agent.Errorf(agent.CodeInvalid, "there is no environment of that kind any more")
		}, agent.CodeInvalid, "no environment of that kind", ""},
		{"an error of ours", func(context.Context, agent.Run) (*agent.Orchestrator, error) {
			return nil, errors.New("password 1234")
		}, agent.CodeInternal, "something went wrong", "1234"},
		{"no orchestrator", func(context.Context, agent.Run) (*agent.Orchestrator, error) { return nil, nil }, agent.CodeInternal, "unexpected end", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			db := openDB(t, models.Config{})
			good := &world{target: 2}
			var broken atomic.Bool
			broken.Store(true)
			e := start(t, newEngine(t, db, good, func(c *engine.Config) {
				c.Orchestrator = func(ctx context.Context, run agent.Run) (*agent.Orchestrator, error) {
					if broken.Load() {
						return test.make(ctx, run)
					}
					return good.orchestrator(ctx, run)
				}
			}))
			events := follow(t, e, launch(t, e, spec(5)).ID, nil)
			checkLog(t, events, 0, "run_failed")
			d := events[len(events)-1].Data.(agent.RunFailed)
			if d.Code != test.code || !strings.Contains(d.Message, test.want) || test.hidden != "" && strings.Contains(d.Message, test.hidden) {
				t.Errorf("%s: %s", d.Code, d.Message)
			}
			broken.Store(false) // and the engine lives
			checkLog(t, follow(t, e, launch(t, e, spec(5)).ID, nil), 2, "run_finished")
		})
	}
}

func TestPanicInMidRunKeepsWhatWasDone(t *testing.T) {
	db := openDB(t, models.Config{})
	w := &world{}
	e := start(t, newEngine(t, db, w, func(c *engine.Config) {
		c.Orchestrator = func(ctx context.Context, run agent.Run) (*agent.Orchestrator, error) {
			o, err := w.orchestrator(ctx, run)
			return o, err
		}
		c.Runs = &panickyRuns{Runs: db.Runs(), at: 4}
	}))
	events := follow(t, e, launch(t, e, spec(9)).ID, nil)
	if last, ok := events[len(events)-1].Data.(agent.RunFailed); !ok || last.Result.TotalSteps != 1 {
		t.Errorf("%s %+v", kinds(events), events[len(events)-1])
	}
}

// panickyRuns is a store that panics once, when an event is appended.
type panickyRuns struct {
	*models.Runs
	at   int64
	done atomic.Bool
}

func (p *panickyRuns) Append(ctx context.Context, run string, epoch int64, events ...agent.Event) error {
	if events[0].Seq == p.at && p.done.CompareAndSwap(false, true) {
		panic("boom")
	}
	return p.Runs.Append(ctx, run, epoch, events...)
}

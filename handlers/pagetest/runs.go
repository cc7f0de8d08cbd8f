package pagetest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/steering"
	"purposeagent/internal/engine"
	"purposeagent/models"
)

// RunLog is a store's runs, and an engine over them that nobody has started:
// what it is asked comes true in the store, and no worker takes what is due. Tests
// are the workers. It keeps what it was asked.
type RunLog struct {
	*models.Runs
	Store  *Store
	t      testing.TB
	engine *engine.Engine

	mu     sync.Mutex
	added  int
	epochs map[string]int64 // of runs that were written to
	asked  []string
	refuse error
}

// NewRunLog returns the runs of an empty store.
func NewRunLog(t testing.TB) *RunLog {
	t.Helper()
	return Open(t).Log(t)
}

// Log returns the store's runs with an engine.
func (s *Store) Log(t testing.TB) *RunLog {
	t.Helper()
	l := &RunLog{Runs: s.Runs(), Store: s, t: t, epochs: map[string]int64{}}
	var err error
	l.engine, err = engine.New(engine.Config{Runs: l.Runs, DB: s.SQL(), Now: s.clock.now,
		Orchestrator: func(context.Context, agent.Run) (*agent.Orchestrator, error) {
			return nil, errors.New("nobody works here")
		}})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// Add makes a run; its events follow by Emit. Runs are listed in the order in
// which they were added, those of one time too.
func (l *RunLog) Add(run agent.Run) {
	l.t.Helper()
	l.mu.Lock()
	run.CreatedAt = run.CreatedAt.Add(time.Duration(l.added) * time.Millisecond)
	l.added++
	l.mu.Unlock()
	run.Spec.Tags = run.Tags
	if err := l.Create(context.Background(), []agent.Run{run}, 0, nil); err != nil {
		l.t.Error(err)
	}
}

// Emit appends events to a run's log, as a worker commits them, and tells those
// who follow it.
func (l *RunLog) Emit(run string, at time.Time, data ...agent.EventData) {
	l.t.Helper()
	if err := l.emit(run, at, data); err != nil {
		l.t.Error(err)
	}
}

func (l *RunLog) emit(id string, at time.Time, data []agent.EventData) error {
	ctx := context.Background() // also after the test, of those who are late
	l.mu.Lock()
	defer l.mu.Unlock()
	epoch, claimed := l.epochs[id]
	if !claimed {
		var err error
		if epoch, err = l.Claim(ctx, id, "test", 0, true); err != nil { // a lease that is over: nobody waits for it
			return err
		}
		l.epochs[id] = epoch
	}
	run, err := l.Get(ctx, id)
	if err != nil {
		return err
	}
	events := make([]agent.Event, len(data))
	for i, d := range data {
		events[i] = agent.Event{Seq: run.LastSeq + int64(i) + 1, Run: id, At: at, Data: d}
	}
	if err := l.Append(ctx, id, epoch, events...); err != nil {
		return err
	}
	return l.engine.Refresh(ctx)
}

// Of returns a run of which the test knows that it is there.
func (l *RunLog) Of(id string) agent.Run {
	l.t.Helper()
	run, err := l.Get(context.Background(), id)
	if err != nil {
		l.t.Error(err)
	}
	return run
}

// StepsOf returns all steps of a run.
func (l *RunLog) StepsOf(run string) []agent.Step {
	l.t.Helper()
	var steps []agent.Step
	for {
		more, err := l.Steps(context.Background(), run, len(steps), 1000)
		if err != nil {
			l.t.Error(err)
		}
		if len(more) == 0 {
			return steps
		}
		steps = append(steps, more...)
	}
}

// Refuse lets the engine answer what it is asked with an error; nil: it does it.
func (l *RunLog) Refuse(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refuse = err
}

// Asked returns what the engine was asked.
func (l *RunLog) Asked() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.asked)
}

// ask notes what the engine was asked, and returns the error that the test wants.
func (l *RunLog) ask(verb, id, by string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked = append(l.asked, verb+" "+id+" by "+by)
	return l.refuse
}

// do notes what the engine is asked and lets it do that.
func (l *RunLog) do(verb, id, by string, it func() error) error {
	if err := l.ask(verb, id, by); err != nil {
		return err
	}
	return it()
}

func (l *RunLog) StopRun(ctx context.Context, id, by string) error {
	return l.do("stop", id, by, func() error { return l.engine.StopRun(ctx, id, by) })
}

func (l *RunLog) PauseRun(ctx context.Context, id, by string) error {
	return l.do("pause", id, by, func() error { return l.engine.PauseRun(ctx, id, by) })
}

func (l *RunLog) ResumeRun(ctx context.Context, id, by string) error {
	return l.do("resume", id, by, func() error { return l.engine.ResumeRun(ctx, id, by) })
}

func (l *RunLog) StepRun(ctx context.Context, id, by string) error {
	return l.do("step", id, by, func() error { return l.engine.StepRun(ctx, id, by) })
}

func (l *RunLog) ExtendRun(ctx context.Context, id, by string, steps int, more agent.Budget) error {
	return l.do(fmt.Sprintf("extend by %d steps, %d tokens, $%g", steps, more.Tokens, more.USD), id, by,
		func() error { return l.engine.ExtendRun(ctx, id, by, steps, more) })
}

func (l *RunLog) NoteRun(ctx context.Context, id, by, text string) error {
	return l.do("note "+strconv.Itoa(len(text)), id, by, func() error { return l.engine.NoteRun(ctx, id, by, text) })
}

func (l *RunLog) AnswerRun(ctx context.Context, id, by string, a agent.Answer) error {
	words := a.Verdict + " " + strconv.Itoa(a.Index)
	if a.Action != nil {
		words += " " + a.Action.Label()
	}
	return l.do(words, id, by, func() error { return l.engine.AnswerRun(ctx, id, by, a) })
}

func (l *RunLog) ForkRun(ctx context.Context, id, by string, f steering.Fork) (agent.Run, error) {
	words := "fork at " + strconv.Itoa(f.Step)
	if f.Action != nil {
		words += " with " + f.Action.Label()
	}
	var forked agent.Run
	err := l.do(words, id, by, func() error {
		parent, err := l.Get(ctx, id)
		if err != nil {
			return err
		}
		spec, err := f.Spec(parent, by)
		if err != nil {
			return err
		}
		forked, err = l.engine.Fork(ctx, spec, f)
		return err
	})
	return forked, err
}

func (l *RunLog) Follow(ctx context.Context, run string, after int64) iter.Seq2[agent.Event, error] {
	return l.engine.Follow(ctx, run, after)
}

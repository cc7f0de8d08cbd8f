package agent

import (
	"context"
)

// view is what the environment says about a state it has come to.
type view struct {
	state     State
	legal     []Action
	terminal  bool
	truncated bool // terminal, and cut there
	verdict   *Verdict
}

// enter runs f, which leads to a new state, and looks around there, as one
// guarded call of the environment.
func (e *episode) enter(ctx context.Context, what string, f func(context.Context) (State, error)) error {
	env := e.o.cfg.Environment
	v, err := e.guards.env.call(ctx, what, e.o.cfg.Limits.StepTimeout, func(ctx context.Context) (view, error) {
		state, err := f(ctx)
		if err != nil {
			return view{}, err
		}
		v := view{state: state, terminal: env.IsTerminal(state)}
		if t, ok := env.(Truncater); ok && v.terminal {
			v.truncated = t.Truncated(state)
		}
		if l, ok := env.(Legal); ok && !v.terminal {
			v.legal = l.LegalActions(state)
		}
		if verifier, ok := env.(Verifier); ok {
			verdict, err := verifier.Verify(ctx, state)
			if err != nil {
				return view{}, err
			}
			v.verdict = &verdict
		}
		return v, nil
	})
	if err != nil {
		return err
	}
	e.world, e.state = v.state, v.state
	e.legal, e.terminal, e.truncated, e.verdict = v.legal, v.terminal, v.truncated, v.verdict
	return nil
}

// start opens a new episode.
func (e *episode) start(ctx context.Context) error {
	env := e.o.cfg.Environment
	if e.by != "" { // it was paused before it had begun
		if err := e.emit(RunResumed{Reason: "begins", By: e.by}); err != nil {
			return err
		}
	}
	err := e.enter(ctx, "the environment's reset", func(ctx context.Context) (State, error) {
		if e.task.InitialState == nil {
			return env.Reset(ctx, e.task)
		}
		r, ok := env.(Restorer)
		if !ok {
			return State{}, Errorf(CodeInvalid, "this environment can't begin in a given state; leave the initial state empty")
		}
		return *e.task.InitialState, r.Restore(ctx, e.task, *e.task.InitialState)
	})
	if err != nil {
		return &fatal{err}
	}
	e.initial, e.begun = e.state, e.verdict
	score, waiting := e.assess(ctx, 0, &Assessment{Task: e.task, World: e.o.world, After: e.state, Seed: e.task.Seed})
	if waiting != nil {
		return waiting
	}
	e.first, e.phi, e.stuck.best = score, score.PhiAfter, score.PhiAfter
	e.usage = e.usage.Add(score.Usage)
	rules, err := e.o.SyncMemory(ctx)
	if err != nil {
		return err
	}
	if e.holdout, err = e.drawHoldout(ctx, rules); err != nil {
		return err
	}
	if err := e.recallExamples(ctx); err != nil {
		return err
	}
	return e.emit(RunStarted{Task: e.task, Scope: e.o.scope, State: e.state, Score: score, Memory: e.o.cfg.Memory.Recall,
		Rules: len(e.admit(rules).Rules), Examples: exampleUses(e.examples), Holdout: e.holdout, Verdict: e.begun, Files: e.desk.Take()})
}

// resume re-enters the last durable state. An environment that can't be
// restored can't go on: doing its recorded actions again is never silently done.
func (e *episode) resume(ctx context.Context) error {
	r, ok := e.o.cfg.Environment.(Restorer)
	if !ok {
		text := "the program was interrupted, and this environment can't be entered again in mid-run; everything up to step %d is kept"
		if e.inFlight != nil {
			text += "; the action " + e.inFlight.Label() + " was in flight"
		}
		return &fatal{Errorf(CodeUnavailable, text, len(e.steps))}
	}
	observed, world := e.state, e.world
	if s := e.unscored; s != nil {
		if observed = s.After; s.Error == "" {
			world = s.After
		}
	}
	err := e.enter(ctx, "the environment", func(ctx context.Context) (State, error) {
		return world, r.Restore(ctx, e.task, world)
	})
	if err != nil {
		return &fatal{err}
	}
	e.state = observed
	if err := e.recallExamples(ctx); err != nil {
		return err
	}
	if err := e.emit(e.resumedEvent()); err != nil {
		return err
	}
	if s := e.unscored; s != nil {
		return e.record(ctx, s)
	}
	return nil
}

func (e *episode) resumedEvent() RunResumed {
	d := RunResumed{After: len(e.steps), Reason: "goes on after an interruption", By: e.by}
	if e.inFlight != nil {
		d.InFlight = e.inFlight
		d.Reason += "; the action " + Clip(e.inFlight.Label(), 100) + " had been started and may have been done, so it may be done twice"
	}
	return d
}

package engine

import (
	"context"
	"database/sql"
	"errors"

	"purposeagent/agent"
)

// StopRun ends a run for good. One that is being worked, here or in another
// process, ends within about a second; any other ends before StopRun returns.
// Errors: CodeNotFound, CodeConflict if the run has ended.
func (e *Engine) StopRun(ctx context.Context, id, by string) error {
	return e.interruptRun(ctx, id, by, "stop")
}

// PauseRun suspends a run until ResumeRun. Timing and errors are as for
// StopRun; a run that is paused stays so.
func (e *Engine) PauseRun(ctx context.Context, id, by string) error {
	run, err := e.cfg.Runs.Get(ctx, id)
	if err == nil && run.Status == agent.RunIsPaused {
		return nil
	}
	if err != nil {
		return err
	}
	return e.interruptRun(ctx, id, by, "pause")
}

// ResumeRun queues a paused run again, or one that waits, before its time. It
// goes on as soon as a worker is free. Errors: CodeNotFound, CodeConflict if
// the run is neither paused nor waiting, or waits for a person's answer.
func (e *Engine) ResumeRun(ctx context.Context, id, by string) error {
	run, err := e.cfg.Runs.Get(ctx, id)
	if err != nil {
		return err
	}
	switch {
	case run.Status != agent.RunIsPaused && run.Status != agent.RunIsWaiting:
		return agent.Errorf(agent.CodeConflict, "run %s is %s; only a paused or waiting run can be resumed", id, run.Status)
	case run.Status == agent.RunIsWaiting && run.Asked != nil:
		return agent.Errorf(agent.CodeConflict, "run %s asks about step %d; approve, edit or reject it", id, run.Asked.Index)
	}
	return e.wake(ctx, id, agent.Wake{By: by})
}

// StepRun lets a paused run take one step and pauses it again. Errors:
// CodeNotFound, CodeConflict if the run is not paused.
func (e *Engine) StepRun(ctx context.Context, id, by string) error {
	run, err := e.cfg.Runs.Get(ctx, id)
	if err != nil {
		return err
	}
	if run.Status != agent.RunIsPaused {
		return agent.Errorf(agent.CodeConflict, "run %s is %s; pause it first to go on step by step", id, run.Status)
	}
	return e.wake(ctx, id, agent.Wake{By: by, Until: run.Steps + 1})
}

// wake queues a run that nobody works.
func (e *Engine) wake(ctx context.Context, id string, wake agent.Wake) error {
	if err := e.migrate(ctx); err != nil {
		return err
	}
	_, err := e.cfg.Runs.Enqueue(ctx, []string{id}, &wake, func(tx *sql.Tx, runs []string) ([]int64, error) {
		return e.insertJobs(ctx, tx, runs, prioritySingle)
	})
	if err == nil {
		e.cfg.Logger.Info("run resumed", "run", id, "by", wake.By, "until", wake.Until)
	}
	return err
}

// ExtendRun gives a paused or waiting run more steps and more of its budget, and
// lets it go on. Errors: CodeNotFound, CodeConflict if it runs or has ended,
// CodeInvalid for more than a task may have.
func (e *Engine) ExtendRun(ctx context.Context, id, by string, steps int, more agent.Budget) error {
	if err := e.cfg.Runs.Extend(ctx, id, by, steps, more); err != nil {
		return err
	}
	e.cfg.Logger.Info("run extended", "run", id, "by", by, "steps", steps)
	run, err := e.cfg.Runs.Get(ctx, id)
	if err != nil || run.Status == agent.RunIsQueued {
		return err // it goes on by itself
	}
	return e.ResumeRun(ctx, id, by)
}

// interruptRun asks the worker of a run to end or suspend it, and does it
// itself where there is none.
func (e *Engine) interruptRun(ctx context.Context, id, by, control string) error {
	cause := wishOf(control, by)
	held := func() (bool, error) {
		held, err := e.cfg.Runs.Control(ctx, id, control, by)
		if held {
			e.signal(id, cause)
		}
		return held, err
	}
	return e.say(ctx, id, held, func(run agent.Run) (agent.EventData, error) {
		event, err := e.interruption(ctx, id, run.LastSeq, cause)
		return event.Data, err
	})
}

// say has a person's word put into a run's log: by the worker that holds the
// run, which held asks and which may be none, or here.
func (e *Engine) say(ctx context.Context, id string, held func() (bool, error), data func(agent.Run) (agent.EventData, error)) error {
	for range 5 { // a worker may take or leave the run between two looks
		if held, err := held(); held || err != nil {
			return err
		}
		epoch, err := e.cfg.Runs.Claim(ctx, id, e.owner, e.cfg.Lease, true)
		if agent.CodeOf(err) == agent.CodeConflict && err != nil {
			continue
		}
		if err != nil {
			return err
		}
		run, err := e.cfg.Runs.Get(ctx, id)
		var said agent.EventData
		if err == nil {
			said, err = data(run)
		}
		if err == nil {
			event := agent.Event{Seq: run.LastSeq + 1, Run: id, At: e.cfg.Now(), Data: said}
			if err = e.cfg.Runs.Append(ctx, id, epoch, event); err == nil {
				e.publish(id, event)
			}
		}
		return errors.Join(err, e.cfg.Runs.Release(context.WithoutCancel(ctx), id, epoch))
	}
	return agent.Errorf(agent.CodeUnavailable, "run %s changes hands too fast; try again", id)
}

// interruption returns the event by which a person's wish ends or suspends a run.
func (e *Engine) interruption(ctx context.Context, id string, seq int64, cause error) (agent.Event, error) {
	by := ""
	if w, ok := errors.AsType[*wish](cause); ok {
		by = w.by
	}
	event := agent.Event{Seq: seq + 1, Run: id, At: e.cfg.Now()}
	if errors.Is(cause, agent.ErrPause) {
		event.Data = agent.RunPaused{By: by}
		return event, nil
	}
	result, err := e.resultSoFar(ctx, id, "a person stopped it")
	event.Data = agent.RunStopped{By: by, Result: result}
	return event, err
}

// wish is a person's interruption as the cause of a context's end.
type wish struct {
	by    string
	cause error // as the orchestrator reads it
}

func (w *wish) Error() string { return w.cause.Error() }
func (w *wish) Unwrap() error { return w.cause }

// wishOf returns the cause for what was asked: "stop" or "pause".
func wishOf(control, by string) error {
	if control == "pause" {
		return &wish{by, agent.PausedBy(by)}
	}
	return &wish{by, agent.StoppedBy(by)}
}

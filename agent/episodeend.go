package agent

import (
	"context"
	"errors"
)

// finish learns from the trajectory and ends the run.
func (e *episode) finish(ctx context.Context, reason string) error {
	t := e.trajectory()
	e.o.count(t)
	switch {
	case !e.o.cfg.Learn:
		if err := errors.Join(e.o.observe(ctx, t), e.o.recordTwin(ctx, t)); err != nil {
			return e.settle(ctx, err)
		}
	case !e.learned:
		learned, err := e.o.PostTask(ctx, t)
		if err != nil && ctx.Err() != nil {
			return e.settle(ctx, err) // it is resumed, and learns then
		}
		if err != nil {
			learned.Error = MessageOf(err)
		}
		if err := e.emit(learned); err != nil {
			return err
		}
	}
	return e.emit(RunFinished{Result: t.Result(reason)})
}

// trajectory is the episode so far, with its one outcome.
func (e *episode) trajectory() *Trajectory {
	t := &Trajectory{ID: "t_" + e.run, Run: e.run, Scope: e.o.scope, Task: e.task, Type: TaskType(e.task.Purpose, e.o.world.State.Vocabulary), Initial: e.initial,
		Steps: e.steps, Holdout: e.holdout, Steered: e.steered(), At: e.o.cfg.Now()}
	switch final := t.FinalPhi(); {
	case e.verdict != nil:
		t.Outcome = Outcome{Success: e.verdict.Success, Source: SourceEnvironment, Score: e.verdict.Score}
	case len(e.steps) == 0:
		t.Outcome = CriticOutcome(e.first.PhiAfter)
	default:
		t.Outcome = CriticOutcome(final)
	}
	return t
}

// fatal marks an error after which the run can't go on.
type fatal struct{ err error }

func (f *fatal) Error() string { return f.err.Error() }
func (f *fatal) Unwrap() error { return f.err }

// settle turns an error into the run's terminal or suspending event.
func (e *episode) settle(ctx context.Context, err error) error {
	if errors.Is(err, errBroken) {
		return err
	}
	if errors.Is(err, errSuspended) {
		return nil
	}
	if ctx.Err() != nil {
		switch cause := context.Cause(ctx); {
		case errors.Is(cause, ErrStop):
			return e.emit(RunStopped{By: interruptedBy(cause), Result: e.trajectory().Result("a person stopped it")})
		case errors.Is(cause, ErrPause):
			return e.emit(RunPaused{By: interruptedBy(cause)})
		default:
			return cause
		}
	}
	var f *fatal
	if errors.As(err, &f) || CodeOf(err) == CodeDenied {
		return e.fail(err)
	}
	return e.emit(RunWaiting{Reason: waitingReason(err), RetryAt: e.o.cfg.Now().Add(e.o.cfg.WaitFor)})
}

func (e *episode) fail(err error) error {
	if f, ok := errors.AsType[*fatal](err); ok {
		err = f.err
	}
	message := MessageOf(err)
	if CodeOf(err) == CodeInternal {
		message = err.Error()
	}
	return e.emit(RunFailed{Code: CodeOf(err), Message: message, Result: e.trajectory().Result("it failed")})
}

func waitingReason(err error) string {
	if CodeOf(err) == CodeInternal {
		return err.Error()
	}
	return MessageOf(err)
}

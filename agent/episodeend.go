package agent

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"
)

// finish learns from the trajectory and ends the run; what nobody judged teaches
// nothing and is not kept. The last notes are read
// before: a person who said something had a part in what is learned from.
func (e *episode) finish(ctx context.Context, end End, reason string) error {
	if err := e.closeInbox(ctx); err != nil {
		return e.settle(ctx, err)
	}
	if err := e.judge(ctx); err != nil {
		return e.settle(ctx, err)
	}
	t := e.trajectory(end)
	e.o.count(t)
	if memory := &e.o.cfg.Memory; memory.Learn || memory.Twin || memory.Calibrator != nil { // else nobody reads its family
		t.Type = TaskType(e.task.Purpose, e.o.world.State.Vocabulary)
	}
	switch {
	case !t.Outcome.Known(): // there is nothing to learn from
	case !e.o.cfg.Memory.Learn:
		if err := errors.Join(e.o.observe(ctx, t), e.o.recordTwin(ctx, t)); err != nil {
			return e.settle(ctx, err)
		}
	case !e.learned:
		learned, err := e.o.PostTask(ctx, t)
		if err != nil && (ctx.Err() != nil || e.learnsLater(err)) {
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

// learnsLater reports whether a run at its end waits for an optimizer that did
// not answer. One that can't be entered again, or that nobody could mend, ends
// without its lesson; its trajectory is kept.
func (e *episode) learnsLater(err error) bool {
	_, restorable := e.o.cfg.Environment.(Restorer)
	n, ok := errors.AsType[*NoAnswer](err)
	return restorable && ok && !e.endsOn(n)
}

// endsOn reports whether a run can't go on without a person, and none is there.
func (e *episode) endsOn(n *NoAnswer) bool {
	return e.o.cfg.Limits.EndOnRefusal && (n.Why == NoAnswerRefused || n.Why == NoAnswerDenied)
}

// trajectory is the episode so far, with its one outcome and what ended it, and
// without the family of its task.
func (e *episode) trajectory(end End) *Trajectory {
	return &Trajectory{ID: "t_" + e.run, Run: e.run, Scope: e.o.scope, Task: e.task, Initial: e.initial, Begun: e.begun,
		Steps: e.steps, Holdout: e.holdout, Steered: e.steered(), At: e.o.cfg.Clock.Now(), Outcome: OutcomeOf(e.begun, e.judged, e.first, e.steps), Judged: e.judged, End: end}
}

// judge asks the environment what became of the task, where it knows that only
// now, and records its word.
func (e *episode) judge(ctx context.Context) error {
	judge, ok := e.o.cfg.Environment.(Judge)
	if !ok || e.judged != nil {
		return nil
	}
	v, err := e.guards.env.call(ctx, "the environment's judge", e.o.cfg.Limits.StepTimeout, func(ctx context.Context) (view, error) {
		verdict, err := judge.Judge(ctx, e.world)
		return view{verdict: &verdict}, err
	})
	if err != nil {
		return &fatal{err}
	}
	if err := v.verdict.Check(); err != nil {
		return &fatal{err}
	}
	e.judged = v.verdict
	return e.emit(Judged{Verdict: *v.verdict, Files: e.desk.Take()})
}

// OutcomeOf is what became of a task: the word of a Judge at the end, else the
// environment's word about the last state, else the critic's Φ of it. begun and first are about the initial state,
// which is the last one where no step was taken; begun and
// judged are nil where the environment gave no word. A step without a score carries the Φ before it over;
// where no state at all was scored, nobody said. It is the only definition of
// success.
func OutcomeOf(begun, judged *Verdict, first Score, steps []Step) Outcome {
	verdict, phi := begun, first.PhiAfter
	if n := len(steps); n > 0 {
		verdict, phi = steps[n-1].Verdict, steps[n-1].Score.PhiAfter
	}
	verdict = cmp.Or(judged, verdict)
	if verdict != nil {
		return Outcome{Success: verdict.Success, Source: SourceEnvironment, Score: verdict.Score}
	}
	if !scored(first) && !slices.ContainsFunc(steps, func(s Step) bool { return scored(s.Score) }) {
		return Outcome{Source: SourceNobody}
	}
	return CriticOutcome(phi)
}

// scored reports whether a critic gave the score; that of a run which ended
// before its first state names none.
func scored(s Score) bool { return s.Critic != "" && s.Known() }

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
		return e.interrupted(context.Cause(ctx))
	}
	if errors.Is(err, ErrPause) || errors.Is(err, ErrStop) { // asked before the end
		return e.interrupted(err)
	}
	var f *fatal
	n, unanswered := NoAnswerOf(err)
	if errors.As(err, &f) || unanswered && e.endsOn(n) {
		return e.fail(err)
	}
	return e.emit(RunWaiting{Reason: waitingReason(err), RetryAt: e.o.cfg.Clock.Now().Add(e.waitFor(n)), Step: e.unscored})
}

// interrupted ends or suspends the run as a person wished. A step that was done
// gets into the record, even if nobody could score it.
func (e *episode) interrupted(cause error) error {
	stop, pause := errors.Is(cause, ErrStop), errors.Is(cause, ErrPause)
	if pause {
		return e.emit(RunPaused{By: InterruptedBy(cause), Step: e.unscored})
	}
	if err := e.flush(); err != nil {
		return err
	}
	if !stop {
		return cause
	}
	return e.emit(RunStopped{By: InterruptedBy(cause), Result: e.trajectory(EndStopped).Result("a person stopped it")})
}

// flush records a step that nobody could score.
func (e *episode) flush() error {
	s := e.unscored
	if e.unscored = nil; s == nil {
		return nil
	}
	return e.take(s)
}

// The longest times between two attempts of a run whose model does not answer.
const (
	maxWait        = 10 * time.Minute
	maxRefusedWait = time.Hour // somebody has to mend something first
)

// waitFor is how long the run waits before anybody is asked again.
func (e *episode) waitFor(n *NoAnswer) time.Duration {
	wait, limit := e.o.cfg.Limits.WaitFor, maxWait
	var after time.Duration
	if n != nil {
		after = n.After
		if n.Why == NoAnswerRefused || n.Why == NoAnswerDenied {
			limit = maxRefusedWait
		}
	}
	for range min(e.waits, 20) {
		wait = min(2*wait, max(limit, e.o.cfg.Limits.WaitFor))
	}
	return max(wait, after)
}

func (e *episode) fail(err error) error {
	if f, ok := errors.AsType[*fatal](err); ok {
		err = f.err
	}
	message := MessageOf(err)
	if CodeOf(err) == CodeInternal {
		message = err.Error()
	}
	if err := e.flush(); err != nil {
		return err
	}
	return e.emit(RunFailed{Code: CodeOf(err), Message: message, Result: e.trajectory(EndFailed).Result("it failed")})
}

func waitingReason(err error) string {
	if CodeOf(err) == CodeInternal {
		return err.Error()
	}
	return MessageOf(err)
}

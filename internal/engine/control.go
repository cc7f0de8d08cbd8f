package engine

import (
	"context"
	"database/sql"

	"purposeagent/agent"
	"purposeagent/agent/steering"
)

// StopRun ends a run for good. One that is being worked, here or in another
// process, ends within about a second; any other ends before StopRun returns.
// Errors: CodeNotFound, CodeConflict if the run has ended.
func (e *Engine) StopRun(ctx context.Context, id, by string) error {
	return e.wish(ctx, id, steering.Wish{Kind: steering.WishStop, By: by})
}

// PauseRun suspends a run until ResumeRun. Timing and errors are as for
// StopRun; a run that is paused stays so, and one that takes a single step
// pauses after it.
func (e *Engine) PauseRun(ctx context.Context, id, by string) error {
	return e.wish(ctx, id, steering.Wish{Kind: steering.WishPause, By: by})
}

// ResumeRun lets a paused run go on, or one that waits, before its time, or one
// that takes a single step, after it. It goes on as soon as a worker is free.
// Errors: CodeNotFound, CodeConflict if the run goes on anyway, has ended, or
// waits for a person's answer.
func (e *Engine) ResumeRun(ctx context.Context, id, by string) error {
	return e.wish(ctx, id, steering.Wish{Kind: steering.WishResume, By: by})
}

// StepRun lets a paused run take one step, after those that were asked for, and
// pauses it again. Errors: CodeNotFound, CodeConflict if the run is not paused.
func (e *Engine) StepRun(ctx context.Context, id, by string) error {
	return e.wish(ctx, id, steering.Wish{Kind: steering.WishStep, By: by})
}

// ExtendRun gives a paused or waiting run more steps and more of its budget, and
// lets it go on. Errors: CodeNotFound, CodeConflict if it runs or has ended,
// CodeInvalid for more than a task may have.
func (e *Engine) ExtendRun(ctx context.Context, id, by string, steps int, more agent.Budget) error {
	return e.wish(ctx, id, steering.Wish{Kind: steering.WishExtend, By: by, Steps: steps, More: more})
}

// NoteRun tells the actor of a run something: it is in the record at once, or
// after the step that is under way, and in the actor's prompt from then on.
// Errors: CodeNotFound, CodeConflict if the run has ended or takes no more
// steps, CodeInvalid.
func (e *Engine) NoteRun(ctx context.Context, id, by, text string) error {
	text, err := agent.CheckNote(text)
	if err != nil {
		return err
	}
	return e.wish(ctx, id, steering.Wish{Kind: steering.WishNote, By: by, Text: text})
}

// AnswerRun is a person's word on the action that a run asks about; the run goes
// on unless it is paused. Of two answers the second is CodeConflict. Other
// errors: CodeNotFound, CodeInvalid with a message per field.
func (e *Engine) AnswerRun(ctx context.Context, id, by string, answer agent.Answer) error {
	return e.wish(ctx, id, steering.Wish{Kind: steering.WishAnswer, By: by, Answer: &answer})
}

// wish asks something of a run. Once it is granted it holds, whatever becomes of
// this process: what follows only makes it come true sooner.
func (e *Engine) wish(ctx context.Context, id string, w steering.Wish) error {
	granted, err := e.cfg.Runs.Wish(ctx, id, w, func(by string) ([]agent.EventData, error) { return e.ending(ctx, id, by) })
	if err != nil {
		return err
	}
	e.cfg.Logger.Info("run was asked", "run", id, "for", w.Kind, "by", w.By)
	e.granted(context.WithoutCancel(ctx), id, granted)
	return nil
}

// granted tells those who are concerned what became of a run.
func (e *Engine) granted(ctx context.Context, id string, g steering.Granted) {
	e.publish(id, g.Events...)
	if worked := e.workedHere(id); worked != nil {
		worked.mail.Store(true)
		if g.Interrupt != nil {
			worked.cancel(causeOf(g.Interrupt))
		}
	}
	if g.Due {
		e.report(ctx, "queue a run that goes on", e.enqueue(ctx, id)) // or it is found due within a second
	}
}

func (e *Engine) enqueue(ctx context.Context, id string) error {
	if err := e.migrate(ctx); err != nil { // it may come before Start
		return err
	}
	_, err := e.cfg.Runs.Enqueue(ctx, []string{id}, func(tx *sql.Tx, runs []string) ([]int64, error) {
		return e.insertJobs(ctx, tx, runs, prioritySingle)
	})
	e.wake()
	return err
}

// causeOf returns a pause or stop as the cause of a context's end.
func causeOf(w *steering.Wish) error {
	if w.Kind == steering.WishPause {
		return agent.PausedBy(w.By)
	}
	return agent.StoppedBy(w.By)
}

// ending is how a run ends that a person stops and no orchestrator works.
func (e *Engine) ending(ctx context.Context, id, by string) ([]agent.EventData, error) {
	done, result, err := e.soFar(ctx, id, "a person stopped it")
	return append(done, agent.RunStopped{By: by, Result: result}), err
}

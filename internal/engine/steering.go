package engine

import (
	"context"
	"database/sql"

	"purposeagent/agent"
)

// NoteRun tells the actor of a run something: it is in the record at once, or
// after the step that is under way, and in the actor's prompt from then on.
// Errors: CodeNotFound, CodeConflict if the run has ended, CodeInvalid.
func (e *Engine) NoteRun(ctx context.Context, id, by, text string) error {
	text, err := agent.CheckNote(text)
	if err != nil {
		return err
	}
	held := func() (bool, error) {
		held, err := e.cfg.Runs.AddNote(ctx, id, by, text)
		if w := e.workedHere(id); held && w != nil {
			w.mail.Store(true)
		}
		return held, err
	}
	return e.say(ctx, id, held, func(run agent.Run) (agent.EventData, error) {
		return agent.NoteAdded{Text: text, By: by, After: run.Steps}, nil
	})
}

// Inbox returns the notes to a run that is being worked here which are not in
// its log yet. It reads the database only when there may be some.
func (e *Engine) Inbox(ctx context.Context, run string) ([]agent.NoteAdded, error) {
	if w := e.workedHere(run); w == nil || !w.mail.Swap(false) {
		return nil, nil
	}
	return e.cfg.Runs.Notes(ctx, run)
}

// AnswerRun is a person's word on the action that a run asks about; the run goes
// on unless it is paused. Of two answers the second is CodeConflict. Other
// errors: CodeNotFound, CodeInvalid with a message per field.
func (e *Engine) AnswerRun(ctx context.Context, id, by string, answer agent.Answer) error {
	run, err := e.cfg.Runs.Get(ctx, id)
	if err != nil {
		return err
	}
	if _, err := answer.Check(run.Asked, by); err != nil { // before the run is claimed
		return err
	}
	unheld := func() (bool, error) { return false, nil } // who asks is suspended
	err = e.say(ctx, id, unheld, func(run agent.Run) (agent.EventData, error) { return answer.Check(run.Asked, by) })
	if err != nil {
		return err
	}
	e.cfg.Logger.Info("run answered", "run", id, "by", by, "step", answer.Index, "verdict", answer.Verdict)
	if err := e.migrate(ctx); err != nil {
		return err
	}
	_, err = e.cfg.Runs.Enqueue(ctx, []string{id}, nil, func(tx *sql.Tx, runs []string) ([]int64, error) {
		return e.insertJobs(ctx, tx, runs, prioritySingle)
	})
	return err
}

package engine

import (
	"context"

	"purposeagent/agent"
)

// Inbox returns the notes to a run that is being worked here which are not in
// its log yet. It reads the database only when there may be some. Where it
// returns none with last, the run takes no more notes. What a person asked that has
// to come true before the end is the error then: agent.ErrPause or agent.ErrStop.
func (e *Engine) Inbox(ctx context.Context, run string, last bool) ([]agent.NoteAdded, error) {
	w := e.workedHere(run)
	switch {
	case w == nil:
		return nil, nil
	case last:
		notes, first, err := e.cfg.Runs.Close(ctx, run, w.epoch)
		if err == nil && first != nil {
			err = causeOf(first)
		}
		return notes, err
	case !w.mail.Swap(false):
		return nil, nil
	}
	return e.cfg.Runs.Notes(ctx, run)
}

package engine

import (
	"context"

	"purposeagent/agent"
)

// Inbox returns the notes to a run that is being worked here which are not in
// its log yet. It reads the database only when there may be some. Where it
// returns none with last, the run takes no more notes.
func (e *Engine) Inbox(ctx context.Context, run string, last bool) ([]agent.NoteAdded, error) {
	w := e.workedHere(run)
	switch {
	case w == nil:
		return nil, nil
	case last:
		return e.cfg.Runs.Close(ctx, run, w.epoch)
	case !w.mail.Swap(false):
		return nil, nil
	}
	return e.cfg.Runs.Notes(ctx, run)
}

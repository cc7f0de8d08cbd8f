package models

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"purposeagent/agent"
)

// Asking returns how many runs wait for a person's approval.
func (s *Runs) Asking(ctx context.Context) (int, error) {
	var n int
	err := s.db.read.WithContext(ctx).Raw(`SELECT count(*) FROM runs WHERE asks > 0`).Scan(&n).Error
	return n, failed(err, "count runs that ask")
}

// Asks returns the runs that wait for a person's approval, longest first, at
// most limit.
func (s *Runs) Asks(ctx context.Context, limit int) ([]agent.Run, error) {
	runs, err := scanRuns(s.db.reader.QueryContext(ctx, selectRun+` WHERE runs.asks > 0 ORDER BY runs.created_at, runs.id LIMIT ?`, limitOf(limit, 20, 200)))
	if err != nil {
		return nil, failed(err, "load the runs that ask")
	}
	return runs, nil
}

// peopleKinds are the events by which people have a part in a run; the index
// events_people has the same list.
const peopleKinds = `('note', 'approval_asked', 'approval_answered', 'run_paused', 'run_resumed', 'run_stopped')`

// People returns the last limit events of a run that people had a part in,
// oldest first.
func (s *Runs) People(ctx context.Context, run string, limit int) ([]agent.Event, error) {
	var rows []eventRow
	err := s.db.read.WithContext(ctx).Raw(`SELECT * FROM (SELECT run, seq, at, kind, body, hidden FROM events INDEXED BY events_people
		WHERE run = ? AND kind IN `+peopleKinds+` ORDER BY seq DESC LIMIT ?) newest ORDER BY seq`, run, limitOf(limit, 50, 1000)).Scan(&rows).Error
	if err != nil {
		return nil, failed(err, "load what people did with run %s", run)
	}
	events := make([]agent.Event, len(rows))
	for i := range rows {
		rows[i].Step = nil // a result's final state is not needed here
		if events[i], err = rows[i].decodeEvent(nil); err != nil {
			return nil, err
		}
	}
	return events, nil
}

// heard adds one thing that a person said.
func heard(data agent.EventData, point *agent.Checkpoint) {
	switch d := data.(type) {
	case agent.NoteAdded:
		point.Notes = append(point.Notes, d)
	case agent.ApprovalAsked:
		point.Asked, point.Answer = &d, nil
	case agent.ApprovalAnswered:
		if d.Verdict == agent.VerdictRejected {
			point.Notes = append(point.Notes, d.Note())
			point.Refused = append(point.Refused, d.Action)
			point.Asked = nil
			return
		}
		point.Answer = &d
	case agent.RunQueued, agent.RunStarted, agent.RunResumed, agent.ActionStarted, agent.StepTaken, agent.RunWaiting, agent.RunPaused,
		agent.Judged, agent.Learned, agent.RunFinished, agent.RunStopped, agent.RunFailed:
	}
}

// setAsked keeps what a run asks, nil for nothing.
func (w *writing) setAsked(asked *agent.ApprovalAsked) error {
	var text *string
	step := 0
	if asked != nil {
		raw, err := json.Marshal(asked)
		if err != nil {
			return fmt.Errorf("encode request: %w", err)
		}
		body := string(raw)
		text, step = &body, asked.Index
	}
	_, err := w.tx.ExecContext(w.ctx, `UPDATE run_bodies SET asked = ? WHERE run = ?`, text, w.run.ID)
	_, err2 := w.tx.ExecContext(w.ctx, `UPDATE runs SET asks = ? WHERE id = ?`, step, w.run.ID)
	return errors.Join(err, err2)
}

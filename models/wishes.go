package models

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"purposeagent/agent"
	"purposeagent/agent/steering"
)

// What people ask of a run is decided in one transaction each: granted or
// refused by how the run will stand once all that was granted before has come
// true (steering.Outlook). What a worker has to do stands in run_wishes, in order,
// until it is in the log; what needs no worker is in the log at once. No event
// that ends or suspends a run is stored while a wish stands that it does not
// take along: see docs/decisions/0008.

// End returns what ends a run that a person stops, as far as it has come: its
// last event is the RunStopped.
type End = func(by string) ([]agent.EventData, error)

// unread is a wish that is not in the log yet.
type unread struct {
	id int64
	steering.Wish
}

// Wish asks something of a run. Errors: CodeNotFound; CodeConflict if the run
// has ended, or if it contradicts what was asked of it before; CodeInvalid, with
// a message per field, for what no run can be asked. end is called for a run
// that nobody works.
func (s *Runs) Wish(ctx context.Context, run string, wish steering.Wish, end End) (steering.Granted, error) {
	var granted steering.Granted
	err := s.write(ctx, run, func(w *writing) error {
		if w.run.Status.Final() {
			return ended(w.run, wish.Kind)
		}
		before, err := w.wishes()
		if err != nil {
			return err
		}
		outlook, err := w.outlook(before)
		if err != nil {
			return err
		}
		next, err := outlook.After(wish)
		if err != nil {
			return err
		}
		if wish.Kind == steering.WishExtend {
			if _, err := w.extended(wish); err != nil { // what it comes to is checked now, and is done in its turn
				return err
			}
		}
		if next.Phase == outlook.Phase && (wish.Kind == steering.WishPause && outlook.Phase == steering.PhasePaused || wish.Kind == steering.WishStop) {
			granted.Interrupt = w.interrupting(before)
			return nil // it is so already
		}
		added, err := w.ask(wish)
		if err != nil {
			return err
		}
		left := slices.Concat(before, []unread{added})
		if !w.held() {
			if left, err = w.settle(left, end); err != nil {
				return err
			}
		}
		granted.Interrupt, granted.Events, granted.Due = w.interrupting(left), w.added, !w.held() && w.due()
		return w.save()
	})
	return granted, failed(err, "ask run %s for %s", run, wish.Kind)
}

// ended says why nothing can be asked of a run that has ended, and to who wants
// it to go on what to do.
func ended(run agent.Run, kind steering.WishKind) error {
	text := "run %s has ended: it is %s"
	switch kind {
	case steering.WishResume, steering.WishStep, steering.WishExtend:
		text += "; fork it to go on from one of its steps"
	case steering.WishNote, steering.WishPause, steering.WishStop, steering.WishAnswer:
	}
	return agent.Errorf(agent.CodeConflict, text, run.ID, run.Status)
}

// Settle appends an event that ends or suspends a run, and with it all that
// people asked before it. It returns what was appended. An end that a person's
// pause or stop came before is not appended: it returns that wish instead, and the
// worker does that. Errors are those of Append.
func (s *Runs) Settle(ctx context.Context, run string, epoch int64, e agent.Event, end End) (events []agent.Event, first *steering.Wish, err error) {
	err = s.write(ctx, run, func(w *writing) error {
		if err := w.check(run, epoch, e); err != nil {
			return err
		}
		left, err := w.wishes()
		if err != nil {
			return err
		}
		if left, first, err = w.before(e, left); err != nil || first != nil {
			return err
		}
		e.Seq = w.run.LastSeq + 1
		if err := w.add(e); err != nil {
			return err
		}
		w.added = append(w.added, e)
		if !w.run.Status.Final() {
			_, err = w.settle(left, end)
		}
		events = w.added
		return errors.Join(err, w.save())
	})
	return events, first, failed(err, "append %s to run %s", e.Data.Kind(), run)
}

// before records what people asked before an event that ends or suspends the
// run. It returns what stands after it, or the interruption that has to come first.
func (w *writing) before(e agent.Event, left []unread) ([]unread, *steering.Wish, error) {
	at := slices.IndexFunc(left, func(q unread) bool { return w.interrupts(q) })
	switch e.Data.(type) {
	case agent.RunFinished, agent.RunFailed:
		at = slices.IndexFunc(left, func(q unread) bool { return q.Kind == steering.WishPause || q.Kind == steering.WishStop })
		if at >= 0 {
			return nil, &left[at].Wish, nil
		}
		at = len(left)
	case agent.RunStopped:
		if at = slices.IndexFunc(left, func(q unread) bool { return q.Kind == steering.WishStop }); at < 0 {
			at = len(left)
		}
	case agent.RunPaused:
		if at < 0 || left[at].Kind != steering.WishPause { // it pauses for another reason
			at = leadingNotes(left)
		}
	case agent.RunWaiting, agent.ApprovalAsked, agent.RunQueued, agent.RunStarted, agent.RunResumed, agent.NoteAdded,
		agent.ActionStarted, agent.StepTaken, agent.ApprovalAnswered, agent.Judged, agent.Learned:
		at = leadingNotes(left)
	}
	if err := w.resumedUnseen(); err != nil {
		return nil, nil, err
	}
	for _, q := range left[:at] {
		if err := w.record(q); err != nil {
			return nil, nil, err
		}
	}
	left = left[at:]
	_, stopped := e.Data.(agent.RunStopped)
	_, paused := e.Data.(agent.RunPaused)
	if len(left) > 0 && (stopped || paused && w.interrupts(left[0]) && left[0].Kind == steering.WishPause) {
		if err := w.forget(left[0]); err != nil {
			return nil, nil, err
		}
		left = left[1:]
	}
	return left, nil, nil
}

func leadingNotes(left []unread) int {
	n := 0
	for n < len(left) && left[n].Kind == steering.WishNote {
		n++
	}
	return n
}

// Close returns the notes that its actor may read now, or, where there are none,
// says for good that the run's actor takes no more steps: from then on notes are
// refused. Where something else stands that was asked before, the run is not
// closed: it returns the pause or stop that has to come first, which is a person's
// own or the pause at the end of a single step. What was asked after that step,
// also a note, then gets into the record in its turn. Errors are those of Append.
func (s *Runs) Close(ctx context.Context, run string, epoch int64) (notes []agent.NoteAdded, first *steering.Wish, err error) {
	err = s.write(ctx, run, func(w *writing) error {
		if w.row.epoch != epoch {
			return agent.Errorf(agent.CodeConflict, "run %s was taken over by another worker", run)
		}
		left, err := w.wishes()
		if err != nil {
			return err
		}
		if notes = notesOf(left[:leadingNotes(left)]); len(notes) > 0 {
			return nil
		}
		if first = w.interrupting(left); first == nil && len(left) > 0 && w.stepping() {
			first = &steering.Wish{Kind: steering.WishPause, By: w.row.controlBy}
		}
		if first != nil {
			return nil
		}
		w.row.control, w.row.controlBy = controlClosing, ""
		return w.save()
	})
	return notes, first, failed(err, "close run %s", run)
}

// Notes returns the notes to a run that its actor may read now, oldest first:
// those before which nothing else was asked. Appending a note with its Request
// takes it away.
func (s *Runs) Notes(ctx context.Context, run string) ([]agent.NoteAdded, error) {
	left, err := unreadOf(ctx, s.db.reader, run)
	if err != nil {
		return nil, failed(err, "read the notes to run %s", run)
	}
	return notesOf(left[:leadingNotes(left)]), nil
}

func notesOf(left []unread) []agent.NoteAdded {
	notes := make([]agent.NoteAdded, len(left))
	for i, q := range left {
		notes[i] = agent.NoteAdded{Text: q.Text, By: q.By, Request: q.id}
	}
	return notes
}

// Standing returns what people asked of a run and is not in its log yet, in order.
func (s *Runs) Standing(ctx context.Context, run string) ([]steering.Wish, error) {
	left, err := unreadOf(ctx, s.db.reader, run)
	wishes := make([]steering.Wish, len(left))
	for i, q := range left {
		wishes[i] = q.Wish
	}
	return wishes, failed(err, "read what was asked of run %s", run)
}

const selectWishes = `SELECT id, kind, by, body FROM run_wishes WHERE run = ? ORDER BY id`

func unreadOf(ctx context.Context, reader *sql.DB, run string) ([]unread, error) {
	rows, err := reader.QueryContext(ctx, selectWishes, run)
	if err != nil {
		return nil, err
	}
	return scanWishes(rows)
}

func (w *writing) wishes() ([]unread, error) {
	rows, err := w.tx.QueryContext(w.ctx, selectWishes, w.run.ID)
	if err != nil {
		return nil, err
	}
	return scanWishes(rows)
}

func scanWishes(rows *sql.Rows) ([]unread, error) {
	defer rows.Close() //nolint:errcheck // rows.Err says what matters
	var left []unread
	for rows.Next() {
		var q unread
		var kind, by, body string
		if err := rows.Scan(&q.id, &kind, &by, &body); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(body), &q.Wish); err != nil {
			return nil, fmt.Errorf("decode wish %d: %w", q.id, err)
		}
		q.Kind, q.By = steering.WishKind(kind), by
		left = append(left, q)
	}
	return left, rows.Err()
}

// ask stores a wish behind those that stand.
func (w *writing) ask(wish steering.Wish) (unread, error) {
	raw, err := json.Marshal(wish)
	if err != nil {
		return unread{}, fmt.Errorf("encode wish: %w", err)
	}
	var id int64
	err = w.tx.QueryRowContext(w.ctx, `INSERT INTO run_wishes (run, kind, by, body, at) VALUES (?, ?, ?, ?, ?) RETURNING id`,
		w.run.ID, string(wish.Kind), wish.By, string(raw), nanos(w.s.db.now())).Scan(&id)
	return unread{id, wish}, err
}

func (w *writing) forget(q unread) error {
	_, err := w.tx.ExecContext(w.ctx, `DELETE FROM run_wishes WHERE id = ?`, q.id)
	return err
}

package models

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"purposeagent/agent"
)

// What people ask of a run is decided in one transaction each: granted or
// refused by how the run will stand once all that was granted before has come
// true (agent.Outlook). What a worker has to do stands in run_wishes, in order,
// until it is in the log; what needs no worker is in the log at once. No event
// that ends or suspends a run is stored while a wish stands that it does not
// take along: see docs/decisions/0008.

// End returns what ends a run that a person stops, as far as it has come: its
// last event is the RunStopped.
type End = func(by string) ([]agent.EventData, error)

// unread is a wish that is not in the log yet.
type unread struct {
	id int64
	agent.Wish
}

// Wish asks something of a run. Errors: CodeNotFound; CodeConflict if the run
// has ended, or if it contradicts what was asked of it before; CodeInvalid, with
// a message per field, for what no run can be asked. end is called for a run
// that nobody works.
func (s *Runs) Wish(ctx context.Context, run string, wish agent.Wish, end End) (agent.Granted, error) {
	var granted agent.Granted
	err := s.write(ctx, run, func(w *writing) error {
		if w.run.Status.Final() {
			return agent.Errorf(agent.CodeConflict, "run %s has ended: it is %s", run, w.run.Status)
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
		if wish.Kind == agent.WishExtend {
			if _, _, err := w.extended(wish); err != nil { // what it comes to is checked now, and is done in its turn
				return err
			}
		}
		if next.Phase == outlook.Phase && (wish.Kind == agent.WishPause && outlook.Phase == agent.PhasePaused || wish.Kind == agent.WishStop) {
			granted.Interrupt = w.interrupting(before)
			return nil // it is so already
		}
		added, err := w.ask(wish)
		if err != nil {
			return err
		}
		left := append(before, added)
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

// Settle appends an event that ends or suspends a run, and with it all that
// people asked before it. It returns what was appended. An end that a person's
// pause or stop came before is not appended: it returns that wish instead, and the
// worker does that. Errors are those of Append.
func (s *Runs) Settle(ctx context.Context, run string, epoch int64, e agent.Event, end End) (events []agent.Event, first *agent.Wish, err error) {
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
func (w *writing) before(e agent.Event, left []unread) ([]unread, *agent.Wish, error) {
	at := slices.IndexFunc(left, func(q unread) bool { return w.interrupts(q) })
	switch e.Data.(type) {
	case agent.RunFinished, agent.RunFailed:
		at = slices.IndexFunc(left, func(q unread) bool { return q.Kind == agent.WishPause || q.Kind == agent.WishStop })
		if at >= 0 {
			return nil, &left[at].Wish, nil
		}
		at = len(left)
	case agent.RunStopped:
		if at = slices.IndexFunc(left, func(q unread) bool { return q.Kind == agent.WishStop }); at < 0 {
			at = len(left)
		}
	case agent.RunPaused:
		if at < 0 || left[at].Kind != agent.WishPause { // it pauses for another reason
			at = leadingNotes(left)
		}
	default:
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
	if len(left) > 0 && (stopped || paused && w.interrupts(left[0]) && left[0].Kind == agent.WishPause) {
		if err := w.forget(left[0]); err != nil {
			return nil, nil, err
		}
		left = left[1:]
	}
	return left, nil, nil
}

func leadingNotes(left []unread) int {
	n := 0
	for n < len(left) && left[n].Kind == agent.WishNote {
		n++
	}
	return n
}

// Close returns the notes that stand, or, where there are none, says for good
// that the run's actor takes no more steps: from then on notes are refused.
// Errors are those of Append.
func (s *Runs) Close(ctx context.Context, run string, epoch int64) ([]agent.NoteAdded, error) {
	var notes []agent.NoteAdded
	err := s.write(ctx, run, func(w *writing) error {
		if w.row.epoch != epoch {
			return agent.Errorf(agent.CodeConflict, "run %s was taken over by another worker", run)
		}
		left, err := w.wishes()
		if err != nil {
			return err
		}
		for _, q := range left {
			if w.interrupts(q) {
				break
			}
			if q.Kind == agent.WishNote {
				notes = append(notes, q.note())
			}
		}
		if len(notes) > 0 {
			return nil
		}
		w.row.control, w.row.controlBy = controlClosing, ""
		return w.save()
	})
	return notes, failed(err, "close run %s", run)
}

// Notes returns the notes to a run that its actor may read now, oldest first:
// those before which nothing else was asked. Appending a note with its Request
// takes it away.
func (s *Runs) Notes(ctx context.Context, run string) ([]agent.NoteAdded, error) {
	left, err := s.unreadOf(ctx, run)
	if err != nil {
		return nil, failed(err, "read the notes to run %s", run)
	}
	left = left[:leadingNotes(left)]
	notes := make([]agent.NoteAdded, len(left))
	for i, q := range left {
		notes[i] = q.note()
	}
	return notes, nil
}

func (q unread) note() agent.NoteAdded {
	return agent.NoteAdded{Text: q.Text, By: q.By, Request: q.id}
}

// Standing returns what people asked of a run and is not in its log yet, in order.
func (s *Runs) Standing(ctx context.Context, run string) ([]agent.Wish, error) {
	left, err := s.unreadOf(ctx, run)
	wishes := make([]agent.Wish, len(left))
	for i, q := range left {
		wishes[i] = q.Wish
	}
	return wishes, failed(err, "read what was asked of run %s", run)
}

const selectWishes = `SELECT id, kind, by, body FROM run_wishes WHERE run = ? ORDER BY id`

func (s *Runs) unreadOf(ctx context.Context, run string) ([]unread, error) {
	rows, err := s.db.reader.QueryContext(ctx, selectWishes, run)
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
		q.Kind, q.By = agent.WishKind(kind), by
		left = append(left, q)
	}
	return left, rows.Err()
}

// ask stores a wish behind those that stand.
func (w *writing) ask(wish agent.Wish) (unread, error) {
	raw, err := json.Marshal(wish)
	if err != nil {
		return unread{}, fmt.Errorf("encode wish: %w", err)
	}
	done, err := w.tx.ExecContext(w.ctx, `INSERT INTO run_wishes (run, kind, by, body, at) VALUES (?, ?, ?, ?, ?)`,
		w.run.ID, string(wish.Kind), wish.By, string(raw), nanos(w.s.db.now()))
	if err != nil {
		return unread{}, err
	}
	id, err := done.LastInsertId()
	return unread{id, wish}, err
}

func (w *writing) forget(q unread) error {
	_, err := w.tx.ExecContext(w.ctx, `DELETE FROM run_wishes WHERE id = ?`, q.id)
	return err
}

// held reports whether a worker has the run.
func (w *writing) held() bool { return w.row.leaseUntil > nanos(w.s.db.now()) }

// due reports whether a worker should take the run now.
func (w *writing) due() bool { return w.row.wakeAt.Valid && w.row.wakeAt.Int64 <= nanos(w.s.db.now()) }

// active reports whether the run is worked, or will be without anybody's word.
func (w *writing) active() bool {
	return w.held() || w.run.Status == agent.RunIsRunning || w.due()
}

// stepping reports whether the run pauses by itself after its next step.
func (w *writing) stepping() bool {
	return strings.HasPrefix(w.row.control, controlStep) && w.active()
}

// interrupts reports whether a wish ends or suspends what a worker does, now.
func (w *writing) interrupts(q unread) bool {
	return q.Kind == agent.WishStop || q.Kind == agent.WishPause && !w.stepping()
}

func (w *writing) interrupting(left []unread) *agent.Wish {
	if i := slices.IndexFunc(left, w.interrupts); i >= 0 {
		return &left[i].Wish
	}
	return nil
}

// outlook is how the run will stand once what was asked of it has come true.
func (w *writing) outlook(left []unread) (agent.Outlook, error) {
	o := agent.Outlook{Run: w.run.ID, Phase: w.phase()}
	asked, err := w.asked()
	if err != nil {
		return o, err
	}
	if o.Asked = asked; asked != nil && o.Phase == agent.PhaseWaiting {
		o.Phase = agent.PhaseAsking
	}
	for _, q := range left {
		if next, err := o.After(q.Wish); err == nil {
			o = next
		}
	}
	return o, nil
}

func (w *writing) phase() agent.Phase {
	switch {
	case w.row.control == controlClosing && w.active():
		return agent.PhaseClosing
	case w.stepping():
		return agent.PhaseStepping
	case w.held() || w.run.Status == agent.RunIsRunning:
		return agent.PhaseGoing
	case w.run.Status == agent.RunIsQueued:
		return agent.PhaseFresh
	case w.due():
		return agent.PhaseGoing
	case w.run.Status == agent.RunIsPaused:
		return agent.PhasePaused
	}
	return agent.PhaseWaiting
}

// asked is what the run asks and nobody has answered.
func (w *writing) asked() (*agent.ApprovalAsked, error) {
	var raw sql.NullString
	if err := w.tx.QueryRowContext(w.ctx, `SELECT asked FROM run_bodies WHERE run = ?`, w.run.ID).Scan(&raw); err != nil || !raw.Valid {
		return nil, err
	}
	asked := &agent.ApprovalAsked{}
	if err := json.Unmarshal([]byte(raw.String), asked); err != nil {
		return nil, fmt.Errorf("decode what run %s asks: %w", w.run.ID, err)
	}
	return asked, nil
}

// settle makes the wishes true for a run that nobody works, in their order, as
// far as that needs no worker, and returns the rest. A stop waits for nobody.
func (w *writing) settle(left []unread, end End) ([]unread, error) {
	for len(left) > 0 && !w.run.Status.Final() {
		if w.needsWorker(left[0]) {
			stop := slices.IndexFunc(left, func(q unread) bool { return q.Kind == agent.WishStop })
			if stop < 0 {
				break
			}
			if err := w.resumedUnseen(); err != nil {
				return left, err
			}
			for _, q := range left[:stop] {
				if err := w.record(q); err != nil {
					return left, err
				}
			}
			left = left[stop:]
		}
		if err := w.fulfil(left[0], end); err != nil {
			return left, err
		}
		left = left[1:]
	}
	return left, w.fence()
}

// needsWorker reports whether a wish has to wait until a worker has done what
// was asked before it.
func (w *writing) needsWorker(q unread) bool {
	switch q.Kind {
	case agent.WishNote, agent.WishAnswer:
		return w.unseen()
	case agent.WishPause, agent.WishResume, agent.WishStep:
		return w.stepping()
	case agent.WishExtend, agent.WishStop:
	}
	return false
}

// unseen reports whether a person let the run go on and no worker has begun.
func (w *writing) unseen() bool {
	return w.run.Status != agent.RunIsRunning && w.due() && (w.row.control == controlResume || strings.HasPrefix(w.row.control, controlStep))
}

// resumedUnseen records that a person let the run go on, if no worker did.
func (w *writing) resumedUnseen() error {
	if w.run.Status == agent.RunIsRunning || w.run.Status == agent.RunIsQueued ||
		w.row.control != controlResume && !strings.HasPrefix(w.row.control, controlStep) {
		return nil
	}
	return w.append1(agent.RunResumed{After: w.run.Steps, Reason: "goes on", By: w.row.controlBy})
}

// fulfil makes one wish true for a run that nobody works.
func (w *writing) fulfil(q unread, end End) error {
	if err := w.forget(q); err != nil {
		return err
	}
	switch q.Kind {
	case agent.WishPause:
		if w.run.Status == agent.RunIsPaused && !w.due() {
			return nil // it is
		}
		if err := w.resumedUnseen(); err != nil {
			return err
		}
		return w.append1(agent.RunPaused{By: q.By})
	case agent.WishStop:
		if err := w.resumedUnseen(); err != nil {
			return err
		}
		last, err := end(q.By)
		for _, data := range last {
			if err == nil {
				err = w.append1(data)
			}
		}
		return err
	case agent.WishResume:
		return w.goOn(q.By, controlResume)
	case agent.WishStep:
		return w.goOn(q.By, controlStep+strconv.Itoa(w.run.Steps+1))
	case agent.WishExtend:
		if err := w.extend(q.Wish); err != nil {
			return err
		}
		asked, err := w.asked()
		suspended := w.run.Status == agent.RunIsPaused || w.run.Status == agent.RunIsWaiting && asked == nil
		if err != nil || !suspended || w.due() {
			return err
		}
		return w.goOn(q.By, controlResume)
	case agent.WishNote, agent.WishAnswer:
		return w.say(q.Wish)
	}
	return fmt.Errorf("unknown wish %q", q.Kind)
}

// record puts a wish into the log of a run that ends or is suspended after it.
func (w *writing) record(q unread) error {
	if err := w.forget(q); err != nil {
		return err
	}
	switch q.Kind {
	case agent.WishNote, agent.WishAnswer:
		return w.say(q.Wish)
	case agent.WishPause:
		return w.append1(agent.RunPaused{By: q.By})
	case agent.WishExtend:
		if err := w.extend(q.Wish); err != nil {
			return err
		}
		return w.append1(agent.RunResumed{After: w.run.Steps, Reason: "goes on", By: q.By})
	case agent.WishResume, agent.WishStep:
		return w.append1(agent.RunResumed{After: w.run.Steps, Reason: "goes on", By: q.By})
	case agent.WishStop:
	}
	return nil
}

// say puts a person's words into the log.
func (w *writing) say(wish agent.Wish) error {
	if wish.Kind == agent.WishNote {
		return w.append1(agent.NoteAdded{Text: wish.Text, By: wish.By, After: w.run.Steps})
	}
	asked, err := w.asked()
	if err != nil {
		return err
	}
	answered, err := wish.Answer.Check(asked, wish.By)
	if err != nil {
		return err
	}
	return w.append1(answered)
}

// append1 adds an event after the newest one.
func (w *writing) append1(data agent.EventData) error {
	e := agent.Event{Seq: w.run.LastSeq + 1, Run: w.run.ID, At: w.s.db.now(), Data: data}
	w.added = append(w.added, e)
	return w.add(e)
}

// goOn makes the run due, as a person asked.
func (w *writing) goOn(by, control string) error {
	w.wake(0)
	w.row.control, w.row.controlBy = control, by
	_, err := w.tx.ExecContext(w.ctx, `UPDATE runs SET priority = 1, job = 0 WHERE id = ?`, w.run.ID)
	return err
}

// fence keeps a worker whose lease ran out from adding to what was decided
// without it, and forgets the job of a run that nobody is to take.
func (w *writing) fence() error {
	_, err := w.tx.ExecContext(w.ctx, `UPDATE runs SET epoch = epoch + 1, job = CASE WHEN ? THEN job ELSE 0 END WHERE id = ?`, w.row.wakeAt.Valid, w.run.ID)
	return err
}

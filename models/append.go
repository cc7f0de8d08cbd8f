package models

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"purposeagent/agent"
	"purposeagent/agent/credit"
)

// statements are the prepared statements of the hot path: a durable step is
// three of them in one transaction, a call of a model one by itself, a new run three. Written by hand, because building and
// preparing them anew through the ORM costs more than running them.
type statements struct {
	load, event, step, update, advance, final, call, run, body, renew *sql.Stmt
}

func (s *statements) prepare(ctx context.Context, db *DB) error {
	for query, stmt := range map[string]**sql.Stmt{
		`SELECT epoch, status, reason, steps, phi, spark, success, source, score, tokens_in, tokens_out, tokens_cached, calls, usd, estimated, last_seq,
			holdout, created_at, started_at, ended_at, wake_at, lease_until, control, control_by, grp FROM runs WHERE id = ?` + db.forUpdate(): &s.load,
		insertEvent: &s.event,
		`INSERT INTO steps (run, idx, phi, delta, label, marks, body, summary, data, hidden, before_state, at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`: &s.step,
		`UPDATE runs SET status = ?, reason = ?, steps = ?, phi = ?, spark = ?, success = ?, source = ?, score = ?,
			tokens_in = ?, tokens_out = ?, tokens_cached = ?, calls = ?, usd = ?, estimated = ?, last_seq = ?, holdout = ?, created_at = ?, started_at = ?, ended_at = ?,
			wake_at = ?, lease_until = ?, control = ?, control_by = ? WHERE id = ?`: &s.update,
		// What every step changes, and no index of a run that has not ended: a column
		// that is named has its indexes written, whether it changed or not.
		`UPDATE runs SET steps = ?, phi = ?, spark = ?, tokens_in = ?, tokens_out = ?, tokens_cached = ?, calls = ?, usd = ?, estimated = ?,
			last_seq = ? WHERE id = ?`: &s.advance,
		`SELECT idx, summary, data, hidden FROM steps WHERE run = ? ORDER BY idx DESC LIMIT 1`: &s.final,
		insertCall: &s.call,
		insertRun:  &s.run,
		renewLease: &s.renew,
		`INSERT INTO run_bodies (run, spec) VALUES (?, ?)`: &s.body,
	} {
		prepared, err := db.writer.PrepareContext(ctx, query)
		if err != nil {
			return err
		}
		*stmt = prepared
	}
	return nil
}

func (s *statements) close() error {
	var errs []error
	for _, stmt := range []*sql.Stmt{s.load, s.event, s.step, s.update, s.advance, s.final, s.call, s.run, s.body, s.renew} {
		if stmt != nil {
			errs = append(errs, stmt.Close())
		}
	}
	return errors.Join(errs...)
}

// tail is what a run's newest step left, kept so that writing the next one need
// not read it again.
type tail struct {
	seq   int64 // of the run when the tail was taken
	idx   int
	state agent.State
	spark agent.Sparkline
}

// maxTails bounds the tails; one that was thrown out is read again.
const maxTails = 256

// Append makes events of one run durable, all or none, and folds them into the
// run's row. The writer proves with its epoch that it still has the run.
// Errors: CodeNotFound; CodeConflict if another worker took the run over, if
// the run has ended, or if the events do not follow the last one without a
// gap; CodeUnavailable if the disk is full or can't be written.
func (s *Runs) Append(ctx context.Context, run string, epoch int64, events ...agent.Event) error {
	if len(events) == 0 {
		return nil
	}
	err := s.write(ctx, run, func(w *writing) error { return w.append(run, epoch, events) })
	return failed(err, "append %d events to run %s", len(events), run)
}

// write calls f in a transaction, with the run's row loaded.
func (s *Runs) write(ctx context.Context, run string, f func(w *writing) error) error {
	tx, err := s.db.writer.BeginTx(onRun(ctx, run), nil)
	if err != nil {
		return err
	}
	w := writing{ctx: context.WithoutCancel(ctx), s: s, tx: tx} // see writeTx
	if err = w.load(run); err == nil {
		err = f(&w)
	}
	if err == nil {
		err = tx.Commit()
	} else {
		err = errors.Join(err, ignoreDone(tx.Rollback()))
	}
	err = orCancelled(ctx, err)
	s.keepTail(run, &w, err)
	s.sums.forget(w.run.Group)
	return err
}

// ignoreDone drops the error of rolling back what a cancelled context has
// rolled back already.
func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}

// orCancelled returns why a transaction was rolled back under the statements of one
// who did not ask: its context had ended.
func orCancelled(ctx context.Context, err error) error {
	if ended := ctx.Err(); ended != nil && errors.Is(err, sql.ErrTxDone) {
		return ended
	}
	return err
}

func (s *Runs) keepTail(run string, w *writing, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil || w.run.Status.Final() || w.last == nil {
		delete(s.tails, run)
		return
	}
	if _, ok := s.tails[run]; !ok && len(s.tails) >= maxTails {
		clear(s.tails)
	}
	s.tails[run] = tail{w.run.LastSeq, w.run.Steps, *w.last, w.run.Spark}
}

// writing is one append in progress.
type writing struct {
	ctx  context.Context //nolint:containedctx // lives no longer than one call of Append
	s    *Runs
	tx   *sql.Tx
	run  agent.Run
	row  heldRow
	was  settled      // when it was loaded
	last *agent.State // after step run.Steps, nil without one
	// added is what was appended beside what the caller gave.
	added []agent.Event
}

// heldRow is how a run is worked.
type heldRow struct {
	epoch      int64
	wakeAt     sql.NullInt64
	leaseUntil int64
	control    string
	controlBy  string
}

// settled are the columns that most steps leave alone.
type settled struct {
	row                  heldRow
	status               agent.RunStatus
	reason               string
	judged               bool
	outcome              agent.Outcome
	holdout              credit.SetHoldout
	created              int64
	startedAt, endedAt   int64
	hasStarted, hasEnded bool
}

func (w *writing) settled() settled {
	s := settled{row: w.row, status: w.run.Status, reason: w.run.Reason, holdout: w.run.Holdout, created: nanos(w.run.CreatedAt)}
	if o := w.run.Outcome; o != nil {
		s.judged, s.outcome = true, *o
	}
	if at := w.run.StartedAt; at != nil {
		s.hasStarted, s.startedAt = true, nanos(*at)
	}
	if at := w.run.EndedAt; at != nil {
		s.hasEnded, s.endedAt = true, nanos(*at)
	}
	return s
}

func (w *writing) append(id string, epoch int64, events []agent.Event) error {
	for i := range events {
		if err := w.check(id, epoch, events[i]); err != nil {
			return err
		}
		if events[i].Suspends() {
			if left, err := w.wishes(); err != nil || len(left) > 0 {
				return errors.Join(err, agent.Errorf(agent.CodeConflict, "somebody asked something of run %s that is not in its log yet", id))
			}
		}
		if err := w.add(events[i]); err != nil {
			return err
		}
	}
	return w.save()
}

// check refuses an event that the writer may not append now.
func (w *writing) check(id string, epoch int64, e agent.Event) error {
	switch {
	case w.row.epoch != epoch:
		return agent.Errorf(agent.CodeConflict, "run %s was taken over by another worker", id)
	case w.run.Status.Final():
		return agent.Errorf(agent.CodeConflict, "run %s has ended; nothing can follow", id)
	case e.Run != id:
		return agent.Errorf(agent.CodeInvalid, "event %d belongs to run %s, not to %s", e.Seq, e.Run, id)
	case e.Seq != w.run.LastSeq+1:
		return agent.Errorf(agent.CodeConflict, "event %d of run %s does not follow event %d", e.Seq, id, w.run.LastSeq)
	case e.Data == nil:
		return agent.Errorf(agent.CodeInvalid, "event %d of run %s has no data", e.Seq, id)
	}
	return nil
}

// load reads the run's row, as far as folding an event needs it, and its tail.
func (w *writing) load(id string) error {
	var r runRow
	err := w.tx.StmtContext(w.ctx, w.s.stmts.load).QueryRowContext(w.ctx, id).Scan(&w.row.epoch, &r.Status, &r.Reason, &r.Steps, &r.Phi,
		&r.Spark, &r.Success, &r.Source, &r.Score, &r.TokensIn, &r.TokensOut, &r.TokensCached, &r.Calls, &r.USD, &r.Estimated, &r.LastSeq,
		&r.Holdout, &r.CreatedAt, &r.StartedAt, &r.EndedAt, &w.row.wakeAt, &w.row.leaseUntil, &w.row.control, &w.row.controlBy, &r.Grp)
	if errors.Is(err, sql.ErrNoRows) {
		return notFound("run", id)
	}
	if err != nil {
		return err
	}
	r.ID = id
	w.s.mu.Lock()
	t, ok := w.s.tails[id]
	w.s.mu.Unlock()
	known := ok && t.seq == r.LastSeq && t.idx == r.Steps
	if known {
		r.Spark = ""
	}
	if w.run, err = r.run(); err != nil {
		return err
	}
	w.was = w.settled()
	if known {
		w.last, w.run.Spark = &t.state, t.spark
		return nil
	}
	if w.run.LastSeq < 2 {
		return nil // only queued so far
	}
	var row stepRow
	err = w.tx.StmtContext(w.ctx, w.s.stmts.final).QueryRowContext(w.ctx, id).Scan(&row.Idx, &row.Summary, &row.Data, &row.Hidden)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	state := row.after()
	w.last = &state
	return err
}

// add writes one event and what belongs to it. A step is its own row, and no row of
// events: that would be a page more to write for each of them.
func (w *writing) add(e agent.Event) error {
	if d, ok := e.Data.(agent.StepTaken); ok {
		return w.addStep(e, &d.Step)
	}
	row, err := encodeEvent(e, w.run.Steps, w.last)
	if err != nil {
		return err
	}
	_, err = w.tx.StmtContext(w.ctx, w.s.stmts.event).ExecContext(w.ctx, row.values()...)
	if err != nil {
		return err
	}
	ended := e.Terminal()
	switch d := e.Data.(type) {
	case agent.RunStarted:
		err = w.addState(initialRow(e.Run, d), d.State)
		w.underWay()
	case agent.RunResumed:
		w.underWay()
	case agent.NoteAdded:
		if d.Request != 0 {
			_, err = w.tx.ExecContext(w.ctx, `DELETE FROM run_wishes WHERE id = ?`, d.Request)
		}
	case agent.ApprovalAsked:
		w.row.wakeAt, w.row.leaseUntil = sql.NullInt64{}, 0
		err = w.setAsked(&d)
	case agent.ApprovalAnswered:
		w.row.leaseUntil = 0
		if w.run.Status == agent.RunIsWaiting {
			w.wake(0)
		}
		err = w.setAsked(nil)
	case agent.RunWaiting:
		w.row.leaseUntil = 0
		w.wake(nanos(d.RetryAt))
		if w.row.control == controlClosing {
			w.row.control = ""
		}
	case agent.RunPaused:
		ended = true
	case agent.RunFinished:
		err = w.addResult(d.Result)
	case agent.RunStopped:
		err = w.addResult(d.Result)
	case agent.RunFailed:
		err = w.addResult(d.Result)
	case agent.RunQueued, agent.ActionStarted, agent.StepTaken, agent.Judged, agent.Learned:
	}
	if ended {
		w.row.wakeAt = sql.NullInt64{}
		w.row.leaseUntil, w.row.control, w.row.controlBy = 0, "", ""
	}
	w.run = w.run.Fold(e)
	return err
}

func (w *writing) addStep(e agent.Event, s *agent.Step) error {
	if s.Index != w.run.Steps+1 {
		return agent.Errorf(agent.CodeConflict, "step %d of run %s does not follow step %d", s.Index, e.Run, w.run.Steps)
	}
	row, err := encodeStep(e, s, w.last)
	if err != nil {
		return err
	}
	err = w.addState(row, s.After)
	w.run = w.run.Fold(e)
	return err
}

// underWay notes that a worker has begun: if it dies the run is due at once, and
// who let the run go on is in the log.
func (w *writing) underWay() {
	w.wake(0)
	if w.row.control == controlResume {
		w.row.control, w.row.controlBy = "", ""
	}
}

func (w *writing) wake(at int64) { w.row.wakeAt = sql.NullInt64{Int64: at, Valid: true} }

func (w *writing) addState(r stepRow, state agent.State) error {
	w.last = &state
	_, err := w.tx.StmtContext(w.ctx, w.s.stmts.step).ExecContext(w.ctx, r.Run, r.Idx, r.Phi, r.Delta, r.Label, r.Marks,
		r.Body, r.Summary, r.Data, r.Hidden, r.BeforeState, r.At)
	return err
}

// addResult keeps the result with the run, without the final state: that is
// the newest step's.
func (w *writing) addResult(result agent.TaskResult) error {
	result.FinalState = agent.State{}
	raw, err := json.Marshal(result)
	if err != nil {
		return fmt.Errorf("encode result: %w", err)
	}
	_, err = w.tx.ExecContext(w.ctx, `UPDATE run_bodies SET result = ?, asked = NULL WHERE run = ?`, string(raw), w.run.ID)
	if err == nil {
		_, err = w.tx.ExecContext(w.ctx, `UPDATE runs SET asks = 0 WHERE id = ? AND asks > 0`, w.run.ID)
	}
	return err
}

// save writes the folded run.
func (w *writing) save() error {
	r := &w.run
	spark, err := json.Marshal(r.Spark)
	if err != nil {
		return fmt.Errorf("encode Φ line: %w", err)
	}
	if w.settled() == w.was {
		_, err = w.tx.StmtContext(w.ctx, w.s.stmts.advance).ExecContext(w.ctx, r.Steps, r.Phi, string(spark),
			r.Usage.TokensIn, r.Usage.TokensOut, r.Usage.TokensCached, r.Usage.Calls, r.Usage.USD, r.Usage.Estimated, r.LastSeq, r.ID)
		return err
	}
	holdout, err := encodeHoldout(r.Holdout)
	if err != nil {
		return err
	}
	var success *bool
	var outcome agent.Outcome
	if r.Outcome != nil {
		outcome, success = *r.Outcome, &r.Outcome.Success
	}
	_, err = w.tx.StmtContext(w.ctx, w.s.stmts.update).ExecContext(w.ctx, string(r.Status), r.Reason, r.Steps, r.Phi, string(spark),
		success, string(outcome.Source), outcome.Score, r.Usage.TokensIn, r.Usage.TokensOut, r.Usage.TokensCached, r.Usage.Calls, r.Usage.USD, r.Usage.Estimated, r.LastSeq,
		holdout, nanos(r.CreatedAt), optionalNanos(r.StartedAt), optionalNanos(r.EndedAt),
		w.row.wakeAt, w.row.leaseUntil, w.row.control, w.row.controlBy, r.ID)
	return err
}

package models

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"

	"purposeagent/agent"
	"purposeagent/agent/experiments"
)

// An experiment is worked by whoever holds its lease. A claim raises the
// epoch, and every later write must name it: a worker that was stopped, lost
// its lease and woke up again is refused.

// Claim takes the lease of the oldest experiment that nobody works, for the
// time ttl; with an id, of that one. It returns nil where none is due. Errors
// with an id: CodeNotFound; CodeConflict if that one has ended or is worked.
func (s *Experiments) Claim(ctx context.Context, id, owner string, ttl time.Duration) (*experiments.ExperimentClaim, error) {
	now := s.db.now()
	free, args := freeLease(now, ttl)
	if id == "" && !s.anyDue(ctx, free, args) { // the usual case needs no write
		return nil, nil
	}
	var claimed *experiments.ExperimentClaim
	err := s.db.writeTx(ctx, func(tx *gorm.DB) error {
		query := tx.Table("experiments").Where("status IN ('queued', 'running') AND "+free, args...)
		if id != "" {
			query = query.Where("id = ?", id)
		}
		var due []string
		if err := query.Order("created_at, id").Limit(1).Pluck("id", &due).Error; err != nil {
			return err
		}
		if len(due) == 0 {
			return s.notDue(tx, id)
		}
		err := tx.Exec(`UPDATE experiments SET status = 'running', epoch = epoch + 1, owner = ?, lease_until = ?, revision = revision + 1,
			reason = '', started_at = coalesce(started_at, ?), ended_at = NULL WHERE id = ?`, owner, nanos(now.Add(ttl)), nanos(now), due[0]).Error
		if err != nil {
			return err
		}
		var row struct {
			Joined joinedExperiment `gorm:"embedded"`
			Epoch  int64
		}
		err = tx.Raw(`SELECT e.*, b.spec FROM experiments e JOIN experiment_bodies b ON b.experiment = e.id WHERE e.id = ?`, due[0]).Scan(&row).Error
		if err != nil {
			return err
		}
		e, err := row.Joined.experiment()
		claimed = &experiments.ExperimentClaim{Experiment: e, Epoch: row.Epoch, Spent: time.Duration(row.Joined.Row.Spent)}
		return err
	})
	if err != nil {
		return nil, failed(err, "claim experiment %s", id)
	}
	return claimed, nil
}

// freeLease is the condition that nobody holds a lease of the time ttl now. One
// that ends later than any lease could was taken before the clock was set back.
func freeLease(now time.Time, ttl time.Duration) (condition string, args []any) {
	return "(lease_until <= ? OR lease_until > ?)", []any{nanos(now), nanos(now.Add(ttl + clockSlack))}
}

func (s *Experiments) anyDue(ctx context.Context, free string, args []any) bool {
	var n int64
	err := s.db.read.WithContext(ctx).Raw(`SELECT count(*) FROM experiments WHERE status IN ('queued', 'running') AND `+free, args...).Scan(&n).Error
	return err != nil || n > 0 // the transaction tells the error
}

// notDue says why the named experiment can't be claimed; nil where none was named.
func (s *Experiments) notDue(tx *gorm.DB, id string) error {
	if id == "" {
		return nil
	}
	row, err := standing(tx, id)
	switch {
	case err != nil:
		return err
	case row.Status.Final():
		return agent.Errorf(agent.CodeConflict, "experiment %s has ended: it is %s", id, row.Status)
	}
	return agent.Errorf(agent.CodeConflict, "experiment %s is being worked", id)
}

// standingRow is what decides who may do what with an experiment.
type standingRow struct {
	Status     experiments.ExperimentStatus
	LeaseUntil int64
}

func standing(tx *gorm.DB, id string) (standingRow, error) {
	var row standingRow
	found := tx.Raw(`SELECT status, lease_until FROM experiments WHERE id = ?`, id).Scan(&row)
	if found.Error == nil && found.RowsAffected == 0 {
		return row, notFound("experiment", id)
	}
	return row, found.Error
}

// Renew prolongs a lease, and stores how far the experiment is if progress is
// not nil. It returns who asked to cancel meanwhile, "" if nobody did.
// CodeConflict: the lease is lost.
func (s *Experiments) Renew(ctx context.Context, c *experiments.ExperimentClaim, ttl time.Duration, progress *experiments.ExperimentProgress) (cancelBy string, err error) {
	change, args := "", []any{nanos(s.db.now().Add(ttl))}
	if progress != nil {
		raw, err := json.Marshal(progress)
		if err != nil {
			return "", fmt.Errorf("encode progress: %w", err)
		}
		change, args = ", progress = ?, revision = revision + 1", append(args, string(raw))
	}
	var asked []string
	err = s.db.write.WithContext(ctx).Raw(`UPDATE experiments SET lease_until = ?`+change+` WHERE id = ? AND epoch = ? AND lease_until > 0 RETURNING cancel_by`,
		append(args, c.Experiment.ID, c.Epoch)...).Scan(&asked).Error
	switch {
	case err != nil:
		return "", failed(err, "renew lease of experiment %s", c.Experiment.ID)
	case len(asked) == 0:
		return "", lostExperiment(c)
	}
	return asked[0], nil
}

func lostExperiment(c *experiments.ExperimentClaim) error {
	return agent.Errorf(agent.CodeConflict, "experiment %s was taken over by another worker", c.Experiment.ID)
}

// Release gives a lease back: the experiment is due at once. It does nothing
// if the lease is lost.
func (s *Experiments) Release(ctx context.Context, c *experiments.ExperimentClaim, spent time.Duration) error {
	err := s.db.write.WithContext(ctx).Exec(`UPDATE experiments SET lease_until = 0, owner = '', spent = ? WHERE id = ? AND epoch = ?`,
		int64(spent), c.Experiment.ID, c.Epoch).Error
	return failed(err, "release experiment %s", c.Experiment.ID)
}

// End stores the final status; the journal of a finished experiment goes, as
// all of it is in the report. CodeConflict: the lease is lost.
func (s *Experiments) End(ctx context.Context, c *experiments.ExperimentClaim, spent time.Duration, end experiments.ExperimentEnd) error {
	id, effect := c.Experiment.ID, ""
	if end.Effect != nil {
		raw, err := json.Marshal(end.Effect)
		if err != nil {
			return fmt.Errorf("encode effect of experiment %s: %w", id, err)
		}
		effect = string(raw)
	}
	err := s.db.writeTx(ctx, func(tx *gorm.DB) error {
		done := tx.Exec(`UPDATE experiments SET status = ?, reason = ?, verdict = ?, effect = ?, spent = ?, ended_at = ?, lease_until = 0, owner = '', cancel_by = '',
			revision = revision + 1 WHERE id = ? AND epoch = ?`, end.Status, end.Reason, end.Verdict, effect, int64(spent), nanos(s.db.now()), id, c.Epoch)
		switch {
		case done.Error != nil:
			return done.Error
		case done.RowsAffected == 0:
			return lostExperiment(c)
		case end.Status != experiments.ExperimentFinished:
			return nil
		}
		if err := tx.Exec(`UPDATE experiment_bodies SET report = ? WHERE experiment = ?`, string(end.Report), id).Error; err != nil {
			return err
		}
		return tx.Exec(`DELETE FROM experiment_records WHERE experiment = ?`, id).Error
	})
	return failed(err, "end experiment %s", id)
}

// Cancel cancels an experiment that nobody works, and asks the holder of one
// that is worked. What it has stored stays. Errors: CodeNotFound; CodeConflict
// if it has ended.
func (s *Experiments) Cancel(ctx context.Context, id, by string) error {
	err := s.db.writeTx(ctx, func(tx *gorm.DB) error {
		row, err := standing(tx, id)
		switch {
		case err != nil:
			return err
		case row.Status.Final():
			return agent.Errorf(agent.CodeConflict, "experiment %s has ended: it is %s", id, row.Status)
		}
		query, args := `UPDATE experiments SET cancel_by = ? WHERE id = ?`, []any{by, id}
		if now := nanos(s.db.now()); row.LeaseUntil <= now {
			query = `UPDATE experiments SET status = 'cancelled', reason = ?, ended_at = ?, revision = revision + 1 WHERE id = ?`
			args = []any{"cancelled by " + by, now, id}
		}
		if err := tx.Exec(query, args...).Error; err != nil {
			return err
		}
		return s.db.audit(tx, by, "cancel experiment", "", id)
	})
	return failed(err, "cancel experiment %s", id)
}

// Requeue makes an experiment that failed or was cancelled due again. Errors:
// CodeNotFound; CodeConflict for any other.
func (s *Experiments) Requeue(ctx context.Context, id, by string) error {
	err := s.db.writeTx(ctx, func(tx *gorm.DB) error {
		row, err := standing(tx, id)
		switch {
		case err != nil:
			return err
		case row.Status != experiments.ExperimentFailed && row.Status != experiments.ExperimentCancelled:
			return agent.Errorf(agent.CodeConflict, "experiment %s is %s; only one that failed or was cancelled can be resumed", id, row.Status)
		}
		err = tx.Exec(`UPDATE experiments SET status = 'queued', reason = '', ended_at = NULL, cancel_by = '', revision = revision + 1 WHERE id = ?`, id).Error
		if err != nil {
			return err
		}
		return s.db.audit(tx, by, "resume experiment", "", id)
	})
	return failed(err, "resume experiment %s", id)
}

// Keep adds to an experiment's journal. CodeConflict: the lease is lost.
func (s *Experiments) Keep(ctx context.Context, c *experiments.ExperimentClaim, key string, value []byte) error {
	kept := s.db.write.WithContext(ctx).Exec(`INSERT INTO experiment_records (experiment, key, value)
		SELECT id, ?, ? FROM experiments WHERE id = ? AND epoch = ?
		ON CONFLICT (experiment, key) DO UPDATE SET value = excluded.value`, key, value, c.Experiment.ID, c.Epoch)
	if kept.Error == nil && kept.RowsAffected == 0 {
		return lostExperiment(c)
	}
	return failed(kept.Error, "write the journal of experiment %s", c.Experiment.ID)
}

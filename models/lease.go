package models

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"gorm.io/gorm"

	"purposeagent/agent"
	"purposeagent/agent/steering"
)

// A run is worked by whoever holds its lease. A claim raises the run's epoch,
// and every later write must name it: a worker that was stopped, lost its lease
// and woke up again is refused.

// How a run goes on. What people ask of it meanwhile stands in run_wishes.
const (
	controlResume  = "resume"  // a person let it go on, and no worker has begun
	controlStep    = "step:"   // and the step after which it pauses
	controlClosing = "closing" // it has come to its end, and learns
)

// Claim takes the lease of a run that is due, for the time ttl, and returns
// the epoch to write with. With force a run that is not due (paused, waiting)
// is claimed too. Errors: CodeNotFound; CodeConflict if the run has ended, is
// not due, or is held by another worker.
func (s *Runs) Claim(ctx context.Context, run, owner string, ttl time.Duration, force bool) (int64, error) {
	now := s.db.now()
	var epoch int64
	err := s.db.writeTx(ctx, func(tx *gorm.DB) error {
		var row struct {
			Epoch      int64
			Status     agent.RunStatus
			WakeAt     *int64
			LeaseUntil int64
		}
		found := tx.Raw(`SELECT epoch, status, wake_at, lease_until FROM runs WHERE id = ?`, run).Scan(&row)
		switch {
		case found.Error != nil:
			return found.Error
		case found.RowsAffected == 0:
			return notFound("run", run)
		case row.Status.Final():
			return agent.Errorf(agent.CodeConflict, "run %s has ended: it is %s", run, row.Status)
		case row.LeaseUntil > nanos(now):
			return agent.Errorf(agent.CodeConflict, "run %s is being worked", run)
		case !force && (row.WakeAt == nil || *row.WakeAt > nanos(now)):
			return agent.Errorf(agent.CodeConflict, "run %s is not due", run)
		}
		epoch = row.Epoch + 1
		return tx.Exec(`UPDATE runs SET epoch = ?, owner = ?, lease_until = ?, job = 0 WHERE id = ?`,
			epoch, owner, nanos(now.Add(ttl)), run).Error
	})
	return epoch, failed(err, "claim run %s", run)
}

// Renew prolongs a lease and returns the person's wish that the worker has to do
// at once, a pause or a stop, or nil. CodeConflict: the lease is lost.
func (s *Runs) Renew(ctx context.Context, run string, epoch int64, ttl time.Duration) (*steering.Wish, error) {
	var kind, by string
	err := s.stmts.renew.QueryRowContext(ctx, nanos(s.db.now().Add(ttl)), run, epoch).Scan(&kind, &by)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, agent.Errorf(agent.CodeConflict, "run %s was taken over by another worker", run)
	case err != nil:
		return nil, failed(err, "renew lease of run %s", run)
	case kind == "":
		return nil, nil
	}
	return &steering.Wish{Kind: steering.WishKind(kind), By: by}, nil
}

var renewLease = `UPDATE runs SET lease_until = ? WHERE id = ? AND epoch = ? AND lease_until > 0
	RETURNING coalesce((` + interruption("kind") + `), ''), coalesce((` + interruption("by") + `), '')`

// interruption selects a column of the first wish that interrupts a run that is
// being worked, as writing.interrupts has it.
func interruption(column string) string {
	return `SELECT ` + column + ` FROM run_wishes WHERE run = runs.id AND (kind = 'stop' OR kind = 'pause' AND runs.control NOT LIKE '` + controlStep + `%') ORDER BY id LIMIT 1`
}

// Release gives a lease back, so that the next worker need not wait for its
// end. It does nothing if the lease is lost.
func (s *Runs) Release(ctx context.Context, run string, epoch int64) error {
	err := s.db.write.WithContext(ctx).Exec(`UPDATE runs SET lease_until = 0, owner = '' WHERE id = ? AND epoch = ?`, run, epoch).Error
	return failed(err, "release run %s", run)
}

// Due returns up to limit runs that a worker should take now and for which no
// job is queued: those waiting whose time has come, and those whose worker died.
func (s *Runs) Due(ctx context.Context, limit int) (runs []string, priorities []int, err error) {
	var rows []struct {
		ID       string
		Priority int
	}
	now := nanos(s.db.now())
	err = s.db.read.WithContext(ctx).Raw(`SELECT id, priority FROM runs WHERE wake_at IS NOT NULL AND wake_at <= ? AND lease_until <= ? AND job = 0
		ORDER BY priority, created_at, id LIMIT ?`, now, now, limit).Scan(&rows).Error
	for _, r := range rows {
		runs, priorities = append(runs, r.ID), append(priorities, r.Priority)
	}
	return runs, priorities, failed(err, "find runs that are due")
}

// Enqueue calls enqueue for runs that are due, in the transaction that notes
// their jobs; it returns the job of each run. Runs that have ended, are held or
// have a job are left out before. It returns the runs that got a job.
func (s *Runs) Enqueue(ctx context.Context, runs []string, enqueue func(tx *sql.Tx, runs []string) ([]int64, error)) ([]string, error) {
	var free []string
	err := s.db.writeTx(ctx, func(tx *gorm.DB) error {
		now := nanos(s.db.now())
		query := tx.Table("runs").Where("id IN ? AND lease_until <= ? AND job = 0 AND ended_at IS NULL AND wake_at <= ?", runs, now, now)
		if err := query.Order("priority, created_at, id").Pluck("id", &free).Error; err != nil || len(free) == 0 {
			return err
		}
		t, err := sqlTx(tx)
		if err != nil {
			return err
		}
		jobs, err := enqueue(t, free)
		if err != nil {
			return err
		}
		for i, id := range free {
			if err := tx.Exec(`UPDATE runs SET job = ? WHERE id = ?`, jobs[i], id).Error; err != nil {
				return err
			}
		}
		return nil
	})
	return free, failed(err, "enqueue %d runs", len(runs))
}

// Jobs returns the queued jobs of runs that nobody has claimed yet.
func (s *Runs) Jobs(ctx context.Context) ([]int64, error) {
	var jobs []int64
	err := s.db.read.WithContext(ctx).Raw(`SELECT job FROM runs WHERE job <> 0`).Scan(&jobs).Error
	return jobs, failed(err, "list jobs of runs")
}

// ForgetJobs says that these jobs will not be worked; their runs become due again.
func (s *Runs) ForgetJobs(ctx context.Context, jobs []int64) error {
	for len(jobs) > 0 {
		part := jobs[:min(len(jobs), 500)]
		if err := s.db.write.WithContext(ctx).Exec(`UPDATE runs SET job = 0 WHERE job IN ?`, part).Error; err != nil {
			return failed(err, "forget jobs")
		}
		jobs = jobs[len(part):]
	}
	return nil
}

// FreeLeases ends all leases. Only the one process that has the database to
// itself may call it, before it works any run: the holders are dead then.
func (s *Runs) FreeLeases(ctx context.Context) error {
	err := s.db.write.WithContext(ctx).Exec(`UPDATE runs SET lease_until = 0, owner = '' WHERE lease_until <> 0`).Error
	return failed(err, "free leases")
}

// LastSeqs returns the number of the newest event of each of the runs that exist.
func (s *Runs) LastSeqs(ctx context.Context, runs []string) (map[string]int64, error) {
	seqs := make(map[string]int64, len(runs))
	for len(runs) > 0 {
		part := runs[:min(len(runs), 500)]
		var rows []struct {
			ID      string
			LastSeq int64
		}
		err := s.db.read.WithContext(ctx).Raw(`SELECT id, last_seq FROM runs WHERE id IN ?`, part).Scan(&rows).Error
		if err != nil {
			return nil, failed(err, "look for new events")
		}
		for _, r := range rows {
			seqs[r.ID] = r.LastSeq
		}
		runs = runs[len(part):]
	}
	return seqs, nil
}

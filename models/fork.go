package models

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"gorm.io/gorm"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
)

// Fork stores a new run that takes over the first steps of another one
// (run.Spec.Origin) and goes on with the events in extra. The steps are copied
// as they are, but for what they cost. enqueue returns the new run's job.
// Errors: CodeNotFound; CodeConflict where the other one has not begun yet.
func (s *Runs) Fork(ctx context.Context, run agent.Run, extra []agent.EventData, priority int, enqueue func(tx *sql.Tx) ([]int64, error)) (agent.Run, error) {
	origin := run.Spec.Origin
	var began eventRow
	found := s.db.read.WithContext(ctx).Raw(`SELECT run, seq FROM events WHERE run = ? AND kind = ?`, origin.Run, agent.RunStarted{}.Kind()).Scan(&began)
	if found.Error != nil {
		return run, failed(found.Error, "load run %s", origin.Run)
	}
	if found.RowsAffected == 0 {
		return run, agent.Errorf(agent.CodeConflict, "run %s has not begun yet; there is nothing to fork", origin.Run)
	}
	events, err := s.Events(ctx, origin.Run, began.Seq-1, 1)
	if err != nil {
		return run, err
	}
	started, ok := events[0].Data.(agent.RunStarted)
	if !ok {
		return run, fmt.Errorf("event %d of run %s is no start", began.Seq, origin.Run)
	}
	line, err := s.PhiLine(ctx, origin.Run)
	if err != nil {
		return run, err
	}
	if len(line) < origin.Step {
		return run, agent.Errorf(agent.CodeConflict, "run %s has only %d steps", origin.Run, len(line))
	}
	started.Task, started.Score.Usage, started.Memory = run.Spec.Task(run.Seed), agent.Usage{}, run.Spec.Memory == "on"
	err = s.db.writeTx(ctx, func(tx *gorm.DB) error {
		f := forking{tx: tx, run: run, line: line[:origin.Step]}
		job := int64(0)
		if enqueue != nil {
			t, err := sqlTx(tx)
			if err != nil {
				return err
			}
			jobs, err := enqueue(t)
			if err != nil {
				return err
			}
			job = jobs[0]
		}
		if err := s.create(tx, run, priority, job, new(int64(0))); err != nil {
			return err
		}
		f.run.LastSeq = 1 // create wrote the first event
		if err := f.copy(started); err != nil {
			return err
		}
		for _, data := range extra {
			if err := f.add(data); err != nil {
				return err
			}
		}
		run = f.run
		return f.save()
	})
	s.sums.clear()
	return run, failed(err, "fork run %s at step %d", origin.Run, origin.Step)
}

// forking is one fork in progress.
type forking struct {
	tx   *gorm.DB
	run  agent.Run
	line []catalog.PhiPoint
}

// copy takes over the initial state and the steps.
func (f *forking) copy(started agent.RunStarted) error {
	from, to, k := f.run.Spec.Origin.Run, f.run.ID, len(f.line)
	if err := f.add(started); err != nil { // it has row 0, which the steps bring along
		return err
	}
	if err := f.tx.Exec(`INSERT INTO steps (run, idx, phi, delta, label, marks, body, summary, data, hidden, before_state, at)
		SELECT ?, idx, phi, delta, label, marks, CASE WHEN body = '' THEN body ELSE json_remove(body, '$.usage', '$.score.usage') END, summary, data, hidden, before_state, ?
		FROM steps WHERE run = ? AND idx <= ?`, to, nanos(f.run.CreatedAt), from, k).Error; err != nil {
		return err
	}
	if err := f.tx.Exec(copyRunContents, to, from).Error; err != nil {
		return err
	}
	for _, p := range f.line {
		f.run.Spark = f.run.Spark.Add(p.Phi)
		f.run.Steps, f.run.Phi = p.Step, p.Phi
	}
	f.run.LastSeq += int64(k)
	return nil
}

func (f *forking) add(data agent.EventData) error {
	e := agent.Event{Seq: f.run.LastSeq + 1, Run: f.run.ID, At: f.run.CreatedAt, Data: data}
	row, err := encodeEvent(e, f.run.Steps, nil)
	if err != nil {
		return err
	}
	f.run = f.run.Fold(e)
	return f.tx.Exec(insertEvent, row.values()...).Error
}

// save writes how the new run stands: queued, with the steps that it took over.
func (f *forking) save() error {
	f.run.Status, f.run.Reason, f.run.Asked = agent.RunIsQueued, "", nil
	spark, err := json.Marshal(f.run.Spark)
	if err != nil {
		return fmt.Errorf("encode Φ line: %w", err)
	}
	holdout, err := encodeHoldout(f.run.Holdout)
	if err != nil {
		return err
	}
	return f.tx.Exec(`UPDATE runs SET steps = ?, phi = ?, spark = ?, holdout = ?, last_seq = ?, started_at = ? WHERE id = ?`,
		f.run.Steps, f.run.Phi, string(spark), holdout, f.run.LastSeq, nanos(f.run.CreatedAt), f.run.ID).Error
}

// Forks returns the runs that were forked from a run, oldest first, at most limit.
func (s *Runs) Forks(ctx context.Context, run string, limit int) ([]agent.Run, error) {
	runs, err := scanRuns(s.db.reader.QueryContext(ctx, selectRun+` WHERE runs.origin = ? AND runs.origin <> '' AND runs.binned = 0
		ORDER BY runs.created_at, runs.id LIMIT ?`, run, limitOf(limit, 50, 200)))
	if err != nil {
		return nil, failed(err, "load the forks of run %s", run)
	}
	return runs, nil
}

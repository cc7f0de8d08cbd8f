package models

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"

	"gorm.io/gorm"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/credit"
)

// Runs keeps runs, their events and their steps. It is safe for concurrent use.
type Runs struct {
	db    *DB
	stmts statements
	lines lines
	sums  groupSums

	mu    sync.Mutex
	tails map[string]tail // newest state of runs being written
}

func newRuns(ctx context.Context, db *DB) (*Runs, error) {
	r := &Runs{db: db, tails: map[string]tail{}}
	return r, r.stmts.prepare(ctx, db)
}

func (s *Runs) close() error { return s.stmts.close() }

// runRow is a row of table runs, as far as runs are made of it.
type runRow struct {
	ID           string
	Grp          string
	Label        string
	Seed         int64
	Status       string
	Reason       string
	Steps        int
	Phi          float64
	Spark        string
	Success      *bool
	Source       string
	Score        float64
	TokensIn     int64
	TokensOut    int64
	Calls        int
	TokensCached int64
	USD          float64 `gorm:"column:usd"`
	Estimated    bool
	LastSeq      int64
	CreatedAt    int64
	StartedAt    *int64
	EndedAt      *int64
	Tags         string // each with a space before and behind, "" for none
	Holdout      string // whether what was learned was in it, JSON, "" for nothing to say
}

// joinedRow is what reads of runs return: a run's row, as far as runColumns go,
// with its body, which is the driver's until the next row is read.
type joinedRow struct {
	Row    runRow
	Spec   sql.RawBytes
	Result sql.RawBytes
	Asked  sql.RawBytes
}

// run maps the row. The result's final state is left out: it is the newest step's.
func (r *joinedRow) run() (agent.Run, error) {
	run, err := r.Row.run()
	if err != nil {
		return run, err
	}
	if err := json.Unmarshal(r.Spec, &run.Spec); err != nil {
		return run, fmt.Errorf("decode spec of run %s: %w", r.Row.ID, err)
	}
	if r.Result != nil {
		run.Result = &agent.TaskResult{}
		if err := json.Unmarshal(r.Result, run.Result); err != nil {
			return run, fmt.Errorf("decode result of run %s: %w", r.Row.ID, err)
		}
	}
	if r.Asked != nil {
		run.Asked = &agent.ApprovalAsked{}
		if err := json.Unmarshal(r.Asked, run.Asked); err != nil {
			return run, fmt.Errorf("decode what run %s asks: %w", r.Row.ID, err)
		}
	}
	return run, nil
}

func (r *runRow) run() (agent.Run, error) {
	run := agent.Run{ID: r.ID, Group: r.Grp, Label: r.Label, Seed: r.Seed, Status: agent.RunStatus(r.Status), Reason: r.Reason,
		Steps: r.Steps, Phi: r.Phi, Usage: agent.Usage{TokensIn: r.TokensIn, TokensOut: r.TokensOut, TokensCached: r.TokensCached, Calls: r.Calls, USD: r.USD, Estimated: r.Estimated}, LastSeq: r.LastSeq,
		CreatedAt: fromNanos(r.CreatedAt), StartedAt: optionalTime(r.StartedAt), EndedAt: optionalTime(r.EndedAt)}
	var err error
	if run.Spark, err = decodeSpark(r.Spark); err != nil {
		return run, fmt.Errorf("decode Φ line of run %s: %w", r.ID, err)
	}
	if r.Holdout != "" {
		if err := json.Unmarshal([]byte(r.Holdout), &run.Holdout); err != nil {
			return run, fmt.Errorf("decode the hold-out of run %s: %w", r.ID, err)
		}
	}
	run.Tags = strings.Fields(r.Tags)
	if r.Success != nil {
		run.Outcome = &agent.Outcome{Success: *r.Success, Source: agent.Source(r.Source), Score: r.Score}
	}
	return run, nil
}

// encodeHoldout is "" where there is nothing to say.
func encodeHoldout(h credit.SetHoldout) (string, error) {
	if h == (credit.SetHoldout{}) {
		return "", nil
	}
	body, err := json.Marshal(h)
	if err != nil {
		return "", fmt.Errorf("encode the hold-out of a run: %w", err)
	}
	return string(body), nil
}

// Create stores new runs, each with its first event, RunQueued, and calls
// enqueue in the same transaction; it returns the job of each run, in their
// order. enqueue may be nil: then the runs are found due at once. Errors:
// CodeConflict if an id is taken.
func (s *Runs) Create(ctx context.Context, runs []agent.Run, priority int, enqueue func(tx *sql.Tx) ([]int64, error)) error {
	err := s.db.writeTx(ctx, func(tx *gorm.DB) error {
		jobs := make([]int64, len(runs))
		if enqueue != nil {
			t, err := sqlTx(tx)
			if err != nil {
				return err
			}
			if jobs, err = enqueue(t); err != nil {
				return err
			}
			if len(jobs) != len(runs) {
				return fmt.Errorf("%d jobs for %d runs", len(jobs), len(runs))
			}
		}
		now := int64(0)
		for i := range runs {
			if err := s.create(tx, runs[i], priority, jobs[i], &now); err != nil {
				return err
			}
		}
		return nil
	})
	s.sums.clear()
	return failed(err, "create %d runs", len(runs))
}

// create stores a run that is due at a time, nil: it is held.
func (s *Runs) create(tx *gorm.DB, run agent.Run, priority int, job int64, wake *int64) error {
	t, err := sqlTx(tx)
	if err != nil {
		return err
	}
	ctx := tx.Statement.Context
	kept := run.Spec
	kept.Tags = nil // they change later: the row has them
	spec, err := json.Marshal(kept)
	if err != nil {
		return fmt.Errorf("encode spec: %w", err)
	}
	e := agent.Event{Seq: 1, Run: run.ID, At: run.CreatedAt, Data: agent.RunQueued{Task: run.Spec.Task(run.Seed)}}
	event, err := encodeEvent(e, 0, nil)
	if err != nil {
		return err
	}
	run = run.Fold(e)
	var origin agent.Origin
	if run.Spec.Origin != nil {
		origin = *run.Spec.Origin
	}
	stored, err := t.StmtContext(ctx, s.stmts.run).ExecContext(ctx, run.ID, run.Group, run.Label, run.Spec.Environment.Name, run.Spec.Purpose, run.Seed,
		string(run.Status), run.LastSeq, nanos(run.CreatedAt), wake, job, priority, origin.Run, origin.Step, run.Spec.Models.Actor, run.Spec.Memory, packTags(run.Spec.Tags))
	if err != nil {
		return err
	}
	if n, err := stored.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, agent.Errorf(agent.CodeConflict, "there is already a run %q", run.ID))
	}
	if _, err := t.StmtContext(ctx, s.stmts.body).ExecContext(ctx, run.ID, string(spec)); err != nil {
		return err
	}
	_, err = t.StmtContext(ctx, s.stmts.event).ExecContext(ctx, event.values()...)
	return err
}

// insertRun stores a run that nobody has worked; the other columns say so by default.
const insertRun = `INSERT INTO runs (id, grp, label, environment, purpose, seed, status, last_seq, created_at, wake_at, job, priority, origin, origin_step,
	model, memory, tags) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`

// runColumns are the columns that a run is made of, in the order of scanRuns.
const runColumns = `runs.id, runs.grp, runs.label, runs.seed, runs.status, runs.reason, runs.steps, runs.phi, runs.spark, runs.success, runs.source,
	runs.score, runs.tokens_in, runs.tokens_out, runs.calls, runs.tokens_cached, runs.usd, runs.estimated, runs.last_seq, runs.created_at,
	runs.started_at, runs.ended_at, runs.tags, runs.holdout, b.spec, b.asked, b.result`

const selectRun = `SELECT ` + runColumns + ` FROM runs JOIN run_bodies b ON b.run = runs.id`

// scanRuns reads what a query for runColumns found. It is written by hand: a
// list reads some thirty columns of each run, and the ORM spends on each of
// them what the database does.
func scanRuns(found *sql.Rows, err error) ([]agent.Run, error) {
	if err != nil {
		return nil, err
	}
	defer found.Close() //nolint:errcheck // found.Err says what matters
	runs := []agent.Run{}
	for found.Next() {
		var j joinedRow
		r := &j.Row
		if err := found.Scan(&r.ID, &r.Grp, &r.Label, &r.Seed, &r.Status, &r.Reason, &r.Steps, &r.Phi, &r.Spark, &r.Success, &r.Source,
			&r.Score, &r.TokensIn, &r.TokensOut, &r.Calls, &r.TokensCached, &r.USD, &r.Estimated, &r.LastSeq, &r.CreatedAt,
			&r.StartedAt, &r.EndedAt, &r.Tags, &r.Holdout, &j.Spec, &j.Asked, &j.Result); err != nil {
			return nil, err
		}
		run, err := j.run()
		if err != nil {
			return nil, err
		}
		runs = append(runs, run)
	}
	return runs, found.Err()
}

// Get returns a run, or CodeNotFound.
func (s *Runs) Get(ctx context.Context, id string) (agent.Run, error) {
	found, err := scanRuns(s.db.reader.QueryContext(ctx, selectRun+` WHERE runs.id = ? AND runs.binned = 0`, id))
	if err != nil {
		return agent.Run{}, failed(err, "load run %s", id)
	}
	if len(found) == 0 {
		return agent.Run{}, notFound("run", id)
	}
	run := found[0]
	if run.Result == nil {
		return run, nil
	}
	var last stepRow
	err = s.db.reader.QueryRowContext(ctx, `SELECT summary, data, hidden FROM steps WHERE run = ? ORDER BY idx DESC LIMIT 1`, id).
		Scan(&last.Summary, &last.Data, &last.Hidden)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	run.Result.FinalState = last.after()
	return run, failed(err, "load final state of run %s", id)
}

// Group returns the runs of a group, in the order of their launch, or
// CodeNotFound if there are none. They come without results: a group has up to
// agent.MaxRepeats runs, and what lists say of how they ended is their outcome.
func (s *Runs) Group(ctx context.Context, group string) ([]agent.Run, error) {
	runs, err := scanRuns(s.db.reader.QueryContext(ctx, strings.Replace(selectRun, "b.result", "NULL", 1)+` WHERE runs.grp = ? AND runs.grp <> '' AND runs.binned = 0 ORDER BY runs.created_at, runs.id`, group))
	if err != nil {
		return nil, failed(err, "load group %s", group)
	}
	if len(runs) == 0 {
		return nil, notFound("group", group)
	}
	return runs, nil
}

// GroupProgress returns how far the runs of a group have come, in the order of
// Group, or CodeNotFound if there are none.
func (s *Runs) GroupProgress(ctx context.Context, group string) ([]catalog.RunProgress, error) {
	rows, err := s.db.reader.QueryContext(ctx, `SELECT id, status, last_seq FROM runs WHERE grp = ? AND grp <> '' AND binned = 0 ORDER BY created_at, id`, group)
	if err != nil {
		return nil, failed(err, "load progress of group %s", group)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says what matters
	var runs []catalog.RunProgress
	for rows.Next() {
		var r catalog.RunProgress
		if err := rows.Scan(&r.ID, &r.Status, &r.LastSeq); err != nil {
			return nil, failed(err, "read progress of group %s", group)
		}
		runs = append(runs, r)
	}
	if err := rows.Err(); err != nil {
		return nil, failed(err, "read progress of group %s", group)
	}
	if len(runs) == 0 {
		return nil, notFound("group", group)
	}
	return runs, nil
}

// Delete deletes a final run with its events and steps; its trajectory stays
// as evidence. Errors: CodeNotFound, CodeConflict for a run that goes on.
func (s *Runs) Delete(ctx context.Context, id string) error {
	err := s.db.writeTx(ctx, func(tx *gorm.DB) error {
		var row runRow
		found := tx.Raw(`SELECT status FROM runs WHERE id = ?`, id).Scan(&row)
		if found.Error != nil {
			return found.Error
		}
		if found.RowsAffected == 0 {
			return notFound("run", id)
		}
		if !agent.RunStatus(row.Status).Final() {
			return agent.Errorf(agent.CodeConflict, "run %s is %s; stop it before you delete it", id, row.Status)
		}
		return deleteRun(tx, id)
	})
	s.lines.forget(id)
	s.sums.clear()
	return failed(err, "delete run %s", id)
}

// deleteRun deletes a run with all that is its own.
func deleteRun(tx *gorm.DB, id string) error {
	for _, query := range []string{`DELETE FROM steps WHERE run = ?`, `DELETE FROM events WHERE run = ?`,
		`DELETE FROM run_bodies WHERE run = ?`, `DELETE FROM calls WHERE run = ?`, `DELETE FROM run_wishes WHERE run = ?`, deleteContents, deleteRunContents, `DELETE FROM runs WHERE id = ?`} {
		if err := tx.Exec(query, id).Error; err != nil {
			return err
		}
	}
	return nil
}

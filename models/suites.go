package models

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"

	"purposeagent/agent"
	"purposeagent/agent/suites"
)

// Suites keeps task suites with their versions, and which runs were tries of their
// tasks. It is safe for concurrent use.
type Suites struct{ db *DB }

var _ suites.Store = (*Suites)(nil)

// Suites returns the store of task suites.
func (db *DB) Suites() *Suites { return &Suites{db} }

// suiteRow is a row of table suites.
type suiteRow struct {
	ID           string `gorm:"primaryKey"`
	Name         string
	NameKey      string
	Description  string
	Version      int
	Hash         string
	Tasks        int
	Environments string
	Frozen       bool
	Author       string
	CreatedAt    int64 `gorm:"autoCreateTime:false"`
	ChangedAt    int64
}

func (suiteRow) TableName() string { return "suites" }

// countedSuite is a suite with the number of its runs.
type countedSuite struct {
	Row  suiteRow `gorm:"embedded"`
	Runs int
}

const selectSuite = `SELECT s.*, (SELECT count(*) FROM suite_runs r WHERE r.suite = s.id) AS runs FROM suites s`

func (r *countedSuite) info() suites.Info {
	s := &r.Row
	return suites.Info{ID: s.ID, Name: s.Name, Description: s.Description, Version: s.Version, Hash: s.Hash, Tasks: s.Tasks, Environments: append([]string{}, strings.Fields(s.Environments)...),
		Frozen: s.Frozen, By: s.Author, Runs: r.Runs, CreatedAt: fromNanos(s.CreatedAt), ChangedAt: fromNanos(s.ChangedAt)}
}

// suiteVersionRow is a row of table suite_versions.
type suiteVersionRow struct {
	Suite   string `gorm:"primaryKey"`
	Version int    `gorm:"primaryKey"`
	Hash    string
	Count   int
	Author  string
	Note    string
	At      int64
	Tasks   string
}

func (suiteVersionRow) TableName() string { return "suite_versions" }

func (r *suiteVersionRow) decode() (suites.Version, error) {
	v := suites.Version{Number: r.Version, Hash: r.Hash, Count: r.Count, By: r.Author, Note: r.Note, At: fromNanos(r.At)}
	if r.Tasks != "" {
		if err := json.Unmarshal([]byte(r.Tasks), &v.Tasks); err != nil {
			return v, fmt.Errorf("decode version %d of suite %s: %w", r.Version, r.Suite, err)
		}
	}
	return v, nil
}

// maxSuiteNote bounds what is said of a version, in bytes.
const maxSuiteNote = 400

// fit checks what is to be kept.
func fit(s *suites.Suite, note string) error {
	if len(note) > maxSuiteNote {
		return agent.InvalidFields(map[string]string{"note": fmt.Sprintf("must be at most %d bytes", maxSuiteNote)})
	}
	return suites.Refusal(s.Problems())
}

// Create keeps a new suite with its first version.
func (s *Suites) Create(ctx context.Context, by string, suite suites.Suite, note string) (suites.Info, error) {
	if err := fit(&suite, note); err != nil {
		return suites.Info{}, err
	}
	now := nanos(s.db.now())
	row := suiteRow{ID: "t_" + strings.ToLower(rand.Text()[:16]), CreatedAt: now}
	err := s.db.writeTx(ctx, func(tx *gorm.DB) error {
		var n int64
		if err := tx.Table("suites").Count(&n).Error; err != nil {
			return err
		}
		if n >= suites.MaxSuites {
			return agent.Errorf(agent.CodeConflict, "there are %d suites, and no more are kept; delete one that nobody needs", n)
		}
		if err := s.put(tx, by, &row, &suite, note); err != nil {
			return err
		}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		return s.db.audit(tx, by, "suite.create", suite.Name, row.ID)
	})
	return (&countedSuite{Row: row}).info(), failed(err, "keep suite %s", suite.Name)
}

// put sets the row to what a suite has, and keeps its tasks as the next version
// unless they are those of the newest.
func (s *Suites) put(tx *gorm.DB, by string, row *suiteRow, suite *suites.Suite, note string) error {
	key := strings.ToLower(suite.Name)
	var taken int64
	if err := tx.Table("suites").Where("name_key = ? AND id <> ?", key, row.ID).Count(&taken).Error; err != nil {
		return err
	}
	if taken > 0 {
		return agent.Errorf(agent.CodeConflict, "there is already a suite called %q; choose another name", suite.Name)
	}
	row.Name, row.NameKey, row.Description, row.Author, row.ChangedAt = suite.Name, key, suite.Description, by, nanos(s.db.now())
	hash := suites.Hash(suite.Tasks)
	if hash == row.Hash {
		return nil
	}
	tasks, err := json.Marshal(suite.Tasks)
	if err != nil {
		return err
	}
	row.Version, row.Hash, row.Tasks, row.Environments = row.Version+1, hash, len(suite.Tasks), strings.Join(suites.Environments(suite.Tasks), " ")
	return tx.Create(&suiteVersionRow{Suite: row.ID, Version: row.Version, Hash: hash, Count: len(suite.Tasks), Author: by, Note: note, At: row.ChangedAt, Tasks: string(tasks)}).Error
}

// Get returns a suite by its id or its name.
func (s *Suites) Get(ctx context.Context, suite string) (suites.Info, error) {
	var rows []countedSuite
	if err := s.db.read.WithContext(ctx).Raw(selectSuite+` WHERE s.id = ? OR s.name_key = ? ORDER BY s.id = ? DESC LIMIT 1`, suite, strings.ToLower(suite), suite).Scan(&rows).Error; err != nil {
		return suites.Info{}, failed(err, "load suite %s", suite)
	}
	if len(rows) == 0 {
		return suites.Info{}, notFound("suite", suite)
	}
	return rows[0].info(), nil
}

// List returns all suites, the one changed last first.
func (s *Suites) List(ctx context.Context) ([]suites.Info, error) {
	var rows []countedSuite
	if err := s.db.read.WithContext(ctx).Raw(selectSuite+` ORDER BY s.changed_at DESC, s.name_key LIMIT ?`, suites.MaxSuites).Scan(&rows).Error; err != nil {
		return nil, failed(err, "list suites")
	}
	list := make([]suites.Info, len(rows))
	for i := range rows {
		list[i] = rows[i].info()
	}
	return list, nil
}

// change changes the row of a suite that is there.
func (s *Suites) change(ctx context.Context, id string, f func(tx *gorm.DB, row *suiteRow) error) (suites.Info, error) {
	err := s.db.writeTx(ctx, func(tx *gorm.DB) error {
		var rows []suiteRow
		if err := tx.Where("id = ?", id).Find(&rows).Error; err != nil {
			return err
		}
		if len(rows) == 0 {
			return notFound("suite", id)
		}
		if err := f(tx, &rows[0]); err != nil {
			return err
		}
		return tx.Save(&rows[0]).Error
	})
	if err != nil {
		return suites.Info{}, failed(err, "change suite %s", id)
	}
	return s.Get(ctx, id)
}

// Edit changes a suite whose newest version is base.
func (s *Suites) Edit(ctx context.Context, by, id string, base int, suite suites.Suite, note string) (suites.Info, error) {
	if err := fit(&suite, note); err != nil {
		return suites.Info{}, err
	}
	return s.change(ctx, id, func(tx *gorm.DB, row *suiteRow) error {
		switch {
		case row.Frozen:
			return agent.Errorf(agent.CodeConflict, "the suite %q is frozen, so that its runs stay comparable; copy it and change the copy", row.Name)
		case row.Version != base:
			return agent.Errorf(agent.CodeConflict, "the suite is at version %d by now, and version %d was changed; look at it, and change it again", row.Version, base)
		}
		if err := s.put(tx, by, row, &suite, note); err != nil {
			return err
		}
		return s.db.audit(tx, by, "suite.edit", fmt.Sprintf("version %d", row.Version), id)
	})
}

// Freeze keeps a suite from any later change.
func (s *Suites) Freeze(ctx context.Context, by, id string) (suites.Info, error) {
	return s.change(ctx, id, func(tx *gorm.DB, row *suiteRow) error {
		if row.Frozen {
			return nil
		}
		row.Frozen = true
		return s.db.audit(tx, by, "suite.freeze", fmt.Sprintf("version %d", row.Version), id)
	})
}

// Delete forgets a suite with its versions and which runs were its.
func (s *Suites) Delete(ctx context.Context, by, id string) error {
	err := s.db.writeTx(ctx, func(tx *gorm.DB) error {
		deleted := tx.Exec(`DELETE FROM suites WHERE id = ?`, id)
		if deleted.Error != nil {
			return deleted.Error
		}
		if deleted.RowsAffected == 0 {
			return notFound("suite", id)
		}
		for _, query := range []string{`DELETE FROM suite_tries WHERE suite_run IN (SELECT id FROM suite_runs WHERE suite = ?)`,
			`DELETE FROM suite_runs WHERE suite = ?`, `DELETE FROM suite_versions WHERE suite = ?`} {
			if err := tx.Exec(query, id).Error; err != nil {
				return err
			}
		}
		return s.db.audit(tx, by, "suite.delete", "", id)
	})
	return failed(err, "delete suite %s", id)
}

// Version returns a version with its tasks; 0 is the newest.
func (s *Suites) Version(ctx context.Context, id string, number int) (suites.Version, error) {
	var rows []suiteVersionRow
	err := s.db.read.WithContext(ctx).Raw(`SELECT * FROM suite_versions WHERE suite = ? AND (version = ? OR ? = 0) ORDER BY version DESC LIMIT 1`, id, number, number).Scan(&rows).Error
	switch {
	case err != nil:
		return suites.Version{}, failed(err, "load suite %s", id)
	case len(rows) == 0 && number == 0:
		return suites.Version{}, notFound("suite", id)
	case len(rows) == 0:
		return suites.Version{}, agent.Errorf(agent.CodeNotFound, "there is no version %d of suite %s", number, agent.Clip(id, 40))
	}
	return rows[0].decode()
}

// Versions returns all versions without their tasks, newest first.
func (s *Suites) Versions(ctx context.Context, id string) ([]suites.Version, error) {
	var rows []suiteVersionRow
	err := s.db.read.WithContext(ctx).Raw(`SELECT suite, version, hash, count, author, note, at FROM suite_versions WHERE suite = ? ORDER BY version DESC`, id).Scan(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, firstOf(failed(err, "list versions of suite %s", id), notFound("suite", id))
	}
	list := make([]suites.Version, len(rows))
	for i := range rows {
		if list[i], err = rows[i].decode(); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// suiteRunRow is a row of table suite_runs.
type suiteRunRow struct {
	ID      string
	Suite   string
	Grp     string
	Version int
	Hash    string
	Tasks   int
	Ask     string
	Author  string
	At      int64
}

func (r *suiteRunRow) decode() (suites.Run, error) {
	run := suites.Run{ID: r.ID, Suite: r.Suite, Group: r.Grp, Hash: r.Hash, Tasks: r.Tasks, By: r.Author, At: fromNanos(r.At)}
	if err := json.Unmarshal([]byte(r.Ask), &run.Ask); err != nil {
		return run, fmt.Errorf("decode run %s of a suite: %w", r.ID, err)
	}
	run.Version = r.Version
	return run, nil
}

// Began records in a launch's transaction that its runs are tries of a suite's
// tasks, one for each run and in their order. It returns the run of the suite.
// CodeNotFound where the suite was deleted meanwhile.
func (s *Suites) Began(tx *sql.Tx, run suites.Run, tries []suites.Try) error {
	ask, err := json.Marshal(run.Ask)
	if err != nil {
		return err
	}
	ctx := context.Background() // the transaction has the launch's
	stored, err := tx.ExecContext(ctx, `INSERT INTO suite_runs (id, suite, grp, version, hash, tasks, ask, author, at) SELECT ?, id, ?, ?, ?, ?, ?, ?, ? FROM suites WHERE id = ?`,
		run.ID, run.Group, run.Version, run.Hash, run.Tasks, string(ask), run.By, nanos(run.At), run.Suite)
	if err != nil {
		return err
	}
	if n, err := stored.RowsAffected(); err != nil || n == 0 {
		return firstOf(err, notFound("suite", run.Suite))
	}
	for i, t := range tries {
		if _, err := tx.ExecContext(ctx, `INSERT INTO suite_tries (suite_run, place, task, try, run) VALUES (?, ?, ?, ?, ?)`, run.ID, i, t.Task, t.Try, t.Run); err != nil {
			return err
		}
	}
	return nil
}

// Runs returns the runs of a suite, newest first, at most limit.
func (s *Suites) Runs(ctx context.Context, id string, limit int) ([]suites.Run, error) {
	return s.runs(ctx, `suite = ? ORDER BY at DESC, id DESC LIMIT ?`, id, limit)
}

func (s *Suites) runs(ctx context.Context, where string, args ...any) ([]suites.Run, error) {
	var rows []suiteRunRow
	if err := s.db.read.WithContext(ctx).Raw(`SELECT * FROM suite_runs WHERE `+where, args...).Scan(&rows).Error; err != nil {
		return nil, failed(err, "list runs of suites")
	}
	list := make([]suites.Run, len(rows))
	for i := range rows {
		var err error
		if list[i], err = rows[i].decode(); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Run returns one run of a suite.
func (s *Suites) Run(ctx context.Context, id string) (suites.Run, error) {
	list, err := s.runs(ctx, `id = ?`, id)
	if err != nil || len(list) == 0 {
		return suites.Run{}, firstOf(err, notFound("run of a suite", id))
	}
	return list[0], nil
}

// OfGroup returns the run of a suite that a group of runs is; nil for any other.
func (s *Suites) OfGroup(ctx context.Context, group string) (*suites.Run, error) {
	if group == "" {
		return nil, nil
	}
	list, err := s.runs(ctx, `grp = ? AND grp <> '' LIMIT 1`, group)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

// tryRow is a try with the row of its run, as far as there is one.
type tryRow struct {
	SuiteRun  string
	Task      string
	Try       int
	Run       string
	Status    *string
	Success   *bool
	Source    *string
	Steps     int
	Phi       float64
	TokensIn  int64
	TokensOut int64
	USD       float64 `gorm:"column:usd"`
	Estimated bool
}

// Tries returns the tries of runs of suites as they stand.
func (s *Suites) Tries(ctx context.Context, runs ...string) (map[string][]suites.Try, error) {
	var rows []tryRow
	if len(runs) == 0 {
		return map[string][]suites.Try{}, nil
	}
	err := s.db.read.WithContext(ctx).Raw(`SELECT t.suite_run, t.task, t.try, t.run, r.status, r.success, r.source, coalesce(r.steps, 0) AS steps, coalesce(r.phi, 0) AS phi,
		coalesce(r.tokens_in, 0) AS tokens_in, coalesce(r.tokens_out, 0) AS tokens_out, coalesce(r.usd, 0) AS usd, coalesce(r.estimated, 0) AS estimated
		FROM suite_tries t LEFT JOIN runs r ON r.id = t.run AND r.binned = 0 WHERE t.suite_run IN ? ORDER BY t.suite_run, t.place`, slices.Clone(runs)).Scan(&rows).Error
	if err != nil {
		return nil, failed(err, "load tries of suites")
	}
	out := map[string][]suites.Try{}
	for i := range rows {
		r := &rows[i]
		t := suites.Try{Task: r.Task, Try: r.Try, Run: r.Run, Steps: r.Steps, Phi: r.Phi, Tokens: r.TokensIn + r.TokensOut, USD: r.USD, Estimated: r.Estimated}
		if r.Status != nil {
			t.Status = agent.RunStatus(*r.Status)
		}
		if t.Status == agent.RunIsFinished && r.Success != nil && r.Source != nil && agent.Source(*r.Source) != agent.SourceNobody {
			t.Solved = r.Success
		}
		out[r.SuiteRun] = append(out[r.SuiteRun], t)
	}
	return out, nil
}

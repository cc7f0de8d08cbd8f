package models

import (
	"context"
	"encoding/json"
	"fmt"

	"gorm.io/gorm"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/experiments"
)

// Experiments keeps the Lab's experiments with their journals. It is safe for
// concurrent use, also by several processes.
type Experiments struct{ db *DB }

// experimentRow is a row of table experiments, joined with its body.
type experimentRow struct {
	ID          string `gorm:"primaryKey"`
	Name        string
	Environment string
	Status      string
	Reason      string
	AskedBy     string
	ConfigHash  string
	Verdict     string
	Effect      string
	Progress    string
	Spent       int64
	CreatedAt   int64 `gorm:"autoCreateTime:false"`
	StartedAt   *int64
	EndedAt     *int64
}

func (experimentRow) TableName() string { return "experiments" }

// experimentBody is a row of table experiment_bodies.
type experimentBody struct {
	Experiment string `gorm:"primaryKey"`
	Spec       string
	Report     string
}

func (experimentBody) TableName() string { return "experiment_bodies" }

// experimentRecord is a row of table experiment_records.
type experimentRecord struct {
	Experiment string `gorm:"primaryKey"`
	Key        string `gorm:"primaryKey"`
	Value      []byte
}

func (experimentRecord) TableName() string { return "experiment_records" }

// joinedExperiment is what reads return.
type joinedExperiment struct {
	Row    experimentRow `gorm:"embedded"`
	Spec   string
	Report string
}

func (r *joinedExperiment) experiment() (experiments.Experiment, error) {
	row := &r.Row
	e := experiments.Experiment{ID: row.ID, Name: row.Name, Environment: row.Environment, Status: experiments.ExperimentStatus(row.Status), Reason: row.Reason,
		By: row.AskedBy, Spec: agent.Object(r.Spec), ConfigHash: row.ConfigHash, Verdict: row.Verdict, Report: agent.Object(r.Report),
		CreatedAt: fromNanos(row.CreatedAt), StartedAt: optionalTime(row.StartedAt), EndedAt: optionalTime(row.EndedAt)}
	if row.Progress != "" {
		if err := json.Unmarshal([]byte(row.Progress), &e.Progress); err != nil {
			return e, fmt.Errorf("decode progress of experiment %s: %w", row.ID, err)
		}
	}
	if row.Effect != "" {
		if err := json.Unmarshal([]byte(row.Effect), &e.Effect); err != nil {
			return e, fmt.Errorf("decode effect of experiment %s: %w", row.ID, err)
		}
	}
	return e, nil
}

// Create stores a new experiment and what its journal begins with. Errors:
// CodeConflict if the id is taken.
func (s *Experiments) Create(ctx context.Context, e experiments.Experiment, records map[string][]byte) error {
	row := experimentRow{ID: e.ID, Name: e.Name, Environment: e.Environment, Status: string(e.Status), AskedBy: e.By,
		ConfigHash: e.ConfigHash, CreatedAt: nanos(e.CreatedAt)}
	err := s.db.writeTx(ctx, func(tx *gorm.DB) error {
		var taken int64
		if err := tx.Table("experiments").Where("id = ?", e.ID).Count(&taken).Error; err != nil {
			return err
		}
		if taken > 0 {
			return agent.Errorf(agent.CodeConflict, "there is already an experiment %q", e.ID)
		}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		if err := tx.Create(&experimentBody{Experiment: e.ID, Spec: e.Spec.String()}).Error; err != nil {
			return err
		}
		for key, value := range records {
			if err := tx.Create(&experimentRecord{e.ID, key, value}).Error; err != nil {
				return err
			}
		}
		return s.db.audit(tx, e.By, "start experiment", e.ConfigHash, e.ID)
	})
	return failed(err, "create experiment %s", e.ID)
}

// Get returns one experiment with its report, or CodeNotFound.
func (s *Experiments) Get(ctx context.Context, id string) (experiments.Experiment, error) {
	var row joinedExperiment
	found := s.db.read.WithContext(ctx).Raw(`SELECT e.*, b.spec, b.report FROM experiments e JOIN experiment_bodies b ON b.experiment = e.id WHERE e.id = ?`, id).Scan(&row)
	switch {
	case found.Error != nil:
		return experiments.Experiment{}, failed(found.Error, "load experiment %s", id)
	case found.RowsAffected == 0:
		return experiments.Experiment{}, notFound("experiment", id)
	}
	return row.experiment()
}

// Revision counts the changes of an experiment; CodeNotFound.
func (s *Experiments) Revision(ctx context.Context, id string) (int64, error) {
	var revisions []int64
	err := s.db.read.WithContext(ctx).Raw(`SELECT revision FROM experiments WHERE id = ?`, id).Scan(&revisions).Error
	switch {
	case err != nil:
		return 0, failed(err, "look at experiment %s", id)
	case len(revisions) == 0:
		return 0, notFound("experiment", id)
	}
	return revisions[0], nil
}

// List returns experiments without their reports, newest first. Errors:
// CodeInvalid for a cursor of another list.
func (s *Experiments) List(ctx context.Context, q experiments.ExperimentQuery) (catalog.Page[experiments.Experiment], error) {
	page := catalog.Page[experiments.Experiment]{Items: []experiments.Experiment{}}
	from, err := parseCursor(q.Cursor, "experiments")
	if err != nil {
		return page, err
	}
	where := s.db.read.WithContext(ctx).Table("experiments")
	if len(q.Status) > 0 {
		where = where.Where("status IN ?", q.Status)
	}
	if q.Environment != "" {
		where = where.Where("environment = ?", q.Environment)
	}
	for _, word := range textFilter(q.Text) {
		where = where.Where(`(name LIKE ? ESCAPE '\' OR id LIKE ? ESCAPE '\' OR verdict LIKE ? ESCAPE '\')`, like(word), like(word), like(word))
	}
	var total int64
	if err := where.Session(&gorm.Session{}).Count(&total).Error; err != nil {
		return page, failed(err, "count experiments")
	}
	page.Total = int(total)
	if from != nil {
		where = where.Where("(created_at, id) < (?, ?)", from.Int, from.ID)
	}
	limit := limitOf(q.Limit, 50, 200)
	var rows []joinedExperiment
	err = where.Select("experiments.*, b.spec").Joins("JOIN experiment_bodies b ON b.experiment = experiments.id").
		Order("created_at DESC, id DESC").Limit(limit + 1).Scan(&rows).Error
	if err != nil {
		return page, failed(err, "list experiments")
	}
	if len(rows) > limit {
		rows = rows[:limit]
		last := &rows[limit-1].Row
		page.Next = cursor{Sort: "experiments", Int: last.CreatedAt, ID: last.ID}.String()
	}
	for i := range rows {
		e, err := rows[i].experiment()
		if err != nil {
			return page, err
		}
		page.Items = append(page.Items, e)
	}
	return page, nil
}

// Delete deletes experiments that are at their end, or none if one is not:
// CodeConflict. It returns how many there were; unknown ids are left out.
func (s *Experiments) Delete(ctx context.Context, by string, ids []string) (int, error) {
	var known []experimentRow
	err := s.db.writeTx(ctx, func(tx *gorm.DB) error {
		if err := tx.Where("id IN ?", ids).Find(&known).Error; err != nil || len(known) == 0 {
			return err
		}
		there := make([]string, len(known))
		for i := range known {
			if !experiments.ExperimentStatus(known[i].Status).Final() {
				return agent.Errorf(agent.CodeConflict, "experiment %s is %s; cancel it before you delete it", known[i].ID, known[i].Status)
			}
			there[i] = known[i].ID
		}
		for _, query := range []string{`DELETE FROM experiment_records WHERE experiment IN ?`,
			`DELETE FROM experiment_bodies WHERE experiment IN ?`, `DELETE FROM experiments WHERE id IN ?`} {
			if err := tx.Exec(query, there).Error; err != nil {
				return err
			}
		}
		return s.db.audit(tx, by, "delete experiment", "", there...)
	})
	if err != nil {
		return 0, failed(err, "delete experiments")
	}
	return len(known), nil
}

// Load returns what an experiment's journal has under a key, nil if nothing.
func (s *Experiments) Load(ctx context.Context, id, key string) ([]byte, error) {
	var rows []experimentRecord
	err := s.db.read.WithContext(ctx).Raw(`SELECT value FROM experiment_records WHERE experiment = ? AND key = ?`, id, key).Scan(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, failed(err, "read the journal of experiment %s", id)
	}
	return rows[0].Value, nil
}

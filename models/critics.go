package models

import (
	"context"
	"slices"
	"sync"

	"gorm.io/gorm"

	"purposeagent/agent"
	"purposeagent/agent/calibration"
)

// Critics keeps what critics said at the end of tasks beside what became of
// them, and who lost the right to give credit. It is safe for concurrent use.
type Critics struct {
	db *DB

	mu      sync.Mutex
	reports map[int64]calibration.CriticReport // by row, as of their total; made when asked for
}

var _ agent.Calibrator = (*Critics)(nil)

// criticRow is a row of table critics.
type criticRow struct {
	ID          int64 `gorm:"primaryKey"`
	Critic      string
	Environment string
	Dynamics    string
	Schema      string
	Total       int
	Standing    string
}

func (criticRow) TableName() string { return "critics" }

func (r *criticRow) key() calibration.CriticKey {
	return calibration.CriticKey{Critic: r.Critic, Scope: agent.Scope{Environment: r.Environment, Dynamics: r.Dynamics, Schema: r.Schema}}
}

// Observe keeps the trajectory's pair, where it has one, and judges the critic
// anew when a look is due, in one transaction. A run that is known changes
// nothing.
func (c *Critics) Observe(ctx context.Context, t *agent.Trajectory) error {
	key, pair, ok := calibration.CriticPairOf(t)
	if !ok {
		return ctx.Err()
	}
	err := c.db.writeTx(ctx, func(tx *gorm.DB) error {
		var known int64
		if err := tx.Raw(`SELECT count(*) FROM critic_pairs WHERE run = ?`, pair.Run).Scan(&known).Error; err != nil || known > 0 {
			return err
		}
		return c.observe(tx, key, pair)
	})
	return failed(err, "keep what the critic said of run %s", pair.Run)
}

// correct keeps a person's word on how a run ended as the critic's pair, in
// place of the one that there may be.
func (c *Critics) correct(tx *gorm.DB, key calibration.CriticKey, pair calibration.CriticPair) error {
	c.mu.Lock()
	clear(c.reports) // one of them changes, and not by a new pair
	c.mu.Unlock()
	known := tx.Exec(`UPDATE critic_pairs SET success = ? WHERE run = ?`, pair.Success, pair.Run)
	if known.Error != nil || known.RowsAffected > 0 {
		return known.Error
	}
	return c.observe(tx, key, pair)
}

// observe adds a pair, and judges the critic anew when a look is due.
func (c *Critics) observe(tx *gorm.DB, key calibration.CriticKey, pair calibration.CriticPair) error {
	row, err := enter(tx, key)
	if err != nil {
		return err
	}
	row.Total++
	if err := tx.Exec(`INSERT INTO critic_pairs (critic, n, run, phi, success) VALUES (?, ?, ?, ?, ?)`, row.ID, row.Total, pair.Run, pair.Phi, pair.Success).Error; err != nil {
		return err
	}
	if err := tx.Exec(`DELETE FROM critic_pairs WHERE critic = ? AND n <= ?`, row.ID, row.Total-calibration.KeptCriticPairs).Error; err != nil {
		return err
	}
	if err := c.look(tx, &row); err != nil {
		return err
	}
	return tx.Exec(`UPDATE critics SET total = ?, standing = ? WHERE id = ?`, row.Total, row.Standing, row.ID).Error
}

// enter returns the critic's row, a new one where there is none.
func enter(tx *gorm.DB, key calibration.CriticKey) (criticRow, error) {
	row := criticRow{Critic: key.Critic, Environment: key.Scope.Environment, Dynamics: key.Scope.Dynamics, Schema: key.Scope.Schema,
		Standing: string(calibration.RightUnproven)}
	found := tx.Where("environment = ? AND dynamics = ? AND schema = ? AND critic = ?", row.Environment, row.Dynamics, row.Schema, row.Critic).Limit(1).Find(&row)
	if found.Error != nil || found.RowsAffected > 0 {
		return row, found.Error
	}
	return row, tx.Create(&row).Error
}

// look judges the critic where it is due, and writes down a change of its right.
func (c *Critics) look(tx *gorm.DB, row *criticRow) error {
	if !calibration.CriticLookDue(row.Total) {
		return nil
	}
	pairs, err := pairsOf(tx, row.ID)
	if err != nil {
		return err
	}
	figures := calibration.NewCriticFigures(calibration.LookedAt(pairs, row.Total))
	right, reason := figures.Right()
	if string(right) == row.Standing {
		return nil
	}
	row.Standing = string(right)
	return c.db.audit(tx, "calibration", "critic "+row.Standing, reason, row.Critic+" in "+row.Environment)
}

// pairsOf returns the kept pairs of a critic, oldest first.
func pairsOf(tx *gorm.DB, critic int64) ([]calibration.CriticPair, error) {
	var pairs []calibration.CriticPair
	err := tx.Raw(`SELECT run, phi, success FROM critic_pairs WHERE critic = ? ORDER BY n`, critic).Scan(&pairs).Error
	return pairs, err
}

// Discredited returns the critics that lost the right to give credit in the
// scope, sorted.
func (c *Critics) Discredited(ctx context.Context, scope agent.Scope) ([]string, error) {
	var names []string
	err := c.db.read.WithContext(ctx).Raw(`SELECT critic FROM critics WHERE environment = ? AND dynamics = ? AND schema = ? AND standing = ? ORDER BY critic`,
		scope.Environment, scope.Dynamics, scope.Schema, string(calibration.RightLost)).Scan(&names).Error
	return names, failed(err, "read the calibration of critics")
}

// Critics reports on every critic in every scope, by environment and name.
func (c *Critics) Critics(ctx context.Context) ([]calibration.CriticReport, error) {
	var rows []criticRow
	if err := c.db.read.WithContext(ctx).Find(&rows).Error; err != nil {
		return nil, failed(err, "list critics")
	}
	reports := make([]calibration.CriticReport, 0, len(rows))
	for i := range rows {
		r, err := c.report(ctx, &rows[i])
		if err != nil {
			return nil, err
		}
		reports = append(reports, r)
	}
	slices.SortFunc(reports, func(a, b calibration.CriticReport) int { return calibration.CompareCritics(a.CriticKey, b.CriticKey) })
	return reports, nil
}

// Critic reports on one critic. CodeNotFound where no task with a known
// outcome has ended under it.
func (c *Critics) Critic(ctx context.Context, key calibration.CriticKey) (calibration.CriticReport, error) {
	var row criticRow
	found := c.db.read.WithContext(ctx).Where("environment = ? AND dynamics = ? AND schema = ? AND critic = ?",
		key.Scope.Environment, key.Scope.Dynamics, key.Scope.Schema, key.Critic).Limit(1).Find(&row)
	if found.Error != nil {
		return calibration.CriticReport{}, failed(found.Error, "load critic %s", key.Critic)
	}
	if found.RowsAffected == 0 {
		return calibration.CriticReport{}, notFound("critic", key.Critic)
	}
	return c.report(ctx, &row)
}

// maxReports bounds the reports held ready.
const maxReports = 64

// report returns the report of a row, made anew where pairs have come since.
func (c *Critics) report(ctx context.Context, row *criticRow) (calibration.CriticReport, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r, ok := c.reports[row.ID]; ok && r.Total == row.Total {
		return r, nil
	}
	pairs, err := pairsOf(c.db.read.WithContext(ctx), row.ID)
	if err != nil {
		return calibration.CriticReport{}, failed(err, "load the pairs of critic %s", row.Critic)
	}
	if c.reports == nil || len(c.reports) >= maxReports {
		c.reports = map[int64]calibration.CriticReport{}
	}
	r := calibration.NewCriticReport(row.key(), pairs, row.Total)
	c.reports[row.ID] = r
	return r, nil
}

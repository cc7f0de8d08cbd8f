package models

import (
	"context"

	"gorm.io/gorm"

	"purposeagent/agent"
)

// MaxSteps is the most steps that one call returns.
const MaxSteps = 1000

func (s *Runs) exists(ctx context.Context, run string) error {
	var n int64
	if err := s.db.read.WithContext(ctx).Raw(`SELECT count(*) FROM runs WHERE id = ?`, run).Scan(&n).Error; err != nil {
		return failed(err, "look for run %s", run)
	}
	if n == 0 {
		return notFound("run", run)
	}
	return nil
}

// stepRows reads rows from..to in order; a negative limit is none.
func stepRows(db *gorm.DB, run string, from, to, limit int) ([]stepRow, error) {
	var rows []stepRow
	err := db.Raw(`SELECT run, idx, body, summary, data, hidden, before_state, at FROM steps
		WHERE run = ? AND idx BETWEEN ? AND ? ORDER BY idx LIMIT ?`, run, from, to, limit).Scan(&rows).Error
	return rows, failed(err, "load steps of run %s", run)
}

const lastIndex = 1<<31 - 1

// MaxRead bounds the bytes that one call reads of steps, where their states are
// large; one step comes in any case.
const MaxRead = 64 << 20

// sized says how many of the rows from..to can be read within MaxRead, counted
// from the first or, in the order DESC, from the last; -1 for all of them. The
// sizes stand in the heads of the rows: no state is read for them.
func sized(db *gorm.DB, run string, from, to, limit int, order string) (int, error) {
	var sizes []int64
	err := db.Raw(`SELECT octet_length(body) + octet_length(data) + octet_length(hidden) + octet_length(before_state) FROM steps
		WHERE run = ? AND idx BETWEEN ? AND ? ORDER BY idx `+order+` LIMIT ?`, run, from, to, limit).Scan(&sizes).Error
	if err != nil {
		return 0, failed(err, "size steps of run %s", run)
	}
	total := int64(0)
	for i, size := range sizes {
		if total += size; total > MaxRead {
			return max(i, 2), nil // the state before, and one step
		}
	}
	return -1, nil
}

// Steps returns up to limit steps after an index, in order; at most MaxSteps,
// and fewer where MaxRead bounds them: the end is where none comes. Errors:
// CodeNotFound.
func (s *Runs) Steps(ctx context.Context, run string, after, limit int) ([]agent.Step, error) {
	after = max(after, 0)
	limit = limitOf(limit, 200, MaxSteps) + 1
	n, err := sized(s.db.read.WithContext(ctx), run, after, lastIndex, limit, "")
	if err != nil {
		return nil, err
	}
	if n > 0 {
		limit = n
	}
	rows, err := stepRows(s.db.read.WithContext(ctx), run, after, lastIndex, limit)
	if err != nil {
		return nil, err
	}
	return s.put(ctx, run, rows, after)
}

// StepsBefore returns the last limit steps before an index, in order; fewer
// where MaxRead bounds them.
func (s *Runs) StepsBefore(ctx context.Context, run string, before, limit int) ([]agent.Step, error) {
	limit = limitOf(limit, 200, MaxSteps)
	n, err := sized(s.db.read.WithContext(ctx), run, max(before-limit, 1)-1, before-1, limit+1, "DESC")
	if err != nil {
		return nil, err
	}
	if n > 0 {
		limit = n - 1
	}
	first := max(before-limit, 1)
	rows, err := stepRows(s.db.read.WithContext(ctx), run, first-1, before-1, all)
	if err != nil {
		return nil, err
	}
	return s.put(ctx, run, rows, first-1)
}

func (s *Runs) put(ctx context.Context, run string, rows []stepRow, after int) ([]agent.Step, error) {
	if len(rows) == 0 {
		return []agent.Step{}, s.exists(ctx, run)
	}
	return decodeSteps(rows, after)
}

// Step returns one step, or CodeNotFound.
func (s *Runs) Step(ctx context.Context, run string, index int) (agent.Step, error) {
	rows, err := stepRows(s.db.read.WithContext(ctx), run, index-1, index, all)
	if err != nil {
		return agent.Step{}, err
	}
	steps, err := s.put(ctx, run, rows, max(index-1, 0))
	if err != nil {
		return agent.Step{}, err
	}
	if len(steps) != 1 {
		return agent.Step{}, agent.Errorf(agent.CodeNotFound, "run %s has no step %d", run, index)
	}
	return steps[0], nil
}

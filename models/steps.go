package models

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

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
func (s *Runs) stepRows(ctx context.Context, run string, from, to, limit int) ([]stepRow, error) {
	var rows []stepRow
	err := s.db.read.WithContext(ctx).Raw(`SELECT run, idx, body, summary, data, hidden, before_state FROM steps
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
func (s *Runs) sized(ctx context.Context, run string, from, to, limit int, order string) (int, error) {
	var sizes []int64
	err := s.db.read.WithContext(ctx).Raw(`SELECT octet_length(body) + octet_length(data) + octet_length(hidden) + octet_length(before_state) FROM steps
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
	n, err := s.sized(ctx, run, after, lastIndex, limit, "")
	if err != nil {
		return nil, err
	}
	if n > 0 {
		limit = n
	}
	rows, err := s.stepRows(ctx, run, after, lastIndex, limit)
	if err != nil {
		return nil, err
	}
	return s.put(ctx, run, rows, after)
}

// StepsBefore returns the last limit steps before an index, in order; fewer
// where MaxRead bounds them.
func (s *Runs) StepsBefore(ctx context.Context, run string, before, limit int) ([]agent.Step, error) {
	limit = limitOf(limit, 200, MaxSteps)
	n, err := s.sized(ctx, run, max(before-limit, 1)-1, before-1, limit+1, "DESC")
	if err != nil {
		return nil, err
	}
	if n > 0 {
		limit = n - 1
	}
	first := max(before-limit, 1)
	rows, err := s.stepRows(ctx, run, first-1, before-1, -1)
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
	rows, err := s.stepRows(ctx, run, index-1, index, -1)
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

// Checkpoint returns how far a run had come, with all that an orchestrator
// needs to go on from there, hidden state included. Errors: CodeNotFound.
func (s *Runs) Checkpoint(ctx context.Context, run string) (*agent.Checkpoint, error) {
	point := &agent.Checkpoint{}
	var rows []eventRow
	err := s.db.read.WithContext(ctx).Raw(`SELECT run, seq, at, kind, step FROM events WHERE run = ? ORDER BY seq`, run).Scan(&rows).Error
	if err != nil {
		return nil, failed(err, "load log of run %s", run)
	}
	if len(rows) == 0 {
		return point, s.exists(ctx, run)
	}
	point.Spent = spent(rows)
	inFlight, suspended := int64(0), int64(0) // since the last step
	for i := range rows {
		switch r := &rows[i]; r.Kind {
		case agent.RunStarted{}.Kind():
			if err := s.begin(ctx, run, r.Seq, point); err != nil {
				return nil, err
			}
		case agent.ActionStarted{}.Kind():
			inFlight = r.Seq
		case agent.StepTaken{}.Kind():
			inFlight, suspended, point.Waits = 0, 0, 0
		case agent.RunWaiting{}.Kind(), agent.RunPaused{}.Kind():
			if suspended == 0 {
				suspended = r.Seq
			}
			if r.Kind == (agent.RunWaiting{}).Kind() {
				point.Waits++
			}
		case agent.Learned{}.Kind():
			point.Learned = true
		}
	}
	last := rows[len(rows)-1].Seq
	point.Seq = last
	steps, err := s.stepRows(ctx, run, 0, lastIndex, -1)
	if err != nil {
		return nil, err
	}
	if point.Steps, err = decodeSteps(steps, 0); err != nil {
		return nil, err
	}
	if suspended > 0 {
		err = s.unscored(ctx, run, suspended, point)
	}
	if inFlight > 0 && point.Unscored == nil && err == nil {
		err = s.inFlight(ctx, run, inFlight, point)
	}
	return point, errors.Join(err, s.steer(ctx, run, rows, point))
}

func (s *Runs) begin(ctx context.Context, run string, seq int64, point *agent.Checkpoint) error {
	events, err := s.Events(ctx, run, seq-1, 1)
	if err != nil || len(events) == 0 {
		return err
	}
	if d, ok := events[0].Data.(agent.RunStarted); ok {
		point.Started, point.Initial, point.InitialScore, point.InitialVerdict, point.Holdout = true, d.State, d.Score, d.Verdict, d.Holdout
	}
	return nil
}

// unscored looks for a step that was done and has no score yet, among the events
// since the last recorded step.
func (s *Runs) unscored(ctx context.Context, run string, since int64, point *agent.Checkpoint) error {
	for {
		events, err := s.Events(ctx, run, since-1, 1000)
		if err != nil || len(events) == 0 {
			return err
		}
		for _, e := range events {
			switch d := e.Data.(type) {
			case agent.RunWaiting:
				point.Unscored = cmp.Or(d.Step, point.Unscored)
			case agent.RunPaused:
				point.Unscored = cmp.Or(d.Step, point.Unscored)
			case agent.RunQueued, agent.RunStarted, agent.RunResumed, agent.NoteAdded, agent.ActionStarted, agent.StepTaken,
				agent.ApprovalAsked, agent.ApprovalAnswered, agent.RunStopped, agent.RunFinished, agent.RunFailed, agent.Learned:
			}
		}
		since = events[len(events)-1].Seq + 1
	}
}

func (s *Runs) inFlight(ctx context.Context, run string, seq int64, point *agent.Checkpoint) error {
	events, err := s.Events(ctx, run, seq-1, 1)
	if err != nil || len(events) == 0 {
		return err
	}
	if d, ok := events[0].Data.(agent.ActionStarted); ok {
		point.InFlight = &d.Action
	}
	return nil
}

// spent sums the time in which a run was worked: the time between two events,
// unless the second one opens the run or takes it up again.
func spent(rows []eventRow) time.Duration {
	total := int64(0)
	rows = slices.DeleteFunc(slices.Clone(rows), func(r eventRow) bool { return r.Kind == agent.NoteAdded{}.Kind() }) // at any time
	for i := 1; i < len(rows); i++ {
		switch rows[i].Kind {
		case agent.RunStarted{}.Kind(), agent.RunResumed{}.Kind():
		default:
			if !idle(rows[i-1].Kind) {
				total += max(rows[i].At-rows[i-1].At, 0)
			}
		}
	}
	return time.Duration(total)
}

// idle reports whether nothing works a run after an event of this kind.
func idle(kind string) bool {
	switch kind {
	case agent.RunQueued{}.Kind(), agent.RunWaiting{}.Kind(), agent.RunPaused{}.Kind(), agent.ApprovalAsked{}.Kind(), agent.ApprovalAnswered{}.Kind():
		return true
	}
	return false
}

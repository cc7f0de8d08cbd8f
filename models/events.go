package models

import (
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"purposeagent/agent"
)

// Events returns up to limit events of a run after a sequence number, in
// order, exactly as they were appended (times in UTC); fewer where MaxRead
// bounds their steps: the end is where none comes. Errors: CodeNotFound.
func (s *Runs) Events(ctx context.Context, run string, after int64, limit int) ([]agent.Event, error) {
	var rows []eventRow
	err := s.db.read.WithContext(ctx).Raw(`SELECT run, seq, at, kind, step, body, hidden FROM events WHERE run = ? AND seq > ? ORDER BY seq LIMIT ?`,
		run, after, limitOf(limit, 200, 1000)).Scan(&rows).Error
	if err != nil {
		return nil, failed(err, "load events of run %s", run)
	}
	if len(rows) == 0 {
		return []agent.Event{}, s.exists(ctx, run)
	}
	if rows, err = readable(s.db.read.WithContext(ctx), run, rows); err != nil {
		return nil, err
	}
	held, err := heldRows(s.db.read.WithContext(ctx), run, rows)
	if err != nil {
		return nil, err
	}
	events := make([]agent.Event, len(rows))
	for i := range rows {
		if events[i], err = rows[i].decodeEvent(held); err != nil {
			return nil, err
		}
	}
	return events, nil
}

// readable cuts events off whose steps would be more than MaxRead; one stays.
func readable(db *gorm.DB, run string, events []eventRow) ([]eventRow, error) {
	first, last := 0, -1
	for i := range events {
		if at := events[i].Step; at != nil {
			if last < 0 {
				first = max(*at-1, 0)
			}
			last = max(last, *at)
		}
	}
	if last < 0 {
		return events, nil
	}
	n, err := sized(db, run, first, last, -1, "")
	if err != nil || n < 0 {
		return events, err
	}
	for i := 1; i < len(events); i++ {
		if at := events[i].Step; at != nil && *at >= first+n {
			return events[:i], nil
		}
	}
	return events, nil
}

// heldRows reads the steps rows that events refer to, and those before them.
func heldRows(db *gorm.DB, run string, events []eventRow) (func(int) (*stepRow, agent.State, error), error) {
	var wanted []int
	for i := range events {
		if at := events[i].Step; at != nil {
			wanted = append(wanted, *at)
			if *at > 0 {
				wanted = append(wanted, *at-1)
			}
		}
	}
	slices.Sort(wanted)
	wanted = slices.Compact(wanted)
	byIndex := make(map[int]*stepRow, len(wanted))
	for len(wanted) > 0 { // in runs of neighbours: one range read each
		n := 1
		for n < len(wanted) && wanted[n] == wanted[n-1]+1 {
			n++
		}
		rows, err := stepRows(db, run, wanted[0], wanted[n-1], -1)
		if err != nil {
			return nil, err
		}
		for i := range rows {
			byIndex[rows[i].Idx] = &rows[i]
		}
		wanted = wanted[n:]
	}
	return func(idx int) (*stepRow, agent.State, error) {
		row := byIndex[idx]
		if row == nil {
			return nil, agent.State{}, fmt.Errorf("step %d of run %s is missing", idx, run)
		}
		var before agent.State
		if p := byIndex[idx-1]; p != nil {
			before = p.after()
		}
		return row, before, nil
	}, nil
}

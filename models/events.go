package models

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"purposeagent/agent"
)

// Events returns up to limit events of a run after a sequence number, in
// order, exactly as they were appended (times in UTC); fewer where MaxRead
// bounds their steps: the end is where none comes. Errors: CodeNotFound.
func (s *Runs) Events(ctx context.Context, run string, after int64, limit int) ([]agent.Event, error) {
	rows, err := s.log(ctx, run, after, limitOf(limit, 200, 1000))
	if err != nil || len(rows) == 0 {
		return []agent.Event{}, err
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

// log returns the rows of up to limit events after a sequence number, steps
// included, whose rows say which step each is; a negative limit is none. Errors:
// CodeNotFound.
func (s *Runs) log(ctx context.Context, run string, after int64, limit int) ([]eventRow, error) {
	kept, err := keptLog(ctx, s.db.reader, run, after, limit)
	if err != nil {
		return nil, failed(err, "load events of run %s", run)
	}
	if len(kept) == 0 {
		return nil, s.exists(ctx, run)
	}
	rows := make([]eventRow, 0, len(kept))
	full := func() bool { return limit >= 0 && len(rows) >= limit }
	next := max(after, 0) + 1
	for i := range kept {
		for r := &kept[i]; next < r.Seq && !full(); next++ {
			step := r.Steps - int(r.Seq-1-next)
			rows = append(rows, eventRow{Run: run, Seq: next, Kind: agent.StepTaken{}.Kind(), Step: &step})
		}
		if full() || kept[i].Kind == "" {
			break
		}
		rows = append(rows, kept[i])
		next = kept[i].Seq + 1
	}
	return rows, nil
}

// keptLog returns the rows that table events has after a number, and behind the newest
// of all one without a kind, which says how the run stands.
func keptLog(ctx context.Context, db *sql.DB, run string, after int64, limit int) ([]eventRow, error) {
	found, err := db.QueryContext(ctx, `SELECT seq, at, kind, step, body, hidden, steps FROM events WHERE run = ?1 AND seq > ?2
		UNION ALL SELECT last_seq + 1, 0, '', NULL, '', '', steps FROM runs WHERE id = ?1 AND last_seq >= ?2
		ORDER BY seq LIMIT ?3`, run, after, limit)
	if err != nil {
		return nil, err
	}
	defer found.Close() //nolint:errcheck // found.Err says what matters
	var kept []eventRow
	for found.Next() {
		r := eventRow{Run: run}
		if err := found.Scan(&r.Seq, &r.At, &r.Kind, &r.Step, &r.Body, &r.Hidden, &r.Steps); err != nil {
			return nil, err
		}
		kept = append(kept, r)
	}
	return kept, found.Err()
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
	n, err := sized(db, run, first, last, all, "")
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
		rows, err := stepRows(db, run, wanted[0], wanted[n-1], all)
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

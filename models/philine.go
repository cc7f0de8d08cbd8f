package models

import (
	"context"
	"slices"
	"sync"

	"purposeagent/agent/catalog"
)

// maxLinePoints bounds the points kept in memory, about 100 bytes each.
const maxLinePoints = 200_000

// lines keeps the Φ lines that were asked for last. A step never changes, so a
// kept line is only ever lengthened.
type lines struct {
	mu     sync.Mutex
	byRun  map[string][]catalog.PhiPoint
	points int
}

func (l *lines) get(run string) []catalog.PhiPoint {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.byRun[run]
}

func (l *lines) put(run string, line []catalog.PhiPoint) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.points+len(line) > maxLinePoints {
		clear(l.byRun)
		l.points = 0
	}
	if len(line) > maxLinePoints {
		return
	}
	if l.byRun == nil {
		l.byRun = map[string][]catalog.PhiPoint{}
	}
	l.points += len(line) - len(l.byRun[run])
	l.byRun[run] = line
}

func (l *lines) forget(run string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.points -= len(l.byRun[run])
	delete(l.byRun, run)
}

// PhiLine returns a point for every step of a run, in order; it must not be
// changed. It reads an index only, never a step's body, and only what was
// added since it was asked last. Errors: CodeNotFound.
func (s *Runs) PhiLine(ctx context.Context, run string) ([]catalog.PhiPoint, error) {
	known := s.lines.get(run)
	rows, err := s.db.reader.QueryContext(ctx, `SELECT idx, phi, delta, label, marks FROM steps INDEXED BY steps_line
		WHERE run = ? AND idx > ? ORDER BY idx`, run, len(known))
	if err != nil {
		return nil, failed(err, "load Φ line of run %s", run)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says what matters
	points := slices.Clip(known)
	for rows.Next() {
		var p catalog.PhiPoint
		var marks int
		if err := rows.Scan(&p.Step, &p.Phi, &p.Delta, &p.Label, &marks); err != nil {
			return nil, failed(err, "read Φ line of run %s", run)
		}
		setMarks(&p, marks)
		points = append(points, p)
	}
	if err := rows.Err(); err != nil {
		return nil, failed(err, "read Φ line of run %s", run)
	}
	if len(points) == 0 {
		return []catalog.PhiPoint{}, s.exists(ctx, run)
	}
	if len(points) > len(known) && points[len(points)-1].Step == len(points) {
		s.lines.put(run, points)
	}
	return points, nil
}

package models

import (
	"context"
	"time"
)

// clockSlack is how far in the future a time may lie before it says that the
// clock was set back; machines that share a database differ by less.
const clockSlack = time.Minute

// FreeFuture makes due what waits for a time that only a clock that was ahead
// could have written: runs that are queued, and runs whose newest event lies in
// the future. A run that waits for its model keeps its time otherwise. It
// returns how many there were.
func (s *Runs) FreeFuture(ctx context.Context) (int, error) {
	now := s.db.now()
	done := s.db.write.WithContext(ctx).Exec(`UPDATE runs SET wake_at = ? WHERE wake_at > ? AND lease_until <= ? AND ended_at IS NULL
		AND (status = 'queued' OR EXISTS (SELECT 1 FROM events e WHERE e.run = runs.id AND e.seq = runs.last_seq AND e.at > ?)
			OR EXISTS (SELECT 1 FROM steps s WHERE s.run = runs.id AND s.idx = runs.steps AND s.at > ?))`,
		nanos(now), nanos(now.Add(clockSlack)), nanos(now), nanos(now.Add(clockSlack)), nanos(now.Add(clockSlack)))
	return int(done.RowsAffected), failed(done.Error, "look for runs whose time lies in the future")
}

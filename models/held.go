package models

import (
	"context"

	"gorm.io/gorm"

	"purposeagent/agent"
)

// Runs can be launched held: they are queued, and no worker takes them before they
// are let go. A held run has no time to wake.

// CreateHeld stores new runs as Create does, held. Errors: CodeConflict if an id is taken.
func (s *Runs) CreateHeld(ctx context.Context, runs []agent.Run, priority int) error {
	err := s.db.writeTx(ctx, func(tx *gorm.DB) error {
		for i := range runs {
			if err := s.create(tx, runs[i], priority, 0, nil); err != nil {
				return err
			}
		}
		return nil
	})
	return failed(err, "create %d runs", len(runs))
}

// LetGo makes those of the runs due that are held.
func (s *Runs) LetGo(ctx context.Context, runs []string) error {
	err := s.db.write.WithContext(ctx).Exec(`UPDATE runs SET wake_at = ? WHERE id IN ? AND status = 'queued' AND wake_at IS NULL`, nanos(s.db.now()), runs).Error
	return failed(err, "let %d runs go", len(runs))
}

// Held returns the runs of a group that are held, in the order of their launch.
func (s *Runs) Held(ctx context.Context, group string) ([]string, error) {
	var ids []string
	err := s.db.read.WithContext(ctx).Raw(`SELECT id FROM runs WHERE grp = ? AND grp <> '' AND status = 'queued' AND wake_at IS NULL AND binned = 0
		ORDER BY created_at, id`, group).Scan(&ids).Error
	return ids, failed(err, "find held runs of group %s", group)
}

// HeldGroups returns the groups in which runs are held, oldest first.
func (s *Runs) HeldGroups(ctx context.Context) ([]string, error) {
	var groups []string
	err := s.db.read.WithContext(ctx).Raw(`SELECT grp FROM runs WHERE status = 'queued' AND wake_at IS NULL AND grp <> '' AND binned = 0
		GROUP BY grp ORDER BY min(created_at)`).Scan(&groups).Error
	return groups, failed(err, "find groups of held runs")
}

// AtWork returns the runs of a group that are queued or at work, with the number of
// their last event; held ones, and those that wait for somebody, are not among them.
func (s *Runs) AtWork(ctx context.Context, group string) (map[string]int64, error) {
	var rows []struct {
		ID      string
		LastSeq int64
	}
	err := s.db.read.WithContext(ctx).Raw(`SELECT id, last_seq FROM runs WHERE grp = ? AND grp <> '' AND binned = 0
		AND (status = 'running' OR status = 'queued' AND wake_at IS NOT NULL)`, group).Scan(&rows).Error
	working := make(map[string]int64, len(rows))
	for _, r := range rows {
		working[r.ID] = r.LastSeq
	}
	return working, failed(err, "find runs at work of group %s", group)
}

// Unended returns how many runs of a group have not ended.
func (s *Runs) Unended(ctx context.Context, group string) (int, error) {
	var n int
	err := s.db.read.WithContext(ctx).Raw(`SELECT count(*) FROM runs WHERE grp = ? AND grp <> '' AND binned = 0
		AND status NOT IN ('finished', 'failed', 'stopped')`, group).Scan(&n).Error
	return n, failed(err, "count runs of group %s", group)
}

package models

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"gorm.io/gorm"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
)

// prunedRow is a row of table pruned_trajectories.
type prunedRow struct {
	Prune int64
	ID    string
	Row   string
	Body  []byte
}

func (prunedRow) TableName() string { return "pruned_trajectories" }

// keepPruned copies trajectories to where UndoPrune finds them, and lets go of
// what was pruned long ago. It returns the prune's number.
func (r *Replay) keepPruned(tx *gorm.DB, actor string, ids []string) (int64, error) {
	now := r.db.now()
	old := nanos(now.Add(-catalog.PruneBinTime))
	if err := tx.Exec(`DELETE FROM pruned_trajectories WHERE prune IN (SELECT id FROM replay_prunes WHERE at < ?)`, old).Error; err != nil {
		return 0, err
	}
	var prune int64
	if err := tx.Raw(`INSERT INTO replay_prunes (actor, at) VALUES (?, ?) RETURNING id`, actor, nanos(now)).Scan(&prune).Error; err != nil {
		return 0, err
	}
	for part := range slices.Chunk(ids, 100) {
		var rows []struct {
			Row  trajectoryRecord `gorm:"embedded"`
			Body []byte
		}
		err := tx.Raw(`SELECT t.*, b.body FROM trajectories t JOIN trajectory_bodies b ON b.id = t.id WHERE t.id IN ?`, part).Scan(&rows).Error
		if err != nil {
			return 0, err
		}
		for i := range rows {
			raw, err := json.Marshal(&rows[i].Row)
			if err != nil {
				return 0, fmt.Errorf("encode trajectory %s: %w", rows[i].Row.ID, err)
			}
			if err := tx.Create(&prunedRow{prune, rows[i].Row.ID, string(raw), rows[i].Body}).Error; err != nil {
				return 0, err
			}
		}
	}
	return prune, nil
}

// UndoPrune brings back what a prune took away, with its values, and returns
// how many trajectories that were. What a full replay has no room for goes again
// by its value. Errors: CodeNotFound; CodeConflict if it was undone before, or
// is gone for good.
func (r *Replay) UndoPrune(ctx context.Context, actor string, prune int64) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var back []string
	err := r.db.writeTx(ctx, func(tx *gorm.DB) error {
		back = back[:0]
		var undone []int64
		if err := tx.Raw(`SELECT undone FROM replay_prunes WHERE id = ?`, prune).Scan(&undone).Error; err != nil {
			return err
		}
		switch {
		case len(undone) == 0:
			return notFound("prune", strconv.FormatInt(prune, 10))
		case undone[0] != 0:
			return agent.Errorf(agent.CodeConflict, "this was undone already")
		}
		var rows []prunedRow
		if err := tx.Where("prune = ?", prune).Order("id").Find(&rows).Error; err != nil {
			return err
		}
		if len(rows) == 0 {
			return agent.Errorf(agent.CodeConflict, "the trajectories are gone for good; pruned ones are kept for %d days", int(catalog.PruneBinTime.Hours()/24))
		}
		for i := range rows {
			id, err := bringBack(tx, &rows[i])
			if err != nil {
				return err
			}
			if id != "" {
				back = append(back, id)
			}
		}
		for query, args := range map[string][]any{
			`UPDATE replay_prunes SET undone = ? WHERE id = ?`: {nanos(r.db.now()), prune},
			`DELETE FROM pruned_trajectories WHERE prune = ?`:  {prune},
		} {
			if err := tx.Exec(query, args...).Error; err != nil {
				return err
			}
		}
		return r.db.audit(tx, actor, "trajectory.restore", "", back...)
	})
	if err != nil {
		return 0, failed(err, "undo prune %d", prune)
	}
	r.index = nil // filled again when it is needed
	r.db.replayWrites.Add(1)
	return len(back), nil
}

// bringBack stores a pruned trajectory again, at its place where that is free.
// It returns "" for one that is there already.
func bringBack(tx *gorm.DB, row *prunedRow) (string, error) {
	var record trajectoryRecord
	if err := json.Unmarshal([]byte(row.Row), &record); err != nil {
		return "", fmt.Errorf("decode trajectory %s: %w", row.ID, err)
	}
	var there, taken int64
	if err := tx.Raw(`SELECT count(*) FROM trajectories WHERE id = ?`, row.ID).Scan(&there).Error; err != nil || there > 0 {
		return "", err
	}
	if err := tx.Raw(`SELECT count(*) FROM trajectories WHERE n = ?`, record.N).Scan(&taken).Error; err != nil {
		return "", err
	}
	if taken > 0 {
		if err := tx.Raw(`SELECT coalesce(max(n), 0) + 1 FROM trajectories`).Scan(&record.N).Error; err != nil {
			return "", err
		}
	}
	if err := tx.Create(&record).Error; err != nil {
		return "", err
	}
	return row.ID, tx.Exec(`INSERT INTO trajectory_bodies (id, body) VALUES (?, ?)`, row.ID, row.Body).Error
}

package models

import (
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"purposeagent/agent"
	"purposeagent/agent/replay"
)

// retentionKey is the setting that holds how many trajectories are kept.
const retentionKey = "replay"

// retention is what the setting says: Capacity is 0 where nobody chose one, and
// Dropped counts what went so far to keep it.
type retention struct {
	Capacity int   `json:"capacity"`
	Dropped  int64 `json:"dropped"`
}

func (r *Replay) retention(tx *gorm.DB) (retention, error) {
	var kept retention
	var values []string
	if err := tx.Raw(`SELECT value FROM settings WHERE key = ?`, retentionKey).Scan(&values).Error; err != nil || len(values) == 0 {
		return kept, err
	}
	o, err := agent.ParseObject([]byte(values[0]))
	if err == nil {
		err = o.Decode(&kept)
	}
	if err != nil {
		return kept, fmt.Errorf("decode setting %s: %w", retentionKey, err)
	}
	return kept, nil
}

// keepDropped deletes what the index drops and counts it, in the transaction of
// what comes instead.
func (r *Replay) keepDropped(tx *gorm.DB, victims []string) error {
	if len(victims) == 0 {
		return nil
	}
	if err := deleteTrajectories(tx, victims); err != nil {
		return err
	}
	kept, err := r.retention(tx)
	if err != nil {
		return err
	}
	kept.Dropped += int64(len(victims))
	return putSetting(tx, retentionKey, agent.MustObject(kept), nanos(r.db.now()))
}

// SetCapacity changes how many trajectories are kept beside those that hold
// evidence. What no longer fits goes at once; the number of it is returned.
// Errors: CodeInvalid beyond replay.MinCapacity to replay.MaxCapacity,
// and for a replay that was opened with a capacity of its own.
func (r *Replay) SetCapacity(ctx context.Context, actor string, capacity int) (dropped int, err error) {
	if capacity < replay.MinCapacity || capacity > replay.MaxCapacity {
		return 0, agent.InvalidFields(map[string]string{"capacity": fmt.Sprintf("must be a whole number from %d to %d", replay.MinCapacity, replay.MaxCapacity)})
	}
	if r.capacity > 0 {
		return 0, agent.Errorf(agent.CodeInvalid, "the capacity of this replay is fixed at %d", r.capacity)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.ready(ctx); err != nil {
		return 0, err
	}
	if err := r.hold(ctx, r.index); err != nil {
		return 0, err
	}
	var victims []string
	err = r.db.writeTx(ctx, func(tx *gorm.DB) error {
		kept, err := r.retention(tx)
		if err != nil {
			return err
		}
		kept.Capacity = capacity
		if err := putSetting(tx, retentionKey, agent.MustObject(kept), nanos(r.db.now())); err != nil {
			return err
		}
		victims = append(slices.Clone(r.surplus), r.index.Excess(capacity)...)
		if err := r.keepDropped(tx, victims); err != nil {
			return err
		}
		return r.db.audit(tx, actor, "replay.capacity", fmt.Sprintf("%d; %d trajectories dropped", capacity, len(victims)), retentionKey)
	})
	if err != nil {
		return 0, failed(err, "set the capacity of the replay")
	}
	r.index = nil // filled again when it is needed
	r.db.replayWrites.Add(1)
	return len(victims), nil
}

// PreviewCapacity returns how many trajectories another capacity would drop.
func (r *Replay) PreviewCapacity(ctx context.Context, capacity int) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.ready(ctx); err != nil {
		return 0, err
	}
	if err := r.hold(ctx, r.index); err != nil {
		return 0, err
	}
	return len(r.index.Excess(capacity)), nil
}

// hold tells the index which runs' trajectories are evidence of rules that may
// enter a prompt, or wait to: they are not dropped. r.mu is held.
func (r *Replay) hold(ctx context.Context, index *replay.Index) error {
	var runs []string
	err := r.db.read.WithContext(ctx).Raw(`SELECT DISTINCT json_extract(e.value, '$.run') FROM heuristics h, json_each(h.body, '$.evidence') e
		WHERE h.status IN (?, ?, ?) OR h.pinned <> 0 AND h.status <> ?`, agent.Candidate, agent.Probation, agent.Active, agent.Banned).Scan(&runs).Error
	if err != nil {
		return failed(err, "look for trajectories that are evidence")
	}
	held := make(map[string]bool, len(runs))
	for _, run := range runs {
		held[run] = true
	}
	index.Hold(held)
	return nil
}

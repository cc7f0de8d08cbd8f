package models

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"gorm.io/gorm"

	"purposeagent/agent"
	"purposeagent/agent/replay"
)

// Replay keeps trajectories: as many as its capacity, and beside them those that
// are evidence of rules in use. What is found and dropped is decided by a replay.Index in memory; the database holds
// the same facts and the bodies. It is safe for concurrent use.
type Replay struct {
	db       *DB
	capacity int // 0: as the setting says

	mu    sync.Mutex
	index *replay.Index // nil until it is needed
	// surplus is stored, but is not in the index, which has no room for it.
	surplus []string
	seen    int64  // writes that the index knows of
	mark    string // of the table when the index was filled; used where the file is shared
	cache   bodyCache
}

var _ agent.Replay = (*Replay)(nil)

// Replay returns the store of trajectories with a capacity of its own; one below
// 1 means the one that SetCapacity chose, replay.DefaultCapacity before.
func (db *DB) Replay(capacity int) *Replay {
	capacity = max(capacity, 0)
	db.mu.Lock()
	defer db.mu.Unlock()
	r := db.replays[capacity]
	if r == nil {
		r = &Replay{db: db, capacity: capacity}
		db.replays[capacity] = r
	}
	return r
}

// trajectoryRecord is a row of table trajectories.
type trajectoryRecord struct {
	ID          string `gorm:"primaryKey"`
	Run         string
	Environment string
	Dynamics    string
	Schema      string
	Purpose     string
	Type        string
	Description string
	Success     bool
	Source      string
	Score       float64
	Steps       int
	FinalPhi    float64
	TotalDelta  float64
	Reward      float64
	SuccessRate float64
	QValue      float64
	Retrieved   int
	Pinned      bool
	Spark       string
	At          int64
	N           int64
}

func (trajectoryRecord) TableName() string { return "trajectories" }

func newRecord(t *agent.Trajectory) (trajectoryRecord, error) {
	line := agent.Sparkline{}
	if len(t.Steps) > 0 {
		line = line.Add(t.Steps[0].Score.PhiBefore)
	}
	for i := range t.Steps {
		line = line.Add(t.Steps[i].Score.PhiAfter)
	}
	spark, err := json.Marshal(line)
	if err != nil {
		return trajectoryRecord{}, fmt.Errorf("encode Φ line: %w", err)
	}
	return trajectoryRecord{ID: t.ID, Run: t.Run, Environment: t.Scope.Environment, Dynamics: t.Scope.Dynamics, Schema: t.Scope.Schema,
		Purpose: t.Task.Purpose, Type: t.Type, Description: t.Task.Description, Success: t.Outcome.Success, Source: string(t.Outcome.Source), Score: t.Outcome.Score,
		Steps: len(t.Steps), FinalPhi: t.FinalPhi(), TotalDelta: t.TotalDelta(), Reward: t.CumulativeReward(), SuccessRate: t.SuccessRate(),
		QValue: replay.FirstValue(t.Outcome), Spark: string(spark), At: nanos(t.At)}, nil
}

func (r *trajectoryRecord) scope() agent.Scope {
	return agent.Scope{Environment: r.Environment, Dynamics: r.Dynamics, Schema: r.Schema}
}

func (r *trajectoryRecord) outcome() agent.Outcome {
	return agent.Outcome{Success: r.Success, Source: agent.Source(r.Source), Score: r.Score}
}

func (r *trajectoryRecord) entry() replay.Entry {
	return replay.Entry{ID: r.ID, Run: r.Run, Scope: r.scope(), Task: agent.Task{Purpose: r.Purpose, Description: r.Description}, Outcome: r.outcome(),
		SuccessRate: r.SuccessRate, Reward: r.Reward, FinalPhi: r.FinalPhi, Value: r.QValue, Pinned: r.Pinned, At: fromNanos(r.At)}
}

// ready fills the index where it is missing or something else wrote. r.mu is held.
func (r *Replay) ready(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	writes := r.db.replayWrites.Load()
	mark, err := r.look(ctx)
	if err != nil {
		return err
	}
	if r.index != nil && r.seen == writes && r.mark == mark {
		return nil
	}
	var rows []trajectoryRecord
	if err := r.db.read.WithContext(ctx).Order("n").Find(&rows).Error; err != nil {
		return failed(err, "load trajectories")
	}
	capacity := r.capacity
	if capacity == 0 {
		kept, err := r.retention(r.db.read.WithContext(ctx))
		if err != nil {
			return failed(err, "load the capacity of the replay")
		}
		capacity = kept.Capacity // 0 means the default to the index as well
	}
	index := replay.NewIndex(capacity)
	if err := r.hold(ctx, index); err != nil {
		return err
	}
	// More than the capacity may be stored, if it was larger before: what no
	// longer fits is found no more and goes with the next Add.
	r.surplus = r.surplus[:0]
	for i := range rows {
		r.surplus = append(r.surplus, index.Add(rows[i].entry())...)
	}
	r.index, r.seen, r.mark = index, writes, mark
	r.cache = bodyCache{limit: maxCachedBodies}
	return nil
}

// look returns a mark of the table that changes with it, where others may write.
func (r *Replay) look(ctx context.Context) (string, error) {
	if !r.db.shared {
		return "", nil
	}
	var mark string
	err := r.db.read.WithContext(ctx).Raw(`SELECT count(*) || '/' || coalesce(max(n), 0) || '/' || coalesce(sum(retrieved), 0) || '/' || coalesce(sum(pinned), 0) FROM trajectories`).Scan(&mark).Error
	return mark, failed(err, "look at trajectories")
}

// wrote notes that this store wrote and that its index knows it. r.mu is held.
func (r *Replay) wrote(ctx context.Context) {
	if r.db.replayWrites.Add(1) == r.seen+1 {
		r.seen++
	}
	if mark, err := r.look(ctx); err == nil {
		r.mark = mark // else the index is filled again, at worst
	}
}

// Add stores a trajectory and drops, in the same transaction, the least
// valuable ones beyond the capacity. One that is known changes nothing.
// CodeInvalid for one without id.
func (r *Replay) Add(ctx context.Context, t *agent.Trajectory) error {
	if err := replay.Check(t); err != nil {
		return err
	}
	record, err := newRecord(t)
	if err != nil {
		return err
	}
	body, size, err := packTrajectory(t)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.ready(ctx); err != nil {
		return err
	}
	if r.index.Full() {
		if err := r.hold(ctx, r.index); err != nil {
			return err
		}
	}
	added := false
	err = r.db.writeTx(ctx, func(tx *gorm.DB) error {
		var known int64
		if err := tx.Table("trajectories").Where("id = ?", t.ID).Count(&known).Error; err != nil || known > 0 {
			return err
		}
		if err := tx.Raw(`SELECT coalesce(max(n), 0) + 1 FROM trajectories`).Scan(&record.N).Error; err != nil {
			return err
		}
		if err := r.keepDropped(tx, append(slices.Clone(r.surplus), r.index.Victims()...)); err != nil {
			return err
		}
		if err := tx.Create(&record).Error; err != nil {
			return err
		}
		added = true
		return tx.Exec(`INSERT INTO trajectory_bodies (id, body) VALUES (?, ?)`, t.ID, body).Error
	})
	if err != nil || !added {
		return failed(err, "store trajectory %s", t.ID)
	}
	r.surplus = r.surplus[:0]
	for _, id := range r.index.Add(record.entry()) {
		r.cache.remove(id)
	}
	r.cache.put(asKept(t), size)
	r.wrote(ctx)
	return nil
}

func deleteTrajectories(tx *gorm.DB, ids []string) error {
	for part := range slices.Chunk(ids, 500) {
		if err := tx.Exec(`DELETE FROM trajectory_bodies WHERE id IN ?`, part).Error; err != nil {
			return err
		}
		if err := tx.Exec(`DELETE FROM trajectories WHERE id IN ?`, part).Error; err != nil {
			return err
		}
	}
	return nil
}

// Get returns one trajectory, or CodeNotFound.
func (r *Replay) Get(ctx context.Context, id string) (*agent.Trajectory, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.ready(ctx); err != nil {
		return nil, err
	}
	return r.get(ctx, id)
}

// get returns a trajectory whose slices the caller may change. r.mu is held.
func (r *Replay) get(ctx context.Context, id string) (*agent.Trajectory, error) {
	if t := r.cache.get(id); t != nil {
		return copyTrajectory(t), ctx.Err()
	}
	var row struct {
		Row  trajectoryRecord `gorm:"embedded"`
		Body []byte
	}
	found := r.db.read.WithContext(ctx).Raw(`SELECT t.*, b.body FROM trajectories t JOIN trajectory_bodies b ON b.id = t.id WHERE t.id = ?`, id).Scan(&row)
	if found.Error != nil {
		return nil, failed(found.Error, "load trajectory %s", id)
	}
	if found.RowsAffected == 0 {
		return nil, notFound("trajectory", id)
	}
	record := &row.Row
	t := &agent.Trajectory{ID: record.ID, Run: record.Run, Scope: record.scope(), Outcome: record.outcome(), At: fromNanos(record.At)}
	size, err := unpackTrajectory(row.Body, t)
	if err != nil {
		return nil, err
	}
	r.cache.put(t, size)
	return copyTrajectory(t), nil
}

// asKept returns a trajectory as it would be read again: learning asks for the newest one
// right after it was stored.
func asKept(t *agent.Trajectory) *agent.Trajectory {
	c := copyTrajectory(t)
	c.At, c.Type = fromNanos(nanos(t.At)), ""
	for i := range c.Steps {
		c.Steps[i].At = c.Steps[i].At.Round(0)
	}
	return c
}

// copyTrajectory copies all that a caller could change by accident; states and
// objects are immutable by themselves.
func copyTrajectory(t *agent.Trajectory) *agent.Trajectory {
	c := *t
	c.Steps = slices.Clone(t.Steps)
	return &c
}

// Retrieve returns up to k trajectories like the task, best first.
func (r *Replay) Retrieve(ctx context.Context, scope agent.Scope, task agent.Task, k int) ([]agent.Match, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.ready(ctx); err != nil {
		return nil, err
	}
	hits := r.index.Retrieve(scope, task, k)
	matches := make([]agent.Match, 0, len(hits))
	for _, h := range hits {
		t, err := r.get(ctx, h.ID)
		if err != nil {
			return nil, err
		}
		matches = append(matches, h.Match(t))
	}
	return matches, nil
}

// UpdateValue moves the values of trajectories that were put before an actor
// towards the reward, and counts that they were; unknown ids are left out.
func (r *Replay) UpdateValue(ctx context.Context, ids []string, reward float64) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.ready(ctx); err != nil {
		return err
	}
	values := map[string]float64{}
	err := r.db.writeTx(ctx, func(tx *gorm.DB) error {
		clear(values)
		for _, id := range slices.Compact(slices.Sorted(slices.Values(ids))) {
			entry, ok := r.index.Entry(id)
			if !ok {
				continue
			}
			values[id] = agent.UpdateValue(entry.Value, reward)
			if err := tx.Exec(`UPDATE trajectories SET q_value = ?, retrieved = retrieved + 1 WHERE id = ?`, values[id], id).Error; err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || len(values) == 0 {
		return failed(err, "update values of trajectories")
	}
	r.index.UpdateValue(ids, reward)
	r.wrote(ctx)
	return nil
}

// Best returns up to n trajectories with SuccessRate ≥ minSuccessRate, best first.
func (r *Replay) Best(ctx context.Context, n int, minSuccessRate float64) ([]*agent.Trajectory, error) {
	return r.load(ctx, func() []string { return r.index.Best(n, minSuccessRate) })
}

// Recent returns up to n trajectories of the scope, newest first.
func (r *Replay) Recent(ctx context.Context, scope agent.Scope, n int) ([]*agent.Trajectory, error) {
	return r.load(ctx, func() []string { return r.index.Recent(scope, n) })
}

func (r *Replay) load(ctx context.Context, ids func() []string) ([]*agent.Trajectory, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.ready(ctx); err != nil {
		return nil, err
	}
	var list []*agent.Trajectory
	for _, id := range ids() {
		t, err := r.get(ctx, id)
		if err != nil {
			return nil, err
		}
		list = append(list, t)
	}
	return list, nil
}

// Stats summarises the replay.
func (r *Replay) Stats(ctx context.Context) (agent.ReplayStats, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.ready(ctx); err != nil {
		return agent.ReplayStats{}, err
	}
	if err := r.hold(ctx, r.index); err != nil {
		return agent.ReplayStats{}, err
	}
	kept, err := r.retention(r.db.read.WithContext(ctx))
	stats := r.index.Stats()
	stats.Dropped = kept.Dropped
	return stats, failed(err, "summarise the replay")
}

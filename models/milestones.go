package models

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"gorm.io/gorm"

	"purposeagent/agent"
	"purposeagent/agent/lifecycle"
	"purposeagent/agent/milestones"
)

// Milestones keeps what critics by language model judge worlds by. It is safe for
// concurrent use.
type Milestones struct{ db *DB }

var _ milestones.Store = (*Milestones)(nil)

// milestonesRow is a row of table milestones.
type milestonesRow struct {
	Environment string `gorm:"primaryKey"`
	Dynamics    string `gorm:"primaryKey"`
	Version     int    `gorm:"primaryKey"`
	Items       string
	Author      string
	Note        string
	Status      string
	Reviewed    bool
	At          int64
}

func (milestonesRow) TableName() string { return "milestones" }

func (r *milestonesRow) decode() (milestones.Set, error) {
	s := milestones.Set{World: milestones.World{Environment: r.Environment, Dynamics: r.Dynamics}, Version: r.Version,
		Author: agent.Author(r.Author), Note: r.Note, Status: milestones.Status(r.Status), Reviewed: r.Reviewed, At: fromNanos(r.At)}
	if err := json.Unmarshal([]byte(r.Items), &s.Items); err != nil {
		return s, fmt.Errorf("decode version %d of the milestones of %s: %w", r.Version, r.Environment, err)
	}
	return s, nil
}

// newestMilestones is the newest version of each world.
const newestMilestones = `SELECT * FROM milestones AS m WHERE version = (SELECT max(version) FROM milestones WHERE environment = m.environment AND dynamics = m.dynamics)`

// Newest returns the newest version of a world's set; nil if nobody wrote one.
func (m *Milestones) Newest(ctx context.Context, world milestones.World) (*milestones.Set, error) {
	return newestOf(m.db.read.WithContext(ctx), world)
}

func newestOf(tx *gorm.DB, world milestones.World) (*milestones.Set, error) {
	sets, err := decodeMilestones(tx.Raw(newestMilestones+` AND environment = ? AND dynamics = ?`, world.Environment, world.Dynamics))
	if err != nil || len(sets) == 0 {
		return nil, err
	}
	return &sets[0], nil
}

func decodeMilestones(query *gorm.DB) ([]milestones.Set, error) {
	var rows []milestonesRow
	if err := query.Scan(&rows).Error; err != nil {
		return nil, failed(err, "load milestones")
	}
	sets := make([]milestones.Set, len(rows))
	for i := range rows {
		var err error
		if sets[i], err = rows[i].decode(); err != nil {
			return nil, err
		}
	}
	return sets, nil
}

// Versions returns all versions of a world's set, newest first.
func (m *Milestones) Versions(ctx context.Context, world milestones.World) ([]milestones.Set, error) {
	return decodeMilestones(m.db.read.WithContext(ctx).Raw(`SELECT * FROM milestones WHERE environment = ? AND dynamics = ? ORDER BY version DESC`, world.Environment, world.Dynamics))
}

// maxListedMilestones bounds the worlds that are listed at once.
const maxListedMilestones = 100

// Sets returns the newest sets of worlds, those that no person has looked at first,
// the newest 100 in all.
func (m *Milestones) Sets(ctx context.Context) ([]milestones.Set, error) {
	return decodeMilestones(m.db.read.WithContext(ctx).Raw(newestMilestones+` ORDER BY reviewed, at DESC LIMIT ?`, maxListedMilestones))
}

// Add keeps the first version of a world's set: in use, or waiting where people
// approve first. If there is a set by now, that one is returned and nothing is kept.
// Errors: CodeInvalid.
func (m *Milestones) Add(ctx context.Context, set milestones.Set) (*milestones.Set, error) {
	items, err := milestones.Check(set.Items)
	if err != nil {
		return nil, err
	}
	set.Items = items
	policy, err := m.db.library.Policy(ctx)
	if err != nil {
		return nil, err
	}
	set.Version, set.Status, set.Reviewed, set.At = 1, milestones.InUse, false, m.db.now().UTC()
	if policy == lifecycle.Approve {
		set.Status = milestones.Waiting
	}
	var kept *milestones.Set
	err = m.db.writeTx(ctx, func(tx *gorm.DB) (err error) {
		if kept, err = newestOf(tx, set.World); err != nil || kept != nil {
			return err
		}
		kept = &set
		return m.insert(tx, string(set.Author), "milestones.write", kept)
	})
	return kept, failed(err, "keep the milestones of %s", set.Environment)
}

// Decide keeps what a person says of a world's milestones as its next version, which
// is in use or rejected, and reviewed. base is the version that the person looked at,
// 0 for none. Errors: CodeInvalid with a message per field; CodeConflict if there is
// another version by now.
func (m *Milestones) Decide(ctx context.Context, actor string, base int, set milestones.Set) (*milestones.Set, error) {
	items, err := milestones.Check(set.Items)
	if err != nil {
		return nil, err
	}
	if set.Status != milestones.InUse && set.Status != milestones.Rejected {
		return nil, agent.InvalidFields(map[string]string{"status": "must be in_use or rejected"})
	}
	if set.Environment == "" {
		return nil, agent.InvalidFields(map[string]string{"environment": "must be named"})
	}
	set.Items, set.Reviewed = items, true
	return m.follow(ctx, actor, "milestones.decide", base, set.World, func(*gorm.DB) (milestones.Set, error) { return set, nil })
}

// Restore brings an earlier version back, as the next one after base. Errors:
// CodeNotFound; CodeConflict if there is another version than base by now.
func (m *Milestones) Restore(ctx context.Context, actor string, base int, world milestones.World, version int) (*milestones.Set, error) {
	return m.follow(ctx, actor, "milestones.restore", base, world, func(tx *gorm.DB) (milestones.Set, error) {
		sets, err := decodeMilestones(tx.Raw(`SELECT * FROM milestones WHERE environment = ? AND dynamics = ? AND version = ?`, world.Environment, world.Dynamics, version))
		if err != nil || len(sets) == 0 {
			return milestones.Set{}, cmp.Or(err, notFound("version", strconv.Itoa(version)))
		}
		return sets[0], nil
	})
}

// follow keeps the version that follows base.
func (m *Milestones) follow(ctx context.Context, actor, action string, base int, world milestones.World, next func(tx *gorm.DB) (milestones.Set, error)) (*milestones.Set, error) {
	var set milestones.Set
	err := m.db.writeTx(ctx, func(tx *gorm.DB) error {
		newest, err := newestOf(tx, world)
		if err != nil {
			return err
		}
		if newest == nil && base != 0 || newest != nil && newest.Version != base {
			return agent.Errorf(agent.CodeConflict, "the milestones changed meanwhile; look at them, and decide again")
		}
		if set, err = next(tx); err != nil {
			return err
		}
		set.Version, set.At = base+1, m.db.now().UTC()
		return m.insert(tx, actor, action, &set)
	})
	return &set, failed(err, "keep the milestones of %s", world.Environment)
}

func (m *Milestones) insert(tx *gorm.DB, actor, action string, set *milestones.Set) error {
	items, err := json.Marshal(set.Items)
	if err != nil {
		return err
	}
	err = tx.Create(&milestonesRow{set.Environment, set.Dynamics, set.Version, string(items), string(set.Author), set.Note, string(set.Status), set.Reviewed, nanos(set.At)}).Error
	if err != nil {
		return err
	}
	return m.db.audit(tx, actor, action, string(set.Status), set.Environment+"/"+set.Dynamics)
}

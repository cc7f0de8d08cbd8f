package distiller

import (
	"context"
	"fmt"
	"math"
	"slices"

	"purposeagent/agent"
	"purposeagent/agent/credit"
	"purposeagent/agent/learning"
	"purposeagent/agent/statetable"
)

// chart is a scope's table of exact states with the table that its row had last.
type chart struct {
	*statetable.Table
	row string // digest of the row's table; "" without one
}

// chart returns the scope's table as its row says, with what the replay has
// beyond it. A row that somebody else wrote, or brought back, counts.
func (d *Distiller) chart(ctx context.Context, lesson *agent.Lesson) (*chart, error) {
	t := lesson.Trajectory
	c := d.charts[t.Scope]
	row := statetable.RowOf(lesson.Rules)
	digest := ""
	if row != nil {
		digest = row.States().Digest()
	}
	if c != nil && (c.row == digest || digest == "") {
		return c, nil
	}
	c = &chart{Table: statetable.New(), row: digest}
	if row != nil {
		if a, err := statetable.Decode(row.States()); err == nil {
			a.Relink()
			c.Table = a
		}
	}
	if d.cfg.Replay != nil {
		recent, err := d.cfg.Replay.Recent(ctx, t.Scope, d.cfg.Window)
		if err != nil {
			return nil, fmt.Errorf("read recent trajectories: %w", err)
		}
		after := c.Through
		if c.Tasks == 0 {
			after = math.MinInt64
		}
		for i, old := range slices.Backward(recent) {
			if old.ID != t.ID && old.ID != c.Last && old.At.UnixNano() > after {
				c.Table = c.Take(old, nil, recent[i:], &lesson.World.State)
			}
		}
	}
	if d.charts[t.Scope] == nil && len(d.charts) >= maxScopes {
		clear(d.charts)
	}
	d.charts[t.Scope] = c
	return c, nil
}

var _ learning.Surveyor = (*Distiller)(nil)

// Survey says how exact states are remembered in a scope.
func (d *Distiller) Survey(scope agent.Scope) *credit.StateSummary {
	d.mu.Lock()
	defer d.mu.Unlock()
	c := d.charts[scope]
	if c == nil {
		return nil
	}
	s := c.Summary()
	return &s
}

// count counts the lesson's trajectory. Where there is no replay, states are known
// by all that is in them.
func (d *Distiller) count(ctx context.Context, c *chart, lesson *agent.Lesson, seen []uint64) error {
	t := lesson.Trajectory
	recent := []*agent.Trajectory{}
	if d.cfg.Replay != nil && c.LooksBack() {
		var err error
		if recent, err = d.cfg.Replay.Recent(ctx, t.Scope, statetable.Lookback+1); err != nil {
			return fmt.Errorf("read recent trajectories: %w", err)
		}
		if i := slices.IndexFunc(recent, func(r *agent.Trajectory) bool { return r.ID == t.ID }); i >= 0 {
			recent = recent[i:]
		}
	}
	c.Table = c.Take(t, seen, recent, &lesson.World.State)
	return nil
}

// remember counts the lesson's trajectory among the exact states, and proposes
// their row where it is due. seen are its states as they were read, nil: they were not.
func (d *Distiller) remember(ctx context.Context, lesson *agent.Lesson, seen []uint64) ([]agent.Proposal, error) {
	t := lesson.Trajectory
	if len(t.Steps) == 0 {
		return nil, nil
	}
	c, err := d.chart(ctx, lesson)
	if err != nil {
		return nil, err
	}
	if err := d.count(ctx, c, lesson, seen); err != nil {
		return nil, err
	}
	row := statetable.RowOf(lesson.Rules)
	if off := c.Off(); off != "" {
		if row == nil || row.ByPeople() || !row.Usable() {
			return nil, nil
		}
		c.row = ""
		gone := *row.Clone()
		gone.Status = agent.Retired
		return []agent.Proposal{{Rule: gone, Retire: true, Reason: off}}, nil
	}
	if row != nil && (row.Status == agent.Banned || !row.Usable() && row.StatusBy != "") {
		return nil, nil // a person took it out of use
	}
	if row != nil && !c.Due() {
		return nil, nil
	}
	var evidence []agent.EvidenceRef
	if row != nil {
		evidence = row.Evidence
	}
	s := &t.Steps[statetable.LastAct(t)]
	evidence = agent.UnionEvidence(evidence, []agent.EvidenceRef{{Run: t.Run, Step: s.Index, Delta: s.Score.Delta, Good: t.Outcome.Success}})
	rule := c.Row(t.Scope, evidence)
	if row != nil {
		rule.ID, rule.Version, rule.Status = row.ID, row.Version, row.Status
	}
	c.row = rule.States().Digest()
	return []agent.Proposal{{Rule: rule, Reason: rule.Because}}, nil
}

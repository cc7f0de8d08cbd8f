package reasoner

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"purposeagent/agent"
	"purposeagent/agent/credit"
	"purposeagent/agent/learning"
)

// Exact states are used where they come again: where more than leastRevisited
// of a task's states were known before it, or tasks begin where others began
// and a way from there is known.
const (
	leastRevisited = 0.2
	leastStarts    = 0.5
	// A state that does not tell all that matters leads to the same within one
	// task and elsewhere in the next: the difference from which that is so, and
	// the repetitions of each kind that it takes.
	aliasGap  = 0.15
	aliasFrom = 15.0
)

// off says why exact states are of no use here, "" where they are.
func (a *atlas) off() string {
	if a.tasks < 2 {
		return "one task says nothing of whether states come again"
	}
	again, _ := share(a.tally.met)
	starts, _ := share(a.tally.starts)
	if again <= leastRevisited && !(starts >= leastStarts && (a.chance() > 0 || a.trail)) {
		return "states don't recur"
	}
	within, n := share(a.tally.within)
	across, m := share(a.tally.across)
	if n >= aliasFrom && m >= aliasFrom && within-across > aliasGap || a.trail && m >= aliasFrom && across < tellsLittle {
		return "what a state leads to differs from task to task"
	}
	return ""
}

// start is the state that tasks begin in most often, -1 without one.
func (a *atlas) start() int32 {
	best := int32(-1)
	for i := range a.places {
		if p := &a.places[i]; p.starts > 0 && (best < 0 || p.starts > a.places[best].starts) {
			best = int32(i)
		}
	}
	return best
}

func (a *atlas) chance() float64 {
	if at := a.start(); at >= 0 {
		return float64(a.places[at].value)
	}
	return 0
}

// best returns what is worth most in a state, -1 where nothing is worth anything.
func (a *atlas) best(at int32, novelty float64) int {
	best, most := -1, 0.0
	p := &a.places[at]
	for i := range p.ways {
		if v, _ := a.worth(&p.ways[i], novelty); v > most+1e-9 {
			best, most = i, v
		}
	}
	return best
}

// way returns the actions of the best known way from where tasks begin, where
// most begin in the same state and actions do the same each time.
func (a *atlas) way() []agent.Action {
	novelty := a.novelty()
	at := a.start()
	if at < 0 || novelty >= certainWorld || 2*int(a.places[at].starts) < a.tasks {
		return nil
	}
	var out []agent.Action
	been := map[int32]bool{}
	for !been[at] {
		been[at] = true
		i := a.best(at, novelty)
		if i < 0 {
			return nil
		}
		w := &a.places[at].ways[i]
		out = append(out, a.actions[w.action])
		if at = w.likeliest(); at == toSuccess {
			return out
		}
		if at < 0 {
			return nil
		}
	}
	return nil
}

// likeliest is where an action leads most often.
func (w *tried) likeliest() int32 {
	o := slices.MaxFunc(w.outcomes, func(x, y outcome) int { return cmp.Compare(x.n, y.n) })
	return o.to
}

// summary says in numbers what is known.
func (a *atlas) summary() credit.StateSummary {
	again, _ := share(a.tally.met)
	return credit.StateSummary{Tasks: a.tasks, Known: len(a.places), Revisited: min(again, 1), Chance: a.chance(), Way: len(a.way()), Off: a.off()}
}

// rule writes the atlas as a heuristic row.
func (a *atlas) rule(scope agent.Scope, evidence []agent.EvidenceRef) agent.Heuristic {
	s := a.summary()
	h := agent.Heuristic{
		Tier: agent.Procedural, Kind: agent.KindDynamics, Scope: scope, Author: agent.AuthorDistiller,
		Title:    "Ways through states that came before",
		Pattern:  "the state is exactly one that was seen before",
		Strategy: "do what led on to success most surely from there",
		Good:     a.tally.came[0], Bad: a.tally.came[1], Evidence: evidence,
		Predicate: &agent.Predicate{Prior: agent.PriorSupport, States: &agent.StateTable{
			Format: stateFormat, Actions: slices.Clone(a.actions), Summary: s, Data: a.encode()}},
	}
	h.Because = s.String()
	way := a.way()
	for i, action := range way {
		if i == learning.MaxRuleSteps-1 && len(way) > learning.MaxRuleSteps {
			h.Steps = append(h.Steps, "and on, from state to state, to the end")
			break
		}
		h.Steps = append(h.Steps, agent.Clip(action.Label(), 100))
	}
	return h
}

// rowOf returns the row of exact states among a scope's rules, nil without one.
func rowOf(rules []*agent.Heuristic) *agent.Heuristic {
	for _, h := range rules {
		if h.States() != nil {
			return h
		}
	}
	return nil
}

// A large table is written with one of so many tasks; what is counted in
// between is read again from the replay after a restart.
const statesPerWait = 2_000

// chart is a scope's atlas with the table that its row had last.
type chart struct {
	*atlas
	row string // digest of the row's table; "" without one
}

// chart returns the scope's atlas as its row says, with what the replay has
// beyond it. A row that somebody else wrote, or brought back, counts.
func (d *Distiller) chart(ctx context.Context, lesson *agent.Lesson) (*chart, error) {
	t := lesson.Trajectory
	c := d.charts[t.Scope]
	row := rowOf(lesson.Rules)
	digest := ""
	if row != nil {
		digest = row.States().Digest()
	}
	if c != nil && (c.row == digest || digest == "") {
		return c, nil
	}
	c = &chart{atlas: newAtlas(), row: digest}
	if row != nil {
		if a, err := decodeStates(row.States()); err == nil {
			a.relink()
			c.atlas = a
		}
	}
	if d.cfg.Replay != nil {
		recent, err := d.cfg.Replay.Recent(ctx, t.Scope, d.cfg.Window)
		if err != nil {
			return nil, fmt.Errorf("read recent trajectories: %w", err)
		}
		after := c.through
		if c.tasks == 0 {
			after = math.MinInt64
		}
		for i, old := range slices.Backward(recent) {
			if old.ID != t.ID && old.ID != c.last && old.At.UnixNano() > after {
				c.take(old, recent[i:], &lesson.World.State)
			}
		}
	}
	if d.charts[t.Scope] == nil && len(d.charts) >= maxScopes {
		clear(d.charts)
	}
	d.charts[t.Scope] = c
	return c, nil
}

var _ agent.Surveyor = (*Distiller)(nil)

// Survey says how exact states are remembered in a scope.
func (d *Distiller) Survey(scope agent.Scope) *credit.StateSummary {
	d.mu.Lock()
	defer d.mu.Unlock()
	c := d.charts[scope]
	if c == nil {
		return nil
	}
	s := c.summary()
	return &s
}

// What identifies a state is looked at while a scope is young, which is when
// the replay still has all of it.
const identifyUntil = 70

// Shares of actions that did the same the second time: below the first what is
// seen does not tell all, from the second on it does.
const (
	tellsLittle = 0.88
	tellsAll    = 0.97
)

// take counts a trajectory, and looks at what a state should be known by. recent
// are the trajectories up to it, newest first. Whoever counts them one by one gets
// the same atlas, whether they come from the replay or as they end.
func (c *chart) take(t *agent.Trajectory, recent []*agent.Trajectory, world *agent.StateSpec) {
	if before := c.tasks; len(t.Steps) > 0 {
		if c.add(t, world); c.tasks > before {
			c.identify(recent[:min(len(recent), identifyUntil)], world)
		}
	}
}

// identify looks at what a state should be known by, and counts anew what the
// replay has where that is something else: without the fields that are idle, if
// actions are as predictable without them or no state comes again for their
// sake; with what was done before, if only that makes actions predictable.
func (c *chart) identify(recent []*agent.Trajectory, world *agent.StateSpec) {
	if c.trail || c.tasks > identifyUntil || !powerOfTwo(c.tasks-fieldsFrom) {
		return
	}
	count := func(drop []string, trail bool) *atlas {
		a := newAtlas()
		a.drop, a.trail = drop, trail
		for _, t := range slices.Backward(recent) {
			a.add(t, world)
		}
		return a
	}
	if len(c.drop) == 0 {
		if drop := idle(recent[:min(len(recent), 2*fieldsFrom)]); len(drop) > 0 {
			again, _ := share(c.tally.met)
			same, n := share(c.tally.second)
			simpler := count(drop, false)
			after, m := share(simpler.tally.second)
			if again <= leastRevisited || n >= fieldsFrom && m >= fieldsFrom && after >= same-0.05 {
				c.atlas = simpler
			}
		}
	}
	same, n := share(c.tally.second)
	if starts, _ := share(c.tally.starts); starts >= leastStarts && (n >= fieldsFrom && same < tellsLittle || len(c.places) <= 2 && c.chance() <= 0) {
		longer := count(c.drop, true)
		if longer.tells() {
			c.atlas = longer
		}
	}
}

// tells reports whether actions do the same from task to task.
func (a *atlas) tells() bool {
	second, n := share(a.tally.second)
	across, m := share(a.tally.across)
	return n >= fieldsFrom && m >= 2*fieldsFrom && second >= tellsAll && across >= tellsAll
}

// powerOfTwo also holds for 0.
func powerOfTwo(n int) bool { return n >= 0 && n&(n-1) == 0 }

// count counts the lesson's trajectory. Where there is no replay, states are known
// by all that is in them.
func (d *Distiller) count(ctx context.Context, c *chart, lesson *agent.Lesson) error {
	t := lesson.Trajectory
	recent := []*agent.Trajectory{}
	if d.cfg.Replay != nil && c.tasks < identifyUntil {
		var err error
		if recent, err = d.cfg.Replay.Recent(ctx, t.Scope, identifyUntil+1); err != nil {
			return fmt.Errorf("read recent trajectories: %w", err)
		}
		if i := slices.IndexFunc(recent, func(r *agent.Trajectory) bool { return r.ID == t.ID }); i >= 0 {
			recent = recent[i:]
		}
	}
	c.take(t, recent, &lesson.World.State)
	return nil
}

// remember counts the lesson's trajectory among the exact states, and proposes
// their row where it is due.
func (d *Distiller) remember(ctx context.Context, lesson *agent.Lesson) ([]agent.Proposal, error) {
	t := lesson.Trajectory
	if len(t.Steps) == 0 {
		return nil, nil
	}
	c, err := d.chart(ctx, lesson)
	if err != nil {
		return nil, err
	}
	if err := d.count(ctx, c, lesson); err != nil {
		return nil, err
	}
	row := rowOf(lesson.Rules)
	if off := c.off(); off != "" {
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
	if wait := 1 + len(c.places)/statesPerWait; row != nil && c.tasks%wait != 0 {
		return nil, nil
	}
	var evidence []agent.EvidenceRef
	if row != nil {
		evidence = row.Evidence
	}
	s := &t.Steps[lastAct(t)]
	evidence = agent.UnionEvidence(evidence, []agent.EvidenceRef{{Run: t.Run, Step: s.Index, Delta: s.Score.Delta, Good: t.Outcome.Success}})
	rule := c.rule(t.Scope, evidence)
	if row != nil {
		rule.ID, rule.Version, rule.Status = row.ID, row.Version, row.Status
	}
	c.row = rule.States().Digest()
	return []agent.Proposal{{Rule: rule, Reason: rule.Because}}, nil
}

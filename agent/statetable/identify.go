package statetable

import (
	"slices"

	"purposeagent/agent"
)

// Lookback is how many tasks of a young scope are counted anew: what identifies a state is looked
// at while the replay still has all of them.
const Lookback = 70

// Shares of actions that did the same the second time: below the first what is
// seen does not tell all, from the second on it does.
const (
	tellsLittle = 0.88
	tellsAll    = 0.97
)

// Take counts a trajectory, looks at what a state should be known by, and returns
// the table to go on with: this one, or one counted anew. recent are the trajectories up to it, newest first. Whoever counts them one by one gets
// the same table, whether they come from the replay or as they end.
//
// seen are the hashes of the trajectory's states, before each step and after the last,
// as features.View has them; nil where nobody has read them yet.
func (a *Table) Take(t *agent.Trajectory, seen []uint64, recent []*agent.Trajectory, world *agent.StateSpec) *Table {
	before := a.Tasks
	if a.Add(t, seen, world); a.Tasks == before {
		return a
	}
	return a.identify(recent[:min(len(recent), Lookback)], world)
}

// LooksBack reports whether the next Take looks at the trajectories before it.
func (a *Table) LooksBack() bool { return a.lookedAt(a.Tasks + 1) }

// lookedAt reports whether what a state is known by is looked at after so many tasks.
func (a *Table) lookedAt(tasks int) bool {
	return !a.trail && tasks <= Lookback && powerOfTwo(tasks-fieldsFrom)
}

// identify looks at what a state should be known by, and counts anew what the
// replay has where that is something else: without the fields that are idle, if
// actions are as predictable without them or no state comes again for their
// sake; with what was done before, if only that makes actions predictable.
func (a *Table) identify(recent []*agent.Trajectory, world *agent.StateSpec) *Table {
	if !a.lookedAt(a.Tasks) {
		return a
	}
	count := func(drop []string, trail bool) *Table {
		other := New()
		other.drop, other.trail = drop, trail
		for _, t := range slices.Backward(recent) {
			other.Add(t, nil, world)
		}
		return other
	}
	if len(a.drop) == 0 {
		if drop := idle(recent[:min(len(recent), 2*fieldsFrom)]); len(drop) > 0 {
			again, _ := share(a.tally.met)
			same, n := share(a.tally.second)
			simpler := count(drop, false)
			after, m := share(simpler.tally.second)
			if again <= leastRevisited || n >= fieldsFrom && m >= fieldsFrom && after >= same-0.05 {
				a = simpler
			}
		}
	}
	same, n := share(a.tally.second)
	if starts, _ := share(a.tally.starts); starts >= leastStarts && (n >= fieldsFrom && same < tellsLittle || len(a.places) <= 2 && a.Chance() <= 0) {
		longer := count(a.drop, true)
		if longer.tells() {
			a = longer
		}
	}
	return a
}

// tells reports whether actions do the same from task to task.
func (a *Table) tells() bool {
	second, n := share(a.tally.second)
	across, m := share(a.tally.across)
	return n >= fieldsFrom && m >= 2*fieldsFrom && second >= tellsAll && across >= tellsAll
}

// powerOfTwo also holds for 0.
func powerOfTwo(n int) bool { return n >= 0 && n&(n-1) == 0 }

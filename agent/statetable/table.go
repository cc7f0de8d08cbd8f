// Package statetable counts the exact states of a world, where they come again:
// which action led where, how often, and what the best known way on is worth. The
// offline reasoner learns and acts by it; a library holds it as one row.
package statetable

import (
	"slices"

	"purposeagent/agent"
	"purposeagent/agent/features"
)

// Table is what was counted of the exact states of one scope, over all of its
// episodes: how often an action in a state led to which other, and what came of
// it in the end. Where a world is the same each time, the ways through it are
// known by heart; rules speak of the rest. It is bounded: at most
// agent.MaxStates states, and of each what bounds below say.
//
// A state is known by all that can be observed and by the purpose (stateKey).
type Table struct {
	actions  []agent.Action
	actionAt map[uint64]int // by hash of the key
	keys     []uint64
	at       map[uint64]int32
	places   []State
	edges    int       // of all places
	drop     []string  // fields that don't tell states apart, see idle
	trail    bool      // what was done before is part of a state, see trailKey
	back     [][]int32 // places with a way to this one; not kept in a row, nor is:
	agenda   agenda

	Tasks   int    // episodes that were counted
	Last    string // id of the last of them
	Through int64  // when the last of them ended, in nanoseconds
	tally   recurrence
}

// State is one state: where it can lead, and what it is worth.
type State struct {
	Value  float32 // of the best known way from here, see Worth
	hope   float32 // the same with optimism about what was tried little
	Tasks  uint32  // that came through
	starts uint32  // tasks that began here
	seen   uint32  // number of the last task that came through
	stale  uint8   // visits in a row in which nothing was tried for the first time
	ways   []Way   // in the order of their actions
}

// Way is an action in a state with what came of it.
type Way struct {
	action   uint16
	odd      uint8 // outcomes in a row that were all but ruled out
	to       int32 // the last outcome …
	task     uint32
	gain     float32 // mean gain of score
	outcomes []outcome
}

// outcome is a state that an action led to, or an end. n forgets by half-life.
type outcome struct {
	to   int32
	n    float32
	task uint32 // number of the last task with it
}

// The ends that an action can lead to, in place of a state.
const (
	toSuccess   = -1
	toFailure   = -2
	toForgotten = -3 // a state that was dropped for want of room
)

// Bounds of a table, beside agent.MaxStates.
const (
	maxActions  = 1 << 12
	maxWays     = 512 // actions of one state
	maxEdges    = 6 * agent.MaxStates
	maxOutcomes = 24 // of one action in one state
)

// outcomeHalfLife is the number of times that an action is done in a state
// after which an outcome counts half (docs/learning.md, §5).
const outcomeHalfLife = 200

// New returns an empty table.
func New() *Table {
	return &Table{actionAt: map[uint64]int{}, at: map[uint64]int32{}}
}

// number returns the number of an action, -1 where there are too many.
func (a *Table) number(action agent.Action) int {
	key := features.HashText(action.Key())
	if n, known := a.actionAt[key]; known {
		return n
	}
	if len(a.actions) >= maxActions {
		return -1
	}
	a.actionAt[key] = len(a.actions)
	a.actions = append(a.actions, agent.Action{Name: action.Name, Params: action.Params})
	return len(a.actions) - 1
}

// place returns the number of a state, which is added if it is new.
func (a *Table) place(key uint64) int32 {
	if at, known := a.at[key]; known {
		return at
	}
	at := int32(len(a.keys))
	a.at[key] = at
	a.keys = append(a.keys, key)
	a.places = append(a.places, State{hope: 1})
	a.back = append(a.back, nil)
	return at
}

// find returns what came of an action in a state, or nil.
func (p *State) find(action int) *Way {
	i, ok := slices.BinarySearchFunc(p.ways, action, func(t Way, n int) int { return int(t.action) - n })
	if !ok {
		return nil
	}
	return &p.ways[i]
}

// Add counts a trajectory once, and brings the values up to date. seen is as for Take.
func (a *Table) Add(t *agent.Trajectory, seen []uint64, world *agent.StateSpec) {
	if t.ID == a.Last || len(t.Steps) == 0 {
		return
	}
	states := a.episodeStates(t, seen, world)
	if len(a.keys)+len(states) > agent.MaxStates || a.edges+len(states) > maxEdges {
		a.forget(len(states))
	}
	a.Tasks++
	a.Last, a.Through = t.ID, t.At.UnixNano()
	end := LastAct(t)
	a.recur(states[:end+1])
	score, known := 0.0, false
	a.tally.alarm[0] = max(a.tally.alarm[0]-0.25, 0)
	for i := range end + 1 {
		s := &t.Steps[i]
		var gain float64
		switch v := s.Verdict; {
		case i == end && t.Outcome.Success:
			gain = 1 - score
		case v != nil && v.Score >= 0 && v.Score <= 1: // NaN is neither
			if known {
				gain = v.Score - score
			}
			score, known = v.Score, true
		}
		if s.Action.Name == agent.NoAction || s.Action.Name == agent.Done || len(a.keys) >= agent.MaxStates {
			continue
		}
		from := a.place(states[i])
		to := int32(toSuccess)
		switch {
		case i < end || !t.Outcome.Success && !t.EndedInFailure():
			to = a.place(states[i+1])
		case !t.Outcome.Success:
			to = toFailure
		}
		a.count(from, s.Action, to, gain)
	}
	if a.tally.alarm[0] >= alarmed {
		a.shelve(int(a.tally.alarm[1]))
		return
	}
	a.sweep(states[:end+1])
}

// LastAct is the index of the last step that did something: what a task came to
// is its doing, whatever the actor said after it.
func LastAct(t *agent.Trajectory) int {
	i := len(t.Steps) - 1
	for i > 0 && (t.Steps[i].Action.Name == agent.Done || t.Steps[i].Action.Name == agent.NoAction) {
		i--
	}
	return i
}

// count takes in one step.
func (a *Table) count(from int32, action agent.Action, to int32, gain float64) {
	n := a.number(action)
	p := &a.places[from]
	if n < 0 {
		return
	}
	r := &a.tally
	at, known := slices.BinarySearchFunc(p.ways, n, func(t Way, n int) int { return int(t.action) - n })
	count(&r.tries, !known)
	if !known {
		if len(p.ways) >= maxWays || a.edges >= maxEdges {
			return
		}
		p.ways = slices.Insert(p.ways, at, Way{action: uint16(n), to: to, task: uint32(a.Tasks)})
		p.stale = 0
		a.edges++
	} else if p.stale < 255 {
		p.stale++
	}
	w := &p.ways[at]
	novelty := a.Novelty()
	if known {
		r.repeated(w, to, uint32(a.Tasks))
		r.watch(w, to, a.Tasks, novelty)
	}
	var were []outcome
	if w.odd > 0 || len(w.outcomes) == maxOutcomes { // some may go
		were = slices.Clone(w.outcomes)
	}
	w.take(to, uint32(a.Tasks), novelty)
	a.unlink(from, were)
	w.gain += float32((gain - float64(w.gain)) / min(float64(w.Total()), outcomeHalfLife))
	w.to, w.task = to, uint32(a.Tasks)
	if to >= 0 && !slices.Contains(a.back[to], from) {
		a.back[to] = append(a.back[to], from)
	}
}

func (w *Way) outcome(to int32) *outcome {
	for i := range w.outcomes {
		if w.outcomes[i].to == to {
			return &w.outcomes[i]
		}
	}
	return nil
}

// Total is how often the action was done, as far as it still counts.
func (w *Way) Total() float32 {
	n := float32(0)
	for i := range w.outcomes {
		n += w.outcomes[i].n
	}
	return n
}

// ruledOut is the probability of an outcome below which two in a row say that
// the law has changed, and not that it was chance.
const ruledOut = 0.05

// take counts an outcome. Older ones fade by half-life; where two in a row
// were all but ruled out by them, they are a law of the past and go.
func (w *Way) take(to int32, task uint32, novelty float64) {
	o := w.outcome(to)
	n := float64(w.Total())
	before := novelty
	if o != nil {
		before = float64(o.n)
	}
	if before < ruledOut*(n+novelty) {
		w.odd++
	} else {
		w.odd = 0
	}
	if w.odd >= 2 {
		w.odd = 0
		kept := w.outcomes[:0]
		for _, old := range w.outcomes {
			if old.to == w.to { // the other of the two
				kept = append(kept, outcome{old.to, 1, old.task})
			}
		}
		w.outcomes = kept
	}
	const half = 0.9965403 // 2^(−1/outcomeHalfLife)
	for i := range w.outcomes {
		w.outcomes[i].n *= half
	}
	if o = w.outcome(to); o != nil {
		o.n++
		o.task = task
		return
	}
	if len(w.outcomes) >= maxOutcomes {
		least := 0
		for i := range w.outcomes {
			if w.outcomes[i].n < w.outcomes[least].n {
				least = i
			}
		}
		w.outcomes[least] = outcome{to, 1, task}
		return
	}
	w.outcomes = append(w.outcomes, outcome{to, 1, task})
}

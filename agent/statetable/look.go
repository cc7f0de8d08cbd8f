package statetable

import (
	"slices"

	"purposeagent/agent"
	"purposeagent/agent/features"
)

// State returns the state with a key, nil for one that is new.
func (a *Table) State(key uint64) *State {
	if at, known := a.at[key]; known {
		return &a.places[at]
	}
	return nil
}

// Way returns what came of the action with this hash of its key in a state, nil
// where it was never tried there.
func (a *Table) Way(s *State, action uint64) *Way {
	if number, known := a.actionAt[action]; known {
		return s.find(number)
	}
	return nil
}

// Keys returns the keys of the states of a run so far as the table tells them
// apart, the present one last. known are those that were worked out before, which
// it goes on from.
func (a *Table) Keys(known []uint64, s *agent.Situation) []uint64 {
	purpose := purposeKey(s.Task.Purpose)
	for i := len(known); i <= len(s.History); i++ {
		state := &s.State
		if i < len(s.History) {
			state = &s.History[i].Before
		}
		key := stateKey(&s.World.State, state, purpose, a.drop)
		if a.trail && i > 0 {
			key = trailKey(known[i-1], s.History[i-1].Action, key)
		}
		known = append(known, key)
	}
	return known[:len(s.History)+1]
}

// KeysAs reports whether another table gives states the same keys.
func (a *Table) KeysAs(o *Table) bool {
	return o != nil && a.trail == o.trail && slices.Equal(a.drop, o.drop)
}

// Surprise says how a step went by what is known: the probability that it would
// lead elsewhere than ever before, and whether it did. known is false where nothing
// is known of the action in that state.
func (a *Table) Surprise(from, to uint64, action agent.Action, novelty float64) (expected float64, surprised, known bool) {
	p := a.State(from)
	if p == nil {
		return 0, false, false
	}
	w := a.Way(p, features.HashText(action.Key()))
	if w == nil {
		return 0, false, false
	}
	at, seen := a.at[to]
	return novelty / (float64(w.Total()) + novelty), !seen || w.outcome(at) == nil, true
}

// Fresh is the share of steps that did something for the first time in a state.
func (a *Table) Fresh() float64 {
	fresh, _ := share(a.tally.tries)
	return fresh
}

// Tree reports whether what was done before is part of a state: then most of what
// can be done is never seen.
func (a *Table) Tree() bool { return a.trail }

package statetable

import (
	"encoding/json"
	"slices"
	"strconv"

	"purposeagent/agent"
	"purposeagent/agent/features"
)

// stateKey identifies a state together with the purpose: all that can be
// observed, errors left out, and the fields that drop names. Where the
// environment announced its things and places, prose about what just happened
// does not count (see view.identity).
func stateKey(world *agent.StateSpec, state *agent.State, purpose uint64, drop []string) uint64 {
	seen := agent.State{Data: state.Data, Summary: state.Summary}
	if len(drop) > 0 {
		tree := state.Data.Map()
		for _, name := range drop {
			delete(tree, name)
		}
		seen.Data = agent.MustObject(tree)
	}
	return viewKey(features.NewView(world, &seen).Hash, purpose)
}

// viewKey is stateKey of a state that was read as it is.
func viewKey(view, purpose uint64) uint64 {
	h := features.Hash{Sum: purpose ^ view}
	h.Add("")
	return h.Sum
}

// purposeKey identifies a purpose by its words.
func purposeKey(purpose string) uint64 {
	h := features.NewHash()
	for _, w := range features.Words(purpose) {
		h.Add(w)
	}
	return h.Sum
}

// episodeStates reads the states of a trajectory: before each step, and after
// the last. seen are their hashes as features.View has them, nil where nobody has
// read them.
func (a *Table) episodeStates(t *agent.Trajectory, seen []uint64, world *agent.StateSpec) []uint64 {
	purpose := purposeKey(t.Task.Purpose)
	key := func(n int, state *agent.State) uint64 {
		if len(a.drop) == 0 && len(seen) == len(t.Steps)+1 {
			return viewKey(seen[n], purpose)
		}
		return stateKey(world, state, purpose, a.drop)
	}
	keys := make([]uint64, 0, len(t.Steps)+1)
	keys = append(keys, key(0, &t.Initial))
	for i := range t.Steps {
		s := &t.Steps[i]
		switch {
		case a.trail:
			keys = append(keys, trailKey(keys[i], s.Action, key(i+1, &s.After)))
		case s.After.Data == s.Before.Data && s.After.Summary == s.Before.Summary:
			keys = append(keys, keys[i])
		default:
			keys = append(keys, key(i+1, &s.After))
		}
	}
	return keys
}

// trailKey identifies a state by what can be seen and by all that was done
// before: where a state does not show all that matters and each task is the
// same, what was done tells the rest.
func trailKey(before uint64, action agent.Action, state uint64) uint64 {
	h := features.Hash{Sum: before ^ state}
	h.Add(action.Key())
	return h.Sum
}

// fieldsFrom is how many episodes are looked at for fields that tell states
// apart without need, and maxFields bounds those fields.
const (
	fieldsFrom = 5
	maxFields  = 32
)

// idle returns the fields by which no state of these episodes could come again:
// those that move by the same amount with each step (what is left of the time),
// and those of which no two episodes share a value (a number drawn for each).
// None are returned where without them nothing would be left to tell apart.
func idle(episodes []*agent.Trajectory) []string {
	if len(episodes) < fieldsFrom {
		return nil
	}
	fields := map[string]*fieldUse{}
	for n, t := range episodes {
		before := t.Initial.Data.Map()
		for name := range before {
			if fields[name] == nil && n == 0 && len(fields) < maxFields {
				fields[name] = &fieldUse{clock: true, own: true, of: map[string]int{}}
			}
		}
		for name, f := range fields {
			f.see(n, before[name])
		}
		for i := range t.Steps {
			after := t.Steps[i].After.Data.Map()
			for name, f := range fields {
				f.step(before[name], after[name])
				f.see(n, after[name])
			}
			before = after
		}
	}
	var out []string
	for name, f := range fields {
		if name != features.ErrorKey && (f.clock && f.steps >= 4*fieldsFrom || f.own) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	if !slices.ContainsFunc(episodes, func(t *agent.Trajectory) bool { return varies(t, out) }) {
		return nil
	}
	return out
}

// varies reports whether the states of an episode differ without some fields.
func varies(t *agent.Trajectory, without []string) bool {
	first := agent.Object("")
	for i := range t.Steps {
		tree := t.Steps[i].After.Data.Map()
		for _, name := range without {
			delete(tree, name)
		}
		if kept := agent.MustObject(tree); i == 0 {
			first = kept
		} else if kept != first {
			return true
		}
	}
	return false
}

// fieldUse is how the values of one field of the state go.
type fieldUse struct {
	clock bool // it moved by the same amount with each step so far
	by    float64
	steps int
	own   bool // no value was seen in two episodes
	of    map[string]int
}

func (f *fieldUse) see(episode int, value any) {
	key := "nothing"
	switch v := value.(type) {
	case map[string]any, []any: // what the world is made of, not a number drawn for the episode
		f.own = false
		return
	case string:
		key = "text " + v
	case json.Number:
		key = "number " + v.String()
	case bool:
		key = "said " + strconv.FormatBool(v)
	}
	if first, known := f.of[key]; known && first != episode {
		f.own = false
	} else if !known && len(f.of) < 1<<12 {
		f.of[key] = episode
	}
}

func (f *fieldUse) step(before, after any) {
	x, ok := amountOf(before)
	y, also := amountOf(after)
	by := y - x
	if !ok || !also || by == 0 || f.steps > 0 && by != f.by {
		f.clock = false
	}
	f.by = by
	f.steps++
}

// amountOf reads a JSON number.
func amountOf(v any) (float64, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	x, err := n.Float64()
	return x, err == nil
}

package features

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"

	"purposeagent/agent"
)

// Group is what rules may speak of in some situations, of one kind.
type Group struct {
	Kind     string
	Features []string // in order, each once
	More     int      // left out
}

// Overview lists what the reasoner sees in an episode: what its rules may
// speak of in the situations of the trajectory, by kind, at most so many of
// each. It is for those who write environments.
func Overview(t *agent.Trajectory, world agent.Description, specs []agent.ActionSpec, most int) []Group {
	kinds := [...]string{"of the purpose", "of the state", "of actions", "numbers, compared with constants and each other"}
	var found [len(kinds)]map[string]bool
	for i := range found {
		found[i] = map[string]bool{}
	}
	ranges := map[string][2]float64{}
	e := NewEpisode(world.State, t.Task.Purpose)
	e.Look(&t.Initial)
	see := func(l *Lifted) {
		s := e.Scene()
		for _, f := range s.general {
			kind := 1
			if IsWish(f) {
				kind = 0
			}
			found[kind][f] = true
		}
		numbers := s.numbers
		if l != nil {
			for _, f := range s.particular(l) {
				found[2][f] = true
			}
			numbers = append(s.quantities(l), numbers...)
		}
		for _, n := range numbers {
			r, known := ranges[n.Name]
			if !known {
				r = [2]float64{n.Value, n.Value}
			}
			ranges[n.Name] = [2]float64{math.Min(r[0], n.Value), math.Max(r[1], n.Value)}
		}
	}
	for i := range t.Steps {
		l := Lift(specs, t.Steps[i].Action)
		see(&l)
		e.Take(&l, &t.Steps[i].After)
	}
	see(nil)
	for name, r := range ranges {
		low, high := strconv.FormatFloat(r[0], 'g', 6, 64), strconv.FormatFloat(r[1], 'g', 6, 64)
		if low != high {
			low = fmt.Sprintf("%s to %s", low, high)
		}
		found[3][name+" ("+low+")"] = true
	}
	var out []Group
	for i, kind := range kinds {
		if all := slices.Sorted(maps.Keys(found[i])); len(all) > 0 {
			out = append(out, Group{kind, all[:min(len(all), most)], max(len(all)-most, 0)})
		}
	}
	return out
}

package reasoner

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"

	"purposeagent/agent"
)

// FeatureGroup is what rules may speak of in some situations, of one kind.
type FeatureGroup struct {
	Kind     string
	Features []string // in order, each once
	More     int      // left out
}

// FeaturesOf lists what the reasoner sees in an episode: what its rules may
// speak of in the situations of the trajectory, by kind, at most so many of
// each. It is for those who write environments.
func FeaturesOf(t *agent.Trajectory, world agent.Description, specs []agent.ActionSpec, most int) []FeatureGroup {
	kinds := [...]string{"of the purpose", "of the state", "of actions", "numbers, compared with constants and each other"}
	var found [len(kinds)]map[string]bool
	for i := range found {
		found[i] = map[string]bool{}
	}
	ranges := map[string][2]float64{}
	e := newEpisode(world.State, t.Task.Purpose)
	e.look(&t.Initial)
	see := func(l *lifted) {
		s := e.scene()
		for _, f := range s.general {
			kind := 1
			if isWish(f) {
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
			r, known := ranges[n.name]
			if !known {
				r = [2]float64{n.value, n.value}
			}
			ranges[n.name] = [2]float64{math.Min(r[0], n.value), math.Max(r[1], n.value)}
		}
	}
	for i := range t.Steps {
		l := lift(specs, t.Steps[i].Action)
		see(&l)
		e.take(&l, &t.Steps[i].After)
	}
	see(nil)
	for name, r := range ranges {
		low, high := strconv.FormatFloat(r[0], 'g', 6, 64), strconv.FormatFloat(r[1], 'g', 6, 64)
		if low != high {
			low = fmt.Sprintf("%s to %s", low, high)
		}
		found[3][name+" ("+low+")"] = true
	}
	var out []FeatureGroup
	for i, kind := range kinds {
		if all := slices.Sorted(maps.Keys(found[i])); len(all) > 0 {
			out = append(out, FeatureGroup{kind, all[:min(len(all), most)], max(len(all)-most, 0)})
		}
	}
	return out
}

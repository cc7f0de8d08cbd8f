package reasoner

import (
	"slices"

	"purposeagent/agent"
)

// verdict is the label of one transition.
type verdict int8

const (
	unknown verdict = iota
	good
	bad
)

// minDelta is the Δ above which a step that a critic scored is good. An exact
// potential needs no margin; other critics' Δ is noisy.
const (
	minDelta      = 0.3
	minExactDelta = 1e-6
)

// The names of the offline critics.
const (
	CriticPotential = "environment potential"
	CriticEstimate  = "learned estimate"
)

// labels says for each step of a trajectory whether it was good: by the
// critic's Δ where a critic with the right to give credit scored it, else in
// hindsight from the outcome. An exact potential is taken at its word; of any
// other critic's Δ only what agrees with what is known. states holds the hash
// of the state before each step, and after the last.
func labels(t *agent.Trajectory, states []uint64, discredited []string) []verdict {
	scored, exact := 0, 0
	for i := range t.Steps {
		if s := &t.Steps[i].Score; credible(s, discredited) {
			scored++
			if s.Critic == CriticPotential {
				exact++
			}
		}
	}
	if 2*scored <= len(t.Steps) {
		return hindsight(t, states)
	}
	if exact < scored {
		return opinions(t, states, discredited)
	}
	out := make([]verdict, len(t.Steps))
	for i := range t.Steps {
		s := &t.Steps[i].Score
		if !credible(s, discredited) {
			continue
		}
		out[i] = bad
		if s.Delta > minExactDelta {
			out[i] = good
		}
	}
	return out
}

// opinions labels by the Δ of a critic that may err, together with what is
// known without it: what changed nothing is bad; the same two states differ by
// the same Φ whenever and in whatever direction they were passed, so that is
// averaged; after a success the last step was good, a step that got no nearer
// to the end was bad, and one that did is believed to be good unless its Δ is
// clearly negative. A Δ that the end of the scale cut off says nothing.
func opinions(t *agent.Trajectory, states []uint64, discredited []string) []verdict {
	out := make([]verdict, len(t.Steps))
	var distance map[uint64]int
	if t.Outcome.Success {
		distance = distances(states)
	}
	edges := differences(t, states, discredited)
	for i := range t.Steps {
		from, to := states[i], states[i+1]
		need := minDelta
		if distance != nil {
			need = -minDelta
		}
		switch d, known := edges[edge{from, to}]; {
		case from == to, distance != nil && distance[to] >= distance[from]:
			out[i] = bad
		case distance != nil && i == len(t.Steps)-1, known && d.mean() > need:
			out[i] = good
		case known:
			out[i] = bad
		}
	}
	return out
}

// edge is a pair of states, in the direction in which a step went.
type edge struct{ from, to uint64 }

// difference is what was measured of an edge.
type difference struct {
	sum float64
	n   int
}

func (d difference) mean() float64 { return d.sum / float64(d.n) }

// ends are the parts of the scale where a Δ may have been cut off.
const ends = 0.01

// differences averages the Δ of each edge over all the times it was passed, in
// both directions.
func differences(t *agent.Trajectory, states []uint64, discredited []string) map[edge]difference {
	out := map[edge]difference{}
	add := func(e edge, delta float64) {
		d := out[e]
		out[e] = difference{d.sum + delta, d.n + 1}
	}
	for i := range t.Steps {
		s := &t.Steps[i].Score
		cut := s.PhiAfter >= agent.MaxPhi-ends && s.Delta <= minDelta
		if credible(s, discredited) && !cut {
			add(edge{states[i], states[i+1]}, s.Delta)
			add(edge{states[i+1], states[i]}, -s.Delta)
		}
	}
	return out
}

// credible reports whether a score may give credit. The learned estimate may
// not: it is made of the same outcomes. Nor may a critic that lost the right.
func credible(s *agent.Score, discredited []string) bool {
	return s.Known() && s.Critic != CriticEstimate && s.Critic != "" && !slices.Contains(discredited, s.Critic)
}

// hindsight labels without any critic. After a success, a step is good if it
// got nearer to the end, by breadth-first search backwards over the states
// that were seen; after a failure, only what changed nothing or came back to a
// state seen before is known to be bad.
func hindsight(t *agent.Trajectory, states []uint64) []verdict {
	out := make([]verdict, len(t.Steps))
	if !t.Outcome.Success {
		seen := map[uint64]bool{}
		for i := range t.Steps {
			seen[states[i]] = true
			if seen[states[i+1]] {
				out[i] = bad
			}
		}
		return out
	}
	distance := distances(states)
	for i := range t.Steps {
		before, after := distance[states[i]], distance[states[i+1]]
		out[i] = bad
		if after < before {
			out[i] = good
		}
	}
	return out
}

// distances returns how many steps each seen state is from the last one, over
// the transitions that were seen. All are on a path to it.
func distances(states []uint64) map[uint64]int {
	back := map[uint64][]uint64{}
	for i := 1; i < len(states); i++ {
		back[states[i]] = append(back[states[i]], states[i-1])
	}
	end := states[len(states)-1]
	distance := map[uint64]int{end: 0}
	queue := []uint64{end}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for _, from := range back[at] {
			if _, known := distance[from]; !known {
				distance[from] = distance[at] + 1
				queue = append(queue, from)
			}
		}
	}
	return distance
}

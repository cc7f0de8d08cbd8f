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
// hindsight from the outcome. states holds the hash of the state before each
// step, and after the last.
func labels(t *agent.Trajectory, states []uint64, discredited []string) []verdict {
	scored := 0
	for i := range t.Steps {
		if credible(&t.Steps[i].Score, discredited) {
			scored++
		}
	}
	if 2*scored <= len(t.Steps) {
		return hindsight(t, states)
	}
	out := make([]verdict, len(t.Steps))
	for i := range t.Steps {
		s := &t.Steps[i].Score
		if !credible(s, discredited) {
			continue
		}
		need := minDelta
		if s.Critic == CriticPotential {
			need = minExactDelta
		}
		out[i] = bad
		if s.Delta > need {
			out[i] = good
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

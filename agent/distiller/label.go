package distiller

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
	doubtful // speaks against the step, but weakly
	survived // speaks neither for nor against it: its episode failed later

	verdicts // how many there are
)

// minDelta is the Δ above which a step that a critic scored is good. An exact
// potential needs no margin; other critics' Δ is noisy.
const (
	minDelta      = 0.3
	minExactDelta = 1e-6
)

// CriticEstimate is the name of the offline critic without a potential.
const CriticEstimate = "learned estimate"

// labels says for each step of a trajectory whether it was good: by the
// critic's Δ where a critic with the right to give credit scored it, else in
// hindsight from the outcome, and after a failure from the partial score. An
// exact potential is taken at its word; of any other critic's Δ only what agrees
// with what is known. Whoever scored, the end speaks: the last step of a success
// is good, whether or not it shows; the one with which the environment ended a
// failed episode is bad, where ends tells it from a limit. states holds the
// hash of the state before each step, and after the last.
func labels(t *agent.Trajectory, states []uint64, discredited []string, ends *ends) []verdict {
	out := make([]verdict, len(t.Steps))
	last := lastStep(t)
	if last < 0 {
		return out
	}
	switch whose := judged(t, discredited); {
	case whose == byPotential:
		taken(t, states, discredited, out)
	case whose == byOpinion:
		opinions(t, states, last, discredited, out)
	case t.Outcome.Success:
		hindsight(states, 0, last, out)
	default:
		fruitless(states[:last+2], out)
		partial(t, states, out)
	}
	switch {
	case t.Outcome.Success:
		out[last] = good
	case t.EndedInFailure():
		if out[last] = unknown; ends.tell(t) {
			out[last] = bad
		}
	}
	return out
}

// judgement says whose word the labels of a trajectory go by.
type judgement int8

const (
	byOutcome judgement = iota
	byOpinion
	byPotential
)

// judged returns whose word it is: a critic's that scored most of the steps with
// the right to give credit, or else the outcome's.
func judged(t *agent.Trajectory, discredited []string) judgement {
	scored, exact := 0, 0
	for i := range t.Steps {
		if s := &t.Steps[i].Score; credible(s, discredited) {
			scored++
			if s.Critic == agent.CriticPotential {
				exact++
			}
		}
	}
	switch {
	case 2*scored <= len(t.Steps):
		return byOutcome
	case exact == scored:
		return byPotential
	}
	return byOpinion
}

// lastStep returns the index of the step that the outcome is of, −1 where there
// is none: of a success the step that brought it about, if the environment said
// so of each step; else the last one that did something.
func lastStep(t *agent.Trajectory) int {
	last := len(t.Steps) - 1
	for last >= 0 && (t.Steps[last].Action.Name == agent.Done || t.Steps[last].Action.Name == agent.NoAction) {
		last--
	}
	succeeded := func(i int) bool { return t.Steps[i].Verdict != nil && t.Steps[i].Verdict.Success }
	for t.Outcome.Success && last > 0 && succeeded(last) && succeeded(last-1) {
		last--
	}
	return last
}

// taken takes an exact potential at its word. A step that changed the state and
// left Φ as it was may have been an experiment: after a failure it is unknown.
// After a success it is bad: the steps that got nearer were all that was needed.
//
// In 24 plain workshops, with the potential that falls when a piece is wasted, .59,
// .90 and .99 of the tasks were solved after 25, 50 and 100; .50, .81 and .97 in
// twelve of them where such a step is always bad; with the potential of before,
// and always bad, .54, .85 and .98. Where it is always unknown, also after a
// success, .45, .66 and .89, in twice the steps.
func taken(t *agent.Trajectory, states []uint64, discredited []string, out []verdict) {
	for i := range t.Steps {
		s := &t.Steps[i].Score
		switch {
		case !credible(s, discredited):
		case s.Delta > minExactDelta:
			out[i] = good
		case t.Outcome.Success, s.Delta < -minExactDelta, states[i] == states[i+1]:
			out[i] = bad
		}
	}
}

// opinions labels by the Δ of a critic that may err, together with what is
// known without it: what changed nothing is bad; the same two states differ by
// the same Φ whenever and in whatever direction they were passed, so that is
// averaged; after a success a step that got no nearer to the end was bad, and
// one that did is believed to be good unless its Δ is clearly negative. A Δ that
// the end of the scale cut off says nothing.
func opinions(t *agent.Trajectory, states []uint64, last int, discredited []string, out []verdict) {
	var way []verdict
	if t.Outcome.Success {
		way = make([]verdict, len(t.Steps))
		hindsight(states, 0, last, way)
	}
	edges := differences(t, states, discredited)
	for i := range t.Steps {
		from, to := states[i], states[i+1]
		need := minDelta
		if way != nil {
			need = -minDelta
		}
		switch d, known := edges[edge{from, to}]; {
		case from == to, way != nil && i <= last && way[i] == bad:
			out[i] = bad
		case known && d.mean() > need:
			out[i] = good
		case known:
			out[i] = bad
		}
	}
}

// edge is a pair of states, in the direction in which a step went.
type edge struct{ from, to uint64 }

// difference is what was measured of an edge.
type difference struct {
	sum float64
	n   int
}

func (d difference) mean() float64 { return d.sum / float64(d.n) }

// scaleEnd is the part of the scale, at its end, where a Δ may have been cut off.
const scaleEnd = 0.01

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
		cut := s.PhiAfter >= agent.MaxPhi-scaleEnd && s.Delta <= minDelta
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

// Measured reports whether a step was good by the environment's own potential,
// and whether that said anything of it: it scored the step and may give credit.
func Measured(s *agent.Score, discredited []string) (good, known bool) {
	return s.Delta > minExactDelta, s.Critic == agent.CriticPotential && credible(s, discredited)
}

// hindsight labels the steps first to last of what ended well, without any
// critic: a step is good if it got nearer to the end, by breadth-first search
// backwards over the states that were seen.
func hindsight(states []uint64, first, last int, out []verdict) {
	distance := distances(states[first : last+1])
	for i := first; i <= last; i++ {
		out[i] = bad
		if i == last || distance[states[i+1]] < distance[states[i]] {
			out[i] = good
		}
	}
}

// fruitless labels what came to nothing in an episode that failed: what changed
// nothing or came back to a state seen before. That speaks weakly only: it was
// no way to the end, and nobody knows whether it would have been part of one. A
// random walk makes hundreds of such steps.
func fruitless(states []uint64, out []verdict) {
	seen := map[uint64]bool{}
	for i := range states[1:] {
		seen[states[i]] = true
		if out[i] = survived; seen[states[i+1]] {
			out[i] = doubtful
		}
	}
}

// distances returns how many steps each of the states is from the end that the
// last of them led to, over the transitions that were seen. All are on a path
// to it. The end is none of the states, even if it looks like one.
func distances(states []uint64) map[uint64]int {
	back := map[uint64][]uint64{}
	for i := 1; i < len(states); i++ {
		back[states[i]] = append(back[states[i]], states[i-1])
	}
	last := states[len(states)-1]
	distance := map[uint64]int{last: 1}
	queue := []uint64{last}
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

package distiller

import (
	"math"
	"slices"

	"purposeagent/agent"
)

// mostFalls is the share of steps that a score may fall in. One that falls more
// often, beyond its own drift, goes up and down whatever is done.
const mostFalls = 1.0 / 3

// leastGain is what a score must move by, relative to its size, to have moved.
const leastGain = 1e-9

// largestScore bounds scores, so that differences of them stay exact enough.
const largestScore = 1e15

// partial labels an episode without success by the environment's partial score.
// Each stretch that ends at a new high of the episode is a small success; a step
// that loses score is bad; one that only brings back what was lost is never
// good; the rest stays as it is.
func partial(t *agent.Trajectory, states []uint64, out []verdict) {
	score := progress(t)
	if score == nil {
		return
	}
	best, first := score[0], 0
	for i := range t.Steps {
		if moved(best, score[i+1]) > 0 {
			hindsight(states, first, i, out)
			best, first = score[i+1], i+1
		}
	}
	best = score[0]
	for i := range t.Steps {
		switch moved(score[i], score[i+1]) {
		case -1:
			out[i] = bad
		case 1:
			if moved(best, score[i+1]) <= 0 {
				out[i] = survived
			}
		}
		best = max(best, score[i+1])
	}
}

// progress returns the partial score before the first step and after each one,
// without its drift: where most steps lose score, the median loss is the price
// of a step and says nothing about any of them. It is nil where the score tells
// nothing: there is none, or it goes up and down all the time. A score that is no
// finite number counts as the one before, and a huge one as largestScore.
func progress(t *agent.Trajectory) []float64 {
	score := make([]float64, len(t.Steps)+1)
	at, known := 0.0, false
	read := func(v *agent.Verdict) bool {
		if v == nil || math.IsNaN(v.Score) || math.IsInf(v.Score, 0) {
			return false
		}
		at, known = min(max(v.Score, -largestScore), largestScore), true
		return true
	}
	begun := read(t.Begun)
	score[0] = at
	moves := make([]float64, 0, len(t.Steps))
	for i := range t.Steps {
		before := at
		first := !known
		if read(t.Steps[i].Verdict); first && !begun {
			for j := range i + 1 {
				score[j] = at // what it was before is not known
			}
			before = at
		}
		score[i+1] = at
		moves = append(moves, at-before)
	}
	slices.Sort(moves)
	if !known || moves[0] == 0 && moves[len(moves)-1] == 0 {
		return nil
	}
	drift := min(moves[len(moves)/2], 0)
	falls := 0
	for i := range t.Steps {
		score[i+1] -= float64(i+1) * drift
		if moved(score[i], score[i+1]) < 0 {
			falls++
		}
	}
	if float64(falls) > mostFalls*float64(len(t.Steps)) {
		return nil
	}
	return score
}

// moved says whether a score rose (1), fell (−1) or stayed (0).
func moved(from, to float64) int {
	switch margin := leastGain * max(1, math.Abs(from), math.Abs(to)); {
	case to > from+margin:
		return 1
	case to < from-margin:
		return -1
	}
	return 0
}

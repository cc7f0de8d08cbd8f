package learning

import (
	"cmp"
	"context"
	"math"
	"slices"

	"purposeagent/agent"
	"purposeagent/agent/credit"
)

// Prediction is what one rule predicted of one transition that came after the
// rule was made, and what came of it.
type Prediction struct {
	Rule string
	Step int // index of the step
	// P is the probability that the rule gave to the step being good, Base the
	// one that its action had without the rule. Both were fixed before the step.
	P    float64
	Base float64
	Good bool // what came of it
}

// Predictor is a distiller that can check what standing rules said about a
// trajectory's transitions. Predict is called before Distil, with the same
// lesson, and writes nothing. Errors are as for Distil.
type Predictor interface {
	Predict(ctx context.Context, lesson agent.Lesson) ([]Prediction, error)
}

// Surveyor is a distiller that remembers exact states. Survey says how it
// stands in a scope after the last lesson there, nil where nothing is known.
type Surveyor interface {
	Survey(scope agent.Scope) *credit.StateSummary
}

// EffectChecker is a distiller that knows what actions do to the state. Effects
// returns for each action, in the order of their names, how many of its effects
// in the lesson's trajectory were certain from what was seen before, and how many
// of those came. It is called before Distil, with the same lesson, and writes
// nothing. Errors are as for Distil.
type EffectChecker interface {
	Effects(ctx context.Context, lesson agent.Lesson) ([]credit.Surprise, error)
}

// leastChance keeps a prediction from being so sure that one miss outweighs
// any number of hits.
const leastChance = 0.02

// countPredictions adds checked predictions to the uses of one task. A rule
// that gives good at least even odds, or more than its action's base rate where
// both are below, speaks for its action; hits are the times when it was right.
//
// The log e-value takes the first prediction of each rule in a task only: the
// later ones of the same episode are no fresh evidence. It is the likelihood
// ratio against the base rate, a test martingale if the rule knows nothing
// (Vovk and Wang 2021; Ramdas et al. 2023).
func countPredictions(uses *useCounts, predictions []Prediction) {
	seen := map[string]bool{}
	for _, p := range predictions {
		u := uses.of(p.Rule)
		if speaksFor := p.P >= 0.5 || p.P > p.Base; speaksFor == p.Good {
			u.Hits++
		} else {
			u.Misses++
		}
		if seen[p.Rule] {
			continue
		}
		seen[p.Rule] = true
		u.LogE += math.Log(chance(p.P, p.Good) / chance(p.Base, p.Good))
	}
}

// chance is what was given to what came.
func chance(p float64, good bool) float64 {
	p = min(max(p, leastChance), 1-leastChance)
	if good {
		return p
	}
	return 1 - p
}

// surprises sums up the predictions of one task by action, in the order of
// their names.
func surprises(predictions []Prediction, rules map[string]*agent.Heuristic) []credit.Surprise {
	sums := map[string]*credit.Surprise{}
	for _, p := range predictions {
		h := rules[p.Rule]
		if h == nil || !h.Counted() || h.ByPeople() || p.P < saysGood {
			continue
		}
		s := sums[h.Predicate.Action]
		if s == nil {
			s = &credit.Surprise{Action: h.Predicate.Action}
			sums[s.Action] = s
		}
		if s.Checked++; p.Good {
			s.Right++
		}
	}
	out := make([]credit.Surprise, 0, len(sums))
	for _, s := range sums {
		out = append(out, *s)
	}
	slices.SortFunc(out, func(a, b credit.Surprise) int { return cmp.Compare(a.Action, b.Action) })
	return out
}

// Half is what a rule must give to an action for it to count as said to be good.
const saysGood = 0.5

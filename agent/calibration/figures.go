// Package calibration says whether a critic can be trusted: how what it said at the
// end of tasks fits what became of them, and whether its Δ may give credit.
package calibration

import (
	"fmt"
	"math"
	"math/rand/v2"

	"purposeagent/agent"
	"purposeagent/agent/stats"
)

// Bounds of a critic's calibration. Wherever the environment or a verifier
// says what became of a task, the critic's last Φ is kept beside it; from these
// pairs follows whether its Δ may give credit (docs/learning.md, §3).
const (
	// MaxCriticPairs is how many pairs of a critic in a scope are looked at, the
	// newest ones: a critic whose model or prompt got better gets its right back.
	MaxCriticPairs = 500
	// CriticLook is after how many new pairs the right is judged again. Between
	// two looks it stands, so that learning does not swing with each task.
	CriticLook = 10
	// MinCriticPairs are needed before anything but plain falsehood is judged.
	MinCriticPairs = 30
	// MinCriticOutcomes of successes and of failures each are needed to tell
	// skill from none.
	MinCriticOutcomes = 5
	// MaxFalseSuccess bounds the share of tasks above SuccessPhi that were not
	// solved: its upper 95 % bound must not be higher.
	MaxFalseSuccess = 0.20
	// MinFalseSuccess is how many tasks above SuccessPhi make a lower bound over
	// MaxFalseSuccess count, whatever else is known.
	MinFalseSuccess = 10
	// FalseSuccessTasks is how many tasks above SuccessPhi make the upper bound
	// count: with 30 of them an honest critic that errs in one of twenty is over
	// MaxFalseSuccess nearly half of the time, and learning from outcomes alone
	// then costs more than it saves (a workshop with a noisy critic fell from all
	// tasks solved to a third).
	FalseSuccessTasks = 100
	// GoodhartWindow is how many tasks are compared with as many before them.
	GoodhartWindow = 50
)

// KeptCriticPairs is how many pairs a store keeps of a critic in a scope: those
// of the last look and the ones that came since.
const KeptCriticPairs = MaxCriticPairs + CriticLook - 1

// CriticRight is whether a critic's Δ may give credit.
type CriticRight string

// The standings of a critic in a scope. Every critic begins unproven and keeps
// the right until the data speak against it.
const (
	RightUnproven CriticRight = "unproven"
	RightProven   CriticRight = "proven"
	RightLost     CriticRight = "lost"
)

// CriticFigures are what a critic's right rests on.
type CriticFigures struct {
	N         int `json:"n"`
	Successes int `json:"successes"`
	// Predicted is P(success) of each pair, by an isotonic fit to the four other
	// fifths of the pairs.
	Predicted []float64 `json:"-"`
	Brier     float64   `json:"brier"`
	// Skill of Brier against the base rate, nil where too few of the outcomes
	// are successes or failures to tell.
	Skill *float64 `json:"skill"`
	// FalseSuccess is the share, among the tasks with Φ > SuccessPhi, that were
	// not solved.
	FalseSuccess stats.Interval `json:"false_success"`
}

const calibrationFolds = 5

// calibrationRand is the source that draws folds: equal pairs give equal figures.
func calibrationRand(stream uint64) *rand.Rand { return rand.New(rand.NewPCG(0xca11b, stream)) }

// NewCriticFigures computes the figures of the pairs.
func NewCriticFigures(pairs []CriticPair) CriticFigures {
	phi, success := split(pairs)
	f := CriticFigures{N: len(pairs), FalseSuccess: stats.FalseSuccess(phi, success, agent.SuccessPhi)}
	for _, s := range success {
		if s {
			f.Successes++
		}
	}
	if f.N == 0 {
		return f
	}
	f.Predicted = stats.OutOfFold(phi, success, calibrationFolds, calibrationRand(0))
	brier, skill := stats.Brier(f.Predicted, success)
	f.Brier = brier
	if min(f.Successes, f.N-f.Successes) >= MinCriticOutcomes {
		f.Skill = &skill
	}
	return f
}

func split(pairs []CriticPair) (phi []float64, success []bool) {
	for _, p := range pairs {
		phi, success = append(phi, p.Phi), append(success, p.Success)
	}
	return phi, success
}

// Right judges the figures and says why in sentences.
func (f *CriticFigures) Right() (CriticRight, string) {
	const outcomesOnly = " Rules are learned from outcomes only."
	above := f.FalseSuccess
	rate := fmt.Sprintf("of %d tasks that ended above Φ %.0f, %d were not solved (%.0f %%, 95 %% interval %.0f to %.0f %%)",
		above.N, agent.SuccessPhi, above.Hits, 100*above.Share, 100*above.Low, 100*above.High)
	flatters := above.N >= MinFalseSuccess && above.Low > MaxFalseSuccess
	switch {
	case flatters || above.N >= FalseSuccessTasks && above.High > MaxFalseSuccess:
		return RightLost, fmt.Sprintf("Φ has lost the right to give credit: %s, and the upper bound must not be over %.0f %%.", rate, 100*MaxFalseSuccess) + outcomesOnly
	case f.N >= MinCriticPairs && f.Skill != nil && *f.Skill <= 0:
		return RightLost, fmt.Sprintf("Φ has lost the right to give credit: over %d tasks it predicts success no better than the base rate does (skill %s).", f.N, signed(*f.Skill)) + outcomesOnly
	}
	var missing string
	switch {
	case f.N < MinCriticPairs:
		missing = fmt.Sprintf("%d of the %d tasks with a known outcome that are needed", f.N, MinCriticPairs)
	case f.Skill == nil:
		missing = fmt.Sprintf("%d of %d tasks were solved, and %d of each outcome are needed", f.Successes, f.N, MinCriticOutcomes)
	case above.High > MaxFalseSuccess:
		missing = fmt.Sprintf("only %d tasks ended above Φ %.0f, %d of them unsolved", above.N, agent.SuccessPhi, above.Hits)
	default:
		return RightProven, fmt.Sprintf("Φ may give credit: its skill over %d tasks is %s, and %s.", f.N, signed(*f.Skill), rate)
	}
	return RightUnproven, "Not enough data to judge it: " + missing + ". Φ keeps the right to give credit, unproven."
}

// signed writes a figure of −1 to 1 with a true minus.
func signed(x float64) string {
	text := fmt.Sprintf("%+.2f", x)
	if x < 0 || math.Signbit(x) {
		return "−" + text[1:]
	}
	return text
}

// LookedAt returns the pairs that the last look was at, of the kept pairs of a
// critic that has had total. Before the first look it is all of them.
func LookedAt(pairs []CriticPair, total int) []CriticPair {
	if total >= CriticLook {
		pairs = pairs[:max(len(pairs)-total%CriticLook, 0)]
	}
	return pairs[max(len(pairs)-MaxCriticPairs, 0):]
}

// JudgeCritic returns the right of a critic by its kept pairs, oldest first,
// when it has had total of them: as of the last look.
func JudgeCritic(pairs []CriticPair, total int) CriticRight {
	f := NewCriticFigures(LookedAt(pairs, total))
	right, _ := f.Right()
	return right
}

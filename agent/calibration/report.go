package calibration

import (
	"cmp"
	"fmt"
	"slices"

	"purposeagent/agent/stats"
)

// CriticReport is all that is known of a critic in one scope. The figures are
// those of the last look (CriticLook); Goodhart is as of now.
type CriticReport struct {
	CriticKey
	Total  int         `json:"total"` // pairs it has had, also those no longer looked at
	Right  CriticRight `json:"right"`
	Reason string      `json:"reason"` // why, in sentences
	CriticFigures
	BrierInterval stats.Difference  `json:"brier_interval"`
	SkillInterval *stats.Difference `json:"skill_interval"`
	ECE           stats.Difference  `json:"ece"`
	Spearman      *stats.Difference `json:"spearman"` // null where one side does not vary
	// Bins is the reliability diagram: pairs of equal mass by predicted
	// P(success). Map is Φ → P(success) by all pairs.
	Bins     []ReliabilityBin `json:"bins"`
	Map      stats.Steps      `json:"map"`
	Goodhart Goodhart         `json:"goodhart"`
}

// ReliabilityBin is one bin of a reliability diagram.
type ReliabilityBin struct {
	N         int            `json:"n"`
	Predicted float64        `json:"predicted"` // mean P(success)
	Observed  stats.Interval `json:"observed"`  // share of successes
}

// Goodhart compares the last GoodhartWindow tasks of a critic with as many
// before them. The alarm is that mean Φ rose, with its interval above 0, while
// the share of solved tasks did not: the agent may have learned to please the
// critic. It does not ring where all of the last tasks were solved.
type Goodhart struct {
	N       int              `json:"n"` // tasks in each window; 0: not enough data
	Phi     stats.Difference `json:"phi"`
	Success stats.Difference `json:"success"`
	Alarm   bool             `json:"alarm"`
	Reason  string           `json:"reason"`
}

const (
	calibrationBins  = 10
	calibrationDraws = 1000
)

// NewCriticReport computes the report of a critic from its kept pairs, oldest
// first, when it has had total of them. Equal pairs give equal reports.
func NewCriticReport(key CriticKey, pairs []CriticPair, total int) CriticReport {
	looked := LookedAt(pairs, total)
	r := CriticReport{CriticKey: key, Total: total, CriticFigures: NewCriticFigures(looked), Goodhart: NewGoodhart(pairs)}
	r.Right, r.Reason = r.CriticFigures.Right()
	if r.N == 0 {
		return r
	}
	phi, success := split(looked)
	r.Map = stats.FitIsotonic(phi, success)
	bins, ece := stats.Reliability(r.Predicted, success, min(calibrationBins, r.N))
	for _, b := range bins {
		r.Bins = append(r.Bins, ReliabilityBin{b.N, b.Predicted, stats.Wilson(b.Successes(), b.N)})
	}
	r.ECE.Value = ece
	r.intervals(success)
	outcome := make([]float64, len(success))
	for i, s := range success {
		if s {
			outcome[i] = 1
		}
	}
	if rho, ok := stats.SpearmanInterval(phi, outcome); ok {
		r.Spearman = &rho
	}
	return r
}

// intervals fills in the bootstrap intervals over pairs, with the predictions
// as they are.
func (r *CriticReport) intervals(success []bool) {
	order := make([]int, r.N) // by prediction, so that no draw has to be sorted again
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(r.Predicted[a], r.Predicted[b]) })
	p, y := make([]float64, r.N), make([]bool, r.N)
	pick := func(sample []int) {
		for i, k := range sample {
			p[i], y[i] = r.Predicted[order[k]], success[order[k]]
		}
	}
	interval := func(stream uint64, value float64, statistic func() float64) stats.Difference {
		d := stats.Difference{Value: value}
		d.Low, d.High = stats.Bootstrap(r.N, calibrationDraws, calibrationRand(stream), func(sample []int) float64 {
			pick(sample)
			return statistic()
		})
		return d
	}
	r.BrierInterval = interval(1, r.Brier, func() float64 { b, _ := stats.Brier(p, y); return b })
	if r.Skill != nil {
		d := interval(2, *r.Skill, func() float64 { _, s := stats.Brier(p, y); return s })
		r.SkillInterval = &d
	}
	r.ECE = interval(3, r.ECE.Value, func() float64 { _, e := stats.Reliability(p, y, min(calibrationBins, r.N)); return e })
}

// NewGoodhart compares the last two windows of the pairs.
func NewGoodhart(pairs []CriticPair) Goodhart {
	if len(pairs) < 2*GoodhartWindow {
		return Goodhart{Reason: fmt.Sprintf("Not enough data: %d of the %d tasks that two windows of %d need.", len(pairs), 2*GoodhartWindow, GoodhartWindow)}
	}
	pairs = pairs[len(pairs)-2*GoodhartWindow:]
	phi, success := split(pairs)
	before, after := wilsonOf(success[:GoodhartWindow]), wilsonOf(success[GoodhartWindow:])
	g := Goodhart{N: GoodhartWindow, Phi: stats.Welch(phi[GoodhartWindow:], phi[:GoodhartWindow]), Success: stats.Newcombe(after, before)}
	g.Alarm = g.Phi.Low > 0 && after.Hits <= before.Hits && after.Hits < after.N
	moved := fmt.Sprintf("over the last %d tasks the mean final Φ moved by %s (95 %% interval %s to %s) while %d were solved, after %d of the %d before",
		g.N, signed(g.Phi.Value), signed(g.Phi.Low), signed(g.Phi.High), after.Hits, before.Hits, before.N)
	g.Reason = "No sign of it: " + moved + "."
	if g.Alarm {
		g.Reason = "Φ goes up and success does not: " + moved + ". The agent may be learning to please the critic."
	}
	return g
}

func wilsonOf(success []bool) stats.Interval {
	hits := 0
	for _, s := range success {
		if s {
			hits++
		}
	}
	return stats.Wilson(hits, len(success))
}

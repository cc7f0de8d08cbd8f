package lab

import (
	"math/rand/v2"

	"purposeagent/agent"
	"purposeagent/agent/stats"
)

// compare compares On with each other arm and corrects for their number.
func (r *Report) compare(byArm map[Arm][]*Outcome) {
	var order []Arm
	var p []float64
	for i, a := range r.Spec.Arms {
		if a == On || r.broke(On) || r.broke(a) {
			continue // of an arm that broke nothing is said but why
		}
		c := comparison(byArm[On], byArm[a], r.Spec.Draws, r.rng(uint64(i)+1))
		if c.N == 0 {
			continue
		}
		c.Against = a
		r.Comparisons[key(a)] = c
		order, p = append(order, a), append(p, c.P)
	}
	for i, corrected := range stats.Holm(p) {
		c := r.Comparisons[key(order[i])]
		c.Holm = corrected
		c.Underpowered = Shown(c.Low, c.High, c.Holm) == NoneShown
		r.Comparisons[key(order[i])] = c
	}
	r.decide()
}

func key(against Arm) string { return string(On) + "-" + string(against) }

func comparison(on, other []*Outcome, draws int, rng *rand.Rand) Comparison {
	var c Comparison
	var success, score []float64
	onSolved, otherSolved := 0, 0
	for i := range on {
		if on[i] == nil || other[i] == nil {
			continue
		}
		a, b := indicator(on[i].Success), indicator(other[i].Success)
		success, score = append(success, a-b), append(score, on[i].Score-other[i].Score)
		onSolved, otherSolved = onSolved+int(a), otherSolved+int(b)
		switch {
		case a > b:
			c.Won++
		case b > a:
			c.Lost++
		}
	}
	if c.N = len(success); c.N == 0 {
		return c
	}
	d := stats.PairedBootstrap(success, nil, draws, rng)
	c.Method = MethodBootstrap
	if !stats.Spread(success) {
		d, c.Method = stats.Newcombe(stats.Wilson(onSolved, c.N), stats.Wilson(otherSolved, c.N)), MethodNewcombe
	}
	c.Difference, c.Low, c.High = d.Value, d.Low, d.High
	c.P, c.McNemar = stats.SignFlip(success, draws, rng), stats.McNemar(c.Won, c.Lost)
	if n, ok := stats.RequiredPairs(float64(c.Won+c.Lost)/float64(c.N), d.Value); ok {
		c.Needed = &n
	}
	c.Score = stats.PairedBootstrap(score, nil, draws, rng)
	c.ScoreP = stats.SignFlip(score, draws, rng)
	return c
}

// calibrate judges the critic by the outcomes that it did not give itself.
func (r *Report) calibrate() {
	var phi, outcome []float64
	var success []bool
	for _, o := range r.Outcomes {
		if o.Phi != nil && o.Source != string(agent.SourceCritic) {
			phi, success, outcome = append(phi, *o.Phi), append(success, o.Success), append(outcome, indicator(o.Success))
		}
	}
	if len(phi) < 10 {
		return // ten bins need ten cases
	}
	c := &Calibration{N: len(phi), Predicted: stats.OutOfFold(phi, success, 5, r.rng(0xca)), FalseSuccess: stats.FalseSuccess(phi, success, 7)}
	brier, skill := stats.Brier(c.Predicted, success)
	c.Brier, c.Skill, c.Spearman = brier, finite(skill), finite(stats.Spearman(phi, outcome))
	c.Bins, c.ECE = stats.Reliability(c.Predicted, success, 10)
	r.Calibration = c
}

package lab

import "purposeagent/agent/experiments"

// Effect is what memory was worth on the test tasks: On against Off, paired by
// task; nil where the two were not compared.
func (r *Report) Effect() *experiments.ExperimentEffect {
	c, ok := r.Comparisons[key(Off)]
	if !ok {
		return nil
	}
	return &experiments.ExperimentEffect{Value: c.Difference, Low: c.Low, High: c.High, Holm: c.Holm, N: c.N}
}

// Effect is what memory was worth over worlds: On against Off, paired by
// world; nil where the two were not compared.
func (r *WorldsReport) Effect() *experiments.ExperimentEffect {
	c, ok := r.Comparisons[key(Off)]
	if !ok {
		return nil
	}
	return &experiments.ExperimentEffect{Value: c.Difference, Low: c.Low, High: c.High, Holm: c.Holm, N: c.Worlds, Worlds: true}
}

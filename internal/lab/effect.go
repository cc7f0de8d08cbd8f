package lab

import "purposeagent/agent"

// Effect is what memory was worth on the test tasks: On against Off, paired by
// task; nil where the two were not compared.
func (r *Report) Effect() *agent.ExperimentEffect {
	c, ok := r.Comparisons[key(Off)]
	if !ok {
		return nil
	}
	return &agent.ExperimentEffect{Value: c.Difference, Low: c.Low, High: c.High, Holm: c.Holm, N: c.N}
}

// Effect is what memory was worth over worlds: On against Off, paired by
// world; nil where the two were not compared.
func (r *WorldsReport) Effect() *agent.ExperimentEffect {
	c, ok := r.Comparisons[key(Off)]
	if !ok {
		return nil
	}
	return &agent.ExperimentEffect{Value: c.Difference, Low: c.Low, High: c.High, Holm: c.Holm, N: c.Worlds, Worlds: true}
}

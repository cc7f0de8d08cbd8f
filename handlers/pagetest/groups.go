package pagetest

import (
	"time"

	"purposeagent/agent"
	"purposeagent/handlers/ui"
)

// AddGroup adds a group of n tasks in both arms of which done have ended: the
// arm with memory gets better. Its runs are called by the prefix, their arm and
// their number.
func (l *RunLog) AddGroup(group, prefix string, n, done int) {
	l.t.Helper()
	for i := range n {
		for _, memory := range []string{"on", "off"} {
			spec := agent.RunSpec{Environment: agent.EnvironmentRef{Name: "workshop"}, Purpose: "Make a red comb, order " + ui.Itoa(i%12),
				MaxSteps: 40, Memory: memory}.WithDefaults()
			run := agent.Run{ID: prefix + memory + ui.Itoa(i+1), Group: group, Label: memory + " " + ui.Itoa(i+1), Spec: spec, Seed: int64(i + 1), CreatedAt: Noon.Add(-10 * time.Minute)}
			l.Add(run)
			switch {
			case i < done:
				l.attempt(run, i, n)
			case i < done+2:
				start := SampleStart()
				start.Score.PhiAfter = 1
				l.Emit(run.ID, Noon, append([]agent.EventData{start}, groupSteps(1, 2.1, 7)...)...)
			}
		}
	}
}

// groupSteps are steps that lead from one Φ to another, with a set-back each
// fifth step.
func groupSteps(from, to float64, n int) []agent.EventData {
	var taken []agent.EventData
	phi := from
	for i := range n {
		next := from + (to-from)*float64(i+1)/float64(n)
		if i%5 == 3 && i < n-1 {
			next = max(next-.7, 0)
		}
		step := SampleStep(i+1, phi)
		step.Score.PhiAfter, step.Score.Delta = next, next-phi
		phi = next
		taken = append(taken, agent.StepTaken{Step: step})
	}
	return taken
}

// attempt lets the i-th run of an arm of n begin, act and end.
func (l *RunLog) attempt(run agent.Run, i, n int) {
	l.t.Helper()
	learning := run.Spec.Memory == "on"
	reach := 2.5 + float64((i*7)%5)*.6
	if learning {
		reach = min(2.5+9*float64(i)/float64(n)+float64((i*5)%4), 10)
	}
	solved := reach > 8.4 || !learning && i%17 == 5
	steps := 40
	if solved {
		reach, steps = 10, 34-20*i/n
	}
	start := SampleStart()
	start.Score.PhiAfter = .8
	events := append([]agent.EventData{start}, groupSteps(.8, reach, steps)...)
	outcome := agent.Outcome{Success: solved, Source: agent.SourceEnvironment, Score: reach / 10}
	l.Emit(run.ID, Noon, append(events, agent.RunFinished{Result: agent.TaskResult{Run: run.ID, Success: solved, Outcome: outcome, TotalSteps: steps, FinalPhi: reach}})...)
}

package pagetest

import (
	"fmt"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/calibration"
)

// JudgedCritics has a calibrated critic, a flatterer that lost its right while
// Φ rose, and one of whom little is known. The sample runs' critic is the first.
func JudgedCritics(t *testing.T) *calibration.CriticLog {
	t.Helper()
	log := calibration.NewCriticLog()
	observe := func(critic, environment string, n int, end func(i int) (phi float64, success bool)) {
		for i := range n {
			phi, success := end(i)
			tr := &agent.Trajectory{Run: fmt.Sprintf("%s-%d", critic, i), Scope: agent.Scope{Environment: environment, Dynamics: "w1", Schema: "4be1a2"},
				Steps:   []agent.Step{{Index: 1, Score: agent.Score{PhiAfter: phi, Delta: phi, Critic: critic}}},
				Outcome: agent.Outcome{Success: success, Source: agent.SourceEnvironment}}
			if err := log.Observe(t.Context(), tr); err != nil {
				t.Fatal(err)
			}
		}
	}
	observe("environment potential", "workshop", 120, func(i int) (float64, bool) { return float64(i%5) * 2.2, i%5 == 4 })
	observe("openai:flatters", "workshop", 120, func(i int) (float64, bool) { return 7 + float64(i)/60, i%4 == 0 })
	observe("openai:new", "workshop", 12, func(int) (float64, bool) { return 8, true })
	return log
}

package runpage

import (
	"strings"
	"testing"

	"purposeagent/agent"
)

// Figures of a result that say no more than their neighbours are left out.
func TestEndStats(t *testing.T) {
	words := func(r *agent.TaskResult) string {
		var all []string
		for _, f := range endStats(r) {
			all = append(all, f.Word+" "+f.Value)
		}
		return strings.Join(all, ", ")
	}
	same := &agent.TaskResult{Success: true, TotalDelta: 6.5, CumulativeReward: 6.5, FinalPhi: 10, SuccessRate: 1, Outcome: agent.Outcome{Success: true, Score: 1}}
	if got := words(same); strings.Contains(got, "Gains") || strings.Contains(got, "Share of the goal") {
		t.Error(got)
	}
	apart := &agent.TaskResult{TotalDelta: 6.5, CumulativeReward: 24.5, FinalPhi: 8, SuccessRate: .5, Outcome: agent.Outcome{Score: .25}}
	if got := words(apart); !strings.Contains(got, "Change of Φ (Σ Δ) +6.5, Gains without the losses +24.5") || !strings.Contains(got, "Share of the goal 0.25 of 1") {
		t.Error(got)
	}
}

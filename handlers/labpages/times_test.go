package labpages

import (
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/handlers/ui"
	"purposeagent/internal/lab"
)

func TestPastLabTimes(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	models := agent.ModelRefs{Actor: agent.Reasoner, Critic: agent.Reasoner, Optimizer: agent.Reasoner}
	ask := lab.Request{Worlds: []int64{1, 2}, Spec: lab.Spec{Train: 30, Test: 10, Arms: []lab.Arm{lab.Off, lab.On}, Models: models}}
	end := at.Add(100 * time.Second) // a second a task
	past := labTimes{{Spec: agent.MustObject(ask), StartedAt: &at, EndedAt: &end}}
	if got := past.guess(ask); got != "50 s to 3m 20s, by 1 experiment before it" {
		t.Errorf("an experiment takes %q", got)
	}
	if got := (labTimes{}).guess(ask); got != ui.UnknownYet {
		t.Errorf("without a past it takes %q", got)
	}
}

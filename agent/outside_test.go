package agent_test

import (
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
)

// outside is a world that can be entered again and acts outside the process.
type outside struct{ *agenttest.Counter }

func (outside) ActsOutside() bool { return true }

// TestActionsOutsideAreRecordedFirst cuts a run off after any event: what was
// started and has no step is in the record, and so is that it may be done twice.
func TestActionsOutsideAreRecordedFirst(t *testing.T) {
	acting := func() agent.Config {
		cfg, _ := world(t, agenttest.Add(1), agenttest.Add(1), agenttest.Add(1))
		cfg.Environment = outside{agenttest.NewCounter(3)}
		return cfg
	}
	whole := events(t, t.Context(), acting(), agenttest.CounterTask(1), nil)
	started := 0
	for i, e := range whole {
		if d, ok := e.Data.(agent.ActionStarted); ok {
			started++
			if taken, ok := whole[i+1].Data.(agent.StepTaken); !ok || taken.Step.Index != d.Index || taken.Step.Action.Key() != d.Action.Key() {
				t.Errorf("after %+v comes %s", d, whole[i+1].Data.Kind())
			}
		}
	}
	if started != 3 {
		t.Fatalf("%d actions were recorded before they were done, want 3", started)
	}
	for cut := 2; cut < len(whole); cut++ {
		point := checkpoint(whole[:cut])
		d, flying := whole[cut-1].Data.(agent.ActionStarted)
		if flying {
			point.InFlight = &d.Action
		}
		cfg := acting()
		cfg.Actor = agenttest.NewScriptedDecider([]agent.Action{agenttest.Add(1), agenttest.Add(1), agenttest.Add(1)}[len(point.Steps):]...)
		rest := events(t, t.Context(), cfg, agenttest.CounterTask(1), point)
		resumed := rest[0].Data.(agent.RunResumed)
		if said := resumed.InFlight != nil && strings.Contains(resumed.Reason, "may be done twice"); said != flying {
			t.Errorf("cut after %s: %+v", whole[cut-1].Data.Kind(), resumed)
		}
	}
	cfg, _ := world(t, agenttest.Add(1))
	for _, e := range events(t, t.Context(), cfg, agenttest.CounterTask(1), nil) {
		if _, ok := e.Data.(agent.ActionStarted); ok {
			t.Error("an action inside the process was recorded twice")
		}
	}
}

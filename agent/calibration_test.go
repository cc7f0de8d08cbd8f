package agent_test

import (
	"context"
	"fmt"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/agenttest"
	"purposeagent/agent/calibration"
	"purposeagent/agent/chat"
)

func TestOrchestratorObserves(t *testing.T) {
	for _, learn := range []bool{true, false} {
		t.Run(fmt.Sprintf("learn %v", learn), func(t *testing.T) {
			log := calibration.NewCriticLog()
			env := agenttest.NewCounter(50)
			model := agenttest.NewModelFunc("script", func(context.Context, chat.Request, int) agenttest.Answer { return acts("add 5") })
			o := orchestrator(t, agent.Config{Environment: env, EnvironmentName: "counter", Actor: modelActor(t, model),
				Critic: agenttest.PotentialCritic(env), Memory: agent.MemoryConfig{Calibrator: log, Learn: learn}})
			result, err := o.Run(t.Context(), "r1", agenttest.CounterTask(1))
			if err != nil {
				t.Fatal(err)
			}
			reports, err := log.Critics(t.Context())
			if err != nil || len(reports) != 1 || reports[0].Total != 1 || reports[0].Scope != o.Scope() {
				t.Fatalf("%+v, %v, after %+v", reports, err, result)
			}
		})
	}
}

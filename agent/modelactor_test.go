package agent_test

import (
	"testing"

	"purposeagent/agent/agenttest"
	"purposeagent/agent/chat"
	"purposeagent/agent/roles"
)

// modelActor is an actor that asks a model.
func modelActor(t testing.TB, model chat.LLM) *roles.Actor {
	t.Helper()
	a, err := roles.NewActor(roles.ActorConfig{LLM: model})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// acts is a model's answer that chooses an action.
func acts(action string) agenttest.Answer {
	return agenttest.SayJSON(map[string]any{"thought": "because", "action": action, "expected_delta": 0.5})
}

package agenttest

import (
	"context"

	"purposeagent/agent"
)

// InstantDecider always takes the same action and records nothing, so that a
// benchmark measures what is around it.
type InstantDecider agent.Action

// Decide returns the action.
func (d InstantDecider) Decide(context.Context, *agent.Situation) (agent.Decision, error) {
	return agent.Decision{Action: agent.Action(d)}, nil
}

// InstantCritic gives every state the same Φ and records nothing.
type InstantCritic float64

// Assess returns the Φ.
func (c InstantCritic) Assess(_ context.Context, a agent.Assessment) (agent.Score, error) {
	return PhiScore(a, float64(c)), nil
}

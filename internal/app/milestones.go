package app

import (
	"context"

	"purposeagent/agent"
	"purposeagent/agent/milestones"
	"purposeagent/models"
)

// Milestones are those that are kept for worlds, and those that environments declare.
// It is safe for concurrent use.
type Milestones struct {
	*models.Milestones
	app *App
}

// Declared returns the milestones that a world's environment declares, which critics
// judge by before any others; none where it declares none or can't be looked into.
// Errors: CodeNotFound for an environment that nobody knows.
func (m *Milestones) Declared(ctx context.Context, world milestones.World) ([]string, error) {
	if _, err := m.app.Registry.Kind(world.Environment); err != nil {
		return nil, agent.Errorf(agent.CodeNotFound, "there is no environment %q", agent.Clip(world.Environment, 80))
	}
	described, _ := m.app.describe(ctx, agent.Scope{Environment: world.Environment, Dynamics: world.Dynamics}, nil)
	return described.Milestones, nil
}

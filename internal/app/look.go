package app

import (
	"context"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/roles"
)

// File returns a file of a run by its hash (files.ErrNotKept).
func (a *App) File(ctx context.Context, run, hash string) ([]byte, error) {
	return a.db.Files(run).Content(ctx, hash)
}

// Picture draws the state after a step for the run's page; 0 is the initial
// state. It is "" where the environment draws none.
func (a *App) Picture(ctx context.Context, id string, step int) (string, error) {
	run, err := a.Runs.Get(ctx, id)
	if err != nil {
		return "", err
	}
	env, err := a.Registry.New(run.Spec.Environment)
	if err != nil {
		return "", err
	}
	defer closeEnvironment(env)
	draws, ok := env.(agent.Picturer)
	if !ok {
		return "", nil
	}
	state, err := a.stateAt(ctx, id, step)
	if err != nil {
		return "", err
	}
	if r, ok := env.(agent.Restorer); ok {
		if err := r.Restore(ctx, run.Spec.Task(run.Seed), state); err != nil {
			return "", err
		}
	}
	return draws.Picture(state)
}

// possiblePatience is how long a page waits for an environment to say what can
// be done.
const possiblePatience = 5 * time.Second

// Possible returns the actions of a run's environment, and those that can be
// done after a step, without starting a program.
func (a *App) Possible(ctx context.Context, run agent.Run, step int) ([]agent.ActionSpec, []agent.Action, error) {
	ctx, cancel := context.WithTimeout(ctx, possiblePatience)
	defer cancel()
	env, entered, done, err := a.glance(run.Spec.Environment)
	if err != nil {
		return nil, nil, err
	}
	defer done()
	specs := env.Actions()
	lists, ok := env.(agent.Legal)
	if !ok {
		return specs, nil, nil
	}
	state, err := a.stateAt(ctx, run.ID, step)
	if err != nil || state.Data == "" {
		return specs, nil, err
	}
	if r, ok := env.(agent.Restorer); ok && entered {
		if err := r.Restore(ctx, run.Spec.Task(run.Seed), state); err != nil {
			return specs, nil, err
		}
	}
	if env.IsTerminal(state) {
		return specs, nil, nil
	}
	return specs, lists.LegalActions(state), nil
}

func (a *App) stateAt(ctx context.Context, id string, step int) (agent.State, error) {
	if step > 0 {
		s, err := a.Runs.Step(ctx, id, step)
		return s.After, err
	}
	c, err := a.Runs.Checkpoint(ctx, id)
	if err != nil {
		return agent.State{}, err
	}
	return c.Initial, nil
}

// Simulate answers what a run in an environment would be given, and why. It
// starts no program.
func (a *App) Simulate(ctx context.Context, environment string, config agent.Object, p roles.Probe) (roles.Simulation, error) {
	env, _, done, err := a.glance(agent.EnvironmentRef{Name: environment, Config: config})
	if err != nil {
		return roles.Simulation{}, err
	}
	defer done()
	retrieval := a.retrieval(ctx)
	p.Semantics, p.Rankers = retrieval.Semantics, retrieval.Rankers
	p.Scope, p.Actions, p.World = agent.ScopeOf(environment, env), env.Actions(), agent.DescriptionOf(env)
	return roles.Simulate(ctx, a.Replay, a.Library, p)
}

// Sealed returns the SHA-256 of the secret rules of the demo's world, which is
// shown before anybody can have learned them.
func (a *App) Sealed() string {
	env, err := a.Registry.New(agent.EnvironmentRef{Name: demoEnvironment, Config: demoConfig(1)})
	if err != nil {
		return ""
	}
	if s, ok := env.(interface{ Commitment() string }); ok {
		return s.Commitment()
	}
	return ""
}

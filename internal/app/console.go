package app

import (
	"context"

	"purposeagent/agent"
	"purposeagent/agent/powers"
	"purposeagent/internal/console"
)

// Consoles are environments in which people act by hand.
type Consoles struct {
	*console.Desk
	app *App
}

func (a *App) newConsoles() *Consoles {
	return &Consoles{app: a, Desk: console.New(console.Config{
		Open: func(_ context.Context, ref agent.EnvironmentRef) (agent.Environment, error) {
			env, err := a.Registry.New(ref)
			if err == nil {
				a.glances.remember(ref, env)
			}
			return env, err
		},
		Patience: patience, Logger: a.cfg.Logger,
	})}
}

// Begin starts a session in an environment. A seed of 0 is drawn, and so is a
// purpose that was left out where the environment draws its tasks. Errors: those of
// console.Desk.Start, and CodeInvalid with a message per field.
func (c *Consoles) Begin(ctx context.Context, ref agent.EnvironmentRef, purpose string, seed int64) (console.View, error) {
	if seed == 0 {
		seed = drawSeed()
	}
	var err error
	if ref.Config, err = c.app.Registry.Check(ref.Name, ref.Config); err != nil {
		return console.View{}, err
	}
	if purpose == "" {
		if purpose, _, err = c.app.Registry.DrawPurpose(ref, seed); err != nil {
			return console.View{}, err
		}
	}
	task := agent.Task{Purpose: purpose, Seed: seed}.WithDefaults()
	if err := task.Check(); err != nil {
		return console.View{}, err
	}
	if err := c.app.Registry.CheckTask(ref, task); err != nil {
		return console.View{}, err
	}
	return c.Start(ctx, ref, task)
}

// Kind says what an environment with its default configuration can do, and how it
// describes itself. known is false where only a program that has not run could tell.
func (a *App) Kind(name string) (about About) {
	env, _, done, err := a.glance(agent.EnvironmentRef{Name: name})
	if err != nil {
		return About{}
	}
	defer done()
	return About{Known: true, Powers: powers.Of(env), Actions: env.Actions(), Description: agent.DescriptionOf(env)}
}

// About is what an environment says of itself.
type About struct {
	Known       bool
	Powers      powers.Powers
	Actions     []agent.ActionSpec
	Description agent.Description
}

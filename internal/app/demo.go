package app

import (
	"context"
	"fmt"

	"purposeagent/agent"
	"purposeagent/internal/engine"
)

// DemoTasks is how many tasks the one-click demo does with memory on; the same
// tasks are done with memory off beside them.
const DemoTasks = 100

// MaxDemoTasks is how many of them fit in one group.
const MaxDemoTasks = agent.MaxRepeats / 2

// demoEnvironment is the world with secret rules.
const demoEnvironment = "workshop"

// demoConfig is one of this installation's secret worlds.
func demoConfig(world int) agent.Object {
	return agent.MustObject(map[string]any{"level": "plain", "world": world})
}

// demoPlan lists the demo's runs in one of this installation's secret worlds: each
// task once with memory on and once with it off, side by side, with the same seeds.
func (a *App) demoPlan(world, tasks int) ([]engine.Planned, error) {
	kind, err := a.Registry.Kind(demoEnvironment)
	if err != nil {
		return nil, err
	}
	config, err := a.Registry.Check(kind.Name, demoConfig(world))
	if err != nil {
		return nil, err
	}
	planned := make([]engine.Planned, 0, 2*tasks)
	for i := range tasks {
		seed := int64(i + 1)
		purpose, err := kind.DrawPurpose(config, seed)
		if err != nil {
			return nil, err
		}
		for _, memory := range []string{"on", "off"} {
			spec := agent.RunSpec{Environment: agent.EnvironmentRef{Name: kind.Name, Config: config},
				Purpose: purpose, Seed: seed, MaxSteps: 40, Memory: memory, Twin: true}.WithDefaults()
			planned = append(planned, engine.Planned{Spec: spec, Seed: seed, Label: fmt.Sprintf("memory %s, task %d", memory, i+1)})
		}
	}
	return planned, nil
}

// Demo launches the demo at once and without a pace, so many tasks with memory on and the same with memory off,
// and returns its group. tasks is 1 to MaxDemoTasks.
func (a *App) Demo(ctx context.Context, tasks int) (string, error) {
	planned, err := a.demoPlan(1, tasks)
	if err != nil {
		return "", err
	}
	runs, err := a.Engine.Create(ctx, planned)
	if err != nil {
		return "", err
	}
	return runs[0].Group, nil
}

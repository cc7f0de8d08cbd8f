package main

import (
	"context"
	"fmt"
	"os"

	"github.com/urfave/cli/v3"

	"purposeagent/agent"
	"purposeagent/internal/engine"
)

// demoTasks is how many tasks the one-click demo does with memory on; the same
// tasks are done with memory off beside them.
const demoTasks = 100

// demoEnvironment is the world with secret rules.
const demoEnvironment = "workshop"

// demoConfig is the world of the demo: this installation's first secret one.
var demoConfig = agent.Object(`{"level":"plain","world":1}`)

// demoPlan lists the demo's runs: each task once with memory on and once with
// it off, side by side, with the same seeds.
func (a *app) demoPlan(tasks int) ([]engine.Planned, error) {
	kind, err := a.registry.Kind(demoEnvironment)
	if err != nil {
		return nil, err
	}
	config, err := a.registry.Check(kind.Name, demoConfig)
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
				Purpose: purpose, MaxSteps: 40, Memory: memory, Twin: true}.WithDefaults()
			planned = append(planned, engine.Planned{Spec: spec, Seed: seed, Label: fmt.Sprintf("memory %s, task %d", memory, i+1)})
		}
	}
	return planned, nil
}

// demo launches the one-click demo and returns its group.
func (a *app) demo(ctx context.Context) (string, error) {
	planned, err := a.demoPlan(demoTasks)
	if err != nil {
		return "", err
	}
	return a.engine.LaunchGroup(ctx, planned)
}

func (p *program) demoCommand() *cli.Command {
	return &cli.Command{
		Name: "demo", Usage: "do tasks in a world with secret rules, with memory on and off, and say what was learned",
		Flags: append(p.storageFlags(), &cli.IntFlag{Name: "tasks", Usage: "with each arm", Value: demoTasks}),
		Action: func(ctx context.Context, c *cli.Command) error {
			if err := noArguments(c); err != nil {
				return err
			}
			if n := c.Int("tasks"); n < 10 || n > 1000 {
				return agent.InvalidFields(map[string]string{"tasks": "must be 10 to 1000"})
			}
			o, err := p.options(c)
			if err != nil {
				return err
			}
			if !c.IsSet("data") { // a fresh world each time, and nothing left behind
				if o.data, err = os.MkdirTemp("", "purpose-demo-"); err != nil {
					return err
				}
				defer func() { _ = os.RemoveAll(o.data) }()
			}
			return p.demo(ctx, o, c.Int("tasks"))
		},
	}
}

func (p *program) demo(ctx context.Context, o options, tasks int) (err error) {
	a, err := open(ctx, o)
	if err != nil {
		return err
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), runGrace)
		defer cancel()
		if failed := a.close(closing); err == nil {
			err = failed
		}
	}()
	planned, err := a.demoPlan(tasks)
	if err != nil {
		return err
	}
	if err := a.engine.Start(ctx); err != nil {
		return err
	}
	group, err := a.engine.LaunchGroup(ctx, planned)
	if err != nil {
		return err
	}
	runs, err := a.db.Runs().Group(ctx, group)
	if err != nil {
		return err
	}
	solved := map[string][]bool{}
	for i, run := range runs {
		for _, err := range a.engine.Follow(ctx, run.ID, run.LastSeq) {
			if err != nil {
				return err
			}
		}
		ended, err := a.db.Runs().Get(ctx, run.ID)
		if err != nil {
			return err
		}
		arm := ended.Spec.Memory
		solved[arm] = append(solved[arm], ended.Outcome != nil && ended.Outcome.Success)
		if (i+1)%20 == 0 {
			_, _ = fmt.Fprintf(p.stderr, "%d of %d runs done\n", i+1, len(runs))
		}
	}
	for _, arm := range []string{"on", "off"} {
		if _, err := fmt.Fprintf(p.stdout, "memory %-3s  solved %2d of the first 10, %2d of the last 10, %3d of all %d\n", arm,
			count(solved[arm][:10]), count(solved[arm][tasks-10:]), count(solved[arm]), tasks); err != nil {
			return err
		}
	}
	return nil
}

func count(solved []bool) int {
	n := 0
	for _, s := range solved {
		if s {
			n++
		}
	}
	return n
}

package commands

import (
	"context"
	"fmt"
	"os"

	"github.com/urfave/cli/v3"

	"purposeagent/agent"
	"purposeagent/agent/playbook"
	"purposeagent/internal/app"
	"purposeagent/internal/terminal"
)

func (p *program) demoCommand() *cli.Command {
	return &cli.Command{
		Name: "demo", Usage: "do tasks in a world with secret rules, with memory on and off, and say what was learned",
		Flags: append(p.storageFlags(), &cli.IntFlag{Name: "tasks", Usage: "with each arm", Value: app.DemoTasks}),
		Action: func(ctx context.Context, c *cli.Command) error {
			if err := noArguments(c); err != nil {
				return err
			}
			if n := c.Int("tasks"); n < 10 || n > app.MaxDemoTasks {
				return agent.InvalidFields(map[string]string{"tasks": fmt.Sprintf("must be 10 to %d", app.MaxDemoTasks)})
			}
			o, err := p.options(c)
			if err != nil {
				return err
			}
			if !c.IsSet("data") { // a fresh world each time, and nothing left behind
				if o.Data, err = os.MkdirTemp("", "purpose-demo-"); err != nil {
					return err
				}
				defer func() { _ = os.RemoveAll(o.Data) }()
				o.DatabaseURL = ""
			}
			return opened(ctx, o, func(a *app.App) error { return p.demo(ctx, a, c.Int("tasks")) })
		},
	}
}

// demo works the demo's runs and says how many tasks each arm solved.
func (p *program) demo(ctx context.Context, a *app.App, tasks int) error {
	if err := a.Engine.Start(ctx); err != nil {
		return err
	}
	group, err := a.Demo(ctx, tasks)
	if err != nil {
		return err
	}
	runs, err := a.Runs.Group(ctx, group)
	if err != nil {
		return err
	}
	solved := map[string][]bool{}
	for i, run := range runs {
		for _, err := range a.Engine.Follow(ctx, run.ID, run.LastSeq) {
			if err != nil {
				return err
			}
		}
		ended, err := a.Runs.Get(ctx, run.ID)
		if err != nil {
			return err
		}
		arm := ended.Spec.Memory
		solved[arm] = append(solved[arm], ended.Outcome != nil && ended.Outcome.Success)
		if (i+1)%20 == 0 {
			_, _ = fmt.Fprintf(p.stderr, "%d of %d runs done\n", i+1, len(runs))
		}
	}
	page, err := a.Playbook(ctx, playbook.Asked{Tokens: playbook.DefaultTokens})
	if err != nil {
		return err
	}
	return terminal.WriteDemo(p.stdout, solved, page.Markdown())
}

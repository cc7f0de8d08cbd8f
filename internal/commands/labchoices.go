package commands

import (
	"context"
	"io"

	"github.com/urfave/cli/v3"

	"purposeagent/agent"
	"purposeagent/internal/app"
	"purposeagent/internal/lab"
	"purposeagent/internal/terminal"
)

// choicesCommand asks a model in single states: does it do what it is told?
func (p *program) choicesCommand() *cli.Command {
	return &cli.Command{
		Name: "choices", Usage: "see whether a model does what one rule tells it, in states in which one action is right",
		Flags: append(p.storageFlags(),
			&cli.StringFlag{Name: "environment", Aliases: []string{"e"}, Usage: "kind of environment; it must know how near the purpose is", Value: "workshop"},
			&cli.StringFlag{Name: "config", Usage: "its configuration as a JSON object"},
			&cli.StringFlag{Name: "worlds", Usage: "numbers of the worlds", Value: "1,2"},
			&cli.IntFlag{Name: "states", Usage: "to ask in, over all worlds", Value: 50},
			&cli.StringFlag{Name: "model", Usage: "who is asked: provider:model"},
			&cli.StringFlag{Name: "trainer", Usage: "who acts in training", Value: agent.Reasoner},
			&cli.IntFlag{Name: "train", Usage: "tasks to learn from in each world", Value: 100},
			&cli.Int64Flag{Name: "seed", Usage: "draws the tasks", Value: 1},
			&cli.BoolFlag{Name: "json", Usage: "print one JSON object"},
		),
		Action: p.runChoices,
	}
}

func (p *program) runChoices(ctx context.Context, c *cli.Command) error {
	if err := noArguments(c); err != nil {
		return err
	}
	fields := map[string]string{}
	config, err := agent.ParseObject([]byte(c.String("config")))
	if err != nil {
		fields["config"] = agent.MessageOf(err)
	}
	worlds, err := lab.ParseWorlds(c.String("worlds"))
	if err != nil {
		fields["worlds"] = agent.MessageOf(err)
	}
	states := c.Int("states")
	if states < 1 || states > 1000 {
		fields["states"] = "must be 1 to 1000"
	}
	if c.String("model") == "" || c.String("model") == agent.Reasoner {
		fields["model"] = "name a language model, as in provider:model"
	}
	if len(fields) > 0 {
		return agent.InvalidFields(fields)
	}
	spec := lab.Spec{Environment: agent.EnvironmentRef{Name: c.String("environment"), Config: config}, Trainer: c.String("trainer"),
		Models: agent.ModelRefs{Actor: c.String("model"), Critic: agent.Reasoner, Optimizer: agent.Reasoner},
		Seed:   c.Int64("seed"), Train: c.Int("train")}
	return p.atDesk(ctx, c, func(a *app.App) error {
		cfg, err := a.Lab.Wire(ctx, spec)
		if err != nil {
			return labFields(err)
		}
		cfg.Progress = terminal.Progress(p.stderr)
		report, err := lab.Choices(ctx, cfg, spec, worlds, states)
		if err != nil {
			return labFields(err)
		}
		return p.print(c, report, func(w io.Writer) error { return terminal.WriteChoices(w, report) })
	})
}

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"

	"github.com/urfave/cli/v3"

	"purposeagent/agent"
	"purposeagent/internal/app"
)

func (p *program) runCommand() *cli.Command {
	return &cli.Command{
		Name: "run", Usage: "run one task in the terminal, with a live view of its steps",
		Flags: append(p.storageFlags(),
			&cli.StringFlag{Name: "environment", Aliases: []string{"e"}, Usage: "kind of environment, such as maze"},
			&cli.StringFlag{Name: "config", Usage: "its configuration as a JSON object"},
			&cli.StringFlag{Name: "purpose", Aliases: []string{"p"}, Usage: "what the agent should reach; drawn from the seed where the environment can"},
			&cli.StringFlag{Name: "description", Usage: "the task in more words"},
			&cli.StringFlag{Name: "model", Usage: "the actor: reasoner or provider:model", Value: agent.Reasoner},
			&cli.StringFlag{Name: "critic", Usage: "default: as --model"},
			&cli.StringFlag{Name: "optimizer", Usage: "default: as --model"},
			&cli.Int64Flag{Name: "seed", Usage: "0 draws one"},
			&cli.IntFlag{Name: "max-steps", Value: agent.DefaultMaxSteps},
			&cli.FloatFlag{Name: "early-stop-phi", Value: agent.DefaultEarlyStopPhi},
			&cli.FloatFlag{Name: "pace", Usage: "minimum seconds between steps, for watching"},
			&cli.StringFlag{Name: "memory", Usage: "on: rules are used and learned; off: neither", Value: "on"},
			&cli.StringFlag{Name: "tags", Usage: "words to find the run by, with commas between"},
			&cli.BoolFlag{Name: "json", Usage: "print one event a line, and a result as the last line"},
		),
		Action: p.runTask,
	}
}

// specOf reads the flags. An explicit zero is refused where zero means nothing.
func specOf(c *cli.Command) (agent.RunSpec, error) {
	config, err := agent.ParseObject([]byte(c.String("config")))
	if err != nil {
		return agent.RunSpec{}, agent.InvalidFields(map[string]string{"config": agent.MessageOf(err)})
	}
	spec := agent.RunSpec{
		Environment: agent.EnvironmentRef{Name: c.String("environment"), Config: config},
		Purpose:     c.String("purpose"), Description: c.String("description"),
		Models: agent.ModelRefs{Actor: c.String("model"), Critic: c.String("critic"), Optimizer: c.String("optimizer")},
		Seed:   c.Int64("seed"), MaxSteps: c.Int("max-steps"), EarlyStopPhi: c.Float("early-stop-phi"), Memory: c.String("memory"), Pace: c.Float("pace"),
	}
	if spec.Tags, err = agent.ParseTags(c.String("tags")); err != nil {
		return spec, agent.InvalidFields(map[string]string{"tags": agent.MessageOf(err)})
	}
	if spec.MaxSteps == 0 {
		return spec, agent.InvalidFields(map[string]string{"max-steps": fmt.Sprintf("must be 1 to %d, got 0", agent.MaxMaxSteps)})
	}
	if spec.EarlyStopPhi == 0 {
		return spec, agent.InvalidFields(map[string]string{"early-stop-phi": "must be above 0 and at most 10, got 0"})
	}
	return spec, nil
}

func (p *program) runTask(ctx context.Context, c *cli.Command) error {
	if err := noArguments(c); err != nil {
		return err
	}
	spec, err := specOf(c)
	if err != nil {
		return err
	}
	o, err := p.options(c)
	if err != nil {
		return err
	}
	o.Commands, o.Alone = true, true // who types the command may start one
	// The run ends by being stopped, not by losing its database: the engine
	// works on a context of its own, and ctx only asks for the stop.
	work := context.WithoutCancel(ctx)
	var result agent.TaskResult
	err = opened(work, o, func(a *app.App) (err error) {
		result, err = p.follow(ctx, work, a, o.Logger, spec, c.Bool("json"))
		return err
	})
	if err != nil {
		return err
	}
	if !result.Success {
		return &exit{code: exitUnsolved}
	}
	return nil
}

// follow launches the run and shows its events to the end.
func (p *program) follow(ctx, work context.Context, a *app.App, logger *slog.Logger, spec agent.RunSpec, asJSON bool) (agent.TaskResult, error) {
	var result agent.TaskResult
	if err := a.Engine.Start(work); err != nil {
		return result, err
	}
	runs, err := a.Launch(work, spec)
	if err != nil {
		return result, err
	}
	run := runs[0]
	stop := context.AfterFunc(ctx, func() {
		if err := a.Engine.StopRun(work, run.ID, "the terminal"); err != nil {
			logger.Error("run not stopped", "run", run.ID, "err", err)
		}
	})
	defer stop()
	show := newTerminal(p.stdout, run.Spec.MaxSteps)
	encode := json.NewEncoder(p.stdout)
	var failed error
	for event, err := range a.Engine.Follow(work, run.ID, 0) {
		if err != nil {
			return result, err
		}
		if asJSON {
			if err := encode.Encode(event); err != nil {
				return result, err
			}
		} else {
			show.show(event)
		}
		switch d := event.Data.(type) {
		case agent.RunFinished:
			result = d.Result
		case agent.RunStopped:
			result = d.Result
			if ctx.Err() != nil {
				failed = &exit{interruptCode, agent.Errorf(agent.CodeStopped, "interrupted; the run is stopped, and what it did up to step %d is kept", result.TotalSteps)}
			}
		case agent.RunFailed:
			result, failed = d.Result, &exit{exitFailed, &agent.Error{Code: d.Code, Message: d.Message}}
		case agent.RunQueued, agent.RunStarted, agent.RunResumed, agent.ActionStarted, agent.StepTaken, agent.RunWaiting, agent.RunPaused, agent.NoteAdded,
			agent.ApprovalAsked, agent.ApprovalAnswered, agent.Learned:
		}
	}
	if asJSON {
		if err := encode.Encode(resultLine{"result", run.ID, result, result.Summary()}); err != nil {
			return result, err
		}
	}
	return result, failed
}

type resultLine struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
	agent.TaskResult
	Summary string `json:"summary"`
}

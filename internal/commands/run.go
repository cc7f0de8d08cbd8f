package commands

import (
	"context"
	"encoding/json"
	"log/slog"

	"github.com/urfave/cli/v3"

	"purposeagent/agent"
	"purposeagent/handlers/request"
	"purposeagent/internal/app"
	"purposeagent/internal/terminal"
)

func (p *program) runCommand() *cli.Command {
	ask := request.Run{MaxSteps: agent.DefaultMaxSteps, EarlyStopPhi: agent.DefaultEarlyStopPhi, Memory: "on", Models: request.Models{Actor: agent.Reasoner}}
	flags := append(asked(&ask), &cli.BoolFlag{Name: "json", Usage: "print one event a line, and a result as the last line"})
	return &cli.Command{
		Name: "run", Usage: "run one task in the terminal, with a live view of its steps",
		Flags:  append(p.storageFlags(), flags...),
		Action: func(ctx context.Context, c *cli.Command) error { return p.runTask(ctx, c, ask.Spec()) },
	}
}

func (p *program) runTask(ctx context.Context, c *cli.Command, spec agent.RunSpec) error {
	if err := noArguments(c); err != nil {
		return err
	}
	o, err := p.options(c)
	if err != nil {
		return err
	}
	o.Programs, o.PrivateHosts, o.Alone = true, true, true // who types the command may start some
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
		return &exit{code: ExitUnsolved}
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
	show := terminal.NewRun(p.stdout, run.Spec.MaxSteps)
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
			show.Show(event)
		}
		switch d := event.Data.(type) {
		case agent.RunFinished:
			result = d.Result
		case agent.RunStopped:
			result = d.Result
			if ctx.Err() != nil {
				failed = &exit{ExitInterrupted, agent.Errorf(agent.CodeStopped, "interrupted; the run is stopped, and what it did up to step %d is kept", result.TotalSteps)}
			}
		case agent.ApprovalAsked:
			failed = &exit{ExitFailed, agent.Errorf(agent.CodeConflict, "nobody can be asked here, so the run was stopped before it: launch it on the page of purpose serve, or say by --approval that nobody needs to be asked")}
			if err := a.Engine.StopRun(work, run.ID, "the terminal"); err != nil {
				return result, err
			}
		case agent.RunFailed:
			result, failed = d.Result, &exit{ExitFailed, &agent.Error{Code: d.Code, Message: d.Message}}
		case agent.RunQueued, agent.RunStarted, agent.RunResumed, agent.ActionStarted, agent.StepTaken, agent.RunWaiting, agent.RunPaused, agent.NoteAdded,
			agent.ApprovalAnswered, agent.Judged, agent.Learned:
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

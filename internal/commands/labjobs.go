package commands

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os/user"

	"github.com/urfave/cli/v3"

	"purposeagent/agent"
	"purposeagent/agent/experiments"
	"purposeagent/internal/app"
	"purposeagent/internal/terminal"
)

// me is who types.
func me() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return "the command line"
}

// labCommands are the commands for experiments that are kept in the data folder.
func (p *program) labCommands() []*cli.Command {
	asJSON := &cli.BoolFlag{Name: "json", Usage: "print JSON"}
	one := func(name, usage string, act func(ctx context.Context, c *cli.Command, a *app.App, id string) error) *cli.Command {
		return &cli.Command{Name: name, Usage: usage, ArgsUsage: "ID", Flags: append(p.storageFlags(), asJSON), Action: func(ctx context.Context, c *cli.Command) error {
			if c.Args().Len() != 1 {
				return agent.Errorf(agent.CodeInvalid, "say which experiment: purpose lab %s ID; purpose lab list shows them", name)
			}
			return p.atDesk(ctx, c, func(a *app.App) error { return act(ctx, c, a, c.Args().First()) })
		}}
	}
	return []*cli.Command{
		p.choicesCommand(),
		{Name: "list", Usage: "list the experiments that are kept", Flags: append(p.storageFlags(), asJSON), Action: func(ctx context.Context, c *cli.Command) error {
			if err := noArguments(c); err != nil {
				return err
			}
			return p.atDesk(ctx, c, func(a *app.App) error { return p.listExperiments(ctx, c, a) })
		}},
		one("show", "show an experiment that is kept", func(ctx context.Context, c *cli.Command, a *app.App, id string) error {
			e, err := a.Lab.Get(ctx, id)
			if err != nil {
				return err
			}
			return p.showExperiment(c, e)
		}),
		one("export", "print the report of an experiment, as docs/lab/check.py reads it", func(ctx context.Context, _ *cli.Command, a *app.App, id string) error {
			e, err := a.Lab.Get(ctx, id)
			if err == nil && e.Report.IsEmpty() {
				err = agent.Errorf(agent.CodeConflict, "experiment %s is %s and has no report yet", id, e.Status)
			}
			if err == nil {
				_, err = fmt.Fprintln(p.stdout, e.Report)
			}
			return err
		}),
		one("cancel", "cancel an experiment; what it has done is kept", func(ctx context.Context, _ *cli.Command, a *app.App, id string) error {
			return a.Lab.Cancel(ctx, id, me())
		}),
		one("resume", "go on with an experiment that was interrupted, cancelled or failed, here and now", func(ctx context.Context, c *cli.Command, a *app.App, id string) error {
			e, err := a.Lab.Get(ctx, id)
			if err == nil && e.Status.Final() {
				err = a.Lab.Resume(ctx, id, me())
			}
			if err != nil {
				return err
			}
			return p.workAndShow(ctx, c, a, id)
		}),
		one("delete", "delete an experiment that has ended", func(ctx context.Context, _ *cli.Command, a *app.App, id string) error {
			n, err := a.Lab.Delete(ctx, me(), []string{id})
			if err == nil && n == 0 {
				err = agent.Errorf(agent.CodeNotFound, "there is no experiment %q", id)
			}
			return err
		}),
	}
}

// atDesk opens the data folder beside a server that may be working on it.
func (p *program) atDesk(ctx context.Context, c *cli.Command, act func(*app.App) error) error {
	o, err := p.options(c)
	if err != nil {
		return err
	}
	o.Shared, o.Programs, o.PrivateHosts = true, true, true // who types the command may start some
	return opened(ctx, o, act)
}

// workAndShow works an experiment in this process, so that it needs no server,
// and shows it. A server on the same folder leaves it alone meanwhile.
func (p *program) workAndShow(ctx context.Context, c *cli.Command, a *app.App, id string) error {
	e, err := a.Lab.RunOrFollow(ctx, id, terminal.Progress(p.stderr), func() {
		_, _ = fmt.Fprintf(p.stderr, "the server works experiment %s; waiting for it\n", id)
	})
	switch {
	case ctx.Err() != nil:
		return &exit{ExitInterrupted, agent.Errorf(agent.CodeStopped, "interrupted; go on with: purpose lab resume %s", id)}
	case err != nil:
		return err
	case e.Status != experiments.ExperimentFinished:
		return &exit{ExitFailed, agent.Errorf(agent.CodeUnavailable, "experiment %s is %s: %s", id, e.Status, e.Reason)}
	}
	return p.showExperiment(c, e)
}

func (p *program) showExperiment(c *cli.Command, e experiments.Experiment) error {
	if c.Bool("json") {
		if e.Status == experiments.ExperimentFinished {
			_, err := fmt.Fprintln(p.stdout, e.Report)
			return err
		}
		return json.NewEncoder(p.stdout).Encode(e)
	}
	return terminal.WriteExperiment(p.stdout, &e)
}

func (p *program) listExperiments(ctx context.Context, c *cli.Command, a *app.App) error {
	all, err := a.Lab.All(ctx)
	if err != nil {
		return err
	}
	return p.print(c, all, func(w io.Writer) error {
		if len(all) == 0 {
			_, err := fmt.Fprintln(w, "no experiments are kept here; purpose lab --save keeps one")
			return err
		}
		for i := range all {
			if _, err := fmt.Fprintln(w, terminal.ExperimentLine(&all[i])); err != nil {
				return err
			}
		}
		return nil
	})
}

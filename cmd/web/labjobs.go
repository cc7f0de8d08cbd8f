package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os/user"
	"strings"

	"github.com/urfave/cli/v3"

	"purposeagent/agent"
	"purposeagent/internal/app"
	"purposeagent/internal/lab"
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
	o.Shared, o.Commands = true, true // who types the command may start one
	return opened(ctx, o, act)
}

// workAndShow works an experiment in this process, so that it needs no server,
// and shows it. A server on the same folder leaves it alone meanwhile.
func (p *program) workAndShow(ctx context.Context, c *cli.Command, a *app.App, id string) error {
	e, err := a.Lab.Run(ctx, id, labProgress(p.stderr))
	if agent.CodeOf(err) == agent.CodeConflict { // a server was quicker
		_, _ = fmt.Fprintf(p.stderr, "the server works experiment %s; waiting for it\n", id)
		for e, err = range a.Lab.Follow(ctx, id) {
			if err != nil {
				break
			}
		}
	}
	switch {
	case ctx.Err() != nil:
		return &exit{interruptCode, agent.Errorf(agent.CodeStopped, "interrupted; go on with: purpose lab resume %s", id)}
	case err != nil:
		return err
	case e.Status != agent.ExperimentFinished:
		return &exit{exitFailed, agent.Errorf(agent.CodeUnavailable, "experiment %s is %s: %s", id, e.Status, e.Reason)}
	}
	return p.showExperiment(c, e)
}

func (p *program) showExperiment(c *cli.Command, e agent.Experiment) error {
	if c.Bool("json") {
		if e.Status == agent.ExperimentFinished {
			_, err := fmt.Fprintln(p.stdout, e.Report)
			return err
		}
		return json.NewEncoder(p.stdout).Encode(e)
	}
	one, several, err := lab.ParseReport(e.Report)
	switch {
	case err != nil:
		return err
	case one != nil:
		return writeLab(p.stdout, one)
	case several != nil:
		return writeWorlds(p.stdout, several)
	}
	_, err = fmt.Fprintf(p.stdout, "%s\n%s\n", experimentLine(&e), e.Name)
	return err
}

func (p *program) listExperiments(ctx context.Context, c *cli.Command, a *app.App) error {
	var all []agent.Experiment
	for q := (agent.ExperimentQuery{Limit: 200}); ; {
		page, err := a.Lab.List(ctx, q)
		if err != nil {
			return err
		}
		all = append(all, page.Items...)
		if q.Cursor = page.Next; q.Cursor == "" {
			break
		}
	}
	if c.Bool("json") {
		if all == nil {
			all = []agent.Experiment{}
		}
		return json.NewEncoder(p.stdout).Encode(all)
	}
	if len(all) == 0 {
		_, err := fmt.Fprintln(p.stdout, "no experiments are kept here; purpose lab --save keeps one")
		return err
	}
	var b strings.Builder
	for i := range all {
		fmt.Fprintf(&b, "%s\n", experimentLine(&all[i]))
	}
	_, err := io.WriteString(p.stdout, b.String())
	return err
}

// experimentLine says in one line what an experiment is and how it stands.
func experimentLine(e *agent.Experiment) string {
	text := fmt.Sprintf("%s  %-9s  %s  %s", e.ID, e.Status, e.CreatedAt.Local().Format("2006-01-02 15:04"), e.Name)
	switch {
	case e.Verdict != "":
		text += "\n    " + e.Verdict
	case e.Reason != "":
		text += "\n    " + e.Reason
	case e.Status == agent.ExperimentRunning && e.Progress.Total > 0:
		text += fmt.Sprintf("\n    %s, %d of %d", e.Progress.Phase, e.Progress.Done, e.Progress.Total)
	}
	return text
}

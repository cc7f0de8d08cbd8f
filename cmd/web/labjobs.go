package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v3"

	"purposeagent/agent"
	"purposeagent/environments"
	"purposeagent/environments/remote"
	"purposeagent/internal/lab"
	"purposeagent/models"
)

// labDesk is what the lab's commands work with: the data folder, opened beside
// a server that may be running on it. It needs close.
type labDesk struct {
	db       *models.DB
	wiring   labWiring
	jobs     *lab.Jobs
	programs *remote.Pool // of idle programs that environments are
}

func openDesk(ctx context.Context, o options) (*labDesk, error) {
	if err := os.MkdirAll(o.data, 0o750); err != nil {
		return nil, agent.Wrap(agent.CodeInvalid, err, "can't make the data folder %s; choose another with --data", o.data)
	}
	db, err := models.Open(ctx, models.Config{Path: filepath.Join(o.data, databaseFile), Witness: filepath.Join(o.data, keyFile), Shared: true})
	if err != nil {
		return nil, err
	}
	d := &labDesk{db: db, programs: remote.NewPool(0, 0)}
	seed, err := installSeed(ctx, db.Settings())
	if err == nil {
		d.wiring.registry, err = environments.NewRegistry(environments.Builtin(seed, environmentOptions(o, d.programs)...)...)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	desk, err := openModels(ctx, db, o)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	d.wiring.roles, d.wiring.parallel = newRoles(desk, db, nil, nil), o.workers
	d.wiring.library, d.wiring.replay = db.Library(), db.Replay(0)
	d.jobs = lab.NewJobs(lab.JobsConfig{Store: db.Experiments(), Wire: d.wiring.wire, Logger: o.logger, Owner: fmt.Sprintf("process %d", os.Getpid())})
	return d, nil
}

func (d *labDesk) close() error { return errors.Join(d.programs.Close(), d.db.Close()) }

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
	one := func(name, usage string, act func(ctx context.Context, c *cli.Command, d *labDesk, id string) error) *cli.Command {
		return &cli.Command{Name: name, Usage: usage, ArgsUsage: "ID", Flags: append(p.storageFlags(), asJSON), Action: func(ctx context.Context, c *cli.Command) error {
			if c.Args().Len() != 1 {
				return agent.Errorf(agent.CodeInvalid, "say which experiment: purpose lab %s ID; purpose lab list shows them", name)
			}
			return p.atDesk(ctx, c, func(d *labDesk) error { return act(ctx, c, d, c.Args().First()) })
		}}
	}
	return []*cli.Command{
		{Name: "list", Usage: "list the experiments that are kept", Flags: append(p.storageFlags(), asJSON), Action: func(ctx context.Context, c *cli.Command) error {
			if err := noArguments(c); err != nil {
				return err
			}
			return p.atDesk(ctx, c, func(d *labDesk) error { return p.listExperiments(ctx, c, d) })
		}},
		one("show", "show an experiment that is kept", func(ctx context.Context, c *cli.Command, d *labDesk, id string) error {
			e, err := d.jobs.Get(ctx, id)
			if err != nil {
				return err
			}
			return p.showExperiment(c, e)
		}),
		one("export", "print the report of an experiment, as docs/lab/check.py reads it", func(ctx context.Context, _ *cli.Command, d *labDesk, id string) error {
			e, err := d.jobs.Get(ctx, id)
			if err == nil && e.Report.IsEmpty() {
				err = agent.Errorf(agent.CodeConflict, "experiment %s is %s and has no report yet", id, e.Status)
			}
			if err == nil {
				_, err = fmt.Fprintln(p.stdout, e.Report)
			}
			return err
		}),
		one("cancel", "cancel an experiment; what it has done is kept", func(ctx context.Context, _ *cli.Command, d *labDesk, id string) error {
			return d.jobs.Cancel(ctx, id, me())
		}),
		one("resume", "go on with an experiment that was interrupted, cancelled or failed, here and now", func(ctx context.Context, c *cli.Command, d *labDesk, id string) error {
			e, err := d.jobs.Get(ctx, id)
			if err == nil && e.Status.Final() {
				err = d.jobs.Resume(ctx, id, me())
			}
			if err != nil {
				return err
			}
			return p.workAndShow(ctx, c, d, id)
		}),
		one("delete", "delete an experiment that is at its end", func(ctx context.Context, _ *cli.Command, d *labDesk, id string) error {
			n, err := d.jobs.Delete(ctx, me(), []string{id})
			if err == nil && n == 0 {
				err = agent.Errorf(agent.CodeNotFound, "there is no experiment %q", id)
			}
			return err
		}),
	}
}

func (p *program) atDesk(ctx context.Context, c *cli.Command, act func(*labDesk) error) error {
	o, err := p.options(c)
	if err != nil {
		return err
	}
	o.commands = true // who types the command may start one
	d, err := openDesk(ctx, o)
	if err != nil {
		return err
	}
	return errors.Join(act(d), d.close())
}

// workAndShow works an experiment in this process, so that it needs no server,
// and shows it. A server on the same folder leaves it alone meanwhile.
func (p *program) workAndShow(ctx context.Context, c *cli.Command, d *labDesk, id string) error {
	e, err := d.jobs.Run(ctx, id, labProgress(p.stderr))
	if agent.CodeOf(err) == agent.CodeConflict { // a server was quicker
		_, _ = fmt.Fprintf(p.stderr, "the server works experiment %s; waiting for it\n", id)
		for e, err = range d.jobs.Follow(ctx, id) {
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

func (p *program) listExperiments(ctx context.Context, c *cli.Command, d *labDesk) error {
	var all []agent.Experiment
	for q := (agent.ExperimentQuery{Limit: 200}); ; {
		page, err := d.jobs.List(ctx, q)
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

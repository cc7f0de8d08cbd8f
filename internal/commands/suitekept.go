package commands

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"purposeagent/agent"
	"purposeagent/agent/suites"
	"purposeagent/handlers/request"
	"purposeagent/internal/app"
	"purposeagent/internal/suitefile"
	"purposeagent/internal/terminal"
)

func (p *program) suiteImportCommand() *cli.Command {
	return &cli.Command{
		Name: "import", Usage: "keep a suite from a file or folder; everything is checked first", ArgsUsage: "FILE",
		Flags: append(append(p.storageFlags(), suiteFileFlags()...),
			&cli.StringFlag{Name: "into", Usage: "suite, by name or id, whose next version it becomes"},
			&cli.StringFlag{Name: "note", Usage: "what the version is, for people"},
			&cli.BoolFlag{Name: "json", Usage: "print JSON"}),
		Action: func(ctx context.Context, c *cli.Command) error {
			s, err := readSuite(c)
			if err != nil {
				return err
			}
			return p.atDesk(ctx, c, func(a *app.App) error {
				info, err := keepSuite(ctx, c, a, s)
				if err != nil {
					return err
				}
				return p.print(c, info, func(w io.Writer) error {
					_, err := fmt.Fprintf(w, "%s is kept: version %d with %d tasks, %s\n", info.Name, info.Version, info.Tasks, info.ID)
					return err
				})
			})
		},
	}
}

// keepSuite keeps a suite as a new one, or as the next version of one.
func keepSuite(ctx context.Context, c *cli.Command, a *app.App, s suites.Suite) (suites.Info, error) {
	if c.String("into") == "" {
		return a.Suites.Import(ctx, me(), s, c.String("note"))
	}
	info, err := a.Suites.Get(ctx, c.String("into"))
	if err != nil {
		return info, err
	}
	s.Name = info.Name
	return a.Suites.Change(ctx, me(), info.ID, info.Version, s, c.String("note"))
}

func (p *program) suiteListCommand() *cli.Command {
	return &cli.Command{
		Name: "list", Usage: "list the suites that are kept", Flags: append(p.storageFlags(), &cli.BoolFlag{Name: "json", Usage: "print JSON"}),
		Action: func(ctx context.Context, c *cli.Command) error {
			if err := noArguments(c); err != nil {
				return err
			}
			return p.atDesk(ctx, c, func(a *app.App) error {
				list, err := a.Suites.List(ctx)
				if err != nil {
					return err
				}
				return p.print(c, list, func(w io.Writer) error { return terminal.WriteSuites(w, list) })
			})
		},
	}
}

// oneSuite is a command about one suite, which is named by its name or id.
func (p *program) oneSuite(name, usage string, flags []cli.Flag, act func(ctx context.Context, c *cli.Command, a *app.App, suite suites.Info) error) *cli.Command {
	return &cli.Command{
		Name: name, Usage: usage, ArgsUsage: "SUITE", Flags: append(p.storageFlags(), flags...),
		Action: func(ctx context.Context, c *cli.Command) error {
			id, err := suiteNamed(c)
			if err != nil {
				return err
			}
			return p.atDesk(ctx, c, func(a *app.App) error {
				info, err := a.Suites.Get(ctx, id)
				if err != nil {
					return err
				}
				return act(ctx, c, a, info)
			})
		},
	}
}

// suiteNamed is the suite that a command names; its name may be of several words.
func suiteNamed(c *cli.Command) (string, error) {
	name := strings.Join(c.Args().Slice(), " ")
	if name == "" {
		return "", agent.Errorf(agent.CodeInvalid, "say which suite, by its name or id: purpose suite %s SUITE; purpose suite list shows them", c.Name)
	}
	return name, nil
}

// suiteShown is what purpose suite show --json prints.
type suiteShown struct {
	suites.Info
	Versions []suites.Version `json:"versions"`
	Runs     []suites.Outcome `json:"outcomes"`
}

func (p *program) suiteShowCommand() *cli.Command {
	return p.oneSuite("show", "show a suite with its versions and its runs", []cli.Flag{&cli.BoolFlag{Name: "json", Usage: "print JSON"}},
		func(ctx context.Context, c *cli.Command, a *app.App, info suites.Info) error {
			versions, err := a.Suites.Versions(ctx, info.ID)
			if err != nil {
				return err
			}
			outcomes, err := a.Suites.Outcomes(ctx, info.ID)
			if err != nil {
				return err
			}
			return p.print(c, suiteShown{info, versions, outcomes}, func(w io.Writer) error { return terminal.WriteSuite(w, &info, versions, outcomes) })
		})
}

func (p *program) suiteExportCommand() *cli.Command {
	return p.oneSuite("export", "write a suite as a file", []cli.Flag{
		&cli.IntFlag{Name: "version", Usage: "of the suite; default: the newest"},
		&cli.StringFlag{Name: "form", Usage: "json or csv", Value: suitefile.JSON},
		&cli.StringFlag{Name: "out", Usage: "file to write; - is standard output", Value: "-"},
	}, func(ctx context.Context, c *cli.Command, a *app.App, info suites.Info) error {
		_, s, err := a.Suites.Load(ctx, info.ID, c.Int("version"))
		if err != nil {
			return err
		}
		var text strings.Builder
		switch c.String("form") {
		case suitefile.JSON:
			raw, err := s.Encode()
			if err != nil {
				return err
			}
			text.Write(raw)
		case suitefile.CSV:
			if err := s.WriteCSV(&text); err != nil {
				return err
			}
		default:
			return agent.InvalidFields(map[string]string{"form": "must be json or csv"})
		}
		if c.String("out") == "-" {
			_, err = io.WriteString(p.stdout, text.String())
			return err
		}
		if err := os.WriteFile(c.String("out"), []byte(text.String()), 0o600); err != nil {
			return agent.Wrap(agent.CodeInvalid, err, "%s can't be written; choose another file with --out", c.String("out"))
		}
		return nil
	})
}

func (p *program) suiteFreezeCommand() *cli.Command {
	return p.oneSuite("freeze", "keep a suite from any later change, so that its runs stay comparable", []cli.Flag{&cli.BoolFlag{Name: "json", Usage: "print JSON"}},
		func(ctx context.Context, c *cli.Command, a *app.App, info suites.Info) error {
			info, err := a.Suites.Freeze(ctx, me(), info.ID)
			if err != nil {
				return err
			}
			return p.print(c, info, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "%s is frozen at version %d\n", info.Name, info.Version)
				return err
			})
		})
}

func (p *program) suiteCopyCommand() *cli.Command {
	return p.oneSuite("copy", "keep a version of a suite as a new one, which can be changed", []cli.Flag{
		&cli.StringFlag{Name: "to", Usage: "name of the new suite", Required: true},
		&cli.IntFlag{Name: "version", Usage: "of the suite; default: the newest"},
		&cli.BoolFlag{Name: "json", Usage: "print JSON"},
	}, func(ctx context.Context, c *cli.Command, a *app.App, info suites.Info) error {
		made, err := a.Suites.Copy(ctx, me(), info.ID, c.Int("version"), c.String("to"))
		if err != nil {
			return err
		}
		return p.print(c, made, func(w io.Writer) error {
			_, err := fmt.Fprintf(w, "%s is kept, %s\n", made.Name, made.ID)
			return err
		})
	})
}

func (p *program) suiteDeleteCommand() *cli.Command {
	return p.oneSuite("delete", "forget a suite, its versions, and which runs were its; the runs stay", nil,
		func(ctx context.Context, _ *cli.Command, a *app.App, info suites.Info) error {
			return a.Suites.Delete(ctx, me(), info.ID)
		})
}

func (p *program) suiteRunCommand() *cli.Command {
	ask := request.SuiteRun{Models: request.Models{Actor: agent.Reasoner}}
	return &cli.Command{
		Name: "run", Usage: "do the tasks of a suite here and now, and say what it shows", ArgsUsage: "SUITE",
		Flags: append(append(p.storageFlags(), asked(&ask)...), &cli.BoolFlag{Name: "json", Usage: "print JSON"}),
		Action: func(ctx context.Context, c *cli.Command) error {
			id, err := suiteNamed(c)
			if err != nil {
				return err
			}
			o, err := p.options(c)
			if err != nil {
				return err
			}
			o.Programs, o.PrivateHosts, o.Alone = true, true, true // who types the command may start some
			work := context.WithoutCancel(ctx)                     // an interrupted run is stopped, and what it did is kept
			return opened(work, o, func(a *app.App) error { return p.workSuite(ctx, work, c, a, id, ask.Ask()) })
		},
	}
}

// workSuite does the tasks of a suite in this process and shows what came of them.
func (p *program) workSuite(ctx, work context.Context, c *cli.Command, a *app.App, id string, ask suites.Ask) error {
	if err := a.Engine.Start(work); err != nil {
		return err
	}
	run, err := a.Suites.Start(work, me(), id, ask)
	if err != nil {
		return err
	}
	tries, err := a.Suites.Tries(work, run.ID)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(p.stderr, "%s: %d tasks, %d runs\n", run.ID, run.Tasks, len(tries[run.ID]))
	stop := context.AfterFunc(ctx, func() {
		for _, t := range slices.Backward(tries[run.ID]) {
			_ = a.Engine.StopRun(work, t.Run, "the terminal") // one that has ended already stays as it is
		}
	})
	defer stop()
	unanswered := false
	for i, t := range tries[run.ID] {
		for event, err := range a.Engine.Follow(work, t.Run, 0) {
			if err != nil {
				return err
			}
			if _, asks := event.Data.(agent.ApprovalAsked); asks {
				unanswered = true
				if err := a.Engine.StopRun(work, t.Run, "the terminal"); err != nil {
					return err
				}
			}
		}
		_, _ = fmt.Fprintf(p.stderr, "\r%d of %d runs have ended", i+1, len(tries[run.ID]))
	}
	_, _ = fmt.Fprintln(p.stderr)
	outcome, err := a.Suites.Outcome(work, run.ID)
	if err != nil {
		return err
	}
	if err := p.print(c, outcome, func(w io.Writer) error { return terminal.WriteSuiteRun(w, &outcome) }); err != nil {
		return err
	}
	switch s := &outcome.Summary; {
	case ctx.Err() != nil:
		return &exit{ExitInterrupted, agent.Errorf(agent.CodeStopped, "interrupted; the tasks that had not ended are stopped")}
	case unanswered:
		return &exit{ExitFailed, agent.Errorf(agent.CodeConflict, "some tasks asked a person, and nobody can be asked here: run the suite on the page of purpose serve")}
	case s.Known < s.Tries:
		return &exit{ExitFailed, agent.Errorf(agent.CodeUnavailable, "%d of %d runs ended without a verdict; purpose find shows why", s.Tries-s.Known, s.Tries)}
	case s.Solved < s.Known:
		return &exit{code: ExitUnsolved}
	}
	return nil
}

func (p *program) suiteCompareCommand() *cli.Command {
	return p.oneSuite("compare", "say what got fixed and what got broken between two runs of a suite", []cli.Flag{
		&cli.StringFlag{Name: "before", Usage: "id of a run of the suite; default: the last but one"},
		&cli.StringFlag{Name: "after", Usage: "id of a run of the suite; default: the last"},
		&cli.BoolFlag{Name: "json", Usage: "print JSON"},
	}, func(ctx context.Context, c *cli.Command, a *app.App, info suites.Info) error {
		before, after := c.String("before"), c.String("after")
		if before == "" || after == "" {
			runs, err := a.Suites.Runs(ctx, info.ID, 2)
			if err != nil {
				return err
			}
			if len(runs) < 2 {
				return agent.Errorf(agent.CodeConflict, "%s was run %d times; two runs are needed to compare: purpose suite run", info.Name, len(runs))
			}
			if after == "" {
				after = runs[0].ID
			}
			if before == "" {
				before = runs[1].ID
			}
		}
		comparison, err := a.Suites.Compare(ctx, before, after)
		if err != nil {
			return err
		}
		return p.print(c, comparison, func(w io.Writer) error { return terminal.WriteComparison(w, &comparison) })
	})
}

package commands

import (
	"context"
	"errors"
	"io"

	"github.com/urfave/cli/v3"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/internal/app"
	"purposeagent/internal/terminal"
)

func (p *program) libraryCommand() *cli.Command {
	return &cli.Command{
		Name: "library", Usage: "read what was learned, take snapshots of it, and move rules between libraries",
		Commands: []*cli.Command{p.criticsCommand(), {
			Name: "report", Usage: "count the heuristics and show the strongest",
			Flags: append(p.storageFlags(), &cli.BoolFlag{Name: "json", Usage: "print JSON"}),
			Action: func(ctx context.Context, c *cli.Command) error {
				if err := noArguments(c); err != nil {
					return err
				}
				return p.withData(ctx, c, func(a *app.App) error {
					report, err := a.Library.Report(ctx)
					if err != nil {
						return err
					}
					ledgers, err := a.Library.Ledgers(ctx)
					if err != nil {
						return err
					}
					found := struct {
						agent.LibraryReport
						Ledgers []catalog.ScopeLedger `json:"ledgers"`
					}{report, ledgers}
					return p.print(c, found, func(w io.Writer) error {
						return errors.Join(terminal.WriteLibrary(w, report), terminal.WriteSets(w, ledgers))
					})
				})
			},
		}, p.playbookCommand(), p.exportCommand(), p.importCommand(), p.snapshotCommand()},
	}
}

func (p *program) criticsCommand() *cli.Command {
	return &cli.Command{
		Name: "critics", Usage: "say how far each critic can be trusted, and whether it may give credit",
		Flags: append(p.storageFlags(), &cli.BoolFlag{Name: "json", Usage: "print JSON"}),
		Action: func(ctx context.Context, c *cli.Command) error {
			if err := noArguments(c); err != nil {
				return err
			}
			return p.withData(ctx, c, func(a *app.App) error {
				reports, err := a.Critics.Critics(ctx)
				if err != nil {
					return err
				}
				return p.print(c, reports, func(w io.Writer) error { return terminal.WriteCritics(w, reports) })
			})
		},
	}
}

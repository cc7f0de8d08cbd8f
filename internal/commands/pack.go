package commands

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v3"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/packs"
	"purposeagent/handlers/query"
	"purposeagent/internal/app"
	"purposeagent/internal/terminal"
)

// cliActor is who changes the library from the command line.
const cliActor = "command line"

func (p *program) exportCommand() *cli.Command {
	return &cli.Command{
		Name: "export", Usage: "write rules as a JSON pack for another library",
		Flags: append(p.storageFlags(),
			&cli.StringFlag{Name: "name", Usage: "name of the pack", Value: "library"},
			&cli.StringFlag{Name: "query", Usage: "which rules, in the grammar of the library's search bar; all if left out"},
			&cli.StringFlag{Name: "out", Usage: "file to write; - is standard output", Value: "-"},
		),
		Action: func(ctx context.Context, c *cli.Command) error {
			if err := noArguments(c); err != nil {
				return err
			}
			q, err := query.Heuristics(c.String("query"))
			if err != nil {
				return err
			}
			return p.withData(ctx, c, func(a *app.App) error {
				pack, err := a.Library.Export(ctx, c.String("name"), q)
				if err != nil {
					return err
				}
				raw, err := pack.Encode()
				if err != nil {
					return err
				}
				if c.String("out") == "-" {
					_, err = p.stdout.Write(raw)
					return err
				}
				if err := os.WriteFile(c.String("out"), raw, 0o600); err != nil {
					return agent.Wrap(agent.CodeInvalid, err, "%s can't be written; choose another file with --out", c.String("out"))
				}
				_, err = fmt.Fprintf(p.stderr, "%d rules in %s\n", len(pack.Rules), c.String("out"))
				return err
			})
		},
	}
}

func (p *program) importCommand() *cli.Command {
	return &cli.Command{
		Name: "import", Usage: "import the rules of a pack; everything is checked first", ArgsUsage: "FILE",
		Flags: append(p.storageFlags(),
			&cli.StringFlag{Name: "status", Usage: "status that the rules enter with: candidate, probation (in trial), active, retired or archived", Value: string(agent.Candidate)},
			&cli.StringFlag{Name: "author", Usage: "author that the rules get instead of import:NAME"},
			&cli.BoolFlag{Name: "skip-bad", Usage: "leave out the rules that have a problem, and import the rest"},
			&cli.BoolFlag{Name: "check", Usage: "only check the pack"},
			&cli.BoolFlag{Name: "json", Usage: "print JSON"},
		),
		Action: func(ctx context.Context, c *cli.Command) error {
			if c.Args().Len() != 1 {
				return agent.Errorf(agent.CodeInvalid, "name the file of one pack: purpose library import FILE")
			}
			pack, err := p.readPack(c)
			if err != nil || c.Bool("check") {
				return err
			}
			return p.withData(ctx, c, func(a *app.App) error {
				report, err := a.Library.Import(ctx, cliActor, pack, packs.Import{Status: agent.Status(c.String("status")), Author: agent.Author(c.String("author"))})
				if err != nil {
					return err
				}
				return p.print(c, report, func(w io.Writer) error {
					_, err := fmt.Fprintf(w, "%d rules imported, %d said the same here before, %d left out because a person deleted or banned them\n",
						len(report.Added), len(report.Known), len(report.Unwanted))
					return err
				})
			})
		},
	}
}

// readPack reads and checks a pack, and says all that is wrong with it.
func (p *program) readPack(c *cli.Command) (packs.Pack, error) {
	path := c.Args().First()
	f, err := os.Open(filepath.Clean(path))
	if err != nil {
		return packs.Pack{}, agent.Wrap(agent.CodeInvalid, err, "%s can't be opened; check its name and permissions", path)
	}
	defer f.Close() //nolint:errcheck // opened for reading only
	raw, err := io.ReadAll(io.LimitReader(f, packs.MaxBytes+1))
	if err != nil {
		return packs.Pack{}, agent.Wrap(agent.CodeInvalid, err, "%s can't be read", path)
	}
	pack, problems := packs.Parse(raw)
	if len(problems) == 0 {
		if c.Bool("check") {
			_, err = fmt.Fprintf(p.stdout, "%s is a pack of %d rules without a problem\n", pack.Name, len(pack.Rules))
		}
		return pack, err
	}
	var lines strings.Builder
	for _, problem := range problems {
		lines.WriteString("\n  " + problem.String())
	}
	kept, some := pack.Without(problems)
	if c.Bool("skip-bad") && some && !c.Bool("check") {
		_, err := fmt.Fprintf(p.stderr, "left out of %s:%s\n", path, lines.String())
		return kept, err
	}
	return packs.Pack{}, agent.Errorf(agent.CodeInvalid, "nothing was imported from %s:%s", path, lines.String())
}

func (p *program) snapshotCommand() *cli.Command {
	return &cli.Command{
		Name: "snapshot", Usage: "keep the library as it is now under a name, or list what was kept", ArgsUsage: "[NAME]",
		Flags: append(p.storageFlags(), &cli.BoolFlag{Name: "json", Usage: "print JSON"}),
		Action: func(ctx context.Context, c *cli.Command) error {
			return p.withData(ctx, c, func(a *app.App) error {
				var list []catalog.Snapshot
				var err error
				if name := strings.Join(c.Args().Slice(), " "); name == "" {
					list, err = a.Snapshots.List(ctx)
				} else {
					list = make([]catalog.Snapshot, 1)
					list[0], err = a.Snapshots.Take(ctx, cliActor, name)
				}
				if err != nil {
					return err
				}
				return p.print(c, list, func(w io.Writer) error { return terminal.WriteSnapshots(w, list) })
			})
		},
	}
}

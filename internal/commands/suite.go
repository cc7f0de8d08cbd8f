package commands

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v3"

	"purposeagent/agent"
	"purposeagent/agent/suites"
	"purposeagent/internal/app"
	"purposeagent/internal/suitefile"
)

func (p *program) suiteCommand() *cli.Command {
	return &cli.Command{
		Name: "suite", Usage: "task suites: sets of tasks that are done as a group and compared over time (docs/suites.md)",
		Commands: []*cli.Command{p.suiteCheckCommand(), p.suiteImportCommand(), p.suiteListCommand(), p.suiteShowCommand(), p.suiteExportCommand(), p.suiteFreezeCommand(),
			p.suiteCopyCommand(), p.suiteDeleteCommand(), p.suiteRunCommand(), p.suiteCompareCommand()},
		Action: func(_ context.Context, c *cli.Command) error {
			if err := noArguments(c); err != nil {
				return err
			}
			return cli.ShowSubcommandHelp(c)
		},
	}
}

// suiteFileFlags say how a file is read as a suite.
func suiteFileFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "form", Usage: "of the file: " + strings.Join(suitefile.Forms, ", ") + "; told by the file if left out"},
		&cli.StringFlag{Name: "name", Usage: "of the suite; default: what the file calls it, or its own name"},
		&cli.StringFlag{Name: "server", Usage: "address of the folder with the pages of MiniWoB++, such as http://127.0.0.1:8090/miniwob/"},
		&cli.StringFlag{Name: "split", Usage: "train or test: of tasks that say neither"},
	}
}

// readSuite reads the file that a command names.
func readSuite(c *cli.Command) (suites.Suite, error) {
	if c.Args().Len() != 1 {
		return suites.Suite{}, agent.Errorf(agent.CodeInvalid, "name one file or folder: purpose suite %s FILE", c.Name)
	}
	s, err := suitefile.Read(c.Args().First(), suitefile.Options{Form: c.String("form"), Name: c.String("name"), Server: c.String("server"), Split: c.String("split")})
	if err != nil {
		return s, agent.Errorf(agent.CodeInvalid, "%s: %s", c.Args().First(), agent.MessageOf(err))
	}
	return s, nil
}

func (p *program) suiteCheckCommand() *cli.Command {
	return &cli.Command{
		Name: "check", Usage: "read a suite from a file or folder, and say all that is wrong with it", ArgsUsage: "FILE",
		Flags: append(append(p.storageFlags(), suiteFileFlags()...), &cli.BoolFlag{Name: "json", Usage: "print the suite as the file that it would be exported to"}),
		Action: func(ctx context.Context, c *cli.Command) error {
			s, err := readSuite(c)
			if err != nil {
				return err
			}
			return p.atDesk(ctx, c, func(a *app.App) error {
				if err := suites.Refusal(a.CheckSuite(s.Tasks)); err != nil {
					return err
				}
				if c.Bool("json") {
					raw, err := s.Encode()
					if err == nil {
						_, err = p.stdout.Write(raw)
					}
					return err
				}
				return writeSuite(p.stdout, &s)
			})
		},
	}
}

// writeSuite says what a suite has.
func writeSuite(w io.Writer, s *suites.Suite) error {
	train := len(suites.Of(s.Tasks, suites.Train))
	_, err := fmt.Fprintf(w, "%s: %d tasks in %s, %d for training and %d for testing, all right\nSHA-256 of the tasks: %s\n",
		s.Name, len(s.Tasks), strings.Join(suites.Environments(s.Tasks), ", "), train, len(s.Tasks)-train, suites.Hash(s.Tasks))
	return err
}

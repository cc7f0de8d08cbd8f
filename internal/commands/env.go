package commands

import (
	"context"
	"fmt"
	"strings"

	"github.com/urfave/cli/v3"

	"purposeagent/agent"
	"purposeagent/environments/remote"
	"purposeagent/internal/terminal"
)

// envCommand helps those who have an environment of their own, or somebody else's.
func (p *program) envCommand() *cli.Command {
	return &cli.Command{
		Name: "env", Usage: "environments of your own (docs/remote.md)",
		Commands: []*cli.Command{p.checkCommand("purpose env check URL, or purpose env check -- COMMAND…")},
	}
}

// remoteCommand is the older name of envCommand.
func (p *program) remoteCommand() *cli.Command {
	return &cli.Command{
		Name: "remote", Usage: "the older name of env", Hidden: true,
		Commands: []*cli.Command{p.checkCommand("purpose remote check -- COMMAND…")},
	}
}

func (p *program) checkCommand(usage string) *cli.Command {
	return &cli.Command{
		Name: "check", Usage: "say what of the protocol a program or server keeps, and what it lacks: " + usage, ArgsUsage: "URL | COMMAND…",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "purpose", Usage: "the task; default: what the program draws"},
			&cli.Int64Flag{Name: "seed", Value: 1},
			&cli.StringSliceFlag{Name: "header", Usage: "of each request to an http address, such as 'Authorization: Bearer …'; more than one may be given"},
			&cli.IntFlag{Name: "timeout", Value: 10, Usage: "timeout_seconds: how long one answer may take"},
		},
		Action: p.checkEnvironment,
	}
}

func (p *program) checkEnvironment(ctx context.Context, c *cli.Command) error {
	var walk *remote.Walk
	var powers []remote.Power
	report := func(f remote.Finding) {
		mark, note := "ok  ", f.Note
		if f.Err != nil {
			mark, note = "FAIL", sentence(f.Err)
		}
		if note != "" {
			note = ": " + note
		}
		_, _ = fmt.Fprintf(p.stdout, "%s  %s%s\n", mark, f.Promise, note)
		if f.Walk != nil {
			walk = f.Walk
		}
		if f.Powers != nil {
			powers = f.Powers
		}
	}
	settings := map[string]any{"command": c.Args().Slice(), "timeout_seconds": c.Int("timeout")}
	var sound, openEnv bool
	if first := c.Args().First(); c.Args().Len() == 1 && strings.Contains(first, "://") {
		delete(settings, "command")
		settings["url"] = first
		openEnv = strings.HasPrefix(first, "ws")
	}
	if headers, err := headersOf(c.StringSlice("header")); err != nil {
		return err
	} else if len(headers) > 0 {
		settings["headers"] = headers
	}
	if openEnv {
		sound = remote.ExamineServer(ctx, agent.MustObject(settings), c.Int64("seed"), report)
	} else { // who types the command may reach what the machine reaches
		sound = remote.Examine(ctx, agent.MustObject(settings), remote.Options{AllowPrivate: true}, c.String("purpose"), c.Int64("seed"), report)
	}
	if err := terminal.WritePowers(p.stdout, powers); err != nil {
		return err
	}
	if walk != nil {
		if err := terminal.WriteFeatures(p.stdout, walk); err != nil {
			return err
		}
	}
	if !sound {
		return &exit{code: ExitUnsolved}
	}
	return nil
}

// headersOf reads headers as people write them.
func headersOf(lines []string) (map[string]string, error) {
	headers := map[string]string{}
	for _, line := range lines {
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			return nil, agent.Errorf(agent.CodeInvalid, "--header %q has no colon; write a header as 'Name: value'", line)
		}
		headers[strings.TrimSpace(name)] = strings.TrimSpace(value)
	}
	return headers, nil
}

package main

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v3"

	"purposeagent/agent"
	"purposeagent/environments/remote"
	"purposeagent/internal/terminal"
)

// remoteCommand helps those who write a program for the environment "remote".
func (p *program) remoteCommand() *cli.Command {
	return &cli.Command{
		Name: "remote", Usage: "write environments in any language (docs/remote.md)",
		Commands: []*cli.Command{{
			Name: "check", Usage: "check that a program keeps the protocol: purpose remote check -- COMMAND…", ArgsUsage: "COMMAND…",
			Flags: []cli.Flag{
				&cli.StringFlag{Name: "purpose", Usage: "the task; default: what the program draws"},
				&cli.Int64Flag{Name: "seed", Value: 1},
				&cli.IntFlag{Name: "timeout", Value: 10, Usage: "timeout_seconds: how long one answer may take"},
			},
			Action: p.checkRemote,
		}},
	}
}

func (p *program) checkRemote(ctx context.Context, c *cli.Command) error {
	config := agent.MustObject(map[string]any{"command": c.Args().Slice(), "timeout_seconds": c.Int("timeout")})
	var walk *remote.Walk
	sound := remote.Examine(ctx, config, remote.Options{}, c.String("purpose"), c.Int64("seed"), func(f remote.Finding) {
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
	})
	if walk != nil {
		if err := terminal.WriteFeatures(p.stdout, walk); err != nil {
			return err
		}
	}
	if !sound {
		return &exit{code: exitUnsolved}
	}
	return nil
}

package main

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v3"

	"purposeagent/agent"
	"purposeagent/agent/reasoner"
	"purposeagent/environments/remote"
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
		p.showFeatures(walk)
	}
	if !sound {
		return &exit{code: exitUnsolved}
	}
	return nil
}

// shownFeatures is how many features of each kind are printed.
const shownFeatures = 16

// showFeatures prints what the offline reasoner's rules may speak of in the
// states that were visited.
func (p *program) showFeatures(w *remote.Walk) {
	_, _ = fmt.Fprintf(p.stdout, "\nWhat rules may speak of, in the %d states that were visited (docs/remote.md says how to declare more):\n", len(w.Trajectory.Steps)+1)
	for _, group := range reasoner.FeaturesOf(&w.Trajectory, w.World, w.Actions, shownFeatures) {
		_, _ = fmt.Fprintf(p.stdout, "  %s\n", group.Kind)
		for _, f := range group.Features {
			_, _ = fmt.Fprintf(p.stdout, "    %s\n", agent.Clip(f, 120))
		}
		if group.More > 0 {
			_, _ = fmt.Fprintf(p.stdout, "    and %d more\n", group.More)
		}
	}
}

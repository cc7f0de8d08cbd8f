package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v3"

	"purposeagent/agent/learning"
	"purposeagent/internal/app"
)

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
				if c.Bool("json") {
					return json.NewEncoder(p.stdout).Encode(reports)
				}
				return writeCritics(p.stdout, reports)
			})
		},
	}
}

func writeCritics(w io.Writer, reports []learning.CriticReport) error {
	var b strings.Builder
	if len(reports) == 0 {
		b.WriteString("no task with a known outcome has ended yet\n")
	}
	for i := range reports {
		r := &reports[i]
		fmt.Fprintf(&b, "%s in %s: %s\n", r.Critic, strings.TrimSpace(r.Scope.Environment+" "+r.Scope.Dynamics), r.Right)
		fmt.Fprintf(&b, "  %s\n", r.Reason)
		fmt.Fprintf(&b, "  n %d, solved %d", r.N, r.Successes)
		if r.SkillInterval != nil {
			fmt.Fprintf(&b, ", skill %s", span(r.SkillInterval.Value, r.SkillInterval.Low, r.SkillInterval.High))
		}
		f := r.FalseSuccess
		fmt.Fprintf(&b, ", Brier %s, ECE %s, false success %d of %d [%.2f, %.2f]", span(r.Brier, r.BrierInterval.Low, r.BrierInterval.High),
			span(r.ECE.Value, r.ECE.Low, r.ECE.High), f.Hits, f.N, f.Low, f.High)
		if r.Spearman != nil {
			fmt.Fprintf(&b, ", Spearman %s", span(r.Spearman.Value, r.Spearman.Low, r.Spearman.High))
		}
		fmt.Fprintf(&b, "\n  Goodhart: %s\n", r.Goodhart.Reason)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// span writes a figure with its 95 % interval.
func span(x, low, high float64) string { return fmt.Sprintf("%.2f [%.2f, %.2f]", x, low, high) }

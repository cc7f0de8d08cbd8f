package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v3"

	"purposeagent/agent"
	"purposeagent/internal/app"
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
					if c.Bool("json") {
						return json.NewEncoder(p.stdout).Encode(struct {
							agent.LibraryReport
							Ledgers []agent.ScopeLedger `json:"ledgers"`
						}{report, ledgers})
					}
					if err := writeReport(p.stdout, report); err != nil {
						return err
					}
					return writeSets(p.stdout, ledgers)
				})
			},
		}, p.exportCommand(), p.importCommand(), p.snapshotCommand()},
	}
}

// writeSets says of each world whether what was learned there is used.
func writeSets(w io.Writer, ledgers []agent.ScopeLedger) error {
	var b strings.Builder
	for i := range ledgers {
		if i == 0 {
			b.WriteString("\nwhat was learned, by world:\n")
		}
		l := &ledgers[i].Ledger
		world := strings.TrimSuffix(ledgers[i].Scope.Environment+" · "+ledgers[i].Scope.Dynamics, " · ")
		switch {
		case l.Suspended != nil:
			fmt.Fprintf(&b, "  %-30s suspended since task %d, by %s: %s\n", world, l.Suspended.Tasks, l.Suspended.By, plain(l.Suspended.Reason))
		case l.SetProven():
			fmt.Fprintf(&b, "  %-30s in use, proven: %s\n", world, l.SetUplift)
		default:
			fmt.Fprintf(&b, "  %-30s in use, not proven yet: %s\n", world, l.Figures())
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func writeReport(w io.Writer, r agent.LibraryReport) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%d heuristics, %d pinned\n", r.Total, r.Pinned)
	for _, t := range agent.Tiers {
		fmt.Fprintf(&b, "  %-11s %5d\n", t, r.ByTier[t])
	}
	for _, s := range agent.Statuses {
		if n := r.ByStatus[s]; n > 0 {
			fmt.Fprintf(&b, "  %-11s %5d\n", s, n)
		}
	}
	for _, author := range sortedKeys(r.ByAuthor) {
		fmt.Fprintf(&b, "  by %-16s %5d\n", author, r.ByAuthor[author])
	}
	if len(r.Strongest) > 0 {
		b.WriteString("\nstrongest:\n")
	}
	for _, h := range r.Strongest {
		do := h.Strategy
		if do == "" {
			do = "avoid: " + h.Avoid
		}
		fmt.Fprintf(&b, "  %-10s %-10s good %d of %d  %s → %s\n", h.ID, h.Tier, h.Good, h.Good+h.Bad, h.Pattern, do)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

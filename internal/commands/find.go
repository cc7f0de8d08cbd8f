package commands

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/urfave/cli/v3"

	"purposeagent/agent/catalog"
	"purposeagent/internal/client"
	"purposeagent/internal/terminal"
)

// findCommand lists what a serving program has by the grammar of its query bars,
// and changes what a query about runs finds.
func (p *program) findCommand() *cli.Command {
	c := &cli.Command{Name: "find", Usage: "list runs, rules or trajectories of a serving program by a query, such as: purpose find runs 'status:failed phi:>7 -tag:demo'"}
	c.Commands = []*cli.Command{
		p.finding("runs", "/api/v1/runs", "newest, phi, steps, tokens, usd or took", tableOf(terminal.WriteRuns),
			&cli.StringFlag{Name: "do", Usage: "do it to all that are found: tag, untag, pause, resume, stop or delete"}, &cli.StringFlag{Name: "tag", Usage: "for --do tag and untag"}),
		p.finding("rules", "/api/v1/heuristics", "updated, uplift, advantage, support or uses", tableOf(terminal.WriteRules)),
		p.finding("trajectories", "/api/v1/trajectories", "newest or value", tableOf(terminal.WriteTrajectories)),
		{Name: "undo", Usage: "undo a change to runs", ArgsUsage: "CHANGE", Flags: []cli.Flag{p.serverFlag()}, Action: func(ctx context.Context, c *cli.Command) error {
			if _, err := strconv.ParseInt(c.Args().First(), 10, 64); err != nil || c.Args().Len() != 1 {
				return &usageError{errors.New("write: purpose find undo CHANGE, with the number that the change printed")}
			}
			var change catalog.RunChange
			if err := client.Call(ctx, http.MethodPost, c.String("server"), "/api/v1/runs/changes/"+c.Args().First()+"/undo", nil, &change); err != nil {
				return err
			}
			_, err := fmt.Fprintf(p.stdout, "undone: %d runs are as before\n", change.Runs)
			return err
		}},
	}
	return c
}

// finding is the command of one list.
func (p *program) finding(list, path, sorts string, show func(w io.Writer, items []json.RawMessage) error, more ...cli.Flag) *cli.Command {
	return &cli.Command{
		Name: list, Usage: "list " + list + " that a query finds; without one, all", ArgsUsage: "[QUERY …]",
		Flags: append([]cli.Flag{p.serverFlag(), &cli.StringFlag{Name: "sort", Usage: sorts}, &cli.IntFlag{Name: "limit", Usage: "at most 10000", Value: 50},
			&cli.BoolFlag{Name: "json", Usage: "print one JSON object a line"}}, more...),
		Action: func(ctx context.Context, c *cli.Command) error {
			q := strings.Join(c.Args().Slice(), " ")
			if action := c.String("do"); action != "" {
				return p.changeFound(ctx, c, q, action)
			}
			if n := c.Int("limit"); n < 1 || n > client.MaxListed {
				return &usageError{fmt.Errorf("--limit must be 1 to %d, got %d", client.MaxListed, n)}
			}
			items, err := client.List(ctx, c.String("server"), path, q, c.String("sort"), c.Int("limit"))
			if err != nil {
				return err
			}
			if c.Bool("json") {
				for _, item := range items {
					if _, err := fmt.Fprintf(p.stdout, "%s\n", item); err != nil {
						return err
					}
				}
				return nil
			}
			if len(items) == 0 {
				_, err := fmt.Fprintln(p.stdout, "nothing matches")
				return err
			}
			return show(p.stdout, items)
		},
	}
}

// tableOf shows the items of a list as rows of a table.
func tableOf[T any](write func(io.Writer, []T) error) func(io.Writer, []json.RawMessage) error {
	return func(w io.Writer, items []json.RawMessage) error {
		decoded, err := client.Decode[T](items)
		if err != nil {
			return err
		}
		return write(w, decoded)
	}
}

// changeFound does one thing to all runs that a query finds.
func (p *program) changeFound(ctx context.Context, c *cli.Command, q, action string) error {
	var change catalog.RunChange
	err := client.Call(ctx, http.MethodPost, c.String("server"), "/api/v1/runs/bulk", map[string]any{"op": action, "q": q, "tag": c.String("tag")}, &change)
	if err != nil {
		return err
	}
	return terminal.WriteChange(p.stdout, action, change)
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v3"

	"purposeagent/agent"
)

// findCommand lists what a serving program has by the grammar of its query bars,
// and changes what a query about runs finds.
func (p *program) findCommand() *cli.Command {
	c := &cli.Command{Name: "find", Usage: "list runs, rules or trajectories of a serving program by a query, such as: purpose find runs 'status:failed phi:>7 -tag:demo'"}
	c.Commands = []*cli.Command{
		p.finding("runs", "/api/v1/runs", "newest, phi, steps, tokens, usd or took", p.printRuns,
			&cli.StringFlag{Name: "do", Usage: "do it to all that are found: tag, untag, pause, resume, stop or delete"}, &cli.StringFlag{Name: "tag", Usage: "for --do tag and untag"}),
		p.finding("rules", "/api/v1/heuristics", "updated, uplift, advantage, support or uses", p.printRules),
		p.finding("trajectories", "/api/v1/trajectories", "newest or value", p.printTrajectories),
		{Name: "undo", Usage: "undo a change to runs", ArgsUsage: "CHANGE", Flags: []cli.Flag{p.serverFlag()}, Action: func(ctx context.Context, c *cli.Command) error {
			if _, err := strconv.ParseInt(c.Args().First(), 10, 64); err != nil || c.Args().Len() != 1 {
				return &usageError{errors.New("write: purpose find undo CHANGE, with the number that the change printed")}
			}
			var change agent.RunChange
			if err := call(ctx, http.MethodPost, c.String("server"), "/api/v1/runs/changes/"+c.Args().First()+"/undo", nil, &change); err != nil {
				return err
			}
			_, err := fmt.Fprintf(p.stdout, "undone: %d runs are as before\n", change.Runs)
			return err
		}},
	}
	return c
}

// finding is the command of one list.
func (p *program) finding(list, path, sorts string, show func(out io.Writer, items []json.RawMessage) error, more ...cli.Flag) *cli.Command {
	return &cli.Command{
		Name: list, Usage: "list " + list + " that a query finds; without one, all", ArgsUsage: "[QUERY …]",
		Flags: append([]cli.Flag{p.serverFlag(), &cli.StringFlag{Name: "sort", Usage: sorts}, &cli.IntFlag{Name: "limit", Usage: "at most 10000", Value: 50},
			&cli.BoolFlag{Name: "json", Usage: "print one JSON object a line"}}, more...),
		Action: func(ctx context.Context, c *cli.Command) error {
			q := strings.Join(c.Args().Slice(), " ")
			if action := c.String("do"); action != "" {
				return p.changeFound(ctx, c, q, action)
			}
			items, err := found(ctx, c.String("server"), path, q, c.String("sort"), c.Int("limit"))
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
			out := tabwriter.NewWriter(p.stdout, 2, 0, 2, ' ', 0)
			if err := show(out, items); err != nil {
				return err
			}
			return out.Flush()
		},
	}
}

// maxFound bounds what one command lists.
const maxFound = 10_000

// found reads the list page by page.
func found(ctx context.Context, server, path, q, sort string, limit int) ([]json.RawMessage, error) {
	if limit < 1 || limit > maxFound {
		return nil, &usageError{fmt.Errorf("--limit must be 1 to %d, got %d", maxFound, limit)}
	}
	values := url.Values{"q": {q}}
	if sort != "" {
		values.Set("sort", sort)
	}
	var items []json.RawMessage
	for {
		values.Set("limit", strconv.Itoa(min(limit-len(items), 200)))
		var page struct {
			Items []json.RawMessage
			Next  string `json:"next_cursor"`
		}
		if err := call(ctx, http.MethodGet, server, path+"?"+values.Encode(), nil, &page); err != nil {
			return nil, err
		}
		items = append(items, page.Items...)
		if page.Next == "" || len(items) >= limit {
			return items, nil
		}
		values.Set("cursor", page.Next)
	}
}

// changeFound does one thing to all runs that a query finds.
func (p *program) changeFound(ctx context.Context, c *cli.Command, q, action string) error {
	var change agent.RunChange
	err := call(ctx, http.MethodPost, c.String("server"), "/api/v1/runs/bulk", map[string]any{"op": action, "q": q, "tag": c.String("tag")}, &change)
	if err != nil {
		return err
	}
	text := fmt.Sprintf("%s: %d runs", action, change.Runs)
	if change.Left > 0 {
		text += fmt.Sprintf(", %d left as they are", change.Left)
	}
	if change.ID > 0 {
		text += fmt.Sprintf("; to undo it: purpose find undo %d", change.ID)
	}
	_, err = fmt.Fprintln(p.stdout, text)
	return err
}

// rowsOf decodes the items of a list.
func rowsOf[T any](items []json.RawMessage) ([]T, error) {
	rows := make([]T, len(items))
	for i, item := range items {
		if err := json.Unmarshal(item, &rows[i]); err != nil {
			return nil, agent.Wrap(agent.CodeUnavailable, err, "the server's list can't be read: is it of another version?")
		}
	}
	return rows, nil
}

func (p *program) printRuns(out io.Writer, items []json.RawMessage) error {
	runs, err := rowsOf[agent.Run](items)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintln(out, "RUN\tSTATUS\tΦ\tSTEPS\tOUTCOME\tTAGS\tPURPOSE") // the writer keeps its errors for Flush
	for _, r := range runs {
		outcome := "–"
		if r.Status == agent.RunIsFinished && r.Outcome != nil {
			outcome = r.Outcome.Word()
		}
		_, _ = fmt.Fprintf(out, "%s\t%s\t%.1f\t%d\t%s\t%s\t%s\n", r.ID, r.Status, r.Phi, r.Steps, outcome, strings.Join(r.Tags, " "), plain(agent.Clip(r.Spec.Purpose, 80)))
	}
	return nil
}

func (p *program) printRules(out io.Writer, items []json.RawMessage) error {
	rules, err := rowsOf[agent.Heuristic](items)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintln(out, "RULE\tSTATUS\tTIER\tUPLIFT\tUSES\tTITLE")
	for i := range rules {
		h := &rules[i]
		uplift := "–"
		if u := h.Credit.Uplift; u != nil {
			uplift = fmt.Sprintf("%+.2f [%+.2f, %+.2f]", u.Value, u.Low, u.High)
		}
		_, _ = fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%d\t%s\n", h.ID, h.Status, h.Tier, uplift, h.Shown, plain(agent.Clip(h.Title, 80)))
	}
	return nil
}

func (p *program) printTrajectories(out io.Writer, items []json.RawMessage) error {
	list, err := rowsOf[agent.TrajectorySummary](items)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintln(out, "TRAJECTORY\tVALUE\tΦ\tSTEPS\tOUTCOME\tPURPOSE")
	for _, t := range list {
		_, _ = fmt.Fprintf(out, "%s\t%.2f\t%.1f\t%d\t%s\t%s\n", t.ID, t.QValue, t.FinalPhi, t.Steps, t.Outcome.Word(), plain(agent.Clip(t.Purpose, 80)))
	}
	return nil
}

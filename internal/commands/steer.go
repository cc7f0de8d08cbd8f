package commands

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/urfave/cli/v3"

	"purposeagent/agent"
	"purposeagent/handlers/request"
	"purposeagent/internal/client"
	"purposeagent/internal/terminal"
)

// steerCommand steers a run of a program that serves, by its API: the database
// belongs to that one.
func (p *program) steerCommand() *cli.Command {
	var fork request.Fork
	answer := request.Answer{Verdict: agent.VerdictApproved}
	c := &cli.Command{Name: "steer", Usage: "pause, step, resume or stop a run of a serving program, tell its actor something, or answer what it asks"}
	for _, verb := range []struct{ name, usage string }{
		{"pause", "suspend the run before its next action"},
		{"step", "let a paused run take one step"},
		{"resume", "let a paused or waiting run go on"},
		{"stop", "end the run for good"},
	} {
		c.Commands = append(c.Commands, p.steering(verb.name, verb.usage, "RUN", nil, func(*cli.Command, []string) (any, error) { return nil, nil }))
	}
	c.Commands = append(c.Commands, p.phiCommand(),
		p.steering("note", "tell the actor something, from its next step on", "RUN TEXT", nil, func(_ *cli.Command, rest []string) (any, error) {
			return request.Note{Text: strings.Join(rest, " ")}, nil
		}),
		p.steering("extend", "give a paused or waiting run more to spend, and let it go on", "RUN", []cli.Flag{
			&cli.IntFlag{Name: "steps"}, &cli.Int64Flag{Name: "tokens"}, &cli.FloatFlag{Name: "usd"}, &cli.FloatFlag{Name: "seconds"},
		}, func(c *cli.Command, _ []string) (any, error) {
			return request.Extend{Steps: c.Int("steps"), Budget: agent.Budget{Tokens: c.Int64("tokens"), USD: c.Float("usd"), Seconds: c.Float("seconds")}}, nil
		}),
		p.steering("fork", "launch another run from a step of this one; the steps up to it cost nothing", "RUN STEP", asked(&fork), func(_ *cli.Command, rest []string) (_ any, err error) {
			if fork.Step, err = strconv.Atoi(strings.Join(rest, " ")); err != nil {
				return nil, &usageError{errors.New("name the step to go on from, as in: purpose steer fork RUN 3")}
			}
			return fork, nil
		}),
		p.steering("approve", "answer what the run asks: approve, or --reject, or do --action instead", "RUN STEP",
			append(asked(&answer), &cli.BoolFlag{Name: "reject", Usage: "the actor has to think again"}), func(c *cli.Command, rest []string) (_ any, err error) {
				if answer.Index, err = strconv.Atoi(strings.Join(rest, " ")); err != nil {
					return nil, &usageError{errors.New("name the step that the run asks about, as in: purpose steer approve RUN 3")}
				}
				switch {
				case answer.Action != nil && c.Bool("reject"):
					return nil, &usageError{errors.New("either --reject or --action, not both")}
				case c.Bool("reject"):
					answer.Verdict = agent.VerdictRejected
				case answer.Action != nil:
					answer.Verdict = agent.VerdictEdited
				}
				return answer, nil
			}))
	return c
}

// phiCommand says what Φ is after a step.
func (p *program) phiCommand() *cli.Command {
	return &cli.Command{
		Name: "phi", Usage: "say what Φ is after a step, in place of the critic", ArgsUsage: "RUN STEP PHI WHY", Flags: []cli.Flag{p.serverFlag()},
		Action: func(ctx context.Context, c *cli.Command) error {
			args := c.Args().Slice()
			if len(args) < 4 {
				return &usageError{errors.New("write: purpose steer phi RUN STEP PHI WHY")}
			}
			phi, err := strconv.ParseFloat(args[2], 64)
			if err != nil || !agent.ValidPhi(phi) {
				return &usageError{fmt.Errorf("a Φ is a number from 0 to 10, not %q", args[2])}
			}
			return p.post(ctx, c.String("server"), "/api/v1/runs/"+url.PathEscape(args[0])+"/steps/"+url.PathEscape(args[1])+"/phi",
				request.Phi{Phi: phi, Reason: strings.Join(args[3:], " ")})
		},
	}
}

// serverFlag says where the program serves.
func (p *program) serverFlag() cli.Flag {
	return &cli.StringFlag{Name: "server", Usage: "address of the serving program", Value: "http://127.0.0.1:8080", Sources: p.env("PURPOSE_SERVER")}
}

// steering is one subcommand: it posts a body to the run's verb and says how the run stands.
func (p *program) steering(verb, usage, arguments string, flags []cli.Flag, body func(c *cli.Command, rest []string) (any, error)) *cli.Command {
	return &cli.Command{
		Name: verb, Usage: usage, ArgsUsage: arguments,
		Flags: append([]cli.Flag{p.serverFlag()}, flags...),
		Action: func(ctx context.Context, c *cli.Command) error {
			args := c.Args().Slice()
			if len(args) == 0 || len(args) > 1 && len(strings.Fields(arguments)) == 1 {
				return &usageError{fmt.Errorf("write: purpose steer %s %s", verb, arguments)}
			}
			content, err := body(c, args[1:])
			if err != nil {
				return err
			}
			return p.post(ctx, c.String("server"), "/api/v1/runs/"+url.PathEscape(args[0])+"/"+verb, content)
		},
	}
}

// post sends one request and prints how the run stands then.
func (p *program) post(ctx context.Context, server, path string, content any) error {
	var answer struct {
		ID     string
		Status agent.RunStatus
		Reason string
		Steps  int
	}
	if err := client.Call(ctx, http.MethodPost, server, path, content, &answer); err != nil {
		return err
	}
	if answer.ID == "" { // not a run
		_, err := fmt.Fprintln(p.stdout, "kept")
		return err
	}
	reason := ""
	if answer.Reason != "" {
		reason = ": " + terminal.Plain(answer.Reason)
	}
	_, err := fmt.Fprintf(p.stdout, "%s is %s after step %d%s\n", answer.ID, answer.Status, answer.Steps, reason)
	return err
}

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/urfave/cli/v3"

	"purposeagent/agent"
)

// steerCommand steers a run of a program that serves, by its API: the database
// belongs to that one.
func (p *program) steerCommand() *cli.Command {
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
			return map[string]string{"text": strings.Join(rest, " ")}, nil
		}),
		p.steering("extend", "give a paused or waiting run more to spend, and let it go on", "RUN", []cli.Flag{
			&cli.IntFlag{Name: "steps"}, &cli.Int64Flag{Name: "tokens"}, &cli.FloatFlag{Name: "usd"}, &cli.FloatFlag{Name: "seconds"},
		}, func(c *cli.Command, _ []string) (any, error) {
			return map[string]any{"steps": c.Int("steps"), "budget": agent.Budget{Tokens: c.Int64("tokens"), USD: c.Float("usd"), Seconds: c.Float("seconds")}}, nil
		}),
		p.steering("fork", "launch another run from a step of this one; the steps up to it cost nothing", "RUN STEP", []cli.Flag{
			&cli.StringFlag{Name: "action", Usage: "name of the action to do next"}, &cli.StringFlag{Name: "params", Usage: "its parameters as a JSON object"},
			&cli.StringFlag{Name: "state", Usage: "begin in this state instead, a JSON object"}, &cli.StringFlag{Name: "note", Usage: "to the actor"},
			&cli.StringFlag{Name: "model", Usage: "the actor"}, &cli.StringFlag{Name: "memory", Usage: "on or off"},
			&cli.StringFlag{Name: "rules", Usage: "id of a snapshot of the library whose rules are used, or now"},
			&cli.IntFlag{Name: "max-steps"}, &cli.Int64Flag{Name: "draw", Usage: "other random numbers for the actor"},
		}, forkOf),
		p.steering("approve", "answer what the run asks: approve, or --reject, or do --action instead", "RUN STEP", []cli.Flag{
			&cli.BoolFlag{Name: "reject", Usage: "the actor has to think again"},
			&cli.StringFlag{Name: "reason", Usage: "the actor is told why"},
			&cli.StringFlag{Name: "action", Usage: "name of the action to do instead"},
			&cli.StringFlag{Name: "params", Usage: "its parameters as a JSON object"},
		}, answerOf))
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
				map[string]any{"phi": phi, "reason": strings.Join(args[3:], " ")})
		},
	}
}

// serverFlag says where the program serves.
func (p *program) serverFlag() cli.Flag {
	return &cli.StringFlag{Name: "server", Usage: "address of the serving program", Value: "http://127.0.0.1:8080", Sources: p.env("PURPOSE_SERVER")}
}

func forkOf(c *cli.Command, rest []string) (any, error) {
	step, err := strconv.Atoi(strings.Join(rest, " "))
	if err != nil {
		return nil, &usageError{errors.New("name the step to go on from, as in: purpose steer fork RUN 3")}
	}
	fork := map[string]any{"step": step, "note": c.String("note"), "models": map[string]string{"actor": c.String("model")}, "max_steps": c.Int("max-steps"), "draw": c.Int64("draw")}
	if m := c.String("memory"); m != "" {
		fork["memory"] = m
	}
	if rules := c.String("rules"); rules != "" {
		fork["rules"] = rules
	}
	object := func(flag string) (agent.Object, error) {
		o, err := agent.ParseObject([]byte(cmp.Or(c.String(flag), "{}")))
		if err != nil {
			return o, &usageError{fmt.Errorf("--%s: %s", flag, agent.MessageOf(err))}
		}
		return o, nil
	}
	if c.String("state") != "" {
		if fork["state"], err = object("state"); err != nil {
			return nil, err
		}
	}
	if name := c.String("action"); name != "" {
		params, err := object("params")
		if err != nil {
			return nil, err
		}
		fork["action"] = map[string]any{"name": name, "params": params}
	}
	return fork, nil
}

func answerOf(c *cli.Command, rest []string) (any, error) {
	var step int
	if _, err := fmt.Sscanf(strings.Join(rest, " "), "%d", &step); err != nil {
		return nil, &usageError{errors.New("name the step that the run asks about, as in: purpose steer approve RUN 3")}
	}
	answer := map[string]any{"index": step, "verdict": agent.VerdictApproved, "reason": c.String("reason")}
	switch name := c.String("action"); {
	case name != "" && c.Bool("reject"):
		return nil, &usageError{errors.New("either --reject or --action, not both")}
	case c.Bool("reject"):
		answer["verdict"] = agent.VerdictRejected
	case name != "":
		params, err := agent.ParseObject([]byte(cmp.Or(c.String("params"), "{}")))
		if err != nil {
			return nil, &usageError{fmt.Errorf("--params: %s", agent.MessageOf(err))}
		}
		answer["verdict"], answer["action"] = agent.VerdictEdited, map[string]any{"name": name, "params": params}
	}
	return answer, nil
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
	if err := call(ctx, http.MethodPost, server, path, content, &answer); err != nil {
		return err
	}
	if answer.ID == "" { // not a run
		_, err := fmt.Fprintln(p.stdout, "kept")
		return err
	}
	_, err := fmt.Fprintf(p.stdout, "%s is %s after step %d%s\n", answer.ID, answer.Status, answer.Steps, reasonText(answer.Reason))
	return err
}

func reasonText(reason string) string {
	if reason == "" {
		return ""
	}
	return ": " + plain(reason)
}

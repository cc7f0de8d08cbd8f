package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/urfave/cli/v3"

	"purposeagent/agent"
	"purposeagent/agent/suites"
	"purposeagent/internal/app"
	"purposeagent/internal/lab"
	"purposeagent/internal/suitefile"
	"purposeagent/internal/terminal"
)

func (p *program) labCommand() *cli.Command {
	return &cli.Command{
		Name: "lab", Usage: "prove whether memory helps: train, freeze, and compare arms on held-out tasks",
		Flags: append(p.storageFlags(),
			&cli.StringFlag{Name: "environment", Aliases: []string{"e"}, Usage: "kind of environment, such as workshop"},
			&cli.StringFlag{Name: "suite", Usage: "file or kept suite (docs/suites.md) whose tasks are trained and tested on, by their split, in place of drawn ones"},
			&cli.StringFlag{Name: "config", Usage: "its configuration as a JSON object"},
			&cli.StringFlag{Name: "test-config", Usage: "settings in which the test tasks differ, as a JSON object, such as {\"size\":5}"},
			&cli.StringFlag{Name: "purpose", Aliases: []string{"p"}, Usage: "of every task; default: drawn from its seed, or the environment's own"},
			&cli.IntFlag{Name: "train", Usage: "tasks to learn from", Value: 200},
			&cli.IntFlag{Name: "test", Usage: "held-out tasks, the same in every arm", Value: 100},
			&cli.StringFlag{Name: "arms", Usage: "separated by commas: " + lab.JoinArms(lab.Arms) + "; " + lab.PlaceboOf + "ENVIRONMENT, " + lab.LeaveOneOut + "RULE, " + lab.OtherModel + "PROVIDER:NAME, " + lab.OtherCritic + "CRITIC", Value: strings.ReplaceAll(lab.JoinArms(lab.DefaultArms), " ", "")},
			&cli.Int64Flag{Name: "seed", Usage: "draws the tasks and the resampling; the world is the configuration's", Value: 1},
			&cli.Int64Flag{Name: "train-from", Usage: "first training seed; default: by --seed"},
			&cli.Int64Flag{Name: "test-from", Usage: "first test seed; default: by --seed, far from the training seeds"},
			&cli.StringFlag{Name: "worlds", Usage: "do it in each of these worlds, such as 1-10, and sum up with the world as the unit"},
			&cli.IntFlag{Name: "max-steps", Usage: "of a test task; default: the environment's"},
			&cli.IntFlag{Name: "train-max-steps", Usage: "of a training task; default: the environment's"},
			&cli.FloatFlag{Name: "limit-factor", Usage: "step limit as a multiple of a task's optimum, twice that in training; default: the environment's"},
			&cli.StringFlag{Name: "curve", Usage: "also test after these numbers of training tasks, such as 0,10,25,50"},
			&cli.StringFlag{Name: "model", Usage: "the actor: reasoner or provider:model", Value: agent.Reasoner},
			&cli.StringFlag{Name: "critic", Usage: "default: as --model; outcome: none, outcomes alone; noisy:SD: the reasoner with noise on each Δ"},
			&cli.StringFlag{Name: "optimizer", Usage: "default: as --model"},
			&cli.StringFlag{Name: "trainer", Usage: "who acts in training: what one learned, another may use; default: as --model"},
			&cli.IntFlag{Name: "draws", Usage: "of each bootstrap", Value: 10_000},
			&cli.IntFlag{Name: "tries", Aliases: []string{"k"}, Usage: "of each test task in each arm, so that pass^k is known: what is solved in all of k tries", Value: 1},
			&cli.StringFlag{Name: "source", Usage: "library: no training, but a frozen snapshot of the library in --data"},
			&cli.FloatFlag{Name: "pollution", Usage: "share of distractors to put among the rules, such as 0.75"},
			&cli.IntFlag{Name: "irrelevant", Usage: "rules to put in that can't fit, such as 1000"},
			&cli.IntFlag{Name: "planted", Usage: "false rules to plant before the training, such as 20: how soon are they found out?"},
			&cli.IntFlag{Name: "change-at", Usage: "number of training tasks after which the settings in --change-config change, unannounced; what is tested later is tested in that world"},
			&cli.StringFlag{Name: "change-config", Usage: "the settings that change, as a JSON object, such as {\"world\":101}; with --worlds the number of the world counts up"},
			&cli.BoolFlag{Name: "save", Usage: "keep it in --data: the page shows it, and it goes on after an interruption"},
			&cli.StringFlag{Name: "name", Usage: "of a saved experiment, for people"},
			&cli.BoolFlag{Name: "json", Usage: "print one JSON object, with every outcome"},
		),
		Commands: p.labCommands(),
		Action:   p.runLab,
	}
}

func (p *program) runLab(ctx context.Context, c *cli.Command) error {
	if err := noArguments(c); err != nil {
		return err
	}
	spec, err := labSpec(c)
	if err != nil {
		return err
	}
	ask := lab.Request{Name: c.String("name"), Spec: spec}
	if c.String("worlds") != "" {
		if ask.Worlds, err = lab.ParseWorlds(c.String("worlds")); err != nil {
			return err
		}
	}
	return p.atDesk(ctx, c, func(a *app.App) error {
		if c.String("suite") != "" {
			if ask.Spec, err = labSuite(ctx, c, a, ask.Spec); err != nil {
				return err
			}
		}
		err := labFields(p.experiment(ctx, c, a, ask))
		if err != nil && ctx.Err() != nil && !errors.As(err, new(*exit)) {
			err = &exit{ExitInterrupted, agent.Errorf(agent.CodeStopped, "interrupted; nothing was kept (use --save)")}
		}
		return err
	})
}

// experiment plans, works and shows an experiment. Nobody but this process
// knows of it, unless it is to be saved.
func (p *program) experiment(ctx context.Context, c *cli.Command, a *app.App, ask lab.Request) error {
	if c.Bool("save") {
		e, err := a.Lab.Start(ctx, me(), ask)
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintf(p.stderr, "experiment %s, planned: %s\n", e.ID, e.ConfigHash)
		return p.workAndShow(ctx, c, a, e.ID)
	}
	spec := ask.Spec.WithDefaults()
	cfg, err := a.Lab.Wire(ctx, spec)
	if err != nil {
		return err
	}
	cfg.Progress = terminal.Progress(p.stderr)
	if len(ask.Worlds) > 0 {
		return p.runWorlds(ctx, cfg, spec, ask.Worlds, c)
	}
	planned, err := lab.Plan(ctx, cfg, spec)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(p.stderr, "planned: %s\n", planned.Hash())
	report, err := lab.Run(ctx, cfg, planned)
	if err != nil {
		return err
	}
	return p.print(c, report, func(w io.Writer) error { return terminal.WriteLab(w, report) })
}

func (p *program) runWorlds(ctx context.Context, cfg lab.Config, spec lab.Spec, numbers []int64, c *cli.Command) error {
	specs, err := lab.PlanWorlds(ctx, cfg, spec, numbers)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(p.stderr, "planned: %s\n", lab.HashOf(specs))
	report, err := lab.RunWorlds(ctx, cfg, spec, numbers)
	if err != nil {
		return err
	}
	return p.print(c, report, func(w io.Writer) error { return terminal.WriteWorlds(w, report) })
}

// labSpec reads the flags. An explicit zero is refused where zero means nothing.
func labSpec(c *cli.Command) (lab.Spec, error) {
	fields := map[string]string{}
	object := func(flag string) agent.Object {
		o, err := agent.ParseObject([]byte(c.String(flag)))
		if err != nil {
			fields[flag] = agent.MessageOf(err)
		}
		return o
	}
	s := lab.Spec{
		Planted: c.Int("planted"), ChangeAt: c.Int("change-at"), ChangeConfig: object("change-config"), TestConfig: object("test-config"),
		Environment: agent.EnvironmentRef{Name: c.String("environment"), Config: object("config")}, Purpose: c.String("purpose"),
		Models: agent.ModelRefs{Actor: c.String("model"), Critic: c.String("critic"), Optimizer: c.String("optimizer")}, Trainer: c.String("trainer"),
		Seed: c.Int64("seed"), Train: c.Int("train"), Test: c.Int("test"), TrainFrom: c.Int64("train-from"), TestFrom: c.Int64("test-from"),
		MaxSteps: c.Int("max-steps"), TrainMaxSteps: c.Int("train-max-steps"), LimitFactor: c.Float("limit-factor"), Draws: c.Int("draws"), Tries: c.Int("tries"),
		Source: c.String("source"), Pollution: c.Float("pollution"), Irrelevant: c.Int("irrelevant"),
	}
	if s.Source == lab.SourceLibrary && !c.IsSet("train") {
		s.Train = 0
	}
	for _, name := range lab.SplitList(c.String("arms")) {
		s.Arms = append(s.Arms, lab.Arm(name))
	}
	for _, text := range lab.SplitList(c.String("curve")) {
		n, err := strconv.Atoi(text)
		if err != nil {
			fields["curve"] = fmt.Sprintf("%q is not a whole number; write numbers like 0,10,25,50", agent.Clip(text, 40))
		}
		s.Curve = append(s.Curve, n)
	}
	if s.Environment.Name == "" && c.String("suite") == "" {
		fields["environment"] = "name an environment, for instance --environment workshop"
	}
	if len(s.Arms) == 0 {
		fields["arms"] = "name at least one; there are " + lab.JoinArms(lab.Arms)
	}
	if s.Seed == 0 {
		fields["seed"] = "must be 1 or more, got 0"
	}
	if s.Tries < 1 {
		fields["tries"] = fmt.Sprintf("must be 1 to %d, got %d", lab.MaxTries, s.Tries)
	}
	if s.Draws == 0 {
		fields["draws"] = "must be 100 to 1000000, got 0"
	}
	if len(fields) > 0 {
		return s, agent.InvalidFields(fields)
	}
	return s, nil
}

// labSuite takes the tasks of a specification from a suite: a file, or one that is kept.
func labSuite(ctx context.Context, c *cli.Command, a *app.App, spec lab.Spec) (lab.Spec, error) {
	for _, flag := range []string{"train", "test", "config", "train-from", "test-from"} {
		if c.IsSet(flag) {
			return spec, agent.InvalidFields(map[string]string{flag: "does not go with a suite, which has the tasks with their settings"})
		}
	}
	name := c.String("suite")
	if _, err := os.Stat(name); err == nil {
		s, err := suitefile.Read(name, suitefile.Options{})
		if err != nil {
			return spec, agent.Errorf(agent.CodeInvalid, "%s: %s", name, agent.MessageOf(err))
		}
		if err := suites.Refusal(a.CheckSuite(s.Tasks)); err != nil {
			return spec, err
		}
		return spec.WithSuite(s.Name, s.Tasks)
	}
	info, s, err := a.Suites.Load(ctx, name, 0)
	if agent.CodeOf(err) == agent.CodeNotFound {
		return spec, agent.InvalidFields(map[string]string{"suite": fmt.Sprintf("there is neither a file nor a kept suite %q; purpose suite list shows those that are kept", agent.Clip(name, 80))})
	}
	if err != nil {
		return spec, err
	}
	return spec.WithSuite(info.Name, s.Tasks)
}

// labFields names a wrong field as the flag that it came from.
func labFields(err error) error {
	var e *agent.Error
	if !errors.As(err, &e) || len(e.Fields) == 0 {
		return err
	}
	fields := make(map[string]string, len(e.Fields))
	for name, text := range e.Fields {
		if rest, ok := strings.CutPrefix(name, "environment.config."); ok {
			name = "config." + rest
		}
		fields[name] = text
	}
	return agent.InvalidFields(fields)
}

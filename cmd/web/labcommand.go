package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/urfave/cli/v3"

	"purposeagent/agent"
	"purposeagent/agent/llm"
	"purposeagent/agent/reasoner"
	"purposeagent/environments"
	"purposeagent/internal/lab"
	"purposeagent/models"
)

func (p *program) labCommand() *cli.Command {
	return &cli.Command{
		Name: "lab", Usage: "prove whether memory helps: train, freeze, and compare arms on held-out tasks",
		Flags: append(p.storageFlags(),
			&cli.StringFlag{Name: "environment", Aliases: []string{"e"}, Usage: "kind of environment, such as workshop"},
			&cli.StringFlag{Name: "config", Usage: "its configuration as a JSON object"},
			&cli.StringFlag{Name: "test-config", Usage: "settings in which the test tasks differ, as a JSON object, such as {\"size\":5}"},
			&cli.StringFlag{Name: "purpose", Aliases: []string{"p"}, Usage: "of every task; default: drawn from its seed, or the environment's own"},
			&cli.IntFlag{Name: "train", Usage: "tasks to learn from", Value: 200},
			&cli.IntFlag{Name: "test", Usage: "held-out tasks, the same in every arm", Value: 100},
			&cli.StringFlag{Name: "arms", Usage: "separated by commas: " + lab.JoinArms(lab.Arms), Value: strings.ReplaceAll(lab.JoinArms(lab.DefaultArms), " ", "")},
			&cli.Int64Flag{Name: "seed", Usage: "draws the tasks and the resampling; the world is the configuration's", Value: 1},
			&cli.Int64Flag{Name: "train-from", Usage: "first training seed; default: by --seed"},
			&cli.Int64Flag{Name: "test-from", Usage: "first test seed; default: by --seed, far from the training seeds"},
			&cli.StringFlag{Name: "worlds", Usage: "do it in each of these worlds, such as 1-10, and sum up with the world as the unit"},
			&cli.IntFlag{Name: "max-steps", Usage: "of a test task; default: the environment's"},
			&cli.IntFlag{Name: "train-max-steps", Usage: "of a training task; default: the environment's"},
			&cli.FloatFlag{Name: "limit-factor", Usage: "step limit as a multiple of a task's optimum, twice that in training; default: the environment's"},
			&cli.StringFlag{Name: "curve", Usage: "test after so many training tasks as well, such as 0,10,25,50"},
			&cli.StringFlag{Name: "model", Usage: "the actor: reasoner or provider:model", Value: agent.Reasoner},
			&cli.StringFlag{Name: "critic", Usage: "default: as --model; outcome: none, outcomes alone; noisy:SD: the reasoner with noise on each Δ"},
			&cli.StringFlag{Name: "optimizer", Usage: "default: as --model"},
			&cli.IntFlag{Name: "draws", Usage: "of each bootstrap", Value: 10_000},
			&cli.BoolFlag{Name: "json", Usage: "print one JSON object, with every outcome"},
		),
		Action: p.runLab,
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
	o, err := p.options(c)
	if err != nil {
		return err
	}
	o.commands = true // who types the command may start one
	cfg, err := labConfig(ctx, o, spec)
	if err != nil {
		return err
	}
	if !c.Bool("json") {
		cfg.Progress = labProgress(p.stderr)
	}
	if c.String("worlds") != "" {
		return labFields(p.runWorlds(ctx, cfg, spec, c))
	}
	planned, err := lab.Plan(cfg, spec)
	if err != nil {
		return labFields(err)
	}
	p.plannedAs(c, planned.Hash())
	report, err := lab.Run(ctx, cfg, spec)
	if err != nil {
		return labFields(err)
	}
	if c.Bool("json") {
		return json.NewEncoder(p.stdout).Encode(report)
	}
	return writeLab(p.stdout, report)
}

// plannedAs says what was fixed, before the first task.
func (p *program) plannedAs(c *cli.Command, hash string) {
	if !c.Bool("json") {
		_, _ = fmt.Fprintf(p.stderr, "planned: %s\n", hash)
	}
}

func (p *program) runWorlds(ctx context.Context, cfg lab.Config, spec lab.Spec, c *cli.Command) error {
	numbers, err := parseWorlds(c.String("worlds"))
	if err != nil {
		return err
	}
	specs, err := lab.PlanWorlds(cfg, spec, numbers)
	if err != nil {
		return err
	}
	p.plannedAs(c, lab.HashOf(specs))
	report, err := lab.RunWorlds(ctx, cfg, spec, numbers)
	if err != nil {
		return err
	}
	if c.Bool("json") {
		return json.NewEncoder(p.stdout).Encode(report)
	}
	return writeWorlds(p.stdout, report)
}

// parseWorlds reads numbers and ranges such as 1-10,15.
func parseWorlds(text string) ([]int64, error) {
	var out []int64
	for _, part := range commaList(text) {
		from, to, ranged := strings.Cut(part, "-")
		low, err := strconv.ParseInt(from, 10, 32)
		high := low
		if ranged && err == nil {
			high, err = strconv.ParseInt(to, 10, 32)
		}
		if err != nil || low < 0 || high < low || high-low >= lab.MaxWorlds {
			return nil, agent.InvalidFields(map[string]string{"worlds": fmt.Sprintf("%q is no world nor a range of at most %d; write 1-10 or 1,4,7", agent.Clip(part, 40), lab.MaxWorlds)})
		}
		for n := low; n <= high; n++ {
			out = append(out, n)
		}
	}
	return out, nil
}

// labSpec reads the flags. An explicit zero is refused where zero means nothing.
func labSpec(c *cli.Command) (lab.Spec, error) {
	config, err := agent.ParseObject([]byte(c.String("config")))
	if err != nil {
		return lab.Spec{}, agent.InvalidFields(map[string]string{"config": agent.MessageOf(err)})
	}
	test, err := agent.ParseObject([]byte(c.String("test-config")))
	if err != nil {
		return lab.Spec{}, agent.InvalidFields(map[string]string{"test-config": agent.MessageOf(err)})
	}
	s := lab.Spec{
		TestConfig:  test,
		Environment: agent.EnvironmentRef{Name: c.String("environment"), Config: config}, Purpose: c.String("purpose"),
		Models: agent.ModelRefs{Actor: c.String("model"), Critic: c.String("critic"), Optimizer: c.String("optimizer")},
		Seed:   c.Int64("seed"), Train: c.Int("train"), Test: c.Int("test"), TrainFrom: c.Int64("train-from"), TestFrom: c.Int64("test-from"),
		MaxSteps: c.Int("max-steps"), TrainMaxSteps: c.Int("train-max-steps"), LimitFactor: c.Float("limit-factor"), Draws: c.Int("draws"),
	}
	for _, name := range commaList(c.String("arms")) {
		s.Arms = append(s.Arms, lab.Arm(name))
	}
	fields := map[string]string{}
	for _, text := range commaList(c.String("curve")) {
		n, err := strconv.Atoi(text)
		if err != nil {
			fields["curve"] = fmt.Sprintf("%q is no whole number; write numbers like 0,10,25,50", agent.Clip(text, 40))
		}
		s.Curve = append(s.Curve, n)
	}
	if s.Environment.Name == "" {
		fields["environment"] = "name an environment, for instance --environment workshop"
	}
	if len(s.Arms) == 0 {
		fields["arms"] = "name at least one; there are " + lab.JoinArms(lab.Arms)
	}
	if s.Seed == 0 {
		fields["seed"] = "must be 1 or more, got 0"
	}
	if s.Draws == 0 {
		fields["draws"] = "must be 100 to 1000000, got 0"
	}
	if len(fields) > 0 {
		return s, agent.InvalidFields(fields)
	}
	return s, nil
}

func commaList(text string) []string {
	var out []string
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// labConfig wires an experiment. Of the data folder it reads the install seed
// only: what is learned stays in memory and never reaches the library, so a
// server may be running on the same folder.
func labConfig(ctx context.Context, o options, spec lab.Spec) (lab.Config, error) {
	seed, err := readInstallSeed(ctx, o.data)
	if err != nil {
		return lab.Config{}, err
	}
	registry, err := environments.NewRegistry(environments.Builtin(seed, environmentOptions(o)...)...)
	if err != nil {
		return lab.Config{}, err
	}
	kind, err := registry.Kind(spec.Environment.Name)
	if err != nil {
		return lab.Config{}, agent.InvalidFields(map[string]string{"environment": agent.MessageOf(err)})
	}
	cfg := lab.Config{World: labWorld(registry, kind)}
	for _, other := range registry.Kinds() {
		cfg.Elsewhere = append(cfg.Elsewhere, labWorld(registry, other))
	}
	resolver := llm.NewResolver(llm.Config{OpenAIBaseURL: o.openaiURL, OpenAIKey: o.openaiKey})
	cfg.Roles, err = labRoles(spec.WithDefaults(), resolver)
	return cfg, err
}

func readInstallSeed(ctx context.Context, data string) (seed string, err error) {
	if err := os.MkdirAll(data, 0o750); err != nil {
		return "", agent.Wrap(agent.CodeInvalid, err, "can't make the data folder %s; choose another with --data", data)
	}
	db, err := models.Open(ctx, models.Config{Path: filepath.Join(data, databaseFile), Shared: true})
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return installSeed(ctx, db.Settings())
}

func labWorld(registry *environments.Registry, kind environments.Kind) lab.World {
	w := lab.World{
		Name: kind.Name, Schema: kind.Schema, DrawPurpose: kind.DrawPurpose, LimitFactor: kind.LimitFactor,
		Check: func(config agent.Object) (agent.Object, error) { return registry.Check(kind.Name, config) },
		New: func(config agent.Object) (agent.Environment, error) {
			return registry.New(agent.EnvironmentRef{Name: kind.Name, Config: config})
		},
	}
	if len(kind.Presets) > 0 {
		w.Purpose, w.MaxSteps = kind.Presets[0].Purpose, kind.Presets[0].MaxSteps
	}
	return w
}

// labRoles makes the roles from the models' names. Errors are CodeInvalid with
// a message per flag.
func labRoles(spec lab.Spec, resolver *llm.Resolver) (lab.Roles, error) {
	fields := map[string]string{}
	resolve := func(flag, ref string) agent.LLM {
		model, err := resolver.Resolve(ref)
		if err != nil {
			fields[flag] = agent.MessageOf(err)
		}
		return model
	}
	r := lab.Roles{
		Actor: func() (agent.Decider, error) { return reasoner.NewActor(reasoner.ActorConfig{}), nil },
		Distiller: func(replay agent.Replay) (agent.Distiller, int, error) {
			return reasoner.NewDistiller(reasoner.DistillerConfig{Replay: replay}), -1, nil
		},
	}
	if ref := spec.Models.Actor; ref != agent.Reasoner {
		model := resolve("model", ref)
		r.Examples = true
		r.Actor = func() (agent.Decider, error) { return agent.NewActor(agent.ActorConfig{LLM: model}) }
	}
	if ref := spec.Models.Optimizer; ref != agent.Reasoner {
		model := resolve("optimizer", ref)
		r.Distiller = func(agent.Replay) (agent.Distiller, int, error) {
			d, err := agent.NewDistiller(agent.DistillerConfig{LLM: model})
			return d, 0, err
		}
	}
	switch ref := spec.Models.Critic; {
	case ref == agent.Reasoner:
		r.Critic = offlineCritic
	case ref == lab.CriticOutcome:
		r.Critic = func(env agent.Environment, _ agent.Scope, _ agent.Replay) (agent.Critic, error) {
			return reasoner.NewCritic(struct{ agent.Environment }{env}, nil), nil // no potential, no estimate
		}
	case strings.HasPrefix(ref, lab.CriticNoisy):
		sd, err := strconv.ParseFloat(strings.TrimPrefix(ref, lab.CriticNoisy), 64)
		if err != nil || !(sd >= 0 && sd <= 10) {
			fields["critic"] = "noisy takes a standard deviation from 0 to 10, for instance noisy:1.0"
		}
		r.Critic = func(env agent.Environment, scope agent.Scope, replay agent.Replay) (agent.Critic, error) {
			c, err := offlineCritic(env, scope, replay)
			if err != nil {
				return nil, err
			}
			return belowEnd{reasoner.Noisy(c, sd, spec.Seed)}, nil
		}
	default:
		model := resolve("critic", ref)
		var shared *agent.PurposeFunction // so that no state gets two scores
		if model != nil {
			var err error
			if shared, err = agent.NewPurposeFunction(agent.CriticConfig{LLM: model}); err != nil {
				return r, err
			}
		}
		r.Critic = func(agent.Environment, agent.Scope, agent.Replay) (agent.Critic, error) { return shared, nil }
	}
	if len(fields) > 0 {
		return r, agent.InvalidFields(fields)
	}
	return r, nil
}

func offlineCritic(env agent.Environment, scope agent.Scope, replay agent.Replay) (agent.Critic, error) {
	return reasoner.NewCritic(env, reasoner.NewEstimator(reasoner.EstimatorConfig{Replay: replay, Scope: scope, World: agent.DescriptionOf(env)})), nil
}

// belowEnd keeps a noisy Φ under the early stop, so that noise never ends a task.
type belowEnd struct{ critic agent.Critic }

// Assess is the critic's, with Φ just under 10 at most.
func (b belowEnd) Assess(ctx context.Context, a agent.Assessment) (agent.Score, error) {
	const top = 9.999
	s, err := b.critic.Assess(ctx, a)
	if s.Known() && s.PhiAfter > top {
		s.PhiAfter = top
		s.Delta = top - s.PhiBefore
	}
	return s, err
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

// labProgress writes a line at each tenth of a phase.
func labProgress(w io.Writer) func(lab.Progress) {
	last := ""
	return func(p lab.Progress) {
		line := fmt.Sprintf("%s: %d %% of %d\n", p.Phase, 10*(10*p.Done/p.Of), p.Of)
		if line != last {
			_, _ = io.WriteString(w, line)
		}
		last = line
	}
}

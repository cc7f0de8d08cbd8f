package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"purposeagent/agent"
	"purposeagent/environments"
	"purposeagent/environments/remote"
	"purposeagent/internal/engine"
	"purposeagent/internal/lab"
	"purposeagent/models"
)

// options is what every command that opens the data needs.
type options struct {
	data      string
	workers   int
	openaiURL string
	getenv    func(string) (string, bool) // of the environment; nil: it is empty
	// keyVariables may hold keys of connections, besides those that are known.
	keyVariables []string
	commands     bool // environments may start commands
	alone        bool // nobody is there who could mend what a model refuses
	logger       *slog.Logger
}

// app is the opened program: database, environments, models and engine. It
// needs close.
type app struct {
	logger   *slog.Logger
	alone    bool // nobody is there who could mend what a model refuses
	db       *models.DB
	registry *environments.Registry
	models   *modelDesk
	engine   *engine.Engine
	lab      *lab.Jobs
	thinking engine.Thinking
	library  *models.Library
	replay   *models.Replay

	roles *roles

	glances  glances
	closing  sync.WaitGroup // of environments whose runs have ended
	programs *remote.Pool   // of idle programs that environments are
}

// databaseFile is the one file of an installation, in its data folder.
const databaseFile = "purpose.db"

// open opens the data folder and wires everything. Nothing runs yet.
func open(ctx context.Context, o options) (*app, error) {
	if err := os.MkdirAll(o.data, 0o750); err != nil {
		return nil, agent.Wrap(agent.CodeInvalid, err, "can't make the data folder %s; choose another with --data", o.data)
	}
	db, err := models.Open(ctx, models.Config{Path: filepath.Join(o.data, databaseFile), Witness: filepath.Join(o.data, keyFile)})
	if err != nil {
		return nil, err
	}
	a, err := assemble(ctx, db, o)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return a, nil
}

func assemble(ctx context.Context, db *models.DB, o options) (*app, error) {
	seed, err := installSeed(ctx, db.Settings())
	if err != nil {
		return nil, err
	}
	programs := remote.NewPool(0, 0)
	registry, err := environments.NewRegistry(environments.Builtin(seed, environmentOptions(o, programs)...)...)
	if err != nil {
		return nil, err
	}
	desk, err := openModels(ctx, db, o)
	if err != nil {
		return nil, err
	}
	a := &app{
		logger: o.logger, alone: o.alone, db: db, registry: registry, models: desk,
		library: db.Library(), replay: db.Replay(0), programs: programs,
	}
	a.roles = newRoles(desk, db, a.library, a.replay)
	a.engine, err = engine.New(engine.Config{
		Runs: db.Runs(), DB: db.SQL(), Workers: o.workers, Logger: o.logger,
		Orchestrator: a.orchestrator, Validate: a.validate, Powers: a.powers,
	})
	wiring := labWiring{registry: registry, roles: a.roles, library: a.library, replay: a.replay, parallel: o.workers}
	a.lab = lab.NewJobs(lab.JobsConfig{Store: db.Experiments(), Wire: wiring.wire, Logger: o.logger, Owner: fmt.Sprintf("server, process %d", os.Getpid())})
	return a, err
}

// work begins to work runs and experiments.
func (a *app) work(ctx context.Context) error {
	if err := a.engine.Start(ctx); err != nil {
		return err
	}
	a.lab.Work(ctx)
	return nil
}

// close stops the engine and the lab, waits for them, and closes the database.
// Running runs and experiments are suspended and go on after the next start.
func (a *app) close(ctx context.Context) error {
	err := errors.Join(a.lab.Stop(ctx), a.engine.Stop(ctx))
	a.closing.Wait()
	return errors.Join(err, a.programs.Close(), a.db.Close())
}

// installSeed returns this installation's secret, from which worlds with
// secret rules are drawn. It is made once and never shown.
func installSeed(ctx context.Context, settings *models.Settings) (string, error) {
	const key = "install"
	var v struct {
		Seed string `json:"seed"`
	}
	v.Seed = rand.Text()
	kept, err := settings.Setdefault(ctx, key, agent.MustObject(v))
	if err != nil {
		return "", err
	}
	if err := kept.Decode(&v); err != nil {
		return "", err
	}
	return v.Seed, nil
}

// validate checks what a spec alone can't tell: the environment, its
// configuration and the models. It returns the spec with defaults filled in.
func (a *app) validate(spec agent.RunSpec) (agent.RunSpec, error) {
	config, err := a.registry.Check(spec.Environment.Name, spec.Environment.Config)
	if err != nil {
		return spec, err
	}
	spec.Environment.Config = config
	if err := a.checkApproval(spec); err != nil {
		return spec, err
	}
	if err := a.registry.CheckTask(spec.Environment, spec.Task(spec.Seed)); err != nil {
		return spec, err
	}
	fields := map[string]string{}
	if spec.Rules != "" {
		switch _, err := a.db.Snapshots().Get(context.Background(), spec.Rules); {
		case spec.Memory == "off":
			fields["rules"] = "need memory to be on"
		case err != nil:
			fields["rules"] = agent.MessageOf(err) + "; the snapshots are in the Library"
		}
	}
	for role, ref := range map[agent.ModelRole]string{agent.ActorRole: spec.Models.Actor, agent.CriticRole: spec.Models.Critic, agent.OptimizerRole: spec.Models.Optimizer} {
		if err := a.roles.check(role, ref); err != nil {
			fields["models."+string(role)] = agent.MessageOf(err)
		}
	}
	if len(fields) > 0 {
		return spec, agent.InvalidFields(fields)
	}
	return spec, nil
}

// checkApproval refuses to ask people about actions that the environment does
// not have. The rest of the policy is checked with the task.
func (a *app) checkApproval(spec agent.RunSpec) error {
	policy, err := agent.ParseApproval(spec.Approval)
	if err != nil || !policy.Asks() {
		return nil //nolint:nilerr // Task.Check says it, beside the other fields
	}
	specs, restorable, err := a.powers(spec)
	if err != nil {
		return err
	}
	if !restorable {
		return agent.InvalidFields(map[string]string{"approval": spec.Environment.Name + " can't be entered in mid-run, so that a run in it can't wait for a person"})
	}
	for _, name := range policy.Actions {
		if !slices.ContainsFunc(specs, func(s agent.ActionSpec) bool { return s.Name == name }) && name != agent.Done {
			return agent.InvalidFields(map[string]string{"approval": fmt.Sprintf("%s has no action %q", spec.Environment.Name, agent.Clip(name, 40))})
		}
	}
	return nil
}

// powers says which actions a spec's environment has, and whether it can be
// entered in mid-run.
func (a *app) powers(spec agent.RunSpec) (actions []agent.ActionSpec, restorable bool, err error) {
	env, err := a.registry.New(spec.Environment)
	if err != nil {
		return nil, false, err
	}
	defer closeEnvironment(env)
	a.glances.remember(spec.Environment, env)
	_, restorable = env.(agent.Restorer)
	return env.Actions(), restorable, nil
}

// stepTimeout limits one action: the built-in environments answer at once.
const stepTimeout = 30 * time.Second

// orchestrator makes what works one run.
func (a *app) orchestrator(ctx context.Context, run agent.Run) (*agent.Orchestrator, error) {
	env, err := a.registry.New(run.Spec.Environment)
	if err != nil {
		return nil, err
	}
	a.closeAfter(ctx, env)
	a.glances.remember(run.Spec.Environment, env)
	memory := run.Spec.Memory == "on"
	learn := memory && run.Spec.Origin == nil && run.Spec.Rules == ""
	cfg := agent.Config{
		Environment: env, EnvironmentName: run.Spec.Environment.Name,
		Replay: a.replay, Library: a.library, Calibrator: a.db.Critics(), Memory: memory, Learn: learn, Holdout: learn && !run.Spec.NoHoldout, Twin: run.Spec.Twin,
		StepTimeout: patience(env), PauseOnBudget: true, EndOnRefusal: a.alone, OnThinking: a.thinking.Note, Inbox: a.engine.Inbox, Semantics: a.models.Semantics(ctx),
	}
	if run.Spec.Rules != "" {
		rules, err := a.db.Snapshots().Rules(ctx, run.Spec.Rules)
		if err != nil {
			return nil, err
		}
		cfg.Library = agent.NewFixedLibrary(rules)
	}
	context.AfterFunc(ctx, func() { a.thinking.Forget(run.ID) })
	if cfg.Actor, err = a.roles.actor(run.Spec.Models.Actor); err != nil {
		return nil, err
	}
	if cfg.Critic, err = a.roles.critic(run.Spec, env); err != nil {
		return nil, err
	}
	cfg.Critic = &agent.Corrected{Critic: cfg.Critic, Words: a.db.PhiWords(), Environment: run.Spec.Environment.Name}
	if memory {
		if cfg.Optimizer, err = a.roles.optimizer(run.Spec.Models.Optimizer); err != nil {
			return nil, err
		}
	}
	return agent.NewOrchestrator(cfg)
}

// Launch starts the runs of a spec. Where the environment draws its tasks and
// the purpose was left out, each seed gets its own.
func (a *app) Launch(ctx context.Context, spec agent.RunSpec) ([]agent.Run, error) {
	kind, err := a.registry.Kind(spec.Environment.Name)
	if err != nil { // in a spec it is a wrong field, not a missing page
		return nil, agent.InvalidFields(map[string]string{"environment.name": agent.MessageOf(err)})
	}
	if spec.Purpose != "" || kind.DrawPurpose == nil {
		return a.engine.Launch(ctx, spec)
	}
	if spec.Seed == 0 {
		spec.Seed = drawSeed()
	}
	spec = spec.WithDefaults()
	config, err := a.registry.Check(kind.Name, spec.Environment.Config)
	if err != nil {
		return nil, err
	}
	if spec.Repeats <= 1 || spec.Repeats > agent.MaxRepeats { // too many is the engine's to refuse
		if spec.Purpose, err = kind.DrawPurpose(config, spec.Seed); err != nil {
			return nil, err
		}
		return a.engine.Launch(ctx, spec)
	}
	planned := make([]engine.Planned, spec.Repeats)
	for i := range planned {
		one := spec
		one.Repeats, one.Seed = 1, spec.Seed+int64(i)
		if one.Purpose, err = kind.DrawPurpose(config, one.Seed); err != nil {
			return nil, err
		}
		planned[i] = engine.Planned{Spec: one, Seed: one.Seed, Label: repeatLabel(i)}
	}
	group, err := a.engine.LaunchGroup(ctx, planned)
	if err != nil {
		return nil, err
	}
	return a.db.Runs().Group(ctx, group)
}

// picture draws the state after a step for the run's page; 0 is the initial
// state. It is "" where the environment draws none.
func (a *app) picture(ctx context.Context, id string, step int) (string, error) {
	run, err := a.db.Runs().Get(ctx, id)
	if err != nil {
		return "", err
	}
	env, err := a.registry.New(run.Spec.Environment)
	if err != nil {
		return "", err
	}
	defer closeEnvironment(env)
	draws, ok := env.(agent.Picturer)
	if !ok {
		return "", nil
	}
	state, err := a.stateAt(ctx, id, step)
	if err != nil {
		return "", err
	}
	if r, ok := env.(agent.Restorer); ok {
		if err := r.Restore(ctx, run.Spec.Task(run.Seed), state); err != nil {
			return "", err
		}
	}
	return draws.Picture(state)
}

// possiblePatience is how long a page waits for an environment to say what can
// be done.
const possiblePatience = 5 * time.Second

// possible returns the actions of a run's environment, and those that can be
// done after a step, without starting a program.
func (a *app) possible(ctx context.Context, run agent.Run, step int) ([]agent.ActionSpec, []agent.Action, error) {
	ctx, cancel := context.WithTimeout(ctx, possiblePatience)
	defer cancel()
	env, entered, done, err := a.glance(run.Spec.Environment)
	if err != nil {
		return nil, nil, err
	}
	defer done()
	specs := env.Actions()
	lists, ok := env.(agent.Legal)
	if !ok {
		return specs, nil, nil
	}
	state, err := a.stateAt(ctx, run.ID, step)
	if err != nil || state.Data == "" {
		return specs, nil, err
	}
	if r, ok := env.(agent.Restorer); ok && entered {
		if err := r.Restore(ctx, run.Spec.Task(run.Seed), state); err != nil {
			return specs, nil, err
		}
	}
	if env.IsTerminal(state) {
		return specs, nil, nil
	}
	return specs, lists.LegalActions(state), nil
}

func (a *app) stateAt(ctx context.Context, id string, step int) (agent.State, error) {
	if step > 0 {
		s, err := a.db.Runs().Step(ctx, id, step)
		return s.After, err
	}
	c, err := a.db.Runs().Checkpoint(ctx, id)
	if err != nil {
		return agent.State{}, err
	}
	return c.Initial, nil
}

package app

import (
	"context"
	"fmt"
	"os"
	"slices"

	"purposeagent/agent"
	"purposeagent/agent/experiments"
	"purposeagent/agent/replay"
	"purposeagent/agent/suites"
	"purposeagent/environments"
	"purposeagent/internal/lab"
)

// Experiments are the jobs of the Lab, with what they are made of and with audits
// of the library's rules. It is safe for concurrent use.
type Experiments struct {
	*lab.Jobs
	app *App
}

func (a *App) newExperiments() *Experiments {
	e := &Experiments{app: a}
	owner := fmt.Sprintf("process %d", os.Getpid())
	if !a.cfg.Shared {
		owner = "server, " + owner
	}
	e.Jobs = lab.NewJobs(lab.JobsConfig{Store: a.db.Experiments(), Wire: e.Wire, Logger: a.cfg.Logger, Owner: owner, Now: a.cfg.Now})
	return e
}

// All lists the experiments without their reports, newest first; it is never nil.
func (e *Experiments) All(ctx context.Context) ([]experiments.Experiment, error) {
	all := []experiments.Experiment{}
	for q := (experiments.ExperimentQuery{Limit: 200}); ; {
		page, err := e.List(ctx, q)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if q.Cursor = page.Next; q.Cursor == "" {
			return all, nil
		}
	}
}

// RunOrFollow works an experiment in this process and returns it at its end. Where
// another process was quicker it says so and waits for that one. Errors are those of
// Run and Follow.
func (e *Experiments) RunOrFollow(ctx context.Context, id string, progress func(lab.Progress), waits func()) (experiments.Experiment, error) {
	x, err := e.Run(ctx, id, progress)
	if agent.CodeOf(err) != agent.CodeConflict {
		return x, err
	}
	waits()
	for x, err = range e.Follow(ctx, id) {
		if err != nil {
			break
		}
	}
	return x, err
}

// Audit starts an experiment that does the same tasks with the library as it
// is, without one rule of it, and without memory. Where the request names no
// configuration, it is that of a run that speaks for the rule.
func (e *Experiments) Audit(ctx context.Context, by, rule string, ask lab.Request) (experiments.Experiment, error) {
	h, err := e.app.Library.Get(ctx, rule)
	if err != nil {
		return experiments.Experiment{}, err
	}
	s := &ask.Spec
	if s.Environment.Name = h.Scope.Environment; s.Environment.Name == "" {
		return experiments.Experiment{}, agent.Errorf(agent.CodeConflict, "rule %s belongs to no environment; start an experiment with the arm %s%s where you want to audit it", rule, lab.LeaveOneOut, rule)
	}
	if s.Environment.Config.IsEmpty() {
		s.Environment.Config = e.app.whereLearned(ctx, h)
	}
	s.Source, s.Arms = lab.SourceLibrary, []lab.Arm{lab.On, lab.LeaveOneOut + lab.Arm(rule), lab.Off}
	if ask.Name == "" {
		ask.Name = agent.Clip("audit of "+rule+": "+h.Title, lab.MaxName-8)
	}
	return e.Start(ctx, by, ask)
}

// whereLearned is the configuration of a run that speaks for the rule; the
// default one if they are gone.
func (a *App) whereLearned(ctx context.Context, h *agent.Heuristic) agent.Object {
	for _, evidence := range h.Evidence {
		if run, err := a.Runs.Get(ctx, evidence.Run); err == nil && run.Spec.Environment.Name == h.Scope.Environment {
			return run.Spec.Environment.Config
		}
	}
	return ""
}

// Wire makes the parts of one experiment. What it learns stays its own and
// never reaches the library. Errors: CodeInvalid with a message per field.
func (e *Experiments) Wire(_ context.Context, spec lab.Spec) (lab.Config, error) {
	registry := e.app.Registry
	kind, err := registry.Kind(spec.Environment.Name)
	if err != nil {
		return lab.Config{}, agent.InvalidFields(map[string]string{"environment": agent.MessageOf(err)})
	}
	if spec.Suite != nil {
		if err := suites.Refusal(e.app.CheckSuite(slices.Concat(spec.Suite.Train, spec.Suite.Test))); err != nil {
			return lab.Config{}, agent.InvalidFields(map[string]string{"suite": agent.MessageOf(err)})
		}
	}
	cfg := lab.Config{World: labWorld(registry, kind), Parallel: e.app.cfg.Workers, Library: e.snapshot}
	for _, other := range registry.Kinds() {
		cfg.Elsewhere = append(cfg.Elsewhere, labWorld(registry, other))
	}
	cfg.Others = func(models agent.ModelRefs) (lab.Roles, error) { return e.app.roles.ofExperiment(models, spec.Seed) }
	cfg.Roles, err = e.app.roles.ofExperiment(spec.Models, spec.Seed)
	return cfg, err
}

// snapshot copies the library's rules of a scope, and its newest successes.
func (e *Experiments) snapshot(ctx context.Context, scope agent.Scope) (f lab.Frozen, err error) {
	if f.Rules, err = e.app.Library.All(ctx, scope); err != nil {
		return f, err
	}
	ledger, err := e.app.Library.Ledger(ctx, scope)
	if err != nil {
		return f, err
	}
	if ledger.Suspended != nil {
		f.Suspended = ledger.Suspended.Reason
	}
	recent, err := e.app.Replay.Recent(ctx, scope, replay.DefaultCapacity)
	if err != nil {
		return f, err
	}
	for _, t := range recent {
		if t.Outcome.Success && len(f.Trajectories) < lab.MaxFrozen {
			f.Trajectories = append(f.Trajectories, t)
		}
	}
	slices.Reverse(f.Trajectories)
	return f, nil
}

// unasked refuses an environment in which a person would be asked: nobody is there
// in the Lab.
func unasked(env agent.Environment) (agent.Environment, error) {
	for _, s := range env.Actions() {
		if s.Destructive {
			closeEnvironment(env)
			return nil, agent.Errorf(agent.CodeInvalid, "its action %s may destroy something, and in an experiment nobody can be asked: say in its configuration which ones are harmless, or leave them out", s.Name)
		}
	}
	return env, nil
}

func labWorld(registry *environments.Registry, kind environments.Kind) lab.World {
	w := lab.World{
		Name: kind.Name, Schema: kind.Schema, DrawPurpose: kind.DrawPurpose, LimitFactor: kind.LimitFactor,
		Check: func(config agent.Object) (agent.Object, error) { return registry.Check(kind.Name, config) },
		CheckTask: func(config agent.Object, task agent.Task) error {
			return registry.CheckTask(agent.EnvironmentRef{Name: kind.Name, Config: config}, task)
		},
		New: func(config agent.Object) (agent.Environment, error) {
			env, err := registry.New(agent.EnvironmentRef{Name: kind.Name, Config: config})
			if err != nil {
				return nil, err
			}
			return unasked(env)
		},
	}
	if len(kind.Presets) > 0 {
		w.Purpose, w.MaxSteps = kind.Presets[0].Purpose, kind.Presets[0].MaxSteps
	}
	return w
}

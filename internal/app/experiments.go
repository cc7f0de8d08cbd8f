package app

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/reasoner"
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
	e.Jobs = lab.NewJobs(lab.JobsConfig{Store: a.db.Experiments(), Wire: e.Wire, Logger: a.cfg.Logger, Owner: owner})
	return e
}

// Audit starts an experiment that does the same tasks with the library as it
// is, without one rule of it, and without memory. Where the request names no
// configuration, it is that of a run that speaks for the rule.
func (e *Experiments) Audit(ctx context.Context, by, rule string, ask lab.Request) (agent.Experiment, error) {
	h, err := e.app.Library.Get(ctx, rule)
	if err != nil {
		return agent.Experiment{}, err
	}
	s := &ask.Spec
	if s.Environment.Name = h.Scope.Environment; s.Environment.Name == "" {
		return agent.Experiment{}, agent.Errorf(agent.CodeConflict, "rule %s belongs to no environment; start an experiment with the arm %s%s where you want to audit it", rule, lab.LeaveOneOut, rule)
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
	registry, roles := e.app.Registry, e.app.roles
	kind, err := registry.Kind(spec.Environment.Name)
	if err != nil {
		return lab.Config{}, agent.InvalidFields(map[string]string{"environment": agent.MessageOf(err)})
	}
	cfg := lab.Config{World: labWorld(registry, kind), Parallel: e.app.cfg.Workers, Library: e.snapshot}
	for _, other := range registry.Kinds() {
		cfg.Elsewhere = append(cfg.Elsewhere, labWorld(registry, other))
	}
	cfg.Others = func(models agent.ModelRefs) (lab.Roles, error) { return labRoles(models, spec.Seed, roles) }
	cfg.Roles, err = labRoles(spec.Models, spec.Seed, roles)
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
	recent, err := e.app.Replay.Recent(ctx, scope, agent.DefaultReplayCapacity)
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

func labWorld(registry *environments.Registry, kind environments.Kind) lab.World {
	w := lab.World{
		Name: kind.Name, Schema: kind.Schema, DrawPurpose: kind.DrawPurpose, LimitFactor: kind.LimitFactor,
		Check: func(config agent.Object) (agent.Object, error) { return registry.Check(kind.Name, config) },
		CheckTask: func(config agent.Object, task agent.Task) error {
			return registry.CheckTask(agent.EnvironmentRef{Name: kind.Name, Config: config}, task)
		},
		New: func(config agent.Object) (agent.Environment, error) {
			return registry.New(agent.EnvironmentRef{Name: kind.Name, Config: config})
		},
	}
	if len(kind.Presets) > 0 {
		w.Purpose, w.MaxSteps = kind.Presets[0].Purpose, kind.Presets[0].MaxSteps
	}
	return w
}

// labRoles makes the roles from the models' names; seed draws noise. Errors
// are CodeInvalid with a message per flag.
func labRoles(models agent.ModelRefs, seed int64, known *roles) (lab.Roles, error) {
	fields := map[string]string{}
	resolve := func(flag string, role agent.ModelRole, ref string) (agent.LLM, *agent.Prompt) {
		model, prompt, err := known.resolve(role, ref)
		if err != nil {
			fields[flag] = agent.MessageOf(err)
		}
		return model, prompt
	}
	r := lab.Roles{
		Actor: func() (agent.Decider, error) { return reasoner.NewActor(reasoner.ActorConfig{}), nil },
		Distiller: func(replay agent.Replay) (agent.Distiller, int, error) {
			return reasoner.NewDistiller(reasoner.DistillerConfig{Replay: replay}), -1, nil
		},
	}
	r.Claims = claimsOfReasoner
	if ref := models.Actor; ref != agent.Reasoner {
		r.Claims = nil
		model, words := resolve("model", agent.ActorRole, ref)
		r.Examples = true
		r.Actor = func() (agent.Decider, error) { return agent.NewActor(agent.ActorConfig{LLM: model, Prompt: words}) }
	}
	if ref := models.Optimizer; ref != agent.Reasoner {
		model, words := resolve("optimizer", agent.OptimizerRole, ref)
		r.ModelDistiller = true
		r.Distiller = func(agent.Replay) (agent.Distiller, int, error) {
			d, err := agent.NewDistiller(agent.DistillerConfig{LLM: model, Prompt: words})
			return d, 0, err
		}
	}
	switch ref := models.Critic; {
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
			return belowEnd{reasoner.Noisy(c, sd, seed)}, nil
		}
	default:
		r.ModelCritic = true
		shared, err := panelOf(known, ref)
		if err != nil {
			fields["critic"] = agent.MessageOf(err)
		}
		r.Critic = shared.critic
	}
	if len(fields) > 0 {
		return r, agent.InvalidFields(fields)
	}
	return r, nil
}

// panel are the critics of an experiment. Those of models are shared, so that no
// state gets two scores; nil stands for the offline one, which each scope has.
type panel []agent.Critic

// panelOf makes the critics of a reference. Errors are CodeInvalid.
func panelOf(known *roles, ref string) (panel, error) {
	if err := known.check(agent.CriticRole, ref); err != nil {
		return nil, err
	}
	var p panel
	for _, one := range criticRefs(ref) {
		if one == agent.Reasoner {
			p = append(p, nil)
			continue
		}
		model, words, err := known.resolve(agent.CriticRole, one)
		if err != nil {
			return nil, err
		}
		c, err := agent.NewPurposeFunction(agent.CriticConfig{LLM: model, Prompt: words})
		if err != nil {
			return nil, err
		}
		p = append(p, c)
	}
	return p, nil
}

func (p panel) critic(env agent.Environment, scope agent.Scope, replay agent.Replay) (agent.Critic, error) {
	critics := slices.Clone(p)
	for i, c := range critics {
		if c != nil {
			continue
		}
		var err error
		if critics[i], err = offlineCritic(env, scope, replay); err != nil {
			return nil, err
		}
	}
	if len(critics) == 1 {
		return critics[0], nil
	}
	return agent.NewPanel(critics...)
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

// claimsOfReasoner reads rules as the offline reasoner does.
func claimsOfReasoner() (func(s *agent.Situation, set *agent.RuleSet) []lab.Claim, error) {
	actor := reasoner.NewActor(reasoner.ActorConfig{})
	return func(s *agent.Situation, set *agent.RuleSet) []lab.Claim {
		var out []lab.Claim
		for _, c := range actor.Claims(s, set) {
			out = append(out, lab.Claim(c))
		}
		return out
	}, nil
}

package app

import (
	"context"
	"strings"
	"sync"

	"purposeagent/agent"
	"purposeagent/agent/features"
	"purposeagent/agent/learning"
	"purposeagent/agent/reasoner"
	"purposeagent/agent/roles"
	"purposeagent/internal/connections"
	"purposeagent/models"
)

// Roles turns references such as ollama:qwen3?prompt=2 into who plays the roles of
// runs and of experiments, and owns what outlives a run. Models follow their
// connections by themselves; what was answered under another address or key is not
// taken for the answer of the new one. It is safe for concurrent use.
type Roles struct {
	models     *connections.Models
	prompts    *models.Prompts
	library    *models.Library
	replay     *models.Replay
	calibrator *models.Critics
	milestones *models.Milestones

	mu         sync.Mutex
	optimizers keep[partKey, *learning.HeuristicOptimizer] // they outlive runs, so that lessons add up
	critics    keep[partKey, agent.Critic]                 // so that no state gets two scores
	estimators keep[agent.Scope, *reasoner.Estimator]
}

// partKey tells parts apart: other words, or another server, are another part.
type partKey struct {
	model, words string
	version      int
}

// actor makes the actor of a run.
func (r *Roles) actor(ref string) (agent.Decider, error) {
	p, err := r.player(agent.ActorRole, ref)
	if err != nil {
		return nil, err
	}
	return p.actor()
}

// critic makes the critic of a run: one, or a panel of several. Those of models
// are kept, and so is the learned estimate of success of a scope, for critics where
// the environment has no potential of its own.
func (r *Roles) critic(spec agent.RunSpec, env agent.Environment) (agent.Critic, error) {
	panel, err := r.panel(spec.Models.Critic, func(p player) (agent.Critic, error) {
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.critics.get(partKey{p.ref, p.words.Label, r.models.Version(p.model.Name())}, p.critic)
	})
	if err != nil {
		return nil, err
	}
	scope := agent.ScopeOf(spec.Environment.Name, env)
	return panel.in(env, scope, r.milestones, func() *reasoner.Estimator { return r.estimator(scope, env) })
}

func (r *Roles) estimator(scope agent.Scope, env agent.Environment) *reasoner.Estimator {
	r.mu.Lock()
	defer r.mu.Unlock()
	e, _ := r.estimators.get(scope, func() (*reasoner.Estimator, error) { return newEstimator(env, scope, r.replay), nil })
	return e
}

// optimizer returns the optimizer of a run.
func (r *Roles) optimizer(ref string) (*learning.HeuristicOptimizer, error) {
	p, err := r.player(agent.OptimizerRole, ref)
	if err != nil {
		return nil, err
	}
	key := partKey{model: ref}
	if !p.offline() {
		key.words = p.words.Label
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.optimizers.get(key, func() (*learning.HeuristicOptimizer, error) {
		distiller, contrast, err := p.distiller(r.replay)
		if err != nil {
			return nil, err
		}
		cfg := learning.OptimizerConfig{Library: r.library, Replay: r.replay, Distiller: distiller, Contrast: contrast,
			Policy: r.library.Policy, Calibrator: r.calibrator}
		if !p.offline() {
			cfg.Applicability = features.NewApplicability()
		}
		return learning.NewHeuristicOptimizer(cfg)
	})
}

// check reports what is wrong with a reference in a role, nil for nothing. The
// critic may be a panel.
func (r *Roles) check(role agent.ModelRole, ref string) (err error) {
	if role == agent.CriticRole {
		_, err = r.panel(ref, func(player) (agent.Critic, error) { return nil, nil })
	} else {
		_, err = r.player(role, ref)
	}
	return err
}

// panel returns the critics of a reference such as "ollama:qwen3, openai:gpt",
// made by newCritic. Errors: those of player, and CodeInvalid for too many.
func (r *Roles) panel(ref string, newCritic func(player) (agent.Critic, error)) (panel, error) {
	refs := strings.Split(ref, ",")
	if len(refs) > roles.MaxPanel {
		return panel{}, agent.Errorf(agent.CodeInvalid, "a panel has at most %d critics, got %d", roles.MaxPanel, len(refs))
	}
	out := panel{critics: make([]agent.Critic, len(refs))}
	for i, one := range refs {
		p, err := r.player(agent.CriticRole, strings.TrimSpace(one))
		if err != nil {
			return panel{}, err
		}
		if p.offline() {
			continue
		}
		if out.writer == nil {
			out.writer = p.model
		}
		if out.critics[i], err = newCritic(p); err != nil {
			return panel{}, err
		}
	}
	return out, nil
}

// player returns who is meant by a reference: the client of the model and the
// prompt of the role, the version that it names, else the one in use. Errors: those
// of llm.Resolver, and CodeInvalid for a version that is not there.
func (r *Roles) player(role agent.ModelRole, ref string) (player, error) {
	if ref == agent.Reasoner {
		return player{ref: ref}, nil
	}
	name, n, err := splitPrompt(ref)
	if err != nil {
		return player{}, err
	}
	model, err := r.models.Resolve(name)
	if err != nil {
		return player{}, err
	}
	version, err := r.prompt(context.Background(), role, n)
	if err != nil {
		return player{}, err
	}
	words, err := version.Prompt()
	return player{ref, model, words}, err
}

// prompt returns version n of a role's prompt, the one in use where n is negative.
func (r *Roles) prompt(ctx context.Context, role agent.ModelRole, n int) (roles.PromptVersion, error) {
	if n < 0 {
		return r.prompts.InUse(ctx, role)
	}
	versions, err := r.prompts.Versions(ctx, role)
	if err != nil {
		return roles.PromptVersion{}, err
	}
	for _, v := range versions {
		if v.N == n {
			return v, nil
		}
	}
	return roles.PromptVersion{}, agent.Errorf(agent.CodeInvalid, "the %s's prompt has no version %d; Settings › Prompts lists them", role, n)
}

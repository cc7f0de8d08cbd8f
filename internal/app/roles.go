package app

import (
	"context"
	"strings"
	"sync"

	"purposeagent/agent"
	"purposeagent/agent/reasoner"
	"purposeagent/models"
)

// maxKept bounds each kind of part that is kept for runs to come: names of models
// and scopes come from outside. The oldest goes; runs that have it keep it.
const maxKept = 128

// roles turns references into who plays the parts of runs, and owns what outlives
// a run. Models follow their connections by themselves; what was answered under
// another address or key is not taken for the answer of the new one. It is safe
// for concurrent use.
type roles struct {
	models     *Models
	prompts    *models.Prompts
	library    *models.Library
	replay     *models.Replay
	calibrator *models.Critics

	mu         sync.Mutex
	optimizers keep[partKey, *agent.HeuristicOptimizer] // they outlive runs, so that lessons add up
	critics    keep[partKey, *agent.PurposeFunction]    // so that no state gets two scores
	estimators keep[agent.Scope, *reasoner.Estimator]
}

// partKey tells parts apart: other words, or another server, are another part.
type partKey struct {
	model, words string
	version      int
}

func newRoles(desk *Models, db *models.DB, library *models.Library, replay *models.Replay) *roles {
	return &roles{models: desk, prompts: db.Prompts(), library: library, replay: replay, calibrator: db.Critics()}
}

// keep is a bounded memory; the zero value is empty.
type keep[K comparable, V any] struct {
	order []K // oldest first
	items map[K]V
}

// get returns what is kept for a key, built where it is not there yet.
func (k *keep[K, V]) get(key K, build func() (V, error)) (V, error) {
	if v, ok := k.items[key]; ok {
		return v, nil
	}
	v, err := build()
	if err != nil {
		return v, err
	}
	if k.items == nil {
		k.items = map[K]V{}
	}
	if len(k.order) >= maxKept {
		delete(k.items, k.order[0])
		k.order = k.order[1:]
	}
	k.order, k.items[key] = append(k.order, key), v
	return v, nil
}

func (r *roles) actor(ref string) (agent.Decider, error) {
	if ref == agent.Reasoner {
		return reasoner.NewActor(reasoner.ActorConfig{}), nil
	}
	model, words, err := r.resolve(agent.ActorRole, ref)
	if err != nil {
		return nil, err
	}
	return agent.NewActor(agent.ActorConfig{LLM: model, Prompt: words})
}

// critic makes the critic of a run: one, or a panel of several.
func (r *roles) critic(spec agent.RunSpec, env agent.Environment) (agent.Critic, error) {
	var critics []agent.Critic
	for _, ref := range criticRefs(spec.Models.Critic) {
		if ref == agent.Reasoner {
			critics = append(critics, reasoner.NewCritic(env, r.estimator(agent.ScopeOf(spec.Environment.Name, env), env)))
			continue
		}
		c, err := r.modelCritic(ref)
		if err != nil {
			return nil, err
		}
		critics = append(critics, c)
	}
	if len(critics) == 1 {
		return critics[0], nil
	}
	return agent.NewPanel(critics...)
}

func (r *roles) modelCritic(ref string) (*agent.PurposeFunction, error) {
	model, words, err := r.resolve(agent.CriticRole, ref)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.critics.get(partKey{ref, words.Label, r.models.Version(model.Name())}, func() (*agent.PurposeFunction, error) {
		return agent.NewPurposeFunction(agent.CriticConfig{LLM: model, Prompt: words})
	})
}

// estimator returns the learned estimate of success of a scope, for critics
// where the environment has no potential of its own.
func (r *roles) estimator(scope agent.Scope, env agent.Environment) *reasoner.Estimator {
	r.mu.Lock()
	defer r.mu.Unlock()
	e, _ := r.estimators.get(scope, func() (*reasoner.Estimator, error) {
		return reasoner.NewEstimator(reasoner.EstimatorConfig{Replay: r.replay, Scope: scope, World: agent.DescriptionOf(env)}), nil
	})
	return e
}

func (r *roles) optimizer(ref string) (*agent.HeuristicOptimizer, error) {
	key := partKey{model: ref}
	var model agent.LLM
	var words *agent.Prompt
	if ref != agent.Reasoner {
		var err error
		if model, words, err = r.resolve(agent.OptimizerRole, ref); err != nil {
			return nil, err
		}
		key.words = words.Label
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.optimizers.get(key, func() (*agent.HeuristicOptimizer, error) { return r.newOptimizer(model, words) })
}

// newOptimizer makes an optimizer that distils by a model, or by the reasoner
// where model is nil.
func (r *roles) newOptimizer(model agent.LLM, words *agent.Prompt) (*agent.HeuristicOptimizer, error) {
	var distiller agent.Distiller = reasoner.NewDistiller(reasoner.DistillerConfig{Replay: r.replay})
	contrast := -1 // the reasoner learns from its own window of transitions
	if model != nil {
		var err error
		if distiller, err = agent.NewDistiller(agent.DistillerConfig{LLM: model, Prompt: words}); err != nil {
			return nil, err
		}
		contrast = 0 // the optimizer's default
	}
	return agent.NewHeuristicOptimizer(agent.OptimizerConfig{Library: r.library, Replay: r.replay, Distiller: distiller, Contrast: contrast, Policy: r.library.Policy, Calibrator: r.calibrator})
}

// criticRefs splits the critics of a panel: "ollama:qwen3, openai:gpt".
func criticRefs(ref string) []string {
	refs := strings.Split(ref, ",")
	for i := range refs {
		refs[i] = strings.TrimSpace(refs[i])
	}
	return refs
}

// check reports what is wrong with a reference in a role, nil for nothing. The
// critic may be a panel.
func (r *roles) check(role agent.ModelRole, ref string) error {
	refs := []string{ref}
	if role == agent.CriticRole {
		refs = criticRefs(ref)
	}
	if len(refs) > agent.MaxPanel {
		return agent.Errorf(agent.CodeInvalid, "a panel has at most %d critics, got %d", agent.MaxPanel, len(refs))
	}
	for _, one := range refs {
		if one == agent.Reasoner {
			continue
		}
		if _, _, err := r.resolve(role, one); err != nil {
			return err
		}
	}
	return nil
}

// resolve returns the client of a reference and the prompt of the role: the
// version that it names, else the one in use. Errors: those of llm.Resolver, and
// CodeInvalid for a version that is not there.
func (r *roles) resolve(role agent.ModelRole, ref string) (agent.LLM, *agent.Prompt, error) {
	name, n, err := splitPrompt(ref)
	if err != nil {
		return nil, nil, err
	}
	model, err := r.models.Resolve(name)
	if err != nil {
		return nil, nil, err
	}
	ctx := context.Background()
	if n < 0 {
		version, err := r.prompts.InUse(ctx, role)
		if err != nil {
			return nil, nil, err
		}
		prompt, err := version.Prompt()
		return model, prompt, err
	}
	versions, err := r.prompts.Versions(ctx, role)
	if err != nil {
		return nil, nil, err
	}
	for _, v := range versions {
		if v.N == n {
			prompt, err := v.Prompt()
			return model, prompt, err
		}
	}
	return nil, nil, agent.Errorf(agent.CodeInvalid, "the %s's prompt has no version %d; Settings › Prompts lists them", role, n)
}

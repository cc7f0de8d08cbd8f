package app

import (
	"context"
	"slices"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/features"
	"purposeagent/agent/playbook"
	"purposeagent/agent/rulestore"
)

// Playbook writes what is known of a world of an environment on one page, now or in a
// snapshot. A world whose environment can't be looked into is described by its
// rules alone. Errors: CodeNotFound for an environment, a world or a snapshot that
// nobody knows.
func (a *App) Playbook(ctx context.Context, asked playbook.Asked) (playbook.Page, error) {
	environment := asked.Environment
	worlds, err := a.Library.Worlds(ctx)
	if err != nil {
		return playbook.Page{}, err
	}
	if environment != "" {
		if _, err := a.Registry.Kind(environment); err != nil && !slices.ContainsFunc(worlds, func(w playbook.World) bool { return w.Scope.Environment == environment }) {
			return playbook.Page{}, agent.Errorf(agent.CodeNotFound, "there is no environment %q", agent.Clip(environment, 80))
		}
	}
	of, chosen, err := playbook.Choose(worlds, environment, asked.World)
	if err != nil {
		return playbook.Page{}, err
	}
	page := playbook.Page{Scope: chosen.Scope, Worlds: of}
	rules, err := a.usable(ctx, chosen.Scope, asked.Snapshot)
	if err != nil {
		return playbook.Page{}, err
	}
	described, specs := a.describe(ctx, chosen.Scope, rules.Rules)
	page.Playbook = a.Playbooks.Compose(described, specs, rules, agent.PlaybookOptions{Tokens: asked.Tokens})
	return page, nil
}

// usable returns the rules of a scope that are in use, or were in a snapshot.
func (a *App) usable(ctx context.Context, scope agent.Scope, snapshot string) (*agent.RuleSet, error) {
	if snapshot == "" {
		return a.Library.Usable(ctx, scope)
	}
	rules, err := a.Snapshots.Rules(ctx, snapshot)
	if err != nil {
		return nil, err
	}
	return rulestore.NewFixed(rules).Usable(ctx, scope)
}

// lookBack is how many configurations are tried to find the world of a scope.
const lookBack = 5

// describe returns what the environment of a scope says of itself: of the
// configuration of a run that its rules rest on, or of the latest runs. Rules for all
// worlds of an environment are described by any of them.
func (a *App) describe(ctx context.Context, scope agent.Scope, rules []*agent.Heuristic) (agent.Description, []agent.ActionSpec) {
	var tried []agent.EnvironmentRef
	try := func(ref agent.EnvironmentRef) (agent.Description, []agent.ActionSpec, bool) {
		if ref.Name != scope.Environment || slices.Contains(tried, ref) || len(tried) >= lookBack {
			return agent.Description{}, nil, false
		}
		tried = append(tried, ref)
		env, _, done, err := a.glance(ref)
		if err != nil {
			return agent.Description{}, nil, false
		}
		defer done()
		found := agent.ScopeOf(ref.Name, env)
		if whole := scope.Dynamics == "" && scope.Schema == ""; !whole && (found.Dynamics != scope.Dynamics || scope.Schema != "" && found.Schema != scope.Schema) {
			return agent.Description{}, nil, false
		}
		return agent.DescriptionOf(env), env.Actions(), true
	}
	for _, h := range rules[:min(len(rules), 4*lookBack)] {
		if len(h.Evidence) == 0 || len(tried) >= lookBack {
			continue
		}
		run, err := a.Runs.Get(ctx, h.Evidence[len(h.Evidence)-1].Run)
		if err != nil {
			continue
		}
		if world, specs, ok := try(run.Spec.Environment); ok {
			return world, specs
		}
	}
	page, err := a.Runs.List(ctx, catalog.RunQuery{Terms: []catalog.RunTerm{catalog.Is(catalog.RunEnv, scope.Environment)}, Limit: 4 * lookBack})
	if err == nil {
		for i := range page.Items {
			if world, specs, ok := try(page.Items[i].Spec.Environment); ok {
				return world, specs
			}
		}
	}
	world, specs, _ := try(agent.EnvironmentRef{Name: scope.Environment})
	return world, specs
}

// Reading says what the offline reasoner makes of a rule's words, in the world last
// used of its environment. ok is false where nobody can tell: no environment is
// named, or it can't be looked into.
func (a *App) Reading(ctx context.Context, h *agent.Heuristic) (r features.Understanding, ok bool) {
	l, ok := a.RuleLanguage(ctx, h)
	if !ok {
		return features.Understanding{}, false
	}
	return l.Read(h), true
}

// RuleLanguage returns the words of the world that a rule is about, or of the world
// last used of its environment. ok is false where nobody can tell.
func (a *App) RuleLanguage(ctx context.Context, h *agent.Heuristic) (l *features.RuleLanguage, ok bool) {
	scope := h.Scope
	if scope.Environment == "" {
		return nil, false
	}
	if scope.Dynamics == "" && scope.Schema == "" {
		if worlds, err := a.Library.Worlds(ctx); err == nil {
			if _, chosen, err := playbook.Choose(worlds, scope.Environment, ""); err == nil {
				scope = chosen.Scope
			}
		}
	}
	world, specs := a.describe(ctx, scope, []*agent.Heuristic{h})
	if len(specs) == 0 {
		specs = a.Actions(agent.EnvironmentRef{Name: scope.Environment})
	}
	if len(specs) == 0 {
		return nil, false
	}
	return features.NewRuleLanguage(&world.State, specs), true
}

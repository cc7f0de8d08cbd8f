package lab

import (
	"context"
	"slices"

	"purposeagent/agent"
	"purposeagent/agent/rulestore"
)

// frozenLibrary is a snapshot of the usable rules of one scope. Whoever writes
// to it gets an error, and so does the arm that did.
type frozenLibrary struct {
	agent.Library // an empty one: answers what an arm never asks
	set           *agent.RuleSet
}

func freeze(scope agent.Scope, rules []*agent.Heuristic) *frozenLibrary {
	return &frozenLibrary{Library: rulestore.NewMemory(nil), set: &agent.RuleSet{Scope: scope, Revision: 1, Rules: rules}}
}

// Usable returns the snapshot, or nothing in another scope.
func (f *frozenLibrary) Usable(_ context.Context, scope agent.Scope) (*agent.RuleSet, error) {
	if scope != f.set.Scope {
		return &agent.RuleSet{Scope: scope, Revision: 1}, nil
	}
	return f.set, nil
}

// All returns the snapshot.
func (f *frozenLibrary) All(ctx context.Context, scope agent.Scope) ([]*agent.Heuristic, error) {
	set, err := f.Usable(ctx, scope)
	return slices.Clone(set.Rules), err
}

// Save refuses.
func (f *frozenLibrary) Save(context.Context, agent.Batch) ([]*agent.Heuristic, error) {
	return nil, errFrozen()
}

// frozenReplay is a replay that nothing is added to.
type frozenReplay struct{ agent.Replay }

// Add refuses.
func (frozenReplay) Add(context.Context, *agent.Trajectory) error { return errFrozen() }

// UpdateValue refuses.
func (frozenReplay) UpdateValue(context.Context, []string, float64) error { return errFrozen() }

func errFrozen() error {
	return agent.Errorf(agent.CodeConflict, "a test must not write into memory")
}

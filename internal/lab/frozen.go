package lab

import (
	"context"

	"purposeagent/agent"
)

// frozenLibrary is a snapshot of the rules of one scope. Whoever writes to it
// gets an error, and so does the arm that did.
type frozenLibrary struct {
	agent.Library // answers what only reads
	set           *agent.RuleSet
}

func freeze(library agent.Library, scope agent.Scope, rules []*agent.Heuristic) *frozenLibrary {
	return &frozenLibrary{Library: library, set: &agent.RuleSet{Scope: scope, Revision: 1, Rules: rules}}
}

// Usable returns the snapshot, or nothing in another scope.
func (f *frozenLibrary) Usable(_ context.Context, scope agent.Scope) (*agent.RuleSet, error) {
	if scope != f.set.Scope {
		return &agent.RuleSet{Scope: scope, Revision: 1}, nil
	}
	return f.set, nil
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

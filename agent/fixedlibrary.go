package agent

import (
	"context"
	"sync"
)

// FixedLibrary is a library that never changes, such as a snapshot: a run uses
// its rules and writes nothing. It is safe for concurrent use.
type FixedLibrary struct {
	Library // an empty one: answers what a run that learns nothing never asks
	rules   []*Heuristic

	mu   sync.Mutex
	sets map[Scope]*RuleSet
}

// NewFixedLibrary returns the library of these rules, which must not be changed
// afterwards.
func NewFixedLibrary(rules []*Heuristic) *FixedLibrary {
	return &FixedLibrary{Library: NewMemoryLibrary(nil), rules: rules, sets: map[Scope]*RuleSet{}}
}

// Usable returns the rules of the scope that may enter a prompt.
func (l *FixedLibrary) Usable(_ context.Context, scope Scope) (*RuleSet, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.sets[scope] == nil {
		l.sets[scope] = NewRuleSet(scope, 1, l.covering(scope), nil)
	}
	return l.sets[scope], nil
}

// All returns every rule of the scope, whatever its status.
func (l *FixedLibrary) All(_ context.Context, scope Scope) ([]*Heuristic, error) {
	return l.covering(scope), nil
}

func (l *FixedLibrary) covering(scope Scope) []*Heuristic {
	var rules []*Heuristic
	for _, h := range l.rules {
		if h.Scope.Covers(scope) {
			rules = append(rules, h)
		}
	}
	return rules
}

// Save refuses with CodeConflict.
func (l *FixedLibrary) Save(context.Context, Batch) ([]*Heuristic, error) {
	return nil, Errorf(CodeConflict, "a run with a fixed set of rules teaches nothing")
}

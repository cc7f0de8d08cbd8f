package rulestore

import (
	"context"
	"sync"

	"purposeagent/agent"
)

// Fixed is a library that never changes, such as a snapshot: a run uses
// its rules and writes nothing. It is safe for concurrent use.
type Fixed struct {
	agent.Library // an empty one: answers what a run that learns nothing never asks
	rules         []*agent.Heuristic

	mu   sync.Mutex
	sets map[agent.Scope]*agent.RuleSet
}

// NewFixed returns the library of these rules, which must not be changed
// afterwards.
func NewFixed(rules []*agent.Heuristic) *Fixed {
	return &Fixed{Library: NewMemory(nil), rules: rules, sets: map[agent.Scope]*agent.RuleSet{}}
}

// Usable returns the rules of the scope that may enter a prompt.
func (l *Fixed) Usable(_ context.Context, scope agent.Scope) (*agent.RuleSet, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.sets[scope] == nil {
		l.sets[scope] = agent.NewRuleSet(scope, 1, l.covering(scope), nil)
	}
	return l.sets[scope], nil
}

// All returns every rule of the scope, whatever its status.
func (l *Fixed) All(_ context.Context, scope agent.Scope) ([]*agent.Heuristic, error) {
	return l.covering(scope), nil
}

func (l *Fixed) covering(scope agent.Scope) []*agent.Heuristic {
	var rules []*agent.Heuristic
	for _, h := range l.rules {
		if h.Scope.Covers(scope) {
			rules = append(rules, h)
		}
	}
	return rules
}

// Save refuses with CodeConflict.
func (l *Fixed) Save(context.Context, agent.Batch) ([]*agent.Heuristic, error) {
	return nil, agent.Errorf(agent.CodeConflict, "a run with a fixed set of rules teaches nothing")
}

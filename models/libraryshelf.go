package models

import (
	"slices"

	"purposeagent/agent"
	"purposeagent/agent/rulestore"
)

// shelf is the library as a batch meets it: what fetch has read.
type shelf struct{ c *changing }

var _ rulestore.Shelf = shelf{}

// Rule returns a row that the batch names.
func (s shelf) Rule(id string) *agent.Heuristic { return s.c.stored[id] }

// NewID counts on.
func (s shelf) NewID() (string, error) { return s.c.newID() }

// Unwanted reports whether a person deleted or banned what a new rule says. A
// learning batch has many rules, so that what they could meet was read at once.
func (s shelf) Unwanted(h *agent.Heuristic) (bool, error) {
	if s.c.same == nil {
		return s.c.unwanted(h)
	}
	key := h.Key()
	return slices.Contains(s.c.dead[key], h.Scope) || slices.ContainsFunc(s.c.same[key], func(other *agent.Heuristic) bool {
		return other.Status == agent.Banned && other.Scope.Covers(h.Scope)
	}), nil
}

// OutOfUse returns the row that says the same and is out of use.
func (s shelf) OutOfUse(h *agent.Heuristic) *agent.Heuristic {
	var out *agent.Heuristic
	for _, other := range s.c.same[h.Key()] {
		if other.Scope != h.Scope || other.Shelved {
			continue
		}
		if out = other; other.Standing() {
			break
		}
	}
	return out
}

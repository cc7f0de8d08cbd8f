package rulestore

import (
	"fmt"

	"purposeagent/agent"
)

// shelf is a library in memory as a batch meets it. Its mutex is held.
type shelf struct{ l *Memory }

// Rule returns a stored row.
func (s shelf) Rule(id string) *agent.Heuristic { return s.l.rules[id] }

// OutOfUse returns the row that says the same and is out of use.
func (s shelf) OutOfUse(h *agent.Heuristic) *agent.Heuristic {
	return s.l.rules[s.l.retired[scopedKey{h.Scope, h.Key()}]]
}

// NewID counts on.
func (s shelf) NewID() (string, error) {
	s.l.last++
	return fmt.Sprintf("h%06d", s.l.last), nil
}

// Unwanted reports whether a person deleted or banned what the new rule says.
func (s shelf) Unwanted(h *agent.Heuristic) (bool, error) {
	key := h.Key()
	if s.l.tombstones[scopedKey{h.Scope, key}] {
		return true, nil
	}
	for _, other := range s.l.rules {
		if other.Status == agent.Banned && other.Scope.Covers(h.Scope) && other.Key() == key {
			return true, nil
		}
	}
	return false, nil
}

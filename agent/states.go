package agent

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// StateTable is what was counted of the exact states of a scope: which action
// led where, how often, and what came of it. It is the part of a Predicate that
// speaks of states one by one instead of conditions. A table is never changed
// once it is in a rule, so copies of the rule share it.
type StateTable struct {
	// Format is the version of Data, which is the reasoner's own.
	Format int `json:"format"`
	// Actions are those that were done, by number: names and parameters only.
	Actions []Action `json:"actions,omitempty"`
	// Summary says in numbers what is known, for people.
	Summary StateSummary `json:"summary"`
	// Data is left out where rules are listed; packs and snapshots hold it.
	Data []byte `json:"data,omitempty"`
}

// WithoutTable returns the rule as it is listed: with the summary of a table of
// exact states, and without its content, which may have megabytes.
func (h Heuristic) WithoutTable() Heuristic {
	if t := h.States(); t != nil {
		p, listed := *h.Predicate, *t
		listed.Actions, listed.Data = nil, nil
		p.States, h.Predicate = &listed, &p
	}
	return h
}

// StateSummary says how exact states are remembered in a scope.
type StateSummary struct {
	Tasks int `json:"tasks"` // that were counted
	Known int `json:"known"` // states
	// Revisited is the share of a task's states that were known before the task,
	// 0 to 1; tasks of long ago count less.
	Revisited float64 `json:"revisited"`
	// Chance is the value of the best known way from where tasks begin most
	// often: the discounted chance of success. Way is the length of that way in
	// steps, 0 where none is known or where actions lead to several states.
	Chance float64 `json:"chance"`
	Way    int     `json:"way,omitempty"`
	// Off says why the table is not used, "" where it is.
	Off string `json:"off,omitempty"`
}

// String says it in a line.
func (s *StateSummary) String() string {
	share := fmt.Sprintf("%.0f %% of a task's states came before", 100*s.Revisited)
	if s.Off != "" {
		return "off, since " + s.Off + ": " + share
	}
	states := "states are"
	if s.Known == 1 {
		states = "state is"
	}
	text := fmt.Sprintf("%d %s known, %s", s.Known, states, share)
	switch {
	case s.Way == 1:
		text += "; the best known way has 1 step"
	case s.Way > 1:
		text += fmt.Sprintf("; the best known way has %d steps", s.Way)
	case s.Chance > 0:
		text += fmt.Sprintf("; the best known way is worth %.2f at the start, where a success at once is 1", s.Chance)
	default:
		text += "; no way to success is known yet"
	}
	return text
}

// Surveyor is a distiller that remembers exact states. Survey says how it
// stands in a scope after the last lesson there, nil where nothing is known.
type Surveyor interface {
	Survey(scope Scope) *StateSummary
}

// Limits of a state table.
const (
	MaxStates = 50_000
)

// Digest identifies the table's content.
func (t *StateTable) Digest() string {
	if t == nil {
		return ""
	}
	sum := sha256.Sum256(t.Data)
	return hex.EncodeToString(sum[:8])
}

// Permuted returns the table with its actions exchanged among each other:
// number i becomes number order[i].
func (t *StateTable) Permuted(order []int) *StateTable {
	c := *t
	c.Actions = make([]Action, len(t.Actions))
	for i, to := range order {
		c.Actions[i] = t.Actions[to]
	}
	return &c
}

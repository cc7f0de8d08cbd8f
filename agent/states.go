package agent

import (
	"crypto/sha256"
	"encoding/hex"

	"purposeagent/agent/credit"
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
	Summary credit.StateSummary `json:"summary"`
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

// MaxStates bounds the states of a table.
const MaxStates = 50_000

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

package rulestore

import (
	"cmp"
	"slices"
	"time"

	"purposeagent/agent"
)

const (
	// MaxRetired is how many of the rules that learning itself has retired a
	// library keeps as rows, in each scope. Each leaf of a tree that is split leaves
	// one, thousands in a thousand tasks; the older ones are compacted: out of the
	// library, counted in the ledger, and still in the history.
	MaxRetired = 100
	// maxCompacted bounds what one batch compacts.
	maxCompacted = 200
	// ReasonCompacted is what the history says of it.
	ReasonCompacted = "compacted: replaced by other rules long ago"
)

// Compactable reports whether a rule is one that learning counted and retired,
// and nobody has decided or written about.
func Compactable(h *agent.Heuristic) bool {
	return h.Status == agent.Retired && (h.Counted() || h.Lifted()) && !h.ByPeople() && h.MergedInto == "" && !h.Shelved && len(h.ByHand) == 0
}

// Retired is what the order in which rules are compacted goes by.
type Retired struct {
	ID        string
	Unused    bool // it never took part in anything
	UpdatedAt time.Time
}

// NewRetired returns what is looked at of a compactable rule.
func NewRetired(h *agent.Heuristic) Retired {
	return Retired{h.ID, h.Shown == 0 && h.Credit.Checks() == 0, h.UpdatedAt}
}

// ToCompact returns the ids of those compactable rules of a scope that a batch
// compacts: beyond the MaxRetired last ones, those that never took part in anything
// first. It changes the order of rules.
func ToCompact(rules []Retired) []string {
	if len(rules) <= MaxRetired {
		return nil
	}
	slices.SortFunc(rules, func(a, b Retired) int {
		switch {
		case a.Unused != b.Unused:
			return boolFirst(a.Unused)
		case !a.UpdatedAt.Equal(b.UpdatedAt):
			return a.UpdatedAt.Compare(b.UpdatedAt)
		}
		return cmp.Compare(a.ID, b.ID)
	})
	ids := make([]string, min(len(rules)-MaxRetired, maxCompacted))
	for i := range ids {
		ids[i] = rules[i].ID
	}
	return ids
}

func boolFirst(first bool) int {
	if first {
		return -1
	}
	return 1
}

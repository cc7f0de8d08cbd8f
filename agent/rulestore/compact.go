package rulestore

import (
	"cmp"
	"slices"

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

// unused reports whether a rule never took part in anything.
func unused(h *agent.Heuristic) bool { return h.Shown == 0 && h.Credit.Checks() == 0 }

// ToCompact returns which of the rules a batch compacts: beyond the MaxRetired
// last ones, those that never took part in anything first.
func ToCompact(rules []*agent.Heuristic) []*agent.Heuristic {
	out := slices.DeleteFunc(slices.Clone(rules), func(h *agent.Heuristic) bool { return !Compactable(h) })
	if len(out) <= MaxRetired {
		return nil
	}
	slices.SortFunc(out, func(a, b *agent.Heuristic) int {
		switch {
		case unused(a) != unused(b):
			return boolFirst(unused(a))
		case !a.UpdatedAt.Equal(b.UpdatedAt):
			return a.UpdatedAt.Compare(b.UpdatedAt)
		}
		return cmp.Compare(a.ID, b.ID)
	})
	return out[:min(len(out)-MaxRetired, maxCompacted)]
}

func boolFirst(first bool) int {
	if first {
		return -1
	}
	return 1
}

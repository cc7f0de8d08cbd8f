// Package rulestore has what every store of rules does alike: what a batch of
// changes does to it, and what of the rules out of use it keeps. Memory is such
// a store in memory, and Fixed one that never changes.
package rulestore

import (
	"cmp"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/credit"
)

// Shelf is what a batch meets in a library, as it stood before. The rows that it
// returns are not changed. Errors are those of the library's storage.
type Shelf interface {
	// Rule returns a stored rule, nil where there is none.
	Rule(id string) *agent.Heuristic
	// Unwanted reports whether a person deleted or banned what a new rule says.
	Unwanted(h *agent.Heuristic) (bool, error)
	// OutOfUse returns the row of the same scope that says the same as a new rule
	// and was retired or archived, and not shelved; nil where there is none. One
	// that a person put out of use goes first.
	OutOfUse(h *agent.Heuristic) *agent.Heuristic
	// NewID returns an id that no rule has had.
	NewID() (string, error)
}

// RowChange is one change of a row. A batch may change a row several times.
type RowChange struct {
	Before *agent.Heuristic // nil: the row is new
	After  *agent.Heuristic
	Reason string // what the rule's history says; "" for counts only, which it does not tell
}

// Apply returns what a batch does to a library: the rules as [agent.Library]'s
// Save returns them, and the changes in their order. task is what the ledger says
// about the batch's task before it counts it, nil where there is none. It writes
// nothing, so that stores and libraries in memory can't differ. Errors:
// CodeInvalid for an empty rule, CodeNotFound for an id that no row has, and
// those of the shelf.
func Apply(batch agent.Batch, shelf Shelf, task *credit.TaskCredit, now time.Time) (saved []*agent.Heuristic, changes []RowChange, err error) {
	a := applying{shelf: shelf, now: now, learning: batch.Trajectory != "", rows: map[string]*agent.Heuristic{}}
	saved = make([]*agent.Heuristic, len(batch.Rules))
	for i, h := range batch.Rules {
		if saved[i], err = a.rule(h); err != nil {
			return nil, nil, err
		}
	}
	for _, u := range batch.Uses {
		if stored := a.stored(u.ID); stored != nil {
			a.put(stored, agent.CountUse(stored, u, task, now), "")
		}
	}
	for _, m := range batch.Moves {
		if stored := a.stored(m.ID); stored != nil && m.Applies(stored) {
			next := stored.Clone()
			next.Status, next.UpdatedAt = m.To, now
			a.put(stored, next, m.Reason)
		}
	}
	for i, h := range saved {
		if h != nil && !a.followed(h.ID, batch.Rules[i].Supersedes) {
			a.succeed(batch.Rules[i].Supersedes, h.ID)
		}
	}
	for i, h := range saved { // as they stand after the credit
		if h != nil {
			saved[i] = a.rows[h.ID].Clone()
		}
	}
	return saved, a.changes, nil
}

// applying is a batch on its way.
type applying struct {
	shelf    Shelf
	now      time.Time
	learning bool
	rows     map[string]*agent.Heuristic // those that the batch has changed so far
	changes  []RowChange
}

// stored returns a row as the batch has left it so far, nil where there is none.
func (a *applying) stored(id string) *agent.Heuristic {
	if h := a.rows[id]; h != nil {
		return h
	}
	return a.shelf.Rule(id)
}

func (a *applying) put(before, after *agent.Heuristic, reason string) {
	a.rows[after.ID] = after
	a.changes = append(a.changes, RowChange{before, after, reason})
}

// rule replaces a row, brings one back or adds one. It returns nil for what a
// person does not want.
func (a *applying) rule(h *agent.Heuristic) (*agent.Heuristic, error) {
	if h == nil {
		return nil, agent.Errorf(agent.CodeInvalid, "a batch holds an empty rule")
	}
	if h.ID != "" {
		stored := a.stored(h.ID)
		if stored == nil {
			return nil, noRule(h.ID)
		}
		return a.replace(stored, h), nil
	}
	if unwanted, err := a.shelf.Unwanted(h); unwanted || err != nil {
		return nil, err
	}
	if a.learning {
		if out := a.shelf.OutOfUse(h); out != nil {
			return a.bringBack(out, h), nil
		}
	}
	id, err := a.shelf.NewID()
	if err != nil {
		return nil, err
	}
	row := agent.FirstHeuristic(h, id, a.now)
	a.put(nil, row, "added")
	return row, nil
}

// followed reports whether a rule was in the place of another one before this batch: who
// put that one back into use since then did so on purpose.
func (a *applying) followed(id, old string) bool {
	before := a.shelf.Rule(id)
	return before != nil && before.Supersedes == old && before.Standing()
}

// succeed retires the rule that a new one takes the place of, and leads from it to
// its successor. What a person decided about, and what is out of use, stays.
func (a *applying) succeed(old, successor string) {
	stored := a.stored(old)
	if stored == nil || old == successor || stored.ByPeople() || !stored.Standing() {
		return
	}
	next := stored.Clone()
	next.Status, next.SucceededBy, next.UpdatedAt = agent.Retired, successor, a.now
	a.put(stored, next, TurnedTo(successor))
}

// TurnedReason is why a rule gives way to one that says the opposite: an id never
// comes to mean the opposite of what people read, pinned and wrote about.
const TurnedReason = "the evidence turned its advice into its opposite"

// TurnedTo is TurnedReason with the id of the rule that it gives way to.
func TurnedTo(successor string) string {
	return TurnedReason + ": " + successor + " says so from now on"
}

// bringBack puts a rule that was out of use in the words of h, or returns nil
// where a person put it out of use: it stays so.
func (a *applying) bringBack(out, h *agent.Heuristic) *agent.Heuristic {
	if out.Standing() {
		return nil
	}
	return a.replace(cmp.Or(a.rows[out.ID], out), h)
}

func (a *applying) replace(stored, h *agent.Heuristic) *agent.Heuristic {
	next := agent.NextHeuristic(stored, h, a.learning, a.now)
	a.put(stored, next, ChangeReason(stored, next))
	return next
}

// ChangeReason names what a person would call the change of a row; "" for counts
// only.
func ChangeReason(stored, next *agent.Heuristic) string {
	switch {
	case next.Version != stored.Version:
		return "edited"
	case next.Status != stored.Status:
		return string(next.Status)
	case next.Pinned && !stored.Pinned:
		return "pinned"
	case !next.Pinned && stored.Pinned:
		return "unpinned"
	}
	return ""
}

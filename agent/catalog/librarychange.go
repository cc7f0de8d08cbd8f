package catalog

import (
	"time"

	"purposeagent/agent"
)

// LibraryChange is one change that a person made to a library, ActShelve, or the
// suspension of a learned set by its test (Actor is SetTester then), in one
// transaction. It can be undone as long as nobody changed its rules again.
type LibraryChange struct {
	// Revision is the number of the change; it names it. 0: nothing was changed.
	Revision int64               `json:"revision"`
	At       time.Time           `json:"at"`
	Actor    string              `json:"actor"`
	Action   agent.LibraryAction `json:"action"`
	Note     string              `json:"note"`                // what it was about, in a few words
	Rules    int                 `json:"rules"`               // how many rules it changed
	Made     int                 `json:"made,omitempty"`      // of them new ones in the place of others; only the change itself says so, no list
	Undoes   int64               `json:"undoes,omitempty"`    // the change that it took back
	UndoneBy int64               `json:"undone_by,omitempty"` // the change that took it back
}

// RuleSelection names rules for one change: by id, or all that a query finds.
type RuleSelection struct {
	IDs   []string
	Query *HeuristicQuery
	// Expect is how many rules the person was told that the query finds; another
	// number is CodeConflict. 0 does not check.
	Expect int
}

// Snapshot is the library at a moment: all rules with their words, status,
// pins and counts.
type Snapshot struct {
	ID     string    `json:"id"`
	Name   string    `json:"name"`
	Reason string    `json:"reason"` // by hand, daily, before …
	Actor  string    `json:"actor"`
	At     time.Time `json:"at"`
	// Revision is the last change of the library that it holds.
	Revision int64 `json:"revision"`
	Rules    int   `json:"rules"`
	// Digest is the SHA-256 over id, version, status and pin of each rule.
	Digest string `json:"digest"`
	Bytes  int    `json:"bytes"` // that it takes beside the rules' history
}

// RuleDiff is one rule that differs between two moments of a library. Before
// is nil for one that came, After for one that went.
type RuleDiff struct {
	Before *agent.Heuristic `json:"before"`
	After  *agent.Heuristic `json:"after"`
}

// LibraryDiff is what differs between two moments of a library.
type LibraryDiff struct {
	Added    []RuleDiff `json:"added"`
	Removed  []RuleDiff `json:"removed"`
	Reworded []RuleDiff `json:"reworded"`
	Moved    []RuleDiff `json:"moved"` // another status or pin, the same words
	Same     int        `json:"same"`
}

// DiffLibraries compares two moments of a library; both are ordered by id, and
// so is the answer.
func DiffLibraries(before, after []*agent.Heuristic) LibraryDiff {
	d := LibraryDiff{Added: []RuleDiff{}, Removed: []RuleDiff{}, Reworded: []RuleDiff{}, Moved: []RuleDiff{}}
	i, j := 0, 0
	for i < len(before) || j < len(after) {
		switch {
		case j == len(after) || i < len(before) && before[i].ID < after[j].ID:
			d.Removed = append(d.Removed, RuleDiff{Before: before[i]})
			i++
		case i == len(before) || after[j].ID < before[i].ID:
			d.Added = append(d.Added, RuleDiff{After: after[j]})
			j++
		default:
			a, b := before[i], after[j]
			switch {
			case agent.WordsChanged(a, b):
				d.Reworded = append(d.Reworded, RuleDiff{a, b})
			case a.Status != b.Status || a.Pinned != b.Pinned:
				d.Moved = append(d.Moved, RuleDiff{a, b})
			default:
				d.Same++
			}
			i, j = i+1, j+1
		}
	}
	return d
}

// AsItWas returns now with the words, the place in the prompt and the origin
// that the rule had then. What was counted and seen stays: evidence is never
// rolled back.
func AsItWas(then, now *agent.Heuristic) *agent.Heuristic {
	next := now.Clone()
	agent.CopyWords(next, then)
	next.Status, next.StatusBy, next.Pinned, next.MergedInto = then.Status, then.StatusBy, then.Pinned, then.MergedInto
	next.SucceededBy, next.Supersedes = then.SucceededBy, then.Supersedes
	next.Scope, next.Shelved = then.Scope, then.Shelved
	return next
}

// LibraryFacets counts the rules that a query finds, by what they are. Each
// count leaves out the query's own condition on that field, so that it says
// what another choice would find.
type LibraryFacets struct {
	Total        int                  `json:"total"` // in the library
	Matching     int                  `json:"matching"`
	ByStatus     map[agent.Status]int `json:"by_status"`
	ByTier       map[agent.Tier]int   `json:"by_tier"`
	Environments map[string]int       `json:"environments"` // "" is every one
	Authors      map[string]int       `json:"authors"`
	Pinned       int                  `json:"pinned"`
}

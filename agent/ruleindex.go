package agent

import (
	"slices"
	"strings"
	"sync"

	"purposeagent/agent/search"
)

// ruleIndex finds the rules of one scope by words and by vectors. It follows
// the rule sets of its library from one revision to the next and takes up only
// what changed, so that a change of one rule does not cost a new index. It is
// safe for concurrent use; sets of different revisions may take turns.
type ruleIndex struct {
	mu      sync.Mutex
	set     *RuleSet       // as the index stands
	held    []*Heuristic   // the rules of the set, in use and candidates, in its order
	pinned  []*Heuristic   // those of them that a person pinned
	byID    map[string]int // place in held
	words   *search.WordIndex
	claims  *search.WordIndex // of the rules without a predicate
	vectors *search.VectorIndex
}

// NewRuleSet returns the set of a scope's rules at a revision, split by whether
// they may enter a prompt or are candidates; others are left out. Its rules
// must not be changed. before is the scope's previous set, whose index it takes
// over; nil if there is none.
func NewRuleSet(scope Scope, revision int64, rules []*Heuristic, before *RuleSet) *RuleSet {
	set := &RuleSet{Scope: scope, Revision: revision}
	for _, h := range rules {
		switch {
		case h.Usable():
			set.Rules = append(set.Rules, h)
		case h.Status == Candidate:
			set.Candidates = append(set.Candidates, h)
		}
	}
	if before != nil {
		set.index = before.indexed()
	}
	return set
}

// indexed returns the set's index, which may stand at another revision.
func (r *RuleSet) indexed() *ruleIndex {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.index == nil {
		r.index = &ruleIndex{}
	}
	return r.index
}

// follow brings the index to where the set stands. x.mu is held.
func (x *ruleIndex) follow(set *RuleSet) {
	if x.set == set {
		return
	}
	if x.words == nil {
		x.words, x.claims, x.vectors, x.byID = search.NewWordIndex(), search.NewWordIndex(), search.NewVectorIndex(), map[string]int{}
	}
	next := make([]*Heuristic, 0, len(set.Rules)+len(set.Candidates))
	next = append(append(next, set.Rules...), set.Candidates...)
	if sameOrder(x.held, next) {
		for i, h := range next {
			if h != x.held[i] && !sameText(x.held[i], h) {
				x.take(h)
			}
		}
	} else {
		x.exchange(next)
	}
	x.set, x.held, x.pinned = set, next, x.pinned[:0]
	for _, h := range next {
		if h.Pinned {
			x.pinned = append(x.pinned, h)
		}
	}
}

// exchange takes out the rules that are not in next, and in those that are new.
func (x *ruleIndex) exchange(next []*Heuristic) {
	stays := make(map[string]bool, len(next))
	for _, h := range next {
		stays[h.ID] = true
	}
	for _, h := range x.held {
		if !stays[h.ID] {
			x.words.Remove(h.ID)
			x.claims.Remove(h.ID)
			x.vectors.Remove(h.ID)
		}
	}
	for _, h := range next {
		if at, known := x.byID[h.ID]; !known || !sameText(x.held[at], h) {
			x.take(h)
		}
	}
	clear(x.byID)
	for i, h := range next {
		x.byID[h.ID] = i
	}
}

// sameOrder reports whether two lists hold the same ids in the same order,
// which is what a change of counts leaves behind.
func sameOrder(a, b []*Heuristic) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] && a[i].ID != b[i].ID {
			return false
		}
	}
	return true
}

func (x *ruleIndex) take(h *Heuristic) {
	text := RuleText(h)
	x.words.Add(h.ID, text, 1)
	x.claims.Remove(h.ID)
	if h.Predicate == nil {
		x.claims.Add(h.ID, text, 1)
	}
	x.vectors.Add(h.ID, text, 1)
}

// MaxRuleText bounds what is read of each part of a rule to find it by, in bytes.
const MaxRuleText = 2_000

// RuleText is the text that a rule is found by.
func RuleText(h *Heuristic) string {
	parts := append([]string{h.Title, h.Pattern, h.Strategy, h.Avoid, h.Action}, h.Steps[:min(len(h.Steps), MaxWorkflow)]...)
	for i, part := range parts {
		parts[i] = Clip(part, MaxRuleText)
	}
	return strings.Join(parts, "\n")
}

// sameText reports whether two rules are found by the same text, in the same lists.
func sameText(a, b *Heuristic) bool {
	return (a.Predicate == nil) == (b.Predicate == nil) && a.Title == b.Title && a.Pattern == b.Pattern && a.Strategy == b.Strategy && a.Avoid == b.Avoid && a.Action == b.Action &&
		slices.Equal(a.Steps, b.Steps)
}

// has reports whether the set has a rule. x.mu is held.
func (x *ruleIndex) has(id string) bool {
	_, known := x.byID[id]
	return known
}

// rule returns a rule of the set by id. x.mu is held.
func (x *ruleIndex) rule(id string) *Heuristic { return x.held[x.byID[id]] }

// Clip returns the text cut to at most n bytes at a character's border, with an
// ellipsis where it was cut.
func Clip(text string, n int) string {
	if len(text) <= n {
		return text
	}
	end := 0
	for i := range text {
		if i > n {
			break
		}
		end = i
	}
	return text[:end] + "…"
}

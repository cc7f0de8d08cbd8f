package playbook

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/stats"
	"purposeagent/agent/wording"
)

// book is one playbook while it is written.
type book struct {
	words      *wording.Words
	vocabulary map[string][]string
	attrOf     map[string]string
	actions    map[string]*agent.ActionSpec
	numbers    map[agent.Condition]int32  // of conditions
	answers    []reading                  // of conditions, by number
	asked      map[string]map[string]bool // attribute → values that some rule knows as asked
}

type reading struct {
	answer
	ok bool
}

// entry is a rule with a predicate as it is composed.
type entry struct {
	h         *agent.Heuristic
	constants string   // said
	answers   []answer // of the conditions that hold
	when      []int32  // numbers of its conditions, sorted
	good, bad int
	is        standing // of the counts, for rules that stand alone
	sureness  float64
}

// inItsWords is a rule that is said as somebody said it.
func inItsWords(h *agent.Heuristic) *entry {
	e := &entry{h: h}
	e.count()
	e.sureness = 0.5
	if e.n() > 0 {
		e.sureness = certainty(e.good, e.bad)
	}
	return e
}

// count takes what was counted of a rule, else its checked predictions.
func (e *entry) count() {
	h := e.h
	e.good, e.bad = h.Good, h.Bad
	if e.good+e.bad == 0 {
		e.good, e.bad = h.Credit.Hits, h.Credit.Misses
		if h.Against() {
			e.good, e.bad = e.bad, e.good
		}
	}
}

func (b *book) enter(h *agent.Heuristic, label string) *entry {
	e := &entry{h: h}
	e.count()
	e.constants = strings.TrimPrefix(strings.TrimPrefix(label, h.Predicate.Action), " ")
	e.when = make([]int32, 0, len(h.Predicate.When))
	for _, c := range h.Predicate.When {
		n := b.number(c)
		e.when = append(e.when, n)
		if a := &b.answers[n]; a.ok {
			e.answers = append(e.answers, a.answer)
		}
	}
	slices.Sort(e.when)
	return e
}

// number numbers a condition, and reads it.
func (b *book) number(c agent.Condition) int32 {
	n, known := b.numbers[c]
	if known {
		return n
	}
	n = int32(len(b.answers))
	b.numbers[c] = n
	var r reading
	if c.Holds {
		if r.answer, r.ok = read(c.Feature, b.attrOf); r.ok && r.asked {
			if b.asked[r.attr] == nil {
				b.asked[r.attr] = map[string]bool{}
			}
			b.asked[r.attr][r.value] = true
		}
	}
	b.answers = append(b.answers, r)
	return n
}

// ownWords reports whether somebody said the rule in words of their own instead of
// its label: those stay.
func ownWords(h *agent.Heuristic, label string) bool {
	advice := h.Strategy + h.Avoid
	return advice != label && !sameWords(advice, label)
}

// taught reports whether a person says it: it stands, whatever was counted of it.
func (e *entry) taught() bool { return e.h.Author == agent.AuthorHuman }

// sameWords reports whether two labels differ in the order of their words only.
func sameWords(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	one, other := strings.Fields(a), strings.Fields(b)
	slices.Sort(one)
	slices.Sort(other)
	return slices.Equal(one, other)
}

func (e *entry) n() int { return e.good + e.bad }

// covers reports whether all conditions of e are conditions of o as well, and o
// has more.
func (e *entry) covers(o *entry) bool {
	if len(e.when) >= len(o.when) {
		return false
	}
	at := 0
	for _, c := range e.when {
		for at < len(o.when) && o.when[at] < c {
			at++
		}
		if at == len(o.when) || o.when[at] != c {
			return false
		}
		at++
	}
	return true
}

func compareEntries(a, b *entry) int {
	return cmp.Or(strings.Compare(a.constants, b.constants), cmp.Compare(len(a.when), len(b.when)), strings.Compare(a.h.ID, b.h.ID))
}

// share is the Wilson interval of what was good (Wilson 1927).
func share(good, bad int) stats.Interval { return stats.Wilson(good, good+bad) }

// standing is what counts bear out.
type standing int8

const (
	unknown   standing = iota
	tentative          // too little was seen to be sure
	wrong
	right
)

// Below so many transitions nothing is said of what was counted, and nothing is
// sure to be right: as many as a rule needs to be proven (docs/learning.md, §7).
const (
	atLeast = 2
	forSure = 8
)

// judge says what counts bear: right where the lower bound of the share of good ones
// is above a half, wrong where the upper bound is below. Between them, what was
// good in four of five is tentative.
func judge(good, bad int) standing {
	i := share(good, bad)
	switch {
	case good+bad < atLeast:
		return unknown
	case i.Low > 0.5 && good+bad >= forSure:
		return right
	case i.High < 0.5:
		return wrong
	case i.Share >= 0.8:
		return tentative
	}
	return unknown
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

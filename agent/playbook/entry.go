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
	answers    map[string]reading
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
	when      []string // conditions, for comparison, sorted
	good, bad int
}

func (b *book) enter(h *agent.Heuristic) *entry {
	e := &entry{h: h, good: h.Good, bad: h.Bad}
	if e.good+e.bad == 0 {
		e.good, e.bad = h.Credit.Hits, h.Credit.Misses
		if against(h) {
			e.good, e.bad = e.bad, e.good
		}
	}
	p := h.Predicate
	e.constants = strings.TrimPrefix(strings.TrimPrefix(b.words.Label(p.Action, p.Params), p.Action), " ")
	e.when = make([]string, 0, len(p.When))
	for _, c := range p.When {
		if !c.Holds {
			e.when = append(e.when, "-"+c.Feature)
			continue
		}
		e.when = append(e.when, c.Feature)
		if a := b.answer(c.Feature); a.ok {
			e.answers = append(e.answers, a.answer)
			if a.asked {
				if b.asked[a.attr] == nil {
					b.asked[a.attr] = map[string]bool{}
				}
				b.asked[a.attr][a.value] = true
			}
		}
	}
	slices.Sort(e.when)
	return e
}

func (b *book) answer(feature string) reading {
	r, known := b.answers[feature]
	if !known {
		r.answer, r.ok = read(feature, b.attrOf)
		b.answers[feature] = r
	}
	return r
}

// ownWords reports whether somebody said the rule in words of their own: those
// stay.
func (b *book) ownWords(h *agent.Heuristic) bool {
	if h.Author != agent.AuthorDistiller {
		return true
	}
	advice := strings.Fields(h.Strategy + " " + h.Avoid)
	label := strings.Fields(b.words.Label(h.Predicate.Action, h.Predicate.Params))
	slices.Sort(advice)
	slices.Sort(label)
	return !slices.Equal(advice, label)
}

func against(h *agent.Heuristic) bool { return h.Avoid != "" && h.Strategy == "" }

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
	return cmp.Or(strings.Compare(a.constants, b.constants), cmp.Compare(len(a.when), len(b.when)), slices.Compare(a.when, b.when), strings.Compare(a.h.ID, b.h.ID))
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

// atLeast is the number of transitions below which nothing is said of a rule that
// was counted.
const atLeast = 2

// judge says what counts bear: right where the lower bound of the share of good ones
// is above a half, wrong where the upper bound is below. Between them, what was
// good in four of five is tentative.
func judge(good, bad int) standing {
	i := share(good, bad)
	switch {
	case good+bad < atLeast:
		return unknown
	case i.Low > 0.5:
		return right
	case i.High < 0.5:
		return wrong
	case i.Share >= 0.8:
		return tentative
	}
	return unknown
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

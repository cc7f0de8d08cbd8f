package features

import (
	"slices"
	"strings"

	"purposeagent/agent"
)

// Reading is a heuristic row as the actor reads it.
type Reading struct {
	Rule      *agent.Heuristic
	predicate *agent.Predicate
	constants []Attribute
	answers   map[string]bool // questions that its conditions answer
	masks     []mask          // its conditions, in order
	positive  int             // conditions that hold
	Mean      float64         // posterior mean that following it is good
	n         float64         // how much stands behind it
	Word      bool            // a person's word: taught or pinned
	// refined is true where more special rules were split from this one: what
	// it counted is theirs, and it only tells what to expect elsewhere.
	refined bool
	novel   float64 // the mean to expect there
	Delta   *float64
	said    saying
	steps   []procedureStep // of a procedure, nil for all others
}

// mask is what a rule asks of 64 features: which must be there and which must not.
type mask struct {
	at      int
	yes, no uint64
}

// humanWeight is how many transitions a person's word counts as.
const humanWeight = 8

// ask adds the feature with a number to what the rule asks for.
func (m *Reading) ask(feature int, holds bool) {
	i, known := slices.BinarySearchFunc(m.masks, feature/64, func(k mask, at int) int { return k.at - at })
	if !known {
		m.masks = slices.Insert(m.masks, i, mask{at: feature / 64})
	}
	if bit := uint64(1) << (feature % 64); holds {
		m.positive++
		m.masks[i].yes |= bit
	} else {
		m.masks[i].no |= bit
	}
}

// asksAll reports whether the rule asks for all that the other asks to be there.
func (m *Reading) asksAll(o *Reading) bool {
	i := 0
	for _, k := range o.masks {
		for i < len(m.masks) && m.masks[i].at < k.at {
			i++
		}
		mine := uint64(0)
		if i < len(m.masks) && m.masks[i].at == k.at {
			mine = m.masks[i].yes
		}
		if k.yes&^mine != 0 {
			return false
		}
	}
	return true
}

func (m *Reading) weigh() {
	r := m.Rule
	good, bad := float64(r.Good), float64(r.Bad)
	if r.Author == agent.AuthorHuman {
		m.Word = true
		if r.Against() {
			bad += humanWeight
		} else {
			good += humanWeight
		}
	}
	m.Word = m.Word || r.Pinned
	m.n = good + bad
	prior, behind := m.predicate.Backing()
	m.Mean = (good + behind*prior) / (m.n + behind)
	m.n += behind - agent.PriorWeight // what speaks weakly is no count, but makes the mean surer
	sum, count := 0.0, 0
	for _, e := range r.Evidence {
		sum += e.Delta
		count++
	}
	if count > 0 && sum != 0 {
		mean := sum / float64(count)
		m.Delta = &mean
	}
}

// before orders the rules that speak of one action: a person's word first,
// then what is more special, then what was seen more often.
func (m *Reading) before(o *Reading) int {
	switch {
	case m.Word != o.Word:
		return boolOrder(m.Word)
	case len(m.predicate.Params) != len(o.predicate.Params):
		return len(o.predicate.Params) - len(m.predicate.Params)
	case m.positive != o.positive: // what one holds may imply what another must not
		return o.positive - m.positive
	case len(m.predicate.When) != len(o.predicate.When):
		return len(o.predicate.When) - len(m.predicate.When)
	case m.n != o.n:
		return boolOrder(m.n > o.n)
	}
	return strings.Compare(m.Rule.ID, o.Rule.ID)
}

// refines reports whether m is a special case of o by the same author: it asks
// for all that o asks for, or for something that implies it. Whoever else says
// something more special took nothing of what o counted.
func (m *Reading) refines(o *Reading) bool {
	if m.Word || o.Word || m.Rule.Author != o.Rule.Author || m.before(o) > 0 || !m.asksAll(o) {
		return false
	}
	for _, c := range o.constants {
		if !slices.Contains(m.constants, c) {
			return false
		}
	}
	for _, c := range o.predicate.When {
		if c.Holds || slices.Contains(m.predicate.When, c) {
			continue
		}
		if q, ok := Question(c.Feature); !ok || !m.answers[q] || slices.Contains(m.predicate.When, agent.Condition{Feature: c.Feature, Holds: true}) {
			return false
		}
	}
	return true
}

// Belief is what the rule lets one expect: a mean, and how much stands behind it.
func (m *Reading) Belief() (mean, n float64) {
	if m.refined {
		return m.novel, 0
	}
	return m.Mean, m.n
}

func boolOrder(first bool) int {
	if first {
		return -1
	}
	return 1
}

func (m *Reading) holds(features []uint64) bool {
	for _, k := range m.masks {
		if f := features[k.at]; f&k.yes != k.yes || f&k.no != 0 {
			return false
		}
	}
	return true
}

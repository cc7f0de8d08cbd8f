package features

import (
	"maps"
	"slices"
	"strings"
	"sync"

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

// Book is the rules of one moment, ready to be matched.
type Book struct {
	index    map[string]int // features that some rule asks for
	fresh    int            // how many there were when all rules were read anew
	byAction map[string][]*Reading
	byRule   map[*agent.Heuristic]*Reading
	// silent holds rules that the reasoner can't read, with the reason.
	silent map[*agent.Heuristic]string

	// comparisons are those that some rule asks for, with their place in the index.
	comparisons []indexed
	steps       int // procedures

	mu         sync.Mutex
	byTemplate map[string][]*Reading
}

// indexed is a comparison and its number among the features.
type indexed struct {
	Comparison
	at int
}

// humanWeight is how many transitions a person's word counts as.
const humanWeight = 8

// NewBook compiles rules. A person's rule may name the fields that other rules
// speak of, and those of the states.
func NewBook(rules []*agent.Heuristic, specs []agent.ActionSpec, world *agent.StateSpec, states ...*agent.State) *Book {
	var reads *ruleReader
	return compile(nil, rules, func(rule *agent.Heuristic) (*agent.Predicate, error) {
		if rule.Predicate != nil {
			return rule.Predicate, nil
		}
		if reads == nil {
			reads = newRuleReader(specs, world, fieldsOf(rules, world, states))
		}
		return reads.pattern(rule)
	})
}

// compile makes a book of what read says of each rule. A rule of exact states has
// no place in it: the actor reads it by itself. Rules with a predicate that are in
// the old book as they are keep their readings; nil: there is none.
func compile(old *Book, rules []*agent.Heuristic, read func(*agent.Heuristic) (*agent.Predicate, error)) *Book {
	b := &Book{index: map[string]int{}, byAction: map[string][]*Reading{}, byRule: make(map[*agent.Heuristic]*Reading, len(rules)),
		silent: map[*agent.Heuristic]string{}, byTemplate: map[string][]*Reading{}}
	if old != nil && len(old.index) <= 2*old.fresh+64 { // else most are asked for no more
		b.index, b.fresh, b.comparisons = maps.Clone(old.index), old.fresh, slices.Clone(old.comparisons)
	} else {
		old = nil
	}
	for _, rule := range rules {
		if rule.States() != nil {
			continue
		}
		if old != nil && rule.Predicate != nil {
			if m := old.byRule[rule]; m != nil {
				b.add(m)
				continue
			}
		}
		p, err := read(rule)
		if err != nil {
			b.silent[rule] = err.Error()
			continue
		}
		m := &Reading{Rule: rule, predicate: p, constants: constantsOf(p.Params), answers: answered(p.When)}
		m.weigh()
		for _, c := range p.When {
			m.ask(b.number(c.Feature), c.Holds)
		}
		m.said = m.says()
		if rule.Procedure() {
			m.steps = readSteps(rule.Steps)
		}
		b.add(m)
	}
	for _, list := range b.byAction {
		slices.SortFunc(list, (*Reading).before)
	}
	if old == nil {
		b.fresh = len(b.index)
	}
	return b
}

func (b *Book) add(m *Reading) {
	b.byRule[m.Rule] = m
	if m.steps != nil {
		b.steps++
	}
	b.byAction[m.predicate.Action] = append(b.byAction[m.predicate.Action], m)
}

// number returns the number of a feature that some rule asks for.
func (b *Book) number(feature string) int {
	at, known := b.index[feature]
	if !known {
		at = len(b.index)
		b.index[feature] = at
		if compared, is := ParseComparison(feature); is {
			b.comparisons = append(b.comparisons, indexed{compared, at})
		}
	}
	return at
}

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

// Len returns how many rules can be read.
func (b *Book) Len() int { return len(b.byRule) }

// Reading returns a rule as it is read, nil if it can't be read or is not in the book.
func (b *Book) Reading(h *agent.Heuristic) *Reading { return b.byRule[h] }

// Unread returns why a rule of the book can't be read, and whether that is so.
func (b *Book) Unread(h *agent.Heuristic) (why string, is bool) {
	why, is = b.silent[h]
	return why, is
}

// fieldsOf returns the names of values in the states, and those that rules speak of.
func fieldsOf(rules []*agent.Heuristic, world *agent.StateSpec, states []*agent.State) map[string]bool {
	fields := map[string]bool{}
	for _, s := range states {
		for _, f := range NewView(world, s).Facts {
			fields[f.Name] = true
		}
	}
	for _, rule := range rules {
		if rule.Predicate == nil {
			continue
		}
		for _, c := range rule.Predicate.When {
			if q, ok := Question(c.Feature); ok {
				fields[q] = true
			}
		}
	}
	return fields
}

// Relate marks the rules from which more special ones were split. Who only asks
// what holds needs no relations.
func (b *Book) Relate() *Book {
	for _, list := range b.byAction {
		for i, m := range list {
			for _, special := range list[:i] {
				if special.refines(m) { // the least special one comes last
					m.refined, m.novel = true, special.predicate.Prior
				}
			}
		}
	}
	return b
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

// speakingOf lists the rules about a lifted action, best first.
func (b *Book) speakingOf(l *Lifted) []*Reading {
	b.mu.Lock()
	defer b.mu.Unlock()
	if list, known := b.byTemplate[l.Template]; known {
		return list
	}
	var list []*Reading
	for _, m := range b.byAction[l.Action.Name] {
		fits := true
		for _, c := range m.constants {
			fits = fits && slices.Contains(l.Constants, c)
		}
		if fits {
			list = append(list, m)
		}
	}
	if len(b.byTemplate) < maxOptions {
		b.byTemplate[l.Template] = list
	}
	return list
}

// Match returns the best rule that holds for the action here, or nil.
func (b *Book) Match(s *Scene, l *Lifted, only map[*Reading]bool) *Reading {
	list := b.speakingOf(l)
	if len(list) == 0 {
		return nil
	}
	holds := b.holding(s, l)
	for _, m := range list {
		if (only == nil || only[m]) && m.holds(holds) {
			return m
		}
	}
	return nil
}

// holding returns which of the features that some rule asks for hold of the
// action. What holds of every action is looked up once.
func (b *Book) holding(s *Scene, l *Lifted) []uint64 {
	if s.asker != b {
		s.asker, s.asked = b, b.mark(make([]uint64, (len(b.index)+63)/64), s.general)
	}
	holds := b.mark(slices.Clone(s.asked), s.particular(l))
	if len(b.comparisons) > 0 {
		b.compare(holds, LookIn(s.quantities(l), s.numbers, s.left))
	}
	return holds
}

// Holding returns the rules about an action that hold with these features and
// numbers, best first.
func (b *Book) Holding(l *Lifted, features []string, numbers []Quantity) []*Reading {
	list := b.speakingOf(l)
	if len(list) == 0 {
		return nil
	}
	there := b.asked(features, LookIn(numbers))
	return slices.DeleteFunc(slices.Clone(list), func(m *Reading) bool { return !m.holds(there) })
}

// asked returns which of the features that some rule asks for are there.
func (b *Book) asked(features []string, valueOf func(string) (float64, bool)) []uint64 {
	holds := b.mark(make([]uint64, (len(b.index)+63)/64), features)
	b.compare(holds, valueOf)
	return holds
}

func (b *Book) mark(holds []uint64, features []string) []uint64 {
	for _, f := range features {
		if at, asked := b.index[f]; asked {
			holds[at/64] |= 1 << (at % 64)
		}
	}
	return holds
}

func (b *Book) compare(holds []uint64, valueOf func(string) (float64, bool)) {
	for i := range b.comparisons {
		if c := &b.comparisons[i]; c.Holds(valueOf) {
			holds[c.at/64] |= 1 << (c.at % 64)
		}
	}
}

func (m *Reading) holds(features []uint64) bool {
	for _, k := range m.masks {
		if f := features[k.at]; f&k.yes != k.yes || f&k.no != 0 {
			return false
		}
	}
	return true
}

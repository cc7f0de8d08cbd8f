package features

import (
	"maps"
	"slices"
	"sync"

	"purposeagent/agent"
)

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

// NewBook compiles rules. A person's rule may name the fields that other rules
// speak of, and those of the states.
func NewBook(rules []*agent.Heuristic, specs []agent.ActionSpec, world *agent.StateSpec, states ...*agent.State) *Book {
	return (*Book)(nil).Next(rules, specs, world, states...)
}

// Next returns the book of the rules as they are now. Rules with a predicate that are
// in b keep their readings, so that a task that changed a few rules has a few to read
// anew. b may be nil, and stays as it is.
func (b *Book) Next(rules []*agent.Heuristic, specs []agent.ActionSpec, world *agent.StateSpec, states ...*agent.State) *Book {
	var reads *ruleReader
	return compile(b, rules, func(rule *agent.Heuristic) (*agent.Predicate, error) {
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
// what holds needs no relations. Readings that came from another book are that
// book's, and are copied.
func (b *Book) Relate() *Book {
	for _, list := range b.byAction {
		own := make([]Reading, len(list))
		for i, m := range list {
			own[i] = *m
			list[i], own[i].refined, own[i].novel = &own[i], false, 0
			b.byRule[m.Rule] = list[i]
		}
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

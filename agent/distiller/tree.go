package distiller

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/features"
)

// example is one labelled transition of a verb.
type example struct {
	template int     // its constants, by number
	features []int32 // what held, in the dictionary's numbers
	numbers  []features.Quantity
	label    verdict
	ref      agent.EvidenceRef
	owner    string // its trajectory
	advised  bool   // a rule was followed
}

// leaf is one rule to be: what must hold, for which constants, what was seen,
// and the mean that it backs off to. A leaf that others were split from stays
// as what is known of the cases that none of them covers.
type leaf struct {
	template int // −1: whatever the constants
	when     []agent.Condition
	prior    float64
	counts
	examples []int // in the order in which they were seen
	asks     []ask // when, in the dictionary's numbers
}

// ask is one condition in the dictionary's numbers.
type ask struct {
	feature  int32
	compared *features.Comparison // of numbers, in place of a feature
	holds    bool
}

// speaksOf reports whether a leaf says something of an example, which has these
// features.
func (l *leaf) speaksOf(x *example, has present) bool {
	if l.template >= 0 && l.template != x.template {
		return false
	}
	for _, a := range l.asks {
		holds := has.has(a.feature)
		if a.compared != nil {
			holds = a.compared.Holds(features.LookIn(x.numbers))
		}
		if holds != a.holds {
			return false
		}
	}
	return true
}

// growth sets how readily a tree splits.
type growth struct {
	gain     float64 // nats that a split in two must gain, beyond ln(number of candidates)
	caution  float64 // more of them for words of the purpose, which split by chance
	detail   float64 // more of them for a goal told apart by its attributes
	table    float64 // nats of marginal likelihood that a table must gain, likewise
	insight  float64 // times as much as a split by an incidental attribute, to go before it
	minLeaf  int
	maxDepth int
	kappa    float64
	prior    float64
}

// set is a bit set of examples.
type set []uint64

func (s set) has(i int) bool { return s[i/64]>>(i%64)&1 == 1 }

func (s set) add(i int) { s[i/64] |= 1 << (i % 64) }

// each calls do for the members in order.
func (s set) each(do func(i int)) {
	for at, w := range s {
		for ; w != 0; w &= w - 1 {
			do(at*64 + bits.TrailingZeros64(w))
		}
	}
}

// column is one candidate feature: the examples in which it holds.
type column struct {
	feature string
	rank    int // plainer features win ties
	// detail marks a goal told apart by its attributes. There are so many of
	// them, each true of few episodes and in those of many steps, that one of
	// them fits by chance more often than the number of candidates says.
	detail bool
	holds  set
	group  int32   // the choice that it is one of many in; −1: none
	price  float64 // nats for having been chosen there
	// situational columns hold of any action.
	situational bool
	values      []int32 // of each example the value behind it, below most; nil: yes or no
	most        int
}

// aspect is a candidate for a table: a question with one answer per example,
// such as what an attribute's value is.
type aspect struct {
	name   string
	values []string // the feature that stands for each answer
	answer []int32  // per example; −1: none
	// situational answers are the same for any action.
	situational bool
}

// forest grows the rules of one verb.
type forest struct {
	growth
	examples []example
	columns  []column
	aspects  []aspect
	good     set
	doubtful set // those that speak weakly
	plain    set // those that speak neither way
	leaves   []leaf

	constants int       // templates of the verb
	groups    int       // numbers of groups, those of the dictionary first
	owners    []int32   // of each example its trajectory, from 1
	labels    []verdict // of each example, side by side: a table is scored for each pair of aspects
	templates []int32   // likewise
	members   []int32   // scratch: the examples of a node
	scratch   []votes   // scratch: the cells of a table
	heard     []voices  // scratch: the same
	counted   []int32   // scratch: the number of the table that a cell was counted for last
	used      []int32   // scratch: the cells that have an example
	last      []voices  // scratch: of the values of a column
	seen      []bool    // scratch: groups
	tables    int32     // how many were counted
	likely    likelihoods
}

// grow fits the rules of a verb. A node is split in two by the feature that
// gains most likelihood, pooled over the constants; where none gains enough,
// or the best is no relation to the purpose and a table explains far more, it
// becomes a table of constants by up to two aspects of the situation, if the
// Beta-binomial marginal likelihood says that the table explains more than its
// cells cost. Each part's value backs off to the part it was split from.
// The result depends on the set of examples only, not on their order.
func (g growth) grow(examples []example, dict *dictionary) []leaf {
	size := (len(examples) + 63) / 64
	f := &forest{growth: g, examples: examples, good: make(set, size), doubtful: make(set, size), plain: make(set, size)}
	f.index(dict)
	all := make(set, len(f.good))
	for i := range examples {
		all.add(i)
	}
	f.node(all, -1, nil, g.prior, g.maxDepth)
	return f.leaves
}

// label notes the examples' owners, counted in their order, and their labels.
func (f *forest) label() {
	f.owners, f.templates, f.labels = make([]int32, len(f.examples)), make([]int32, len(f.examples)), make([]verdict, len(f.examples))
	for i := range f.examples {
		x := &f.examples[i]
		f.labels[i], f.templates[i] = x.label, int32(x.template)
		f.owners[i] = 1
		if i > 0 {
			f.owners[i] = f.owners[i-1]
			if x.owner != f.examples[i-1].owner {
				f.owners[i]++
			}
		}
		f.constants = max(f.constants, x.template+1)
		switch x.label {
		case good:
			f.good.add(i)
		case doubtful:
			f.doubtful.add(i)
		case survived:
			f.plain.add(i)
		case bad, unknown, verdicts:
		}
	}
}

// index turns the examples' features into columns and aspects.
func (f *forest) index(dict *dictionary) {
	columnOf, aspectOf := make([]int32, len(dict.names)), make([]int32, len(dict.familyNames))
	valueOf := make([]int32, len(dict.names)) // its number among its aspect's values, from 1
	f.groups = len(dict.groupNumbers)
	f.label()
	for i := range f.examples {
		for _, id := range f.examples[i].features {
			family := dict.families[id]
			if family < 0 && dict.names[id] == features.LastWasVain {
				continue
			}
			if family < 0 || !dict.wishes[family] {
				if columnOf[id] == 0 {
					name := dict.names[id]
					f.columns = append(f.columns, column{feature: name, rank: rank(name), detail: isDetail(name), holds: make(set, len(f.good)), group: dict.groups[id]})
					columnOf[id] = int32(len(f.columns))
				}
				f.columns[columnOf[id]-1].holds.add(i)
			}
			if family < 0 {
				continue
			}
			if aspectOf[family] == 0 {
				answer := make([]int32, len(f.examples))
				for j := range answer {
					answer[j] = -1
				}
				name := dict.familyNames[family]
				f.aspects = append(f.aspects, aspect{name: name, answer: answer, situational: dict.isSituational(name)})
				aspectOf[family] = int32(len(f.aspects))
			}
			a := &f.aspects[aspectOf[family]-1]
			if valueOf[id] == 0 {
				a.values = append(a.values, dict.names[id])
				valueOf[id] = int32(len(a.values))
			}
			a.answer[i] = valueOf[id] - 1 // of several answers the last in the order of names
		}
	}
	f.compareNumbers()
	for i := range f.columns {
		f.columns[i].situational = dict.ofSituation(f.columns[i].feature)
	}
	f.bound()
	slices.SortFunc(f.columns, func(a, b column) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.feature, b.feature))
	})
	slices.SortFunc(f.aspects, func(a, b aspect) int { return cmp.Compare(a.name, b.name) })
}

// rank orders features for ties: what a thing is in view of the purpose says
// more than what it is, and that more than what else was asked or done.
func rank(feature string) int {
	switch {
	case features.IsRelation(feature):
		return 0
	case features.IsWish(feature):
		return 3
	case strings.HasPrefix(feature, features.HistoryPrefix) || strings.HasPrefix(feature, "the last "):
		return 2
	}
	return 1
}

func isDetail(feature string) bool { return strings.Contains(feature, " whose ") }

// tally counts the examples of a set.
func (f *forest) tally(in set) counts {
	all, c := 0, counts{}
	for i, w := range in {
		all += bits.OnesCount64(w)
		c.good += bits.OnesCount64(w & f.good[i])
		c.weak += bits.OnesCount64(w & f.doubtful[i])
		c.plain += bits.OnesCount64(w & f.plain[i])
	}
	c.bad = all - c.good - c.weak - c.plain
	return c
}

func (f *forest) posterior(c counts, prior float64) float64 {
	good, bad := c.weigh()
	return (good + f.kappa*prior) / (good + bad + f.kappa)
}

// node grows the part of the tree that the examples in the set are in.
func (f *forest) node(in set, template int, when []agent.Condition, prior float64, depth int) {
	c := f.tally(in)
	when = slices.Clip(when) // branches must not share their tails
	if depth > 0 && c.mixed() && c.all() >= 2*f.minLeaf {
		posterior := f.posterior(c, prior)
		at, gain := f.best(in, c)
		if at >= 0 && f.columns[at].rank > 0 && f.tabulate(in, template, when, c, prior, depth, f.insight*gain) {
			return // before a split by what happens to go with it
		}
		if at >= 0 {
			c := f.columns[at]
			yes, no := make(set, len(in)), make(set, len(in))
			for i, w := range in {
				yes[i], no[i] = w&c.holds[i], w&^c.holds[i]
			}
			f.node(yes, template, append(when, agent.Condition{Feature: c.feature, Holds: true}), posterior, depth-1)
			f.node(no, template, append(when, agent.Condition{Feature: c.feature, Holds: false}), posterior, depth-1)
			return
		}
		if f.tabulate(in, template, when, c, prior, depth, f.table) {
			return
		}
	}
	f.emit(in, template, when, prior, c)
}

func (f *forest) emit(in set, template int, when []agent.Condition, prior float64, c counts) {
	l := leaf{template: template, when: when, prior: prior, counts: c}
	in.each(func(i int) { l.examples = append(l.examples, i) })
	f.leaves = append(f.leaves, l)
}

// best returns the column whose split gains most and what it gains, or -1 if
// none gains enough.
func (f *forest) best(in set, all counts) (int, float64) {
	n := all.all()
	whole := f.entropy(all)
	tried, best, most := 0, -1, 0.0
	clear(f.seen)
	for at := range f.columns {
		part := f.within(in, f.columns[at].holds)
		size := part.all()
		if size == 0 || size == n {
			continue
		}
		if g := f.columns[at].group; g < 0 || !f.seen[g] {
			tried++
			if g >= 0 {
				f.seen[g] = true
			}
		}
		if size < f.minLeaf || n-size < f.minLeaf {
			continue
		}
		gain := whole - f.entropy(part) - f.entropy(all.minus(part)) - f.columns[at].price
		if f.columns[at].situational && gain > most {
			gain = min(gain, f.gainByVoices(in, &f.columns[at])-f.columns[at].price)
		}
		switch {
		case f.columns[at].rank == 3:
			gain -= f.caution
		case f.columns[at].detail:
			gain -= f.detail
		}
		if gain > most+1e-9 {
			best, most = at, gain
		}
	}
	if most < f.gain+math.Log(float64(max(tried, 1))) {
		return -1, 0
	}
	return best, most
}

// within counts the examples that are in both sets.
func (f *forest) within(in, holds set) counts {
	all, c := 0, counts{}
	for i, w := range in {
		x := w & holds[i]
		if x == 0 {
			continue
		}
		all += bits.OnesCount64(x)
		c.good += bits.OnesCount64(x & f.good[i])
		c.weak += bits.OnesCount64(x & f.doubtful[i])
		c.plain += bits.OnesCount64(x & f.plain[i])
	}
	c.bad = all - c.good - c.weak - c.plain
	return c
}

// entropy is n·H in nats.
func (f *forest) entropy(c counts) float64 {
	g, b := c.weigh()
	if g == 0 || b == 0 {
		return 0
	}
	return -g*math.Log(g/(g+b)) - b*math.Log(b/(g+b))
}

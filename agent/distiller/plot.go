package distiller

import (
	"slices"

	"purposeagent/agent"
	"purposeagent/agent/features"
)

// plot is the transitions of one verb, and the tree that stands on them.
type plot struct {
	action    string
	numbers   map[string]int // template → its number
	constants []map[string]string
	examples  []example
	first     int    // number of the oldest example, of all that ever were
	unadvised counts // examples that no rule was followed in

	tree  []leaf
	stale bool // the tree is to be grown again, …
	until int  // … from the examples before this number

	has present // scratch: the features of an example
}

// otherConstants is the number of the constants of a verb that has more of them than are
// told apart, such as a number or a text that the actor chooses. Rules that
// speak of all constants learn from them as well.
const otherConstants = maxTemplates

// number returns the number of an action's constants.
func (p *plot) number(l *features.Lifted) int {
	if n, known := p.numbers[l.Template]; known {
		return n
	}
	if len(p.constants) >= maxTemplates {
		return otherConstants
	}
	n := len(p.constants)
	p.numbers[l.Template] = n
	params := map[string]string{}
	for _, c := range l.Constants {
		params[c.Name] = c.Value
	}
	p.constants = append(p.constants, params)
	return n
}

// add takes in an example and returns its number.
func (p *plot) add(x example) int {
	p.examples = append(p.examples, x)
	p.count(&x, 1)
	if !p.stale {
		p.tell(len(p.examples) - 1)
	}
	number := p.first + len(p.examples) - 1
	if len(p.examples) > maxExamples {
		p.drop(1)
	}
	return number
}

func (p *plot) count(x *example, by int) {
	if !x.advised {
		p.unadvised.add(x.label, by)
	}
}

// relabel gives the example of a number another label, if it has the one that is
// expected, and reports whether it did. The tree is to be grown again then.
func (p *plot) relabel(number int, from, to verdict) bool {
	at := number - p.first
	if at < 0 || p.examples[at].label != from {
		return false
	}
	x := &p.examples[at]
	p.count(x, -1)
	x.label, x.ref.Good = to, to == good
	p.count(x, 1)
	p.renew()
	return true
}

// tell counts an example in the leaves of the tree that speak of it.
func (p *plot) tell(at int) {
	x := &p.examples[at]
	for _, f := range x.features {
		p.has.add(f)
	}
	for i := range p.tree {
		if l := &p.tree[i]; l.speaksOf(x, p.has) {
			l.examples = append(l.examples, p.first+at)
			l.add(x.label, 1)
		}
	}
	clear(p.has)
}

// present is a set of features, by their numbers.
type present []uint64

func (p *present) add(feature int32) {
	if n := int(feature)/64 + 1; n > len(*p) {
		*p = append(*p, make(present, n-len(*p))...)
	}
	(*p)[feature/64] |= 1 << (feature % 64)
}

func (p present) has(feature int32) bool {
	return int(feature)/64 < len(p) && p[feature/64]>>(feature%64)&1 == 1
}

// drop forgets the oldest n examples. A leaf that is left with none ends the
// tree that it is part of.
func (p *plot) drop(n int) {
	for i := range p.tree {
		l := &p.tree[i]
		gone := 0
		for gone < len(l.examples) && l.examples[gone] < p.first+n {
			l.add(p.examples[l.examples[gone]-p.first].label, -1)
			gone++
		}
		l.examples = l.examples[gone:]
		if gone > 0 && len(l.examples) == 0 {
			p.renew()
		}
	}
	for i := range p.examples[:n] {
		p.count(&p.examples[i], -1)
	}
	p.first += n
	p.examples = p.examples[n:] // the next append that needs room leaves them behind
}

func (p *plot) renew() { p.stale, p.until = true, p.first+len(p.examples) }

// A tree is grown again with each trajectory while it is small, then with one
// of so many, drawn by the trajectory's id so that a restart draws the same.
// In between, the counts of its leaves go on. That halves what a task costs,
// and rules stand longer, so that there is more to judge them by.
const (
	examplesPerWait = 80
	longestWait     = 8
)

// ripen says that a trajectory is in, and whether the tree is due.
func (p *plot) ripen(trajectory string) {
	wait := min(max(len(p.examples)/examplesPerWait, 1), longestWait)
	if p.until == 0 || features.HashText(trajectory)%uint64(wait) == 0 {
		p.renew()
	}
}

// grow grows the tree where that is due.
func (p *plot) grow(g growth, dict *dictionary) {
	if !p.stale {
		return
	}
	p.stale, p.tree = false, nil
	n := p.until - p.first
	if n <= 0 {
		n = len(p.examples)
	}
	if n == 0 {
		return
	}
	p.tree = g.grow(p.examples[:n], dict)
	for i := range p.tree {
		l := &p.tree[i]
		l.when = features.Plain(l.when)
		l.asks = dict.asks(l.when)
		for j := range l.examples {
			l.examples[j] += p.first
		}
	}
	for at := n; at < len(p.examples); at++ {
		p.tell(at)
	}
}

// counted reports whether anything of the tree's examples is evidence in full.
func (p *plot) counted() bool {
	return slices.ContainsFunc(p.tree, func(l leaf) bool { return l.good+l.bad > 0 })
}

// hasConstants reports whether the action was seen with different constants.
func (p *plot) hasConstants() bool {
	return len(p.constants) > 1 && slices.ContainsFunc(p.constants, func(c map[string]string) bool { return len(c) > 0 })
}

// constantsOf returns the constants that a leaf is about, nil for all.
func (p *plot) constantsOf(l *leaf) map[string]string {
	if l.template < 0 || len(p.constants[l.template]) == 0 {
		return nil
	}
	return p.constants[l.template]
}

// sample picks the newest examples of a leaf as its evidence: both sides of the
// argument where there are two, and what speaks weakly or neither way where there
// is nothing else.
func (p *plot) sample(l *leaf) []agent.EvidenceRef {
	const most = agent.MaxEvidence
	against := min(l.bad, max(most/2, most-l.good))
	room := map[verdict]int{good: most - against, bad: against}
	if l.good+l.bad == 0 {
		room[doubtful], room[survived] = most/2, most/2
	}
	var out []agent.EvidenceRef
	for i := len(l.examples) - 1; i >= 0 && len(out) < most; i-- {
		if x := &p.examples[l.examples[i]-p.first]; room[x.label] > 0 {
			room[x.label]--
			out = append(out, x.ref)
		}
	}
	slices.Reverse(out)
	return out
}

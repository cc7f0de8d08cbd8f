package distiller

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/features"
)

// maxSkeletons bounds the successes that are tried as what the others are part of.
const maxSkeletons = 12

// lift returns the procedure of successes, nil where they have too little in common. It
// is the one of them that has most others as a part of it, by their order.
func lift(word string, ways []*way, rates map[constant]float64, specs []agent.ActionSpec) *procedure {
	if len(ways) < leastWays {
		return nil
	}
	skeletons := slices.Clone(ways)
	slices.SortStableFunc(skeletons, func(a, b *way) int { return cmp.Compare(len(b.steps), len(a.steps)) })
	tried := map[uint64]bool{}
	var best *common
	for _, w := range skeletons {
		if tried[w.shape] || len(tried) == maxSkeletons {
			continue
		}
		tried[w.shape] = true
		if c := compareAll(w, ways, rates); best == nil || c.covered > best.covered {
			best = c
		}
	}
	if best.covered < leastWays || float64(best.covered) < likeShare*float64(len(ways)) || len(best.purposes) < leastPurposes && word != "" {
		return nil
	}
	p := &procedure{word: word, from: best.covered, of: len(ways), things: map[string]bool{}}
	order := make([]int, 0, len(best.taken))
	for at, n := range best.taken {
		if float64(n) >= rareShare*float64(best.covered) {
			order = append(order, at)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(best.place[a]/float64(best.taken[a]), best.place[b]/float64(best.taken[b]))
	})
	for _, at := range order {
		p.steps = append(p.steps, best.say(at, specs))
		for _, name := range best.skeleton.steps[at].names {
			p.things[name] = true
		}
	}
	if p.read = features.ReadProcedure(p.steps); !p.read.Demands() {
		return nil // every task has taken them, whatever it did
	}
	return p
}

// common is what successes have in common with one of them.
type common struct {
	skeleton *way
	fixed    []map[string]string // by step: the constants that most of them have
	taken    []int               // by step: how many took it, …
	place    []float64           // … and where among their steps, all together
	covered  int                 // successes that are part of it
	purposes map[string]bool
}

// aligned is how the steps of a way go together with those of a skeleton, and so those
// of all that took the same steps.
type aligned struct {
	way   *way
	steps []int // see align
	ways  int   // that took these steps
	part  bool  // they are part of the skeleton, with the constants that most have
}

// alignAll aligns the ways with w, those with the same steps once, by their form.
func alignAll(w *way, ways []*way) map[uint64]*aligned {
	alike := map[uint64]*aligned{}
	for _, v := range ways {
		if a := alike[v.form]; a != nil {
			a.ways++
		} else {
			alike[v.form] = &aligned{v, w.align(v), 1, false}
		}
	}
	return alike
}

// compareAll finds what of the ways is part of w: first how their steps go together,
// then which constants nearly all of them share, then which have no others.
func compareAll(w *way, ways []*way, rates map[constant]float64) *common {
	c := &common{skeleton: w, fixed: make([]map[string]string, len(w.steps)), taken: make([]int, len(w.steps)), place: make([]float64, len(w.steps)), purposes: map[string]bool{}}
	alike := alignAll(w, ways)
	counts := make([]map[[2]string]int, len(w.steps))
	steps := make([]int, len(w.steps))
	for _, a := range alike {
		for at, j := range a.steps {
			if j < 0 {
				continue
			}
			steps[at] += a.ways
			if counts[at] == nil {
				counts[at] = map[[2]string]int{}
			}
			for name, value := range a.way.steps[j].fixed {
				counts[at][[2]string{name, value}] += a.ways
			}
		}
	}
	for at := range w.steps {
		c.fixed[at] = map[string]string{}
		for pair, n := range counts[at] {
			if float64(n) >= sameShare*float64(steps[at]) && telling(n, rates, constant{w.steps[at].action, pair[0], pair[1]}) {
				c.fixed[at][pair[0]] = pair[1]
			}
		}
	}
	for _, a := range alike {
		a.part = a.steps != nil && c.holds(a.way, a.steps)
	}
	for _, v := range ways {
		a := alike[v.form]
		if !a.part {
			continue
		}
		c.covered++
		c.purposes[v.purpose] = true
		for at, j := range a.steps {
			if j >= 0 {
				c.taken[at]++
				c.place[at] += float64(j+1) / float64(len(v.steps)+1)
			}
		}
	}
	return c
}

// telling reports whether so many steps with a constant are more than chance: what is
// common in other tasks too is no sign of this one, until it was seen often enough.
func telling(n int, rates map[constant]float64, c constant) bool {
	rate, known := rates[c]
	if !known {
		rate = 0.5
		if len(rates) > 0 {
			rate = 0.1 // other tasks never have it
		}
	}
	return math.Pow(rate, float64(n)) <= byChance
}

// holds reports whether a way has the constants that are fixed.
func (c *common) holds(v *way, aligned []int) bool {
	for at, j := range aligned {
		if j < 0 {
			continue
		}
		for name, value := range c.fixed[at] {
			if v.steps[j].fixed[name] != value {
				return false
			}
		}
	}
	return true
}

// align finds the steps of v among those of w, in any order, as what was done early by
// one was done late by another: for each step of w its twin in v, −1 where it has none;
// nil if some step of v is none of w's. Steps with the same constants are twins first,
// then those that come first.
func (w *way) align(v *way) []int {
	if len(v.steps) > len(w.steps) {
		return nil
	}
	out := make([]int, len(w.steps))
	for i := range out {
		out[i] = -1
	}
	found := make([]bool, len(v.steps))
	left := len(v.steps)
	for _, same := range [...]bool{true, false} {
		for j := range v.steps {
			for i := 0; i < len(w.steps) && !found[j]; i++ {
				if out[i] < 0 && w.steps[i].twin(&v.steps[j], same) {
					out[i], found[j] = j, true
					left--
				}
			}
		}
	}
	if left > 0 {
		return nil
	}
	return out
}

// twin reports whether two steps are the same action, and where that is asked with the
// same constants.
func (s *wayStep) twin(o *wayStep, same bool) bool {
	return s.kind == o.kind && (!same || s.exact == o.exact)
}

// say says a step, with braces around what differs.
func (c *common) say(at int, specs []agent.ActionSpec) string {
	s := &c.skeleton.steps[at]
	text := []string{s.action}
	if i := slices.IndexFunc(specs, func(spec agent.ActionSpec) bool { return spec.Name == s.action }); i >= 0 {
		for _, p := range specs[i].Params {
			if name, is := s.names[p.Name]; is {
				text = append(text, "{"+name+"}")
			} else if value, is := c.fixed[at][p.Name]; is {
				text = append(text, value)
			} else if s.fixed[p.Name] != "" {
				text = append(text, "{"+p.Name+"}")
			}
		}
	}
	out := strings.Join(text, " ")
	switch {
	case s.again:
		out += features.AsOften
	case c.taken[at] < c.covered:
		out += features.IfNeeded
	}
	return out
}

package distiller

import (
	"cmp"
	"math"
	"slices"

	"purposeagent/agent"
)

// cell is the part of a table that one combination of constants and answers makes.
type cell struct {
	template int
	answers  [2]int32
	counts
	in set
}

// tabulate turns a node into a table where that explains so many nats, and
// reports whether it did. The node itself stays as a rule for what no cell covers.
func (f *forest) tabulate(in set, template int, when []agent.Condition, all counts, prior float64, depth int, need float64) bool {
	posterior := f.posterior(all, prior)
	usable := f.questions(in)
	byConstants := template < 0 && f.templates(in) > 1
	best, most := []int(nil), 0.0
	candidates := 0
	try := func(axes ...int) {
		candidates++
		score := f.score(in, byConstants, axes, posterior)
		score -= float64(len(axes)) * math.Log(float64(len(usable)+1))
		if score > most+1e-9 {
			best, most = axes, score
		}
	}
	if byConstants {
		try()
	}
	for _, a := range usable {
		try(a)
	}
	pairs := f.forPairs(in, byConstants, usable, posterior)
	for i, a := range pairs {
		for _, b := range pairs[i+1:] {
			try(a, b)
		}
	}
	if candidates == 0 || most < need {
		return false
	}
	f.emit(in, template, when, prior, all)
	cells := f.cells(in, byConstants, best, true)
	mean := f.novel(cells, -1, prior)
	if byConstants && len(best) > 0 {
		for _, c := range f.cells(in, true, nil, true) {
			if c.template == otherConstants {
				continue
			}
			// What is known of these constants where no cell covers the case.
			f.emit(c.in, c.template, when, mean, c.counts)
		}
	}
	for _, c := range cells {
		own := mean
		if byConstants && len(best) > 0 {
			own = f.novel(cells, c.template, mean)
		}
		f.cell(c, template, best, when, own, depth)
	}
	return true
}

// maxPairAspects bounds the aspects that are tried in pairs.
const maxPairAspects = 24

// forPairs returns the aspects to try in pairs: all, or where there are too
// many, those that explain most by themselves, in their old order.
func (f *forest) forPairs(in set, byConstants bool, usable []int, posterior float64) []int {
	if len(usable) <= maxPairAspects {
		return usable
	}
	alone := map[int]float64{}
	for _, a := range usable {
		alone[a] = f.score(in, byConstants, []int{a}, posterior)
	}
	best := slices.Clone(usable)
	slices.SortStableFunc(best, func(a, b int) int { return cmp.Compare(alone[b], alone[a]) })
	best = best[:maxPairAspects]
	slices.Sort(best)
	return best
}

// score is what a table explains: the evidence of all cells together, less that
// of the whole. It is asked for each pair of aspects, so the cells are counted
// in a dense array.
//
// What holds of the situation and not of the action stays the same for many
// steps of an episode, whose labels go together: there an episode has one voice
// for and one against in each cell. Else each room of each maze would be a rule.
func (f *forest) score(in set, byConstants bool, axes []int, posterior float64) float64 {
	size := 1
	if byConstants {
		size = f.constants
	}
	situational := false
	for _, a := range axes {
		size *= len(f.aspects[a].values) + 1
		situational = situational || f.aspects[a].situational
	}
	if size > maxCells {
		return math.Inf(-1)
	}
	if cap(f.scratch) < size {
		f.scratch, f.heard = make([]counts, size), make([]voices, size)
	}
	cells, heard := f.scratch[:size], f.heard[:size]
	clear(cells)
	clear(heard)
	var whole counts
	in.each(func(i int) {
		at := 0
		if byConstants {
			at = f.examples[i].template
		}
		for _, a := range axes {
			at = at*(len(f.aspects[a].values)+1) + int(f.aspects[a].answer[i]) + 1
		}
		if x := &f.examples[i]; !situational || heard[at].fresh(x.label, f.owners[i]) {
			cells[at].add(x.label, 1)
			whole.add(x.label, 1)
		}
	})
	sum := -f.evidence(whole, posterior)
	for _, c := range cells {
		if c != (counts{}) {
			sum += f.evidence(c, posterior)
		}
	}
	return sum
}

// maxCells bounds a table; a larger one says nothing in few examples.
const maxCells = 1 << 14

// novel returns what to expect of a cell that was not seen yet: the mean over
// the cells, not over the examples, since what is known to be good is done
// again and again. A cell counts as kappa examples at most.
func (f *forest) novel(cells []cell, template int, prior float64) float64 {
	good, all := f.kappa*prior, f.kappa
	for i := range cells {
		c := &cells[i]
		if template >= 0 && c.template != template {
			continue
		}
		well, ill := c.weigh()
		n := well + ill
		if n == 0 {
			continue
		}
		weight := min(n, f.kappa)
		good += weight * well / n
		all += weight
	}
	return good / all
}

func (f *forest) cell(c cell, template int, axes []int, when []agent.Condition, prior float64, depth int) {
	if c.template == otherConstants {
		return // the general rule speaks
	}
	if c.template >= 0 {
		template = c.template
	}
	when = slices.Clone(when)
	for i, a := range axes {
		if c.answers[i] < 0 {
			return // no answer: the general rule speaks
		}
		when = append(when, agent.Condition{Feature: f.aspects[a].values[c.answers[i]], Holds: true})
	}
	f.node(c.in, template, when, prior, depth-1)
}

// evidence is the ln of the marginal likelihood of the counts under
// Beta(κm, κ(1−m)): what the cell explains, less what it costs.
func (f *forest) evidence(c counts, mean float64) float64 {
	a, b := f.kappa*mean, f.kappa*(1-mean)
	if c.weak+c.plain == 0 && c.good+c.bad <= 8 { // most cells: a product is faster than three Lgamma
		p := 1.0
		for i := range c.good {
			p *= (a + float64(i)) / (f.kappa + float64(i))
		}
		for i := range c.bad {
			p *= (b + float64(i)) / (f.kappa + float64(c.good+i))
		}
		return math.Log(p)
	}
	good, bad := c.weigh()
	return lnBeta(a+good, b+bad) - lnBeta(a, b)
}

func lnBeta(a, b float64) float64 {
	x, _ := math.Lgamma(a)
	y, _ := math.Lgamma(b)
	z, _ := math.Lgamma(a + b)
	return x + y - z
}

// questions lists the aspects with more than one answer in the set.
func (f *forest) questions(in set) []int {
	var out []int
	for at := range f.aspects {
		answer := f.aspects[at].answer
		first, several := int32(-2), false
		in.each(func(i int) {
			if first == -2 {
				first = answer[i]
			}
			several = several || answer[i] != first
		})
		if several {
			out = append(out, at)
		}
	}
	return out
}

func (f *forest) templates(in set) int {
	first, n := -1, 0
	in.each(func(i int) {
		if t := f.examples[i].template; n == 0 {
			first, n = t, 1
		} else if t != first {
			n = 2
		}
	})
	return n
}

// cells counts the set by constants and answers, in a fixed order; with sets
// it also says which examples are in each.
func (f *forest) cells(in set, byConstants bool, axes []int, sets bool) []cell {
	index := map[[3]int32]int{}
	var out []cell
	in.each(func(i int) {
		key := [3]int32{-1, -1, -1}
		if byConstants {
			key[0] = int32(f.examples[i].template)
		}
		for j, a := range axes {
			key[1+j] = f.aspects[a].answer[i]
		}
		at, known := index[key]
		if !known {
			at = len(out)
			index[key] = at
			c := cell{template: int(key[0]), answers: [2]int32{key[1], key[2]}}
			if sets {
				c.in = make(set, len(in))
			}
			out = append(out, c)
		}
		out[at].add(f.examples[i].label, 1)
		if sets {
			out[at].in.add(i)
		}
	})
	return out
}

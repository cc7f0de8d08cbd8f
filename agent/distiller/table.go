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
	f.members = f.members[:0]
	in.each(func(i int) { f.members = append(f.members, int32(i)) })
	usable := f.questions()
	byConstants := template < 0 && f.severalTemplates()
	best, most := []int(nil), 0.0
	candidates := 0
	try := func(axes ...int) {
		candidates++
		score := f.score(byConstants, axes, posterior)
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
	pairs := f.forPairs(byConstants, usable, posterior)
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
func (f *forest) forPairs(byConstants bool, usable []int, posterior float64) []int {
	if len(usable) <= maxPairAspects {
		return usable
	}
	alone := map[int]float64{}
	for _, a := range usable {
		alone[a] = f.score(byConstants, []int{a}, posterior)
	}
	best := slices.Clone(usable)
	slices.SortStableFunc(best, func(a, b int) int { return cmp.Compare(alone[b], alone[a]) })
	best = best[:maxPairAspects]
	slices.Sort(best)
	return best
}

// votes counts the examples of a cell by their labels.
type votes [verdicts]int32

func (v *votes) add(o *votes) {
	for label, n := range o {
		v[label] += n
	}
}

func (v *votes) counts() counts {
	return counts{int(v[good]), int(v[bad]), int(v[doubtful]), int(v[survived])}
}

// score is what a table of the node's members explains: the evidence of all cells
// together, less that of the whole. It is asked for each pair of aspects, so the cells
// are counted in an array, of which only those are looked at that have an example.
//
// What holds of the situation and not of the action stays the same for many
// steps of an episode, whose labels go together: there an episode has one voice
// for and one against in each cell. Else each room of each maze would be a rule.
func (f *forest) score(byConstants bool, axes []int, posterior float64) float64 {
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
	used := f.vote(size, byConstants, axes, situational)
	var whole votes
	for _, at := range used {
		whole.add(&f.scratch[at])
	}
	f.likely.under(posterior)
	sum := -f.likely.evidence(f, whole.counts())
	for _, at := range used {
		sum += f.likely.evidence(f, f.scratch[at].counts())
	}
	return sum
}

// vote counts the members in the cells of a table of that size, in f.scratch, and
// returns the cells that have any, in their order.
func (f *forest) vote(size int, byConstants bool, axes []int, situational bool) []int32 {
	if len(f.scratch) < size {
		n := max(size, 2*len(f.scratch))
		f.scratch, f.heard, f.counted = make([]votes, n), make([]voices, n), make([]int32, n)
	}
	var answers [2][]int32 // of each axis
	var values [2]int
	for n, a := range axes {
		answers[n], values[n] = f.aspects[a].answer, len(f.aspects[a].values)+1
	}
	f.tables++
	used := f.used[:0]
	for _, i := range f.members {
		at := 0
		if byConstants {
			at = int(f.templates[i])
		}
		for n := range axes {
			at = at*values[n] + int(answers[n][i]) + 1
		}
		if f.counted[at] != f.tables {
			f.counted[at], f.scratch[at], f.heard[at] = f.tables, votes{}, voices{}
			used = append(used, int32(at))
		}
		if label := f.labels[i]; !situational || f.heard[at].fresh(label, f.owners[i]) {
			f.scratch[at][label]++
		}
	}
	slices.Sort(used) // sums of fractions depend on their order
	f.used = used
	return used
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

// likelihoods keeps the evidence of small counts under one mean: the tables of a node
// have the same few counts in thousands of cells.
type likelihoods struct {
	mean  float64
	small [maxSmall + 1][maxSmall + 1]float64 // by good and bad
	known [maxSmall + 1][maxSmall + 1]bool
}

// maxSmall bounds the counts that are kept.
const maxSmall = 16

// under turns to another mean.
func (l *likelihoods) under(mean float64) {
	if l.mean != mean {
		l.mean = mean
		clear(l.known[:])
	}
}

func (l *likelihoods) evidence(f *forest, c counts) float64 {
	if c.weak+c.plain > 0 || c.good > maxSmall || c.bad > maxSmall {
		return f.evidence(c, l.mean)
	}
	if !l.known[c.good][c.bad] {
		l.small[c.good][c.bad], l.known[c.good][c.bad] = f.evidence(c, l.mean), true
	}
	return l.small[c.good][c.bad]
}

func lnBeta(a, b float64) float64 {
	x, _ := math.Lgamma(a)
	y, _ := math.Lgamma(b)
	z, _ := math.Lgamma(a + b)
	return x + y - z
}

// questions lists the aspects with more than one answer among the node's members.
func (f *forest) questions() []int {
	var out []int
	for at := range f.aspects {
		answer := f.aspects[at].answer
		if slices.ContainsFunc(f.members, func(i int32) bool { return answer[i] != answer[f.members[0]] }) {
			out = append(out, at)
		}
	}
	return out
}

// severalTemplates reports whether the node's members have different constants.
func (f *forest) severalTemplates() bool {
	return slices.ContainsFunc(f.members, func(i int32) bool { return f.templates[i] != f.templates[f.members[0]] })
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

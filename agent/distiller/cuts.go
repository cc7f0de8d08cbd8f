package distiller

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"purposeagent/agent/features"
)

// limits of the candidates that one tree weighs.
const (
	maxColumns = 1 << 12
	maxCuts    = 32 // of one number
	maxChoices = 64 // of one group
	maxPaired  = 24 // numbers that are compared with each other
)

// datum is a number of one example.
type datum struct {
	value float64
	at    int // the example
}

// compareNumbers adds the candidates that compare numbers: each number with
// constants, and numbers with each other.
func (f *forest) compareNumbers() {
	byName := map[string][]datum{}
	for i := range f.examples {
		seen := f.examples[i].numbers
		for j, n := range seen {
			if list := byName[n.Name]; len(list) == 0 || list[len(list)-1].at != i || j == 0 {
				byName[n.Name] = append(list, datum{n.Value, i})
			}
		}
	}
	var names []string
	for name, data := range byName {
		slices.SortFunc(data, func(a, b datum) int { return cmp.Or(cmp.Compare(a.value, b.value), cmp.Compare(a.at, b.at)) })
		if data[0].value != data[len(data)-1].value {
			names = append(names, name)
		} else if len(data) == len(f.examples) {
			delete(byName, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		f.cut(name, byName[name])
	}
	f.pair(names, byName)
}

// mixed is the kind of examples that have several labels.
const mixed = -2

// cut adds the thresholds of one number: those between two neighbouring values
// of which not all examples are of one kind, as no other can be the best
// (Fayyad & Irani, "Multi-interval discretization of continuous-valued
// attributes", IJCAI 1993). Of many, those nearest to the quantiles are kept.
func (f *forest) cut(name string, data []datum) {
	type step struct {
		low, high float64
		before    int
	}
	var steps []step
	kind := func(from, to int) int { // the one label of these, mixed where they have several
		label := f.examples[data[from].at].label
		for _, d := range data[from+1 : to] {
			if f.examples[d.at].label != label {
				return mixed
			}
		}
		return int(label)
	}
	last, lastKind := 0, -1
	for i := 0; i < len(data); {
		end := i
		for end < len(data) && data[end].value == data[i].value {
			end++
		}
		k := kind(i, end)
		if i > 0 && (k == mixed || k != lastKind) {
			steps = append(steps, step{data[last].value, data[i].value, i})
		}
		last, lastKind, i = i, k, end
	}
	if len(steps) > maxCuts {
		var kept []step
		next := 1
		for i, s := range steps {
			due := next * len(data) / (maxCuts + 1)
			if s.before >= due || i == len(steps)-1 {
				kept = append(kept, s)
				for next*len(data)/(maxCuts+1) <= s.before {
					next++
				}
			}
		}
		steps = kept[:min(len(kept), maxCuts)]
	}
	group := f.newGroup()
	values, most := f.numbered(data)
	for _, s := range steps {
		c := column{feature: features.Comparison{Left: name, How: features.AtLeast, Than: between(s.low, s.high)}.String(), group: group, holds: make(set, len(f.good)), values: values, most: most}
		c.rank = rank(c.feature)
		for _, d := range data[s.before:] {
			c.holds.add(d.at)
		}
		f.columns = append(f.columns, c)
	}
}

// numbered returns for each example the number of its value, 0 where it has
// none, and how many numbers there are. The data are in order.
func (f *forest) numbered(data []datum) (values []int32, most int) {
	values, most = make([]int32, len(f.examples)), 1
	for i, d := range data {
		if i == 0 || d.value != data[i-1].value {
			most++
		}
		values[d.at] = int32(most - 1)
	}
	return values, most
}

// between returns a number above low and not above high that is short to say.
func between(low, high float64) float64 {
	middle := low + (high-low)/2
	if features.IsCode(low) && features.IsCode(high) {
		return math.Ceil(middle)
	}
	for digits := range 12 {
		if n, err := strconv.ParseFloat(strconv.FormatFloat(middle, 'f', digits, 64), 64); err == nil && n > low && n <= high {
			return n
		}
	}
	return high
}

// newGroup returns the number of a choice that no feature of the dictionary is in.
func (f *forest) newGroup() int32 {
	f.groups++
	return int32(f.groups - 1)
}

// pair adds the comparisons of numbers with each other. Those that the purpose
// names come first, on the right side.
func (f *forest) pair(varying []string, data map[string][]datum) {
	var names []string
	for name := range data {
		if strings.HasSuffix(name, features.NumberAsked) || slices.Contains(varying, name) {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		x, y := strings.HasSuffix(a, features.NumberAsked), strings.HasSuffix(b, features.NumberAsked)
		switch {
		case x == y:
			return strings.Compare(a, b)
		case x:
			return -1
		}
		return 1
	})
	names = names[:min(len(names), maxPaired)]
	dense := make([][]float64, len(names))
	for i, name := range names {
		dense[i] = make([]float64, len(f.examples))
		for at := range dense[i] {
			dense[i][at] = math.NaN()
		}
		for _, d := range data[name] {
			dense[i][d.at] = d.value
		}
	}
	group := f.newGroup()
	for j := range names {
		values, most := f.numbered(data[names[j]])
		for i := range j {
			from := len(f.columns)
			f.relate(names[j], names[i], dense[j], dense[i], group)
			for k := from; k < len(f.columns); k++ {
				f.columns[k].values, f.columns[k].most = values, most
			}
		}
	}
}

func (f *forest) relate(left, right string, x, y []float64, group int32) {
	for _, how := range [...]features.Relation{features.LessThan, features.Equal, features.MoreThan} {
		holds, n := make(set, len(f.good)), 0
		for at := range x {
			if how == features.LessThan && x[at] < y[at] || how == features.Equal && x[at] == y[at] || how == features.MoreThan && x[at] > y[at] {
				holds.add(at)
				n++
			}
		}
		if n > 0 && n < len(x) {
			c := column{feature: features.Comparison{Left: left, How: how, Right: right}.String(), holds: holds, group: group}
			c.rank = rank(c.feature)
			f.columns = append(f.columns, c)
		}
	}
}

// bound keeps the candidates within the limits, those that hold most often and
// not always, and prices those that are one of many.
func (f *forest) bound() {
	weight := func(c *column) int {
		n := 0
		for _, w := range c.holds {
			n += bits.OnesCount64(w)
		}
		return min(n, len(f.examples)-n)
	}
	members := map[int32]int{}
	for i := range f.columns {
		members[f.columns[i].group]++
	}
	crowded := len(f.columns) > maxColumns
	for g, n := range members {
		crowded = crowded || g >= 0 && n > maxChoices
	}
	if crowded {
		weights := make(map[string]int, len(f.columns))
		for i := range f.columns {
			weights[f.columns[i].feature] = weight(&f.columns[i])
		}
		slices.SortFunc(f.columns, func(a, b column) int {
			return cmp.Or(cmp.Compare(weights[b.feature], weights[a.feature]), strings.Compare(a.feature, b.feature))
		})
		kept := map[int32]int{}
		f.columns = slices.DeleteFunc(f.columns, func(c column) bool {
			kept[c.group]++
			return c.group >= 0 && c.holds != nil && kept[c.group] > max(maxChoices, maxCuts) && !features.IsComparison(c.feature)
		})
		f.columns = f.columns[:min(len(f.columns), maxColumns)]
	}
	clear(members)
	for i := range f.columns {
		members[f.columns[i].group]++
	}
	for i := range f.columns {
		if c := &f.columns[i]; c.group >= 0 {
			c.price = math.Log(float64(members[c.group]))
		}
	}
	f.seen = make([]bool, f.groups)
}

// voices tells of which trajectory the last example with each label was.
type voices [verdicts]int32

// fresh reports whether a trajectory has not spoken with this label yet, and
// notes that it has.
func (v *voices) fresh(label verdict, owner int32) bool {
	said := v[label] == owner
	v[label] = owner
	return !said
}

// gainByVoices is the gain of a split by what holds of the situation. It may
// stay the same for many steps of an episode, whose labels go together, so that
// each episode has one voice for each label and value.
func (f *forest) gainByVoices(in set, c *column) float64 {
	size := 2
	if c.values != nil {
		size = c.most
	}
	if len(f.last) < size {
		f.last = make([]voices, size)
	}
	heard := f.last[:size]
	clear(heard)
	var part [2]counts // by side of the split
	in.each(func(i int) {
		on, label := 0, f.examples[i].label
		if c.holds.has(i) {
			on = 1
		}
		at := on
		if c.values != nil {
			at = int(c.values[i])
		}
		if heard[at].fresh(label, f.owners[i]) {
			part[on].add(label, 1)
		}
	})
	return f.entropy(part[0].plus(part[1])) - f.entropy(part[0]) - f.entropy(part[1])
}

package distiller

import (
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/features"
)

// dictionary numbers features, and tells which of them answer one question.
type dictionary struct {
	numbers  map[string]int32
	names    []string
	families []int32           // of each feature; −1: a yes or no of its own
	askedIn  map[string]string // word of a vocabulary → its attribute

	familyNumbers map[string]int32
	familyNames   []string
	wishes        []bool // families that are about what is asked

	groups       []int32 // of each feature; −1: none
	groupNumbers map[string]int32
	measures     map[string]string // names of numbers
	params       map[string]bool   // names of the actions' parameters
}

// maxFeatures bounds a dictionary; what comes after is not learned from.
const maxFeatures = 1 << 15

const familyAsked = "asked "

func newDictionary(vocabulary map[string][]string) *dictionary {
	d := &dictionary{numbers: map[string]int32{}, familyNumbers: map[string]int32{}, askedIn: map[string]string{}, groupNumbers: map[string]int32{}, measures: map[string]string{}}
	for attr, values := range vocabulary {
		for _, v := range values {
			v = strings.ToLower(v)
			if old, known := d.askedIn[v]; !known || attr < old {
				d.askedIn[v] = attr
			}
		}
	}
	return d
}

// read numbers features.
func (d *dictionary) read(features []string) []int32 {
	out := make([]int32, 0, len(features))
	for _, f := range features {
		n, known := d.numbers[f]
		if !known {
			if len(d.names) >= maxFeatures {
				continue
			}
			n = int32(len(d.names))
			d.numbers[f] = n
			d.names = append(d.names, f)
			d.families = append(d.families, d.numberFamily(d.family(f)))
			d.groups = append(d.groups, d.numberGroup(group(f)))
		}
		out = append(out, n)
	}
	return out
}

// asks puts conditions into numbers. All of their features are known, or
// comparisons.
func (d *dictionary) asks(when []agent.Condition) []ask {
	out := make([]ask, len(when))
	for i, c := range when {
		n, known := d.numbers[c.Feature]
		out[i] = ask{feature: n, holds: c.Holds}
		if !known {
			compared, _ := features.ParseComparison(c.Feature)
			out[i].compared = &compared
		}
	}
	return out
}

// know takes in the names of the actions' parameters.
func (d *dictionary) know(specs []agent.ActionSpec) *dictionary {
	d.params = map[string]bool{}
	for _, s := range specs {
		for _, p := range s.Params {
			d.params[p.Name] = true
		}
	}
	return d
}

// isSituational reports whether a question is about the situation, whatever the
// action: a field of the state or the place.
func (d *dictionary) isSituational(question string) bool {
	return !strings.Contains(question, " ") && !d.params[question]
}

// ofSituation reports whether a feature holds of any action in its situation.
func (d *dictionary) ofSituation(feature string) bool {
	if c, is := features.ParseComparison(feature); is {
		return !d.ofAction(c.Left) && !d.ofAction(c.Right)
	}
	for _, verb := range [...]string{" mentions ", " has "} {
		if subject, _, found := strings.Cut(feature, verb); found {
			return !d.ofAction(subject)
		}
	}
	q, ok := features.Question(feature)
	return ok && d.isSituational(q)
}

// ofAction reports whether a number or text is one of an action's parameters or
// of what one stands for.
func (d *dictionary) ofAction(name string) bool {
	first, _, _ := strings.Cut(name, " ")
	return d.params[first]
}

func (d *dictionary) numberGroup(name string) int32 {
	if name == "" {
		return -1
	}
	n, known := d.groupNumbers[name]
	if !known {
		n = int32(len(d.groupNumbers))
		d.groupNumbers[name] = n
	}
	return n
}

func (d *dictionary) numberFamily(name string) int32 {
	if name == "" {
		return -1
	}
	n, known := d.familyNumbers[name]
	if !known {
		n = int32(len(d.familyNames))
		d.familyNumbers[name] = n
		d.familyNames = append(d.familyNames, name)
		d.wishes = append(d.wishes, strings.HasPrefix(name, familyAsked))
	}
	return n
}

// family returns the question that a feature answers, "" if it is a yes or no
// of its own.
func (d *dictionary) family(f string) string {
	if word, is := strings.CutSuffix(f, " is asked"); is {
		if attr, none := strings.CutPrefix(word, "no "); none {
			return familyAsked + attr
		}
		if attr, known := d.askedIn[word]; known {
			return familyAsked + attr
		}
		return ""
	}
	q, _ := features.Question(f)
	return q
}

// group returns the choice that a feature is one of many in, "" if none: which
// value a field of the state has, which word a text mentions, which number an
// attribute is. There can be hundreds of them, so a split by one of them pays
// for having been chosen among them, and they count as one candidate beside the
// others: else a world with many words or numbers would hide what matters.
func group(f string) string {
	for _, verb := range [...]string{" mentions ", " has "} {
		if subject, _, found := strings.Cut(f, verb); found && !strings.Contains(subject, " is ") {
			return subject + verb
		}
	}
	if features.IsRelation(f) {
		return ""
	}
	q, ok := features.Question(f)
	if !ok {
		return ""
	}
	if _, isNumber := features.Decimal(f[len(q)+len(" is "):]); isNumber || !strings.Contains(q, " ") {
		return q
	}
	return ""
}

// keep returns quantities to be kept: their names are kept once.
func (d *dictionary) keep(numbers []features.Quantity) []features.Quantity {
	if len(numbers) == 0 {
		return nil
	}
	out := make([]features.Quantity, 0, len(numbers))
	for _, n := range numbers {
		name, known := d.measures[n.Name]
		if !known {
			if len(d.measures) >= maxMeasures {
				continue
			}
			name = strings.Clone(n.Name)
			d.measures[name] = name
		}
		out = append(out, features.Quantity{Name: name, Value: n.Value})
	}
	return out
}

// maxMeasures bounds the names of numbers in one scope.
const maxMeasures = 512

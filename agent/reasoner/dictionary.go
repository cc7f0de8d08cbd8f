package reasoner

import (
	"strings"

	"purposeagent/agent"
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
}

// maxFeatures bounds a dictionary; what comes after is not learned from.
const maxFeatures = 1 << 15

const familyAsked = "asked "

func newDictionary(vocabulary map[string][]string) *dictionary {
	d := &dictionary{numbers: map[string]int32{}, familyNumbers: map[string]int32{}, askedIn: map[string]string{}}
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
		}
		out = append(out, n)
	}
	return out
}

// asks puts conditions into numbers. All of their features are known.
func (d *dictionary) asks(when []agent.Condition) []ask {
	out := make([]ask, len(when))
	for i, c := range when {
		out[i] = ask{d.numbers[c.Feature], c.Holds}
	}
	return out
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
	if isRelation(f) {
		subject, _, _ := strings.Cut(f, " is ")
		return subject + " as to what is asked"
	}
	if strings.Contains(f, " leads to ") {
		return ""
	}
	if subject, _, found := strings.Cut(f, " is "); found && len(strings.Fields(subject)) > 1 {
		return subject
	}
	return ""
}

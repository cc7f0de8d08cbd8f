package playbook

import (
	"strings"
)

// answer is what a feature says, where it gives one of the values that an
// attribute, a field of the state or a wish can have.
type answer struct {
	question string // "piece material", "cell", or what is asked: "asked colour"
	attr     string // "material": where the vocabulary has its values
	value    string
	asked    bool // the purpose asks for the value
}

// notValues are ends of features that say a relation or a history and no value.
var notValues = [...]string{" is as asked", " is other than asked", " is free", " is to be avoided", " is unwanted", " is less than asked", " is more than asked",
	" is held", " is named in the purpose", " is untried"}

// notAnswers are parts of features that say something else than what a thing is.
var notAnswers = [...]string{" is at least ", " is more than ", " is less than ", " is mentioned in ", " leads to ", " mentions ", " has ", " equals "}

// maxValueWords bounds what can stand in the cell of a table.
const maxValueWords = 3

// read takes a feature apart. attrOf tells which attribute a word of the
// vocabulary is a value of.
func read(feature string, attrOf map[string]string) (answer, bool) {
	for _, end := range notValues {
		if strings.HasSuffix(feature, end) {
			return answer{}, false
		}
	}
	if word, is := strings.CutSuffix(feature, " is asked"); is {
		attr, known := attrOf[strings.ToLower(word)]
		if !known || strings.HasPrefix(word, "no ") {
			return answer{}, false
		}
		return answer{"asked " + attr, attr, word, true}, true
	}
	for _, part := range notAnswers {
		if strings.Contains(feature, part) {
			return answer{}, false
		}
	}
	name, value, found := strings.Cut(feature, " is ")
	if !found || name == "" || value == "" || len(strings.Fields(value)) > maxValueWords || len(strings.Fields(name)) > maxValueWords {
		return answer{}, false
	}
	attr := name
	if _, last, two := strings.Cut(name, " "); two {
		attr = last
	}
	return answer{name, attr, value, false}, true
}

// attributes maps the words of a vocabulary to their attributes. A word of two
// attributes counts as of the first one by name.
func attributes(vocabulary map[string][]string) map[string]string {
	out := map[string]string{}
	for attr, values := range vocabulary {
		for _, v := range values {
			v = strings.ToLower(v)
			if old, known := out[v]; !known || attr < old {
				out[v] = attr
			}
		}
	}
	return out
}

package reasoner

import (
	"strconv"
	"strings"
)

// quantity is a number that holds in a situation: of the state, of a thing or a
// parameter of the action, or of the purpose.
type quantity struct {
	name  string
	value float64
}

// relation is how two numbers stand to each other.
type relation int8

const (
	atLeast relation = iota
	moreThan
	lessThan
	equal
)

// comparisons are the words of the relations in features. The last is in
// people's rules only.
var comparisons = [...]struct {
	words string
	relation
}{{" is at least ", atLeast}, {" is more than ", moreThan}, {" is less than ", lessThan}, {" equals ", equal}}

// comparison is a feature that compares a number with a constant or with
// another number: "temperature is at least 17", "width is more than height".
// It is evaluated on any situation from its words alone.
type comparison struct {
	left  string
	how   relation
	right string  // another number, "": the constant
	than  float64 // the constant
}

// parseComparison reads a feature, and reports whether it is a comparison.
func parseComparison(feature string) (comparison, bool) {
	for _, c := range comparisons {
		left, right, found := strings.Cut(feature, c.words)
		if !found {
			continue
		}
		if left == "" || right == "" || right == "asked" || strings.HasPrefix(right, "that of ") {
			return comparison{}, false
		}
		if n, isNumber := decimal(right); isNumber {
			return comparison{left: left, how: c.relation, than: n}, true
		}
		return comparison{left: left, how: c.relation, right: right}, true
	}
	return comparison{}, false
}

// isComparison reports whether a feature compares numbers.
func isComparison(feature string) bool {
	_, is := parseComparison(feature)
	return is
}

func (c comparison) String() string {
	right := c.right
	if right == "" {
		right = strconv.FormatFloat(c.than, 'f', -1, 64)
	}
	return c.left + comparisons[c.how].words + right
}

// holds reports whether the comparison is true of the numbers; where one of
// them is not there it is not.
func (c comparison) holds(valueOf func(name string) (float64, bool)) bool {
	left, there := valueOf(c.left)
	if !there {
		return false
	}
	right := c.than
	if c.right != "" {
		if right, there = valueOf(c.right); !there {
			return false
		}
	}
	switch c.how {
	case atLeast:
		return left >= right
	case moreThan:
		return left > right
	case lessThan:
		return left < right
	case equal:
		return left == right
	}
	return false
}

// lookIn returns a look-up in quantities. The first of a name counts.
func lookIn(lists ...[]quantity) func(name string) (float64, bool) {
	return func(name string) (float64, bool) {
		for _, quantities := range lists {
			for i := range quantities {
				if quantities[i].name == name {
					return quantities[i].value, true
				}
			}
		}
		return 0, false
	}
}

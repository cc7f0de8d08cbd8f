package features

import (
	"strconv"
	"strings"
)

// Quantity is a number that holds in a situation: of the state, of a thing or a
// parameter of the action, or of the purpose.
type Quantity struct {
	Name  string
	Value float64
}

// Relation is how two numbers stand to each other.
type Relation int8

// The relations.
const (
	AtLeast Relation = iota
	MoreThan
	LessThan
	Equal
)

// comparisons are the words of the relations in features. The last is in
// people's rules only.
var comparisons = [...]struct {
	words string
	Relation
}{{" is at least ", AtLeast}, {" is more than ", MoreThan}, {" is less than ", LessThan}, {" equals ", Equal}}

// Comparison is a feature that compares a number with a constant or with
// another number: "temperature is at least 17", "width is more than height".
// It is evaluated on any situation from its words alone.
type Comparison struct {
	Left  string
	How   Relation
	Right string  // another number, "": the constant
	Than  float64 // the constant
}

// ParseComparison reads a feature, and reports whether it is a comparison.
func ParseComparison(feature string) (Comparison, bool) {
	for _, c := range comparisons {
		left, right, found := strings.Cut(feature, c.words)
		if !found {
			continue
		}
		if left == "" || right == "" || right == "asked" || strings.HasPrefix(right, "that of ") {
			return Comparison{}, false
		}
		if n, isNumber := Decimal(right); isNumber {
			return Comparison{Left: left, How: c.Relation, Than: n}, true
		}
		return Comparison{Left: left, How: c.Relation, Right: right}, true
	}
	return Comparison{}, false
}

// IsComparison reports whether a feature compares numbers.
func IsComparison(feature string) bool {
	_, is := ParseComparison(feature)
	return is
}

// String returns the feature that was parsed, in its normal form.
func (c Comparison) String() string {
	right := c.Right
	if right == "" {
		right = strconv.FormatFloat(c.Than, 'f', -1, 64)
	}
	return c.Left + comparisons[c.How].words + right
}

// Holds reports whether the comparison is true of the numbers; where one of
// them is not there it is not.
func (c Comparison) Holds(valueOf func(name string) (float64, bool)) bool {
	left, there := valueOf(c.Left)
	if !there {
		return false
	}
	right := c.Than
	if c.Right != "" {
		if right, there = valueOf(c.Right); !there {
			return false
		}
	}
	switch c.How {
	case AtLeast:
		return left >= right
	case MoreThan:
		return left > right
	case LessThan:
		return left < right
	case Equal:
		return left == right
	}
	return false
}

// LookIn returns a look-up in quantities. The first of a name counts.
func LookIn(lists ...[]Quantity) func(name string) (float64, bool) {
	return func(name string) (float64, bool) {
		for _, quantities := range lists {
			for i := range quantities {
				if quantities[i].Name == name {
					return quantities[i].Value, true
				}
			}
		}
		return 0, false
	}
}

package wording

import "strings"

// turn is how a kind of feature is said. Each is the middle part of a feature,
// between words that stay as they are; a part that stands for a whole feature
// has no blank around it.
type turn struct {
	feature string
	yes     string
	// no says that the feature does not hold without a negation of a negation; ""
	// where it is better said as "unless …".
	no string
}

// turns are looked through in order; the first that fits counts.
var turns = [...]turn{
	{"something is held", "something is held", "nothing is held"},
	{"the last action changed nothing", "the last action changed nothing", "the last action changed something"},
	{"it was done here more than once", "it was done here more than once", "it was done here at most once"},
	{"it was done here", "it was done here", "it was never done here"},
	{"it undoes the last action", "it undoes the last action", ""},
	{"a text says to do it", "a text says to do it", "no text says to do it"},
	{"a text says not to do it", "a text warns of it", "no text warns of it"},
	{" is other than asked", " differs from what is asked", " fits what is asked"},
	{" leads to the nearest way never tried", " leads to the nearest untried way", ""},
	{" leads to the nearest way that fits a held thing", " leads to the nearest way that a held thing fits", ""},
	{" leads to the nearest thing that fits a way not yet passed", " leads to the nearest thing that fits a way still to pass", ""},
	{" leads to the nearest thing not used before", " leads to the nearest unused thing", ""},
	{" equals that of a way not yet passed", " equals that of a way still to pass", ""},
	{" was never tried", " is untried", " was tried before"},
	{" was passed before", " was passed before", " is not yet passed"},
	{" was used before", " was used before", " is still unused"},
	{" was mentioned in a text", " was mentioned in a text", " was mentioned in no text"},
	{" is more than asked", " is more than asked", ""},
	{" is less than asked", " is less than asked", ""},
	{" is at least ", " is at least ", " is less than "},
	{" is more than ", " is more than ", " is at most "},
	{" is less than ", " is less than ", " is at least "},
	{" mentions ", " mentions ", " mentions no "},
	{" has ", " has ", " has no "},
}

// whole reports whether the turn stands for a whole feature.
func (t *turn) whole() bool { return t.feature[0] != ' ' }

// swap returns text with from put in the place of to, where text has it.
func swap(text, from, to string, whole bool) (string, bool) {
	if whole {
		return to, strings.EqualFold(text, from)
	}
	before, after, found := strings.Cut(text, from)
	if !found || before == "" {
		return "", false
	}
	return before + to + after, true
}

package language

import (
	"strconv"
	"strings"
)

// Bound says what an amount is to a count.
type Bound int

// The bounds.
const (
	Exactly Bound = iota
	AtLeast
	AtMost
	MoreThan
	LessThan
)

// Amount is a number that a text speaks of, as "at least two red cubes".
type Amount struct {
	Value float64
	Bound Bound
	// Of are the stems of the words for what is counted, or else of those that
	// the number is said of ("a temperature of 40").
	Of       []string
	Unwanted bool
}

// Compare tells whether a count is too small for the amount (−1), as asked (0)
// or too large (1).
func (a *Amount) Compare(n float64) int {
	less, more := n < a.Value, n > a.Value
	switch a.Bound {
	case Exactly:
	case AtLeast:
		more = false
	case AtMost:
		less = false
	case MoreThan:
		less, more = n <= a.Value, false
	case LessThan:
		less, more = false, n >= a.Value
	}
	switch {
	case less:
		return -1
	case more:
		return 1
	}
	return 0
}

// number returns the number at word i and how many words it has.
func (r *reader) number(i int) (value float64, n int) {
	if i >= len(r.words) {
		return 0, 0
	}
	text := r.words[i].Text
	if c := strings.TrimPrefix(text, "-")[0]; c >= '0' && c <= '9' {
		v, err := strconv.ParseFloat(strings.ReplaceAll(text, ",", ""), 64)
		if err != nil || v > 1e15 || v < -1e15 {
			return 0, 0
		}
		return v, 1
	}
	v, known := r.Numerals[text]
	if !known {
		return 0, 0
	}
	n = 1
	next := func() (float64, bool) {
		if i+n >= len(r.words) {
			return 0, false
		}
		if mark, _ := r.before(i + n); mark != 0 {
			return 0, false
		}
		v, known := r.Numerals[r.words[i+n].Text]
		return v, known
	}
	if unit, ok := next(); ok && r.Tens[text] > 0 && unit < 10 {
		v, n = v+unit, n+1
	}
	if unit, ok := next(); ok && unit >= 12 && r.Tens[r.words[i+n].Text] == 0 && v < unit && (unit == 12 || unit >= 100) {
		v, n = v*unit, n+1
	}
	return v, n
}

func (r *reader) numberAt(i int) bool {
	_, n := r.number(i)
	return n > 0
}

// amounts lists the numbers of the text, at most eight.
func (r *reader) amounts() []Amount {
	var out []Amount
	for i := 0; i < len(r.words) && len(out) < maxAmounts; {
		v, n := r.number(i)
		if n == 0 || r.isPronoun(i) {
			i++
			continue
		}
		a := Amount{Value: v, Bound: r.bound(i, n), Unwanted: r.words[i].Unwanted}
		if a.Of = r.counted(i + n); len(a.Of) == 0 {
			a.Of = r.saidOf(i)
		}
		out = append(out, a)
		i += n
	}
	return out
}

// isPronoun tells "the red one" from "one red thing".
func (r *reader) isPronoun(i int) bool {
	if !r.Pronouns[r.words[i].Text] {
		return false
	}
	if i > 0 {
		if mark, _ := r.before(i); mark == 0 && (r.Determiners[r.words[i-1].Text] || len(r.counted(i+1)) == 0) {
			return true
		}
	}
	return false
}

func (r *reader) bound(i, n int) Bound {
	best, bound := 0, Exactly
	for phrase, b := range r.Bounds {
		words := strings.Count(phrase, " ") + 1
		if words > best && i >= words && r.phrase(i-words, phrase) > 0 {
			best, bound = words, b
		}
	}
	for phrase, b := range r.BoundsAfter {
		for at := i + n; at < min(i+n+4, len(r.words)); at++ {
			if mark, _ := r.before(at); mark != 0 {
				break
			}
			if best == 0 && r.phrase(at, phrase) > 0 {
				return b
			}
		}
	}
	return bound
}

// maxCounted bounds the words for what is counted.
const maxCounted = 4

// counted returns the stems of the group of words after a number.
func (r *reader) counted(i int) []string {
	var out []string
	for ; i < len(r.words) && len(out) < maxCounted; i++ {
		w := &r.words[i]
		if mark, _ := r.before(i); mark != 0 {
			break
		}
		if w.Text == "of" && len(out) == 0 || len(out) == 0 && r.Determiners[w.Text] {
			continue
		}
		if r.Little[w.Text] || r.Joins[w.Text] || r.Enders[w.Text] || r.numberAt(i) || r.isNegation(i) {
			break
		}
		out = append(out, w.Stem)
	}
	return out
}

// saidOf returns the stem of the word before a number, past little words and
// bounds: of "temperature" in "a temperature of at least 40".
func (r *reader) saidOf(i int) []string {
	for at := i - 1; at >= max(i-6, 0); at-- {
		if mark, _ := r.before(at + 1); mark != 0 {
			return nil
		}
		w := &r.words[at]
		if r.Little[w.Text] || r.isBound(at) || r.isNegation(at) {
			continue
		}
		if r.numberAt(at) || r.Joins[w.Text] {
			return nil
		}
		return []string{w.Stem}
	}
	return nil
}

// isBound reports whether word i is part of a phrase that bounds a number.
func (r *reader) isBound(i int) bool {
	for phrase := range r.Bounds {
		words := strings.Count(phrase, " ") + 1
		for from := max(i-words+1, 0); from <= i; from++ {
			if r.phrase(from, phrase) > 0 {
				return true
			}
		}
	}
	return false
}

// IsNumeral reports whether a word is a number in words. Pronouns are not.
func (l *Language) IsNumeral(word string) bool {
	_, is := l.Numerals[word]
	return is && !l.Pronouns[word]
}

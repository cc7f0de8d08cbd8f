package query

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
)

// grammar is what the terms of one list may say.
type grammar[F ~string] struct {
	words   map[F][]string // fields of words, with what they allow; nil allows anything
	numbers []F
	spans   []F // times, such as 90s, 30m, 2h, 7d or 4w; seconds in the term
	text    F   // words to leave out
}

// read returns the words of a query, as one text, and its terms.
func (g grammar[F]) read(text string) (words string, terms []catalog.QueryTerm[F], err error) {
	add := func(term catalog.QueryTerm[F], err error) error {
		terms = append(terms, term)
		return err
	}
	set := map[string]func(Term) error{
		"": func(t Term) error {
			return add(catalog.QueryTerm[F]{Field: g.text, Not: true, Values: []string{t.Value}}, nil)
		},
	}
	for field, allowed := range g.words {
		set[string(field)] = func(t Term) error { return add(wordTerm(t, field, allowed)) }
	}
	for _, field := range g.numbers {
		set[string(field)] = func(t Term) error { return add(numberTerm(t, field, number)) }
	}
	for _, field := range g.spans {
		set[string(field)] = func(t Term) error { return add(numberTerm(t, field, span)) }
	}
	words, err = Split(text, set)
	return words, terms, err
}

func wordTerm[F ~string](t Term, field F, allowed []string) (catalog.QueryTerm[F], error) {
	values := strings.Split(t.Value, ",")
	for _, v := range values {
		if v == "" {
			return catalog.QueryTerm[F]{}, problem(t.At, "%s: needs a value", t.Key)
		}
		if allowed != nil && !slices.Contains(allowed, v) {
			return catalog.QueryTerm[F]{}, problem(t.At, "there is no %s %q; choose one of %s", t.Key, agent.Clip(v, 40), strings.Join(allowed, ", "))
		}
	}
	return catalog.QueryTerm[F]{Field: field, Not: t.Not, Values: values}, nil
}

// numberTerm reads 5, >5, >=5, <5, <=5 or 5..9, where read takes the 5.
func numberTerm[F ~string](t Term, field F, read func(t Term, text string) (*float64, error)) (catalog.QueryTerm[F], error) {
	term := catalog.QueryTerm[F]{Field: field, Not: t.Not}
	if low, high, ok := strings.Cut(t.Value, ".."); ok {
		a, err1 := read(t, low)
		b, err2 := read(t, high)
		if err1 != nil || err2 != nil || *a > *b {
			return term, problem(t.At, "%s:%s is not a range; write %s:5..20", t.Key, agent.Clip(t.Value, 40), t.Key)
		}
		term.Low, term.High = a, b
		return term, nil
	}
	rest := strings.TrimLeft(t.Value, "<>=")
	op := t.Value[:len(t.Value)-len(rest)]
	x, err := read(t, rest)
	if err != nil {
		return term, err
	}
	switch op {
	case ">", ">=":
		term.Low, term.LowOpen = x, op == ">"
	case "<", "<=":
		term.High, term.HighOpen = x, op == "<"
	case "", "=":
		term.Low, term.High = x, x
	default:
		return term, problem(t.At, "%s:%s: use one of > >= < <= =", t.Key, agent.Clip(t.Value, 40))
	}
	return term, nil
}

func number(t Term, text string) (*float64, error) {
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
		return nil, problem(t.At, "%s: needs a number such as %s:>0, got %q", t.Key, t.Key, agent.Clip(t.Value, 40))
	}
	return &x, nil
}

// units are those of times, in seconds.
var units = map[string]float64{"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}

func span(t Term, text string) (*float64, error) {
	digits := strings.TrimRight(text, "smhdw")
	unit, known := units[text[len(digits):]]
	x, err := strconv.ParseFloat(digits, 64)
	if err != nil || !known || math.IsNaN(x) || math.IsInf(x, 0) || x < 0 {
		return nil, problem(t.At, "%s: needs a time such as %s:<2h, in s, m, h, d or w, got %q", t.Key, t.Key, agent.Clip(t.Value, 40))
	}
	x *= unit
	return &x, nil
}

func names[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
}

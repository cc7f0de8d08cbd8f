package query

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"purposeagent/agent"
)

// wordFields are the filters of rules by words, with what they allow; nil
// allows anything.
var wordFields = map[string]struct {
	field   agent.HeuristicField
	allowed []string
}{
	"status": {agent.FieldStatus, names(agent.Statuses)},
	"tier":   {agent.FieldTier, names(agent.Tiers)},
	"kind":   {agent.FieldKind, []string{string(agent.KindRule), string(agent.KindWorkflow), string(agent.KindDynamics)}},
	"pinned": {agent.FieldPinned, []string{"yes", "no"}},
	"env":    {agent.FieldEnv, nil},
	"author": {agent.FieldAuthor, nil},
	"id":     {agent.FieldID, nil},
}

// numberFields are the filters of rules by numbers.
var numberFields = map[string]agent.HeuristicField{
	"uplift": agent.FieldUplift, "low": agent.FieldLow, "n": agent.FieldN, "advantage": agent.FieldAdvantage,
	"support": agent.FieldSupport, "uses": agent.FieldUses, "hits": agent.FieldHits, "misses": agent.FieldMisses,
}

func names[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
}

// Heuristics reads a query about rules. Errors are CodeInvalid for the field
// "q", with the position of what is wrong.
func Heuristics(text string) (agent.HeuristicQuery, error) {
	var q agent.HeuristicQuery
	set := map[string]func(Term) error{
		"": func(t Term) error { // words to leave out
			q.Terms = append(q.Terms, agent.HeuristicTerm{Field: agent.FieldText, Not: true, Values: []string{t.Value}})
			return nil
		},
	}
	for key, f := range wordFields {
		set[key] = func(t Term) error {
			term, err := wordTerm(t, f.field, f.allowed)
			q.Terms = append(q.Terms, term)
			return err
		}
	}
	for key, field := range numberFields {
		set[key] = func(t Term) error {
			term, err := numberTerm(t, field)
			q.Terms = append(q.Terms, term)
			return err
		}
	}
	words, err := Split(text, set)
	q.Text = words
	return q, err
}

func wordTerm(t Term, field agent.HeuristicField, allowed []string) (agent.HeuristicTerm, error) {
	values := strings.Split(t.Value, ",")
	for _, v := range values {
		if v == "" {
			return agent.HeuristicTerm{}, problem(t.At, "%s: needs a value", t.Key)
		}
		if allowed != nil && !slices.Contains(allowed, v) {
			return agent.HeuristicTerm{}, problem(t.At, "there is no %s %q; it is one of %s", t.Key, agent.Clip(v, 40), strings.Join(allowed, ", "))
		}
	}
	return agent.HeuristicTerm{Field: field, Not: t.Not, Values: values}, nil
}

// numberTerm reads 5, >5, >=5, <5, <=5 or 5..9.
func numberTerm(t Term, field agent.HeuristicField) (agent.HeuristicTerm, error) {
	term := agent.HeuristicTerm{Field: field, Not: t.Not}
	if low, high, ok := strings.Cut(t.Value, ".."); ok {
		a, err1 := number(t, low)
		b, err2 := number(t, high)
		if err1 != nil || err2 != nil || *a > *b {
			return term, problem(t.At, "%s:%s is no range; write %s:5..20", t.Key, agent.Clip(t.Value, 40), t.Key)
		}
		term.Low, term.High = a, b
		return term, nil
	}
	rest := strings.TrimLeft(t.Value, "<>=")
	op := t.Value[:len(t.Value)-len(rest)]
	x, err := number(t, rest)
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
		return nil, problem(t.At, "%s: wants a number such as %s:>0, got %q", t.Key, t.Key, agent.Clip(t.Value, 40))
	}
	return &x, nil
}

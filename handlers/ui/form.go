package ui

import (
	"errors"
	"math"
	"strconv"
	"strings"

	"purposeagent/agent"
	"purposeagent/views/partials"
)

// PlainField is the name of a field that no form shows, in words.
func PlainField(name string) string {
	return Title(strings.NewReplacer("_", " ", "-", " ", ".", ", ").Replace(name))
}

// Person names who changes something on a page, in histories and audits.
// Accounts come later; on a loopback address there is one person.
const Person = "human"

// ProblemsOf returns the messages of an error that a form can show, or nil.
func ProblemsOf(err error) map[string]string {
	var e *agent.Error
	if !errors.As(err, &e) || e.Code != agent.CodeInvalid {
		return nil
	}
	if len(e.Fields) == 0 {
		return map[string]string{"": e.Message}
	}
	return e.Fields
}

// FieldParser reads texts as numbers and collects what is wrong.
type FieldParser struct{ Problems map[string]string }

// Integer reads a whole number, 0 for an empty text.
func (p FieldParser) Integer(name, text string, limit int64) int64 {
	if text == "" {
		return 0
	}
	n, ok := wholeNumber(strings.NewReplacer(",", "", " ", "", " ", "").Replace(text))
	switch {
	case !ok:
		p.Problems[name] = "must be a whole number"
		return 0
	case n > limit || n < -limit:
		p.Problems[name] = "is too large"
		return 0
	}
	return n
}

// wholeNumber reads a whole number however it is written: 3.0 and 3e2 are whole,
// as they are to JSON Schema. It is false for what is none, and for one that is
// written with a point or an exponent and too large to be exact.
func wholeNumber(text string) (int64, bool) {
	text = strings.TrimSpace(text)
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, true
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || x != math.Trunc(x) || math.Abs(x) >= 1<<53 {
		return 0, false
	}
	return int64(x), true
}

// Number reads a number, 0 for an empty text.
func (p FieldParser) Number(name, text string) float64 {
	if text == "" {
		return 0
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
		p.Problems[name] = "must be a number"
		return 0
	}
	return x
}

// NotZero refuses a typed 0 where an empty field would take the default.
func (p FieldParser) NotZero(name, text string, zero bool) {
	if _, told := p.Problems[name]; zero && text != "" && !told {
		p.Problems[name] = "must be above 0"
	}
}

// ProblemsOrConflict also shows in the form that the library has this rule already.
func ProblemsOrConflict(err error) map[string]string {
	if agent.CodeOf(err) == agent.CodeConflict {
		return map[string]string{"": agent.MessageOf(err)}
	}
	return ProblemsOf(err)
}

// OptionalNumber reads a number that may be left out, as 0.
func OptionalNumber(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, agent.Errorf(agent.CodeInvalid, "%q is not the number of a change", partials.Clip(text, 30))
	}
	return n, nil
}

// Options makes the choices of a select of value, text pairs.
func Options(current string, pairs ...string) []partials.Option {
	var out []partials.Option
	for i := 0; i+1 < len(pairs); i += 2 {
		out = append(out, partials.Option{Value: pairs[i], Text: pairs[i+1], Selected: pairs[i] == current})
	}
	return out
}

// IndexOf reads a step's index from an address.
func IndexOf(text string) (int, error) {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || n < 1 || n > agent.MaxMaxSteps {
		return 0, agent.Errorf(agent.CodeNotFound, "there is no step %q", partials.Clip(text, 20))
	}
	return n, nil
}

// MaxBody is the largest request body, in bytes.
const MaxBody = 2 << 20

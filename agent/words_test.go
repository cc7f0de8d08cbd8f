package agent

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

// No message ends in a colon, whatever was the reason.
func TestMessagesHaveNoEmptyTail(t *testing.T) {
	for _, c := range []struct{ name, got, want string }{
		{"formatted", Errorf(CodeInvalid, "the model %s refused to answer: %s", "m", "").Message, "the model m refused to answer"},
		{"a blank reason", Errorf(CodeInvalid, "it refused: %s", "  ").Message, "it refused"},
		{"a reason", Errorf(CodeInvalid, "it refused: %s", "why").Message, "it refused: why"},
		{"wrapped", Wrap(CodeUnavailable, errors.New("x"), "it broke off: %s", "").Message, "it broke off"},
		{"one field", InvalidFields(map[string]string{"purpose": ""}).Message, "purpose"},
		{"joined", Because("the run failed", " "), "the run failed"},
		{"joined with a reason", Because("the run failed", "the disk is full"), "the run failed: the disk is full"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.got != c.want {
				t.Errorf("%q, want %q", c.got, c.want)
			}
		})
	}
}

// What is wrong with JSON is said without the words of a Go program.
func TestJSONProblem(t *testing.T) {
	type inner struct {
		Max int `json:"max"`
	}
	for _, c := range []struct {
		name, text string
		into       any
		want       string
	}{
		{"a fraction for a whole number", `{"max":3.5}`, &inner{}, "max must be a whole number, got the number 3.5"},
		{"3.0 for a whole number", `{"max":3.0}`, &inner{}, "max must be a whole number, got the number 3.0"},
		{"a text for a number", `{"max":"x"}`, &inner{}, "max must be a whole number, got a string"},
		{"a list for a map", `[]`, &map[string]int{}, "it must be an object, got a list"},
		{"nested", `{"in":{"max":true}}`, &struct {
			In *inner `json:"in"`
		}{}, "in.max must be a whole number, got true or false"},
		{"an object for a list", `{"l":{}}`, &struct {
			L []string `json:"l"`
		}{}, "l must be a list, got an object"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := JSONProblem(json.Unmarshal([]byte(c.text), c.into))
			if got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
			for _, word := range []string{"int", "struct", "Go ", "unmarshal", "map["} {
				if strings.Contains(strings.ReplaceAll(got, "looking", ""), word+" ") {
					t.Errorf("%q holds Go's word %q", got, word)
				}
			}
		})
	}
}

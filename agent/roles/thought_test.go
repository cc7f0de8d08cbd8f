package roles_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"purposeagent/agent/roles"
)

func TestPartialThought(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"nothing yet", `{`, ""},
		{"the name only", `{"thought"`, ""},
		{"it begins", `{"thought": "`, ""},
		{"in the middle", `{"thought": "I shou`, "I shou"},
		{"whole", `{"thought":"I should go.","action":"go`, "I should go."},
		{"an escape", `{"thought":"a \"red\" door\nand`, "a \"red\" door\nand"},
		{"half an escape", `{"thought":"a \`, "a "},
		{"half of a code", `{"thought":"a \u00e`, "a "},
		{"a code", `{"thought":"caf\u00e9 `, "café "},
		{"prose before", "Sure:\n```json\n{ \"thought\" : \"go", "go"},
		{"no text", `{"thought": 7}`, ""},
		{"not the end of a fence", `{"thought":">> ignore`, "> > ignore"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := roles.PartialThought(test.text); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func FuzzPartialThought(f *testing.F) {
	for _, seed := range []string{`{"thought":"a`, `{"thought":"\u`, `{"thought":"\ud83d\ude00`, "\"thought\":\"\xff", strings.Repeat(`{"thought":"`, 3)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := roles.PartialThought(text)
		if !utf8.ValidString(got) || utf8.RuneCountInString(got) > 2001 {
			t.Errorf("%q", got)
		}
	})
}

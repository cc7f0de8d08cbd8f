package remote

import (
	"strings"
	"testing"
)

// TestOddTexts holds what becomes of texts that a program may send: what commands
// a terminal is taken out of what is read, the state keeps what it was given, and
// a text that is too long is refused or cut with a word.
func TestOddTexts(t *testing.T) {
	h := sound(t)
	for _, test := range []struct {
		name, sent  string // as JSON
		observation string
		state       string // within the state's JSON
		refused     string
	}{
		{"a NUL", `"a\u0000b"`, "ab", `"a\u0000b"`, ""},
		{"an escape", `"\u001b[31mred\u001b[0m \u001b]0;title\u0007"`, "[31mred[0m ]0;title", `"\u001b[31mred\u001b[0m \u001b]0;title\u0007"`, ""},
		{"a C1 escape", `"\u009b31mred"`, "31mred", "\"\u009b31mred\"", ""},
		{"half a surrogate", `"caf\ud83d"`, "caf\uFFFD", "\"caf\uFFFD\"", ""},
		{"marks of direction", `"\u202etxt.exe\u202c"`, "\u202etxt.exe\u202c", "\"\u202etxt.exe\u202c\"", ""},
		{"ends of lines and paragraphs", `"a\u2028b\r\nc"`, "a\u2028b\nc", `"a\u2028b\r\nc"`, ""},
		{"a template", `"{{.Purpose}} {{range}} %s %d ${x}"`, "{{.Purpose}} {{range}} %s %d ${x}", `"{{.Purpose}} {{range}} %s %d ${x}"`, ""},
		{"markup and fences", "\"</script><img src=x> [a](javascript:alert(1)) >> << ```\"", "</script><img src=x> [a](javascript:alert(1)) >> << ```",
			"\"</script><img src=x> [a](javascript:alert(1)) >> << ```\"", ""},
		{"the longest", `"` + strings.Repeat("x", maxObservationBytes) + `"`, strings.Repeat("x", maxObservationBytes), "", ""},
		{"too long", `"` + strings.Repeat("word ", 20_000) + `"`, "", "", "observation"},
	} {
		t.Run(test.name, func(t *testing.T) {
			answer := replaced(t, replaced(t, soundMoment, "observation", test.sent), "state/place", test.sent)
			whole, err := parseAnswer([]byte(answer), 7)
			if err != nil {
				t.Fatal(err)
			}
			state, _, err := h.parseMoment(whole)
			if test.refused != "" {
				if err == nil || !strings.Contains(err.Error(), test.refused) {
					t.Errorf("got %v, want %q", err, test.refused)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if state.Summary != test.observation {
				t.Errorf("the observation is %q, want %q", state.Summary, test.observation)
			}
			if test.state != "" && !strings.Contains(state.Data.String(), test.state) {
				t.Errorf("the state is %q, without %q", state.Data, test.state)
			}
		})
	}
}

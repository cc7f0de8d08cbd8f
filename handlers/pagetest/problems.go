package pagetest

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// CheckProblems holds that each problem of a form has words for people.
func CheckProblems(t *testing.T, problems map[string]string) {
	t.Helper()
	for field, text := range problems {
		if text == "" || len(text) > 2000 || !utf8.ValidString(text) {
			t.Errorf("the field %q has the message %q", field, text)
		}
		for _, jargon := range []string{"strconv", "unmarshal", "invalid character", "json:"} {
			if strings.Contains(text, jargon) && !strings.Contains(text, "\"") {
				t.Errorf("the field %q has the message %q", field, text)
			}
		}
	}
}

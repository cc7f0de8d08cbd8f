package agent

import (
	"strings"
	"unicode"
)

// words splits text into lower-case words of letters and digits.
func words(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
}

// normalize returns the text's words with single spaces, for comparison.
func normalize(text string) string { return strings.Join(words(text), " ") }

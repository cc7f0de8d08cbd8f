package announced

import (
	"fmt"
	"strings"
	"unicode"

	"purposeagent/agent"
)

// Clean makes foreign text safe to show: valid, and without control characters
// other than tabs and line breaks, which could command a terminal.
func Clean(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
}

// Quoted shows the beginning of what came from outside.
func Quoted(raw []byte) string {
	const shown = 160
	text := Clean(string(raw[:min(len(raw), 4*shown)]))
	return fmt.Sprintf("%q", agent.Clip(strings.TrimSpace(text), shown))
}

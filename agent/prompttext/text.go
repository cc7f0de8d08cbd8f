// Package prompttext makes text from outside fit for a prompt: it fences, cuts and
// counts it, and finds instructions that were injected.
package prompttext

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// AsData makes text from outside fit to stand between << and >>: it can't close
// the fence, can't spell the control words of chat templates (<|…|>), and holds
// no control characters.
func AsData(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	plain := true
	for i := range len(text) {
		if c := text[i]; c < ' ' && c != '\n' || c == '<' || c == '>' || c >= utf8.RuneSelf || c == 0x7f {
			plain = false
			break
		}
	}
	if plain {
		return text
	}
	var b strings.Builder
	b.Grow(len(text) + 8)
	last := rune(0)
	for _, r := range text {
		if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
			continue
		}
		if last == '<' && (r == '<' || r == '|') || r == '>' && (last == '>' || last == '|') {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
		last = r
	}
	return b.String()
}

// OneLine is AsData on a single line.
func OneLine(text string) string {
	if isLine(text) {
		return text
	}
	return strings.Join(strings.Fields(AsData(text)), " ")
}

// isLine reports whether OneLine has nothing to do: plain ASCII with single spaces
// between its words.
func isLine(text string) bool {
	space := true // before what comes next
	for i := range len(text) {
		c := text[i]
		if c < ' ' || c > '~' || c == '<' || c == '>' || c == ' ' && space {
			return false
		}
		space = c == ' '
	}
	return !space || text == ""
}

// Tokens estimates the tokens of a text: four bytes each for plain text, one
// a character where a script has no words of its own in most vocabularies. It
// errs high, so that budgets hold.
func Tokens(text string) int {
	wide := 0
	for i := range len(text) {
		if text[i] >= 0xC0 {
			wide++ // each lead byte starts one character beyond ASCII
		}
	}
	return (len(text)-2*wide+3)/4 + wide
}

// EstimateTokens estimates the tokens of texts from their bytes, erring high. It
// stands in for the count of a server that reports none.
func EstimateTokens(texts ...string) int64 {
	var n int64
	for _, text := range texts {
		n += int64(Tokens(text))
	}
	return n
}

// Clip returns text of at most limit tokens, with a visible mark where it was cut.
func Clip(text string, limit int) string {
	if Tokens(text) <= limit {
		return text
	}
	const mark = " …[cut]"
	keep := max(4*(limit-Tokens(mark)), 0)
	for {
		kept := cutBytes(text, keep)
		if keep == 0 || Tokens(kept)+Tokens(mark) <= max(limit, Tokens(mark)) {
			return kept + mark
		}
		keep = keep * 3 / 4
	}
}

// cutBytes returns the longest start of text of at most n bytes that ends
// between characters.
func cutBytes(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}

// Cut returns at most n characters of text, with … in place of the rest.
func Cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	count := 0
	for i := range text {
		if count == n {
			return text[:i] + "…"
		}
		count++
	}
	return text
}

// FoldSpace is text in lower case with single spaces, for comparison.
func FoldSpace(text string) string {
	if isFolded(text) {
		return text
	}
	return strings.ToLower(strings.Join(strings.Fields(text), " "))
}

// isFolded reports whether a text of ASCII is what FoldSpace makes of it.
func isFolded(text string) bool {
	space := true // before what comes next
	for i := range len(text) {
		c := text[i]
		if c < ' ' || c > '~' || 'A' <= c && c <= 'Z' || c == ' ' && space {
			return false
		}
		space = c == ' '
	}
	return !space || text == ""
}

package llmtest

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// token is a word in lower case, or a mark.
type token struct {
	text string
	word bool
}

type wordSet map[string]bool

func set(words string) wordSet {
	s := wordSet{}
	for w := range strings.FieldsSeq(words) {
		s[w] = true
	}
	return s
}

// The English that a reader knows.
var (
	advises = set("do try use choose pick prefer should must best recommended recommend advised follow right good works gained helped")
	warns   = set("avoid not don't dont never no wrong against vain useless skip bad fails failed cannot can't isn't doesn't refrain ruled tried lost")
	verdict = map[string]int{"right": 1, "works": 1, "worked": 1, "helps": 1, "helped": 1, "good": 1, "solved": 1, "best": 1, "succeeded": 1, "success": 1, "correct": 1, "✓": 1, "✔": 1,
		"wrong": -1, "fails": -1, "failed": -1, "breaks": -1, "broke": -1, "bad": -1, "nothing": -1, "refused": -1, "vain": -1, "useless": -1, "lost": -1, "worse": -1, "not": -1,
		"never": -1, "error": -1, "impossible": -1, "✗": -1, "✘": -1, "hurts": -1}
	conditions = set("when if where while once after before unless for whenever as")
	turns      = set("but instead rather otherwise")
	links      = set("→ wants want needs need takes gives makes requires opens asks")
	endings    = set("done finish finished stop end quit exit")
	// What a heading says of the steps below it.
	own   = set("your you far tried done already now history log")
	other = set("earlier example examples similar past previous other others before once elsewhere demonstration demonstrations")
)

func inWord(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '_'
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}

// marks are kept; other signs are not read.
const marks = ".;:,()→·!?|={}[]✓✔✗✘"

// signs are written in several ways.
var signs = strings.NewReplacer("->", "→", "=>", "→", "’", "'")

// normal is a text as it is read: in lower case, with one way to write a sign.
func normal(text string) string { return signs.Replace(strings.ToLower(text)) }

// tokenise splits a text, which is normal, into words and marks. Quotes and
// fences are not read.
func tokenise(text string) []token {
	out := make([]token, 0, len(text)/5+1)
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if !inWord(r) {
			if strings.ContainsRune(marks, r) {
				out = append(out, token{text[i : i+size], false})
			}
			i += size
			continue
		}
		j := i + size
		for j < len(text) {
			r, size := utf8.DecodeRuneInString(text[j:])
			if !inWord(r) && !within(text, j, r) {
				break
			}
			j += size
		}
		out = append(out, token{text[i:j], true})
		i = j
	}
	return out
}

// within reports whether a sign is part of the word that it stands in: "don't",
// "one-way", "2.5".
func within(text string, at int, sign rune) bool {
	after, _ := utf8.DecodeRuneInString(text[min(at+1, len(text)):])
	switch sign {
	case '\'', '-':
		return inWord(after)
	case '.':
		return unicode.IsDigit(rune(text[at-1])) && unicode.IsDigit(after)
	}
	return false
}

// bodyOf is where a line begins after its number, its bullet and its label in
// brackets.
func bodyOf(tokens []token) (body int, numbered bool) {
	at := func(i int) string {
		if i < len(tokens) {
			return tokens[i].text
		}
		return ""
	}
	if isNumber(at(0)) && (at(1) == "." || at(1) == ")" || at(1) == ":") {
		body, numbered = 2, true
	} else if at(0) == "step" && isNumber(at(1)) {
		body, numbered = 2, true
		if at(2) == "." || at(2) == ":" || at(2) == ")" {
			body = 3
		}
	}
	if at(body) == "[" {
		if n := slices.IndexFunc(tokens[body:], func(t token) bool { return t.text == "]" }); n > 0 {
			body += n + 1
		}
	}
	return min(body, len(tokens)-1), numbered
}

func isNumber(text string) bool {
	return text != "" && strings.IndexFunc(text, func(r rune) bool { return !unicode.IsDigit(r) }) < 0
}

// closes reports whether a sentence ends at a token.
func closes(t token) bool {
	switch t.text {
	case ".", ";", "·", "!", "?", "|":
		return true
	}
	return false
}

// speaks says what a sentence has to say of what stands at [from, to): +1 for
// it, −1 against it, 0 nothing; and whether it says so in a word. ends is where
// the next thing is named.
func speaks(tokens []token, from, to, ends int) (sign int, said bool) {
	colon := false
	for i := from - 1; i >= 0 && !closes(tokens[i]); i-- {
		text := tokens[i].text
		switch {
		case text == ")":
			for i > 0 && tokens[i].text != "(" {
				i--
			}
		case text == "(":
			return after(tokens, to, ends, false)
		case (text == ":" || text == "," || text == "→") && conditional(tokens, i):
			colon = true // what comes after a condition is what to do
		case turns[text], colon:
			sign, said = after(tokens, to, ends, true)
			return sign, said
		case warns[text] && !yet(tokens, i+1):
			return -1, true
		case advises[text] && i > 0 && warns[tokens[i-1].text]: // do not do it
			return -1, true
		case advises[text]:
			return 1, true
		}
		if colon {
			return after(tokens, to, ends, true)
		}
	}
	return after(tokens, to, ends, false)
}

// conditional reports whether the sentence that a token is in began with a
// condition before it.
func conditional(tokens []token, at int) bool {
	for i := at - 1; i >= 0 && !closes(tokens[i]); i-- {
		if conditions[tokens[i].text] {
			return true
		}
	}
	return false
}

// after looks for a verdict behind what is named, else takes it as an order
// where it is one.
func after(tokens []token, to, ends int, order bool) (sign int, said bool) {
	words := 0
	for i := to; i < min(ends, len(tokens)) && words < 9; i++ {
		t := tokens[i]
		if closes(t) && t.text != "·" {
			break
		}
		if t.word {
			words++
		}
		if v := verdict[t.text]; v != 0 && (t.text != "not" || !yet(tokens, i+1)) {
			return v * share(tokens[i+1:]), true
		}
	}
	if order {
		return 1, true
	}
	return 0, false
}

// yet reports whether that word stands there: "not yet" is no "not".
func yet(tokens []token, at int) bool { return at < len(tokens) && tokens[at].text == "yet" }

// share is −1 where "2 of 10" follows, less than half, else 1.
func share(tokens []token) int {
	if len(tokens) < 3 || !isNumber(tokens[0].text) || tokens[1].text != "of" || !isNumber(tokens[2].text) {
		return 1
	}
	good, all := tokens[0].text, tokens[2].text
	if 2*atoi(good) < atoi(all) {
		return -1
	}
	return 1
}

func atoi(text string) int {
	n := 0
	for _, r := range text {
		n = min(n*10+int(r-'0'), 1<<30)
	}
	return n
}

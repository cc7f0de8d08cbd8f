// Package query reads the one text grammar of lists, which the search bar, the
// page's address and the API share: status:active uplift:>0 -author:human "a phrase".
package query

import (
	"fmt"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"purposeagent/agent"
)

// MaxBytes bounds a query's text.
const MaxBytes = 500

// Term is one part of a query: a word or phrase, or key:value.
type Term struct {
	Not   bool
	Key   string // "" for words
	Value string
	At    int // position of its first sign, from 1
}

// Parse splits a query into its terms. A term that begins with a minus is
// negated; quotes keep spaces together, after a key as well. Errors are
// CodeInvalid for the field "q" and name the position.
func Parse(text string) ([]Term, error) {
	if len(text) > MaxBytes {
		return nil, problem(1, "the query is %d bytes long; at most %d bytes are allowed", len(text), MaxBytes)
	}
	if !utf8.ValidString(text) {
		return nil, problem(1, "the query must be valid text")
	}
	var terms []Term
	signs := []rune(text)
	for i := 0; i < len(signs); {
		if unicode.IsSpace(signs[i]) {
			i++
			continue
		}
		term, next, err := parseTerm(signs, i)
		if err != nil {
			return nil, err
		}
		terms = append(terms, term)
		i = next
	}
	return terms, nil
}

// parseTerm reads the term that begins at i and returns where it ends.
func parseTerm(signs []rune, i int) (Term, int, error) {
	term := Term{At: i + 1}
	if signs[i] == '-' && i+1 < len(signs) && !unicode.IsSpace(signs[i+1]) {
		term.Not = true
		i++
	}
	var b strings.Builder
	quoted := false
	for ; i < len(signs); i++ {
		switch r := signs[i]; {
		case r == '"' && b.Len() == 0 && !quoted:
			value, next, err := parseQuoted(signs, i)
			if err != nil {
				return term, 0, err
			}
			b.WriteString(value)
			i, quoted = next-1, true
		case unicode.IsSpace(r) || quoted:
			if quoted && !unicode.IsSpace(r) {
				return term, 0, problem(i+1, "a space must follow the closing quote")
			}
			term.Value = b.String()
			return term, i, nil
		case r == ':' && term.Key == "" && b.Len() > 0:
			term.Key = b.String()
			b.Reset()
		default:
			b.WriteRune(r)
		}
	}
	term.Value = b.String()
	return term, i, nil
}

// parseQuoted reads a phrase from its opening quote; \" is a quote within.
func parseQuoted(signs []rune, start int) (string, int, error) {
	var b strings.Builder
	for i := start + 1; i < len(signs); i++ {
		switch {
		case signs[i] == '\\' && i+1 < len(signs) && (signs[i+1] == '"' || signs[i+1] == '\\'):
			i++
			b.WriteRune(signs[i])
		case signs[i] == '"':
			return b.String(), i + 1, nil
		default:
			b.WriteRune(signs[i])
		}
	}
	return "", 0, problem(start+1, "the quote that opens here is not closed")
}

// Format writes terms so that Parse reads the same terms.
func Format(terms []Term) string {
	parts := make([]string, len(terms))
	for i, t := range terms {
		part := ""
		if t.Not {
			part = "-"
		}
		if t.Key != "" {
			part += t.Key + ":"
		}
		parts[i] = part + quoteWhereNeeded(t)
	}
	return strings.Join(parts, " ")
}

func quoteWhereNeeded(t Term) string {
	special := func(r rune) bool { return unicode.IsSpace(r) || r == '"' }
	if t.Value != "" && !strings.ContainsFunc(t.Value, special) && (t.Key != "" || !strings.ContainsAny(t.Value, ":") && t.Value[0] != '-') {
		return t.Value
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(t.Value) + `"`
}

// Values returns the alternatives of the terms with a key that are not
// negated: "a,b" is a and b.
func Values(terms []Term, key string) []string {
	var values []string
	for _, t := range terms {
		if t.Key == key && !t.Not {
			values = append(values, strings.Split(t.Value, ",")...)
		}
	}
	return values
}

// With returns the terms with one key's value set, or without the key for "".
// Its place among the others stays.
func With(terms []Term, key, value string) []Term {
	var out []Term
	done := value == ""
	for _, t := range terms {
		switch {
		case t.Key != key:
			out = append(out, t)
		case !done:
			out, done = append(out, Term{Key: key, Value: value}), true
		}
	}
	if !done {
		out = append(out, Term{Key: key, Value: value})
	}
	return out
}

// Split gives each key's terms to its setter and returns the words that are
// left, as one text. An unknown key lists the known ones.
func Split(text string, set map[string]func(Term) error) (string, error) {
	terms, err := Parse(text)
	if err != nil {
		return "", err
	}
	var words []string
	for _, t := range terms {
		if t.Key == "" && !t.Not {
			words = append(words, t.Value)
			continue
		}
		f, ok := set[t.Key]
		if !ok {
			return "", unknownKey(t, set)
		}
		if err := f(t); err != nil {
			return "", err
		}
	}
	return strings.Join(words, " "), nil
}

func unknownKey(t Term, set map[string]func(Term) error) error {
	if t.Key == "" {
		return problem(t.At, "words can't be left out here")
	}
	var known []string
	for key := range set {
		if key != "" {
			known = append(known, key+":")
		}
	}
	sort.Strings(known)
	return problem(t.At, "there is no filter %q; the filters are %s; put quotes around words with a colon", t.Key+":", strings.Join(known, " "))
}

// problem is the error about one place of a query.
func problem(at int, format string, args ...any) error {
	message := fmt.Sprintf(format, args...)
	if at > 1 {
		message = fmt.Sprintf("at character %d: %s", at, message)
	}
	return agent.InvalidFields(map[string]string{"q": message})
}

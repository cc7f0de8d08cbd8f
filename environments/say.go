package environments

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"unicode/utf8"
)

// suggest returns "; did you mean …?" for the candidate that is most like the
// text, if any is like it at all.
func suggest(text string, candidates []string) string {
	text = strings.ToLower(strings.TrimSpace(text))
	if len(text) < 2 || len(text) > 60 {
		return ""
	}
	best, least := "", 3
	for _, c := range candidates {
		d := edits(text, strings.ToLower(c))
		if strings.HasPrefix(c, text) || strings.HasPrefix(text, c) {
			d = min(d, 1)
		}
		if d < least && d < utf8.RuneCountInString(c) {
			best, least = c, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", best)
}

// edits returns the number of letters to add, drop or change (Levenshtein).
func edits(a, b string) int {
	from, to := []rune(a), []rune(b)
	row := make([]int, len(to)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range from {
		corner := row[0]
		row[0] = i + 1
		for j, y := range to {
			cost := corner
			if x != y {
				cost++
			}
			corner = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(to)]
}

// shorten keeps what a stranger wrote from filling the message.
func shorten(text string) string {
	if r := []rune(strings.ToValidUTF8(text, "?")); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return text
}

func shown(v any) string {
	if text, ok := v.(string); ok {
		return fmt.Sprintf("%q", shorten(text))
	}
	return shorten(fmt.Sprint(v))
}

func texts(values []any) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = fmt.Sprint(v)
	}
	return out
}

func listed(values []any) string { return strings.Join(texts(values), ", ") }

func decimal(r *big.Rat) string {
	if r.IsInt() {
		return shorten(r.Num().String())
	}
	x, _ := r.Float64()
	return fmt.Sprintf("%g", x)
}

// article says a JSON type in words.
func article(jsonType string) string {
	switch jsonType {
	case "string":
		return "text"
	case "null":
		return "null"
	case "integer":
		return "a whole number"
	case "boolean":
		return "true or false"
	case "array", "object":
		return "an " + jsonType
	}
	return "a " + jsonType
}

func orWords(types []string) string {
	types = slices.Clone(types)
	for i := range types {
		types[i] = article(types[i])
	}
	return strings.Join(types, " or ")
}

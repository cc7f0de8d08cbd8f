// Package textdiff says what differs between two texts, by words or by lines, and
// between two lists.
package textdiff

import (
	"slices"
	"strings"

	"purposeagent/views/pages"
)

// limit bounds the middle of two lists that is compared item by item: the table
// has its square of cells.
const limit = 2000

// Common returns the places of a longest common subsequence of two
// lists, by the textbook table (Wagner and Fischer 1974) over what is between
// their common ends. Beyond limit on a side it is a common subsequence,
// not surely a longest one.
func Common(a, b []string) [][2]int {
	var pairs [][2]int
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		pairs = append(pairs, [2]int{head, head})
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	x, y := a[head:len(a)-tail], b[head:len(b)-tail]
	x, y = x[:min(len(x), limit)], y[:min(len(y), limit)]
	length := make([][]uint16, len(x)+1) // of the longest within x[i:], y[j:]
	cells := make([]uint16, (len(x)+1)*(len(y)+1))
	for i := range length {
		length[i], cells = cells[:len(y)+1], cells[len(y)+1:]
	}
	for i, one := range slices.Backward(x) {
		for j, other := range slices.Backward(y) {
			if one == other {
				length[i][j] = length[i+1][j+1] + 1
			} else {
				length[i][j] = max(length[i+1][j], length[i][j+1])
			}
		}
	}
	for i, j := 0, 0; i < len(x) && j < len(y); {
		switch {
		case x[i] == y[j]:
			pairs = append(pairs, [2]int{head + i, head + j})
			i++
			j++
		case length[i+1][j] >= length[i][j+1]:
			i++
		default:
			j++
		}
	}
	for k := range tail {
		pairs = append(pairs, [2]int{len(a) - tail + k, len(b) - tail + k})
	}
	return pairs
}

// maxWords bounds the words of a comparison; longer texts are shown whole.
const maxWords = 400

// Words splits two texts into pieces and marks what only one of them has.
func Words(before, after string) (gone, come []pages.DiffWord) {
	a, b := strings.Fields(before), strings.Fields(after)
	if len(a) > maxWords || len(b) > maxWords {
		return []pages.DiffWord{{Text: before, Changed: true}}, []pages.DiffWord{{Text: after, Changed: true}}
	}
	walk(a, b, func(word string, was, is bool) {
		if was {
			gone = addWord(gone, word, !is)
		}
		if is {
			come = addWord(come, word, !was)
		}
	})
	return gone, come
}

// addWord joins words that are alike in being changed or not.
func addWord(words []pages.DiffWord, text string, changed bool) []pages.DiffWord {
	if n := len(words); n > 0 {
		if words[n-1].Changed == changed {
			words[n-1].Text += " " + text
			return words
		}
		if changed { // the space between belongs to what did not change
			words[n-1].Text += " "
		} else {
			text = " " + text
		}
	}
	return append(words, pages.DiffWord{Text: text, Changed: changed})
}

// Lines says which lines of a text are others, without those that stayed.
func Lines(before, after string) []pages.DiffLine {
	var out []pages.DiffLine
	walk(linesOf(before), linesOf(after), func(text string, was, is bool) {
		switch {
		case was && is:
		case was:
			out = append(out, pages.DiffLine{Op: "del", Mark: "−", Words: []pages.DiffWord{{Text: text}}})
		default:
			out = append(out, pages.DiffLine{Op: "ins", Mark: "+", Words: []pages.DiffWord{{Text: text}}})
		}
	})
	return out
}

// linesOf returns no line of an empty text, and none for what a final newline ends.
func linesOf(text string) []string {
	if text = strings.TrimSuffix(text, "\n"); text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

// walk goes through two lists, what is gone before what came in its place, and
// says which of them each item is in.
func walk(a, b []string, each func(item string, was, is bool)) {
	i, j := 0, 0
	for _, pair := range append(Common(a, b), [2]int{len(a), len(b)}) {
		for ; i < pair[0]; i++ {
			each(a[i], true, false)
		}
		for ; j < pair[1]; j++ {
			each(b[j], false, true)
		}
		if i < len(a) && j < len(b) {
			each(a[i], true, true)
			i, j = i+1, j+1
		}
	}
}

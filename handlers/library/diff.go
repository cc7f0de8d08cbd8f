package library

import (
	"slices"
	"strings"

	"purposeagent/agent"
	"purposeagent/handlers/ui"
	"purposeagent/views/pages"
)

// RuleDiff compares the words of two versions of a rule: nil if they say the
// same. Lines that did not change stand around those that did, so that the
// change can be read.
func RuleDiff(before, after *agent.Heuristic) []pages.DiffLine {
	var lines []pages.DiffLine
	changed := false
	for _, part := range []struct{ label, before, after string }{
		{"title", before.Title, after.Title},
		{"tier", string(before.Tier), string(after.Tier)},
		{"when", before.Pattern, after.Pattern},
		{"do", before.Strategy, after.Strategy},
		{"avoid", before.Avoid, after.Avoid},
		{"steps", strings.Join(before.Steps, " · "), strings.Join(after.Steps, " · ")},
		{"because", before.Because, after.Because},
		{"action", before.Action, after.Action},
		{"status", statusWords(before), statusWords(after)},
	} {
		if part.before == part.after {
			if part.after != "" && (part.label == "when" || part.label == "do") {
				lines = append(lines, pages.DiffLine{Mark: " ", Label: part.label, Words: []pages.DiffWord{{Text: part.after}}})
			}
			continue
		}
		changed = true
		gone, come := wordDiff(part.before, part.after)
		if part.before != "" {
			lines = append(lines, pages.DiffLine{Op: "del", Mark: "−", Label: part.label, Words: gone})
		}
		if part.after != "" {
			lines = append(lines, pages.DiffLine{Op: "ins", Mark: "+", Label: part.label, Words: come})
		}
	}
	if !changed {
		return nil
	}
	return lines
}

func statusWords(h *agent.Heuristic) string {
	if h.Pinned {
		return ui.StatusWord(h.Status) + ", pinned"
	}
	return ui.StatusWord(h.Status)
}

// maxDiffWords bounds the work of a comparison; longer texts are shown whole.
const maxDiffWords = 400

// wordDiff splits two texts into pieces and marks what only one of them has,
// by a longest common subsequence of words.
func wordDiff(before, after string) (gone, come []pages.DiffWord) {
	a, b := strings.Fields(before), strings.Fields(after)
	if len(a) > maxDiffWords || len(b) > maxDiffWords {
		return []pages.DiffWord{{Text: before, Changed: true}}, []pages.DiffWord{{Text: after, Changed: true}}
	}
	common := make([][]int, len(a)+1) // common[i][j]: words that a[i:] and b[j:] share in order
	for i := range common {
		common[i] = make([]int, len(b)+1)
	}
	for i, x := range slices.Backward(a) {
		for j, y := range slices.Backward(b) {
			if x == y {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			gone, come = addWord(gone, a[i], false), addWord(come, b[j], false)
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && common[i+1][j] >= common[i][j+1]:
			gone = addWord(gone, a[i], true)
			i++
		default:
			come = addWord(come, b[j], true)
			j++
		}
	}
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

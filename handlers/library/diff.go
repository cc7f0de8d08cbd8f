package library

import (
	"slices"
	"strings"

	"purposeagent/agent"
	"purposeagent/handlers/textdiff"
	"purposeagent/handlers/ui"
	"purposeagent/views/pages"
)

// RuleDiff compares the words of two versions of a rule: nil if they say the
// same. Lines that did not change stand around those that did, so that the
// change can be read.
func RuleDiff(before, after *agent.Heuristic) []pages.DiffLine {
	return partsDiff([]part{
		{"title", before.Title, after.Title},
		{"tier", string(before.Tier), string(after.Tier)},
		{"when", ui.AfterWhen(before.Pattern), ui.AfterWhen(after.Pattern)},
		{"do", before.Strategy, after.Strategy},
		{"avoid", before.Avoid, after.Avoid},
		{"steps", strings.Join(before.Steps, " · "), strings.Join(after.Steps, " · ")},
		{"because", before.Because, after.Because},
		{"action", before.Action, after.Action},
		{"status", statusWords(before), statusWords(after)},
	}, "when", "do")
}

// part is one part of what is compared, as it was and as it is.
type part struct{ label, before, after string }

// partsDiff compares part by part: nil if all are the same. What did not change stands
// around what did, of the parts that are told either way.
func partsDiff(parts []part, told ...string) []pages.DiffLine {
	var lines []pages.DiffLine
	changed := false
	for _, part := range parts {
		if part.before == part.after {
			if part.after != "" && slices.Contains(told, part.label) {
				lines = append(lines, pages.DiffLine{Mark: " ", Label: part.label, Words: []pages.DiffWord{{Text: part.after}}})
			}
			continue
		}
		changed = true
		gone, come := textdiff.Words(part.before, part.after)
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

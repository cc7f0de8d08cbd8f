package playbook

import (
	"cmp"
	"slices"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/prompttext"
)

// order puts lines in the order of a playbook: by kind, what is stable before what
// is in trial.
func order(lines []agent.PlaybookLine) {
	slices.SortStableFunc(lines, func(a, b agent.PlaybookLine) int {
		return cmp.Or(cmp.Compare(slices.Index(agent.LineKinds, a.Kind), slices.Index(agent.LineKinds, b.Kind)), cmpBool(inTrial(&a), inTrial(&b)))
	})
}

func inTrial(l *agent.PlaybookLine) bool { return !l.Pinned && l.Status != agent.Active }

// tokens is about what a line takes in a prompt: its text, its title, a mark.
func tokens(l *agent.PlaybookLine) int { return prompttext.Tokens(l.Title+": "+l.Text) + 4 }

// trialShare is the share of a budget that lines in trial may take.
const trialShare = 0.2

// budget keeps the surest lines that fit: those that people pinned, then by how much
// they say with how much certainty for a token. The order of lines stays. 0 keeps all.
func budget(lines []agent.PlaybookLine, most int) (kept []agent.PlaybookLine, more int) {
	if most <= 0 {
		return lines, 0
	}
	by := make([]int, len(lines))
	worth := make([]float64, len(lines))
	for i := range lines {
		by[i], worth[i] = i, value(&lines[i])/float64(tokens(&lines[i]))
	}
	slices.SortStableFunc(by, func(a, b int) int {
		return cmp.Or(cmpBool(lines[b].Pinned, lines[a].Pinned), cmp.Compare(worth[b], worth[a]))
	})
	in := make([]bool, len(lines))
	left, trial := most, int(trialShare*float64(most))
	for _, i := range by {
		n := tokens(&lines[i])
		if n > left || inTrial(&lines[i]) && n > trial {
			continue
		}
		in[i] = true
		left -= n
		if inTrial(&lines[i]) {
			trial -= n
		}
	}
	for i := range lines {
		if in[i] {
			kept = append(kept, lines[i])
		}
	}
	return kept, len(lines) - len(kept)
}

// warnings is what a cell that warns says beside one that tells what to do.
const warnings = 0.4

// value is what a line says, weighed by how sure it is: each cell of a table is
// something said.
func value(l *agent.PlaybookLine) float64 {
	said := float64(1+strings.Count(l.Text, " · ")) - (1-warnings)*float64(strings.Count(l.Text, " → don't"))
	if l.Good+l.Bad == 0 {
		return said * 0.5
	}
	return said * certainty(l.Good, l.Bad)
}

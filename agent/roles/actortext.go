package roles

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/prompttext"
)

// maxResult is how many characters of an action's result the actor is told.
const maxResult = 200

// ruleLabel is how a prompt names a rule: by its id.
func ruleLabel(r agent.Recalled) string { return r.Rule.ID }

// ruleItems returns the rules of one tier, and those of them that a budget could
// hold at best, each as one item of a prompt.
func ruleItems(rules []agent.Recalled, tier agent.Tier, budget int) (*section, []agent.Recalled) {
	s := &section{}
	var kept []agent.Recalled
	used := 0
	for _, r := range rules {
		if r.Rule == nil || r.Rule.Tier != tier {
			continue
		}
		kept = append(kept, r)
		if used > budget {
			s.more++
			continue
		}
		item := ruleText(r)
		used += prompttext.Tokens(item)
		s.items = append(s.items, item)
	}
	return s, kept
}

// ruleText says a rule in words: its label, when, do, avoid, because, and the
// steps of a procedure. It is bounded, whatever was taught.
func ruleText(r agent.Recalled) string {
	h := r.Rule
	var b strings.Builder
	b.WriteString("[" + ruleLabel(r) + "] ")
	if h.Pattern != "" {
		b.WriteString("when " + h.Pattern + ": ")
	}
	switch {
	case h.Strategy != "":
		b.WriteString(h.Strategy)
	case h.Avoid == "":
		b.WriteString(h.Title)
	}
	if h.Avoid != "" {
		if h.Strategy != "" {
			b.WriteString("; ")
		}
		b.WriteString("avoid " + h.Avoid)
	}
	if h.Because != "" {
		b.WriteString(" (because " + h.Because + ")")
	}
	var text strings.Builder
	text.WriteString(prompttext.Clip(prompttext.OneLine(b.String()), 90))
	for i, step := range h.Steps {
		if i == agent.MaxWorkflow || h.Tier == agent.Tool {
			break
		}
		text.WriteString("\n  " + strconv.Itoa(i+1) + ". " + prompttext.Clip(prompttext.OneLine(step), 30))
	}
	return text.String()
}

// RuleTokens estimates how many tokens a rule takes in the actor's prompt, at
// about four bytes each.
func RuleTokens(h *agent.Heuristic) int { return prompttext.Tokens(ruleText(agent.Recalled{Rule: h})) }

// exampleItems renders remembered trajectories as workflows.
func exampleItems(examples []agent.Example) []string {
	var items []string
	for _, x := range examples {
		if len(x.Workflow) == 0 {
			continue
		}
		word := "not solved"
		if x.Success {
			word = "solved"
		}
		steps := x.Workflow[:min(len(x.Workflow), agent.MaxWorkflow)]
		items = append(items, prompttext.Clip(prompttext.OneLine(x.Label+" ("+word+"): "+strings.Join(steps, ", then ")), 120))
	}
	return items
}

// historyItems renders earlier steps: the action, its result, Δ and the
// critic's reason. The environment's own verdict does not enter.
func historyItems(steps []agent.Step) []string {
	const most = 40 // more never fits, and a run may have 100,000 steps
	if len(steps) > most {
		steps = steps[len(steps)-most:]
	}
	items := make([]string, 0, len(steps))
	for i := range steps {
		items = append(items, stepText(&steps[i]))
	}
	return items
}

// stepText says one step in a line.
func stepText(s *agent.Step) string {
	result := s.After.Summary
	switch {
	case s.Error != "":
		result = "it failed: " + s.Error
	case s.Before.Hash() == s.After.Hash():
		result = "nothing changed"
	case result == "":
		result = s.After.Data.String()
	}
	delta := "not scored"
	if s.Score.Known() {
		delta = fmt.Sprintf("Δ %+.1f", s.Score.Delta)
	}
	line := fmt.Sprintf("%d. %s → %s [%s", s.Index, s.Action.Label(), prompttext.Cut(prompttext.OneLine(result), maxResult), delta)
	if s.Score.Known() && s.Score.Reasoning != "" {
		line += ": " + prompttext.Cut(prompttext.OneLine(s.Score.Reasoning), 120)
	}
	return prompttext.OneLine(line + "]")
}

// stateText is a state as roles see it: the summary, then the data.
func stateText(s agent.State) string {
	var parts []string
	if s.Summary != "" {
		parts = append(parts, prompttext.AsData(s.Summary))
	}
	if !s.Data.IsEmpty() {
		parts = append(parts, prompttext.AsData(s.Data.String()))
	}
	if len(parts) == 0 {
		return "(nothing to see)"
	}
	return strings.Join(parts, "\n")
}

// maxNotesShown bounds the notes in a prompt, in bytes; the newest go first.
const maxNotesShown = 4000

// withNotes adds what people said to the purpose, as the actor is asked it.
func withNotes(purpose string, notes []agent.NoteAdded) string {
	var lines []string
	room := maxNotesShown
	for _, n := range slices.Backward(notes) {
		text := prompttext.OneLine(n.Text)
		if room -= len(text); room < 0 {
			break
		}
		lines = append(lines, fmt.Sprintf("A person who watches says after step %d: %s", n.After, text))
	}
	slices.Reverse(lines)
	return strings.Join(append([]string{purpose}, lines...), "\n")
}

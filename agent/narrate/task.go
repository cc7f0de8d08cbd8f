package narrate

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/prompttext"
)

// Bounds of what of a remembered task is told.
const (
	maxTaskLines  = 12  // steps
	maxTaskTokens = 300 // of them
	maxVainTokens = 90
)

// Task tells a whole task in short, for whoever works on one like it: its purpose,
// how it ended and why, and of its steps, in order, those that gained or lost
// most and the last, with what each thing was. What was tried in vain in between
// stands together.
func (r Reader) Task(t *agent.Trajectory) string {
	if len(t.Steps) == 0 {
		return ""
	}
	lines := []string{Heading(t)}
	var told []paragraph
	var vain []string
	known := map[string]bool{} // things whose attributes were told
	var read lastTree
	for i := range t.Steps {
		s := r.tell(&t.Steps[i], &read)
		last := i == len(t.Steps)-1
		if s.idle() && !last && s.delta <= noticeable && s.delta >= -noticeable {
			if text := s.attempt(); !slices.Contains(vain, text) {
				vain = append(vain, text)
			}
			continue
		}
		p := paragraph{prompttext.Clip(s.line("", !known[s.object]), 60), s.weight(), i}
		known[s.object] = true
		if last {
			p.weight += agent.MaxPhi
		}
		told = append(told, p)
	}
	lines = append(lines, foremost(told)...)
	if len(vain) > 0 {
		lines = append(lines, prompttext.Clip("In vain: "+strings.Join(vain, ", "), maxVainTokens))
	}
	return strings.Join(lines, "\n")
}

// Heading says what a task was and what came of it.
func Heading(t *agent.Trajectory) string {
	return fmt.Sprintf("%q: %s", prompttext.Cut(prompttext.OneLine(t.Task.Purpose), 300), Ending(t))
}

// Ending says what came of a task, after how many steps, and why it ended.
func Ending(t *agent.Trajectory) string {
	text := t.Outcome.Word()
	if t.Outcome.Source == agent.SourceCritic {
		text += " in the critic's eyes"
	}
	text += fmt.Sprintf(" after %d of at most %d steps", len(t.Steps), max(t.Task.MaxSteps, len(t.Steps)))
	if why := because(t); why != "" {
		text += "; " + why
	}
	return text
}

// because says what ended a task, where that is known and no matter of course.
func because(t *agent.Trajectory) string {
	switch t.End {
	case agent.EndEnvironment:
		if !t.Outcome.Success {
			return "the last step ended it"
		}
	case agent.EndTruncated:
		return "the world cut it short"
	case agent.EndSteps:
		return "the steps were used up"
	case agent.EndActor:
		return "the agent said DONE"
	case agent.EndPhi:
		return "the critic took it for reached"
	case agent.EndBudget:
		return "the budget was used up"
	case agent.EndStopped:
		return "a person stopped it"
	case agent.EndFailed:
		return "it could not go on"
	}
	return ""
}

// paragraph is a line of a told task.
type paragraph struct {
	text   string
	weight float64
	at     int
}

// foremost returns the lines that matter most, in order.
func foremost(all []paragraph) []string {
	order := slices.Clone(all)
	slices.SortStableFunc(order, func(a, b paragraph) int { return cmp.Compare(b.weight, a.weight) })
	room, kept := maxTaskTokens, 0
	for kept < min(len(order), maxTaskLines) {
		if room -= prompttext.Tokens(order[kept].text) + 1; room < 0 {
			break
		}
		kept++
	}
	order = order[:kept]
	slices.SortFunc(order, func(a, b paragraph) int { return cmp.Compare(a.at, b.at) })
	lines := make([]string, 0, kept+1)
	for _, p := range order {
		lines = append(lines, p.text)
	}
	if left := len(all) - kept; left > 0 {
		lines = append(lines, fmt.Sprintf("(steps of less weight left out: %d)", left))
	}
	return lines
}

// attempt is a step in vain, without the id of its thing: the thing is another one
// in the next task, and its attributes may come again.
func (t *telling) attempt() string {
	if t.object == "" || t.about == "" {
		return t.label
	}
	words := strings.Fields(t.label)
	words = slices.DeleteFunc(words, func(word string) bool { return word == t.object })
	return strings.Join(words, " ") + " (" + t.about + ")"
}

func (t *telling) weight() float64 {
	w := max(t.delta, -t.delta)
	if !t.idle() {
		w += 0.2
	}
	return w
}

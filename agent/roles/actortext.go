package roles

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/narrate"
	"purposeagent/agent/prompttext"
)

// Bounds of what a prompt says of rules.
const (
	maxWordRules = 4                 // rules that no program can read: fewer, and better ones
	maxApplies   = agent.MaxApplying // lines
	maxNamed     = 3                 // actions that a line names
	maxRuleText  = 90                // tokens of a rule in words
	maxStepText  = 30                // of one step of a procedure
)

// wordItems returns the rules of which nobody can tell to what they apply, and the
// best few of them as items. A tip about an action that can't be done now comes last
// and is none.
func (c *actorCall) wordItems(rules []agent.Recalled) (*section, []agent.Recalled) {
	s := &section{}
	var kept, impossible []agent.Recalled
	for _, r := range rules {
		switch {
		case r.Rule == nil || r.Bearing != nil:
		case r.Rule.Tier == agent.Tool && !c.can(r.Rule.Action):
			impossible = append(impossible, r)
		case len(kept) >= maxWordRules:
			kept = append(kept, r)
			s.more++
		default:
			kept = append(kept, r)
			s.items = append(s.items, ruleText(r.Rule))
		}
	}
	return s, append(kept, impossible...)
}

// can reports whether an action of this name can be done now.
func (c *actorCall) can(name string) bool {
	if c.byName {
		return slices.ContainsFunc(c.situation.Actions, func(spec agent.ActionSpec) bool { return spec.Name == name })
	}
	return slices.ContainsFunc(c.situation.Legal, func(a agent.Action) bool { return a.Name == name })
}

// ruleText says a rule in words: its label, the action that it is about, when, do,
// avoid, because, and the steps of a procedure. It is bounded, whatever was taught.
func ruleText(h *agent.Heuristic) string {
	var text strings.Builder
	text.WriteString(prompttext.Clip(prompttext.OneLine("["+h.ID+"] "+adviceText(h)), maxRuleText))
	for i, step := range h.Steps {
		if i == agent.MaxWorkflow || h.Tier == agent.Tool {
			break
		}
		text.WriteString("\n  " + strconv.Itoa(i+1) + ". " + prompttext.Clip(prompttext.OneLine(step), maxStepText))
	}
	return text.String()
}

// adviceText is a rule on one line, without its label.
func adviceText(h *agent.Heuristic) string {
	var b strings.Builder
	if h.Tier == agent.Tool && h.Action != "" {
		b.WriteString("about " + prompttext.Cut(h.Action, 60) + ", ")
	}
	if when := whenText(h.Pattern); when != "" {
		b.WriteString("when " + when + ": ")
	}
	switch {
	case h.Strategy != "":
		b.WriteString(prompttext.Cut(h.Strategy, 2000))
	case h.Avoid == "":
		b.WriteString(prompttext.Cut(h.Title, 200))
	}
	if h.Avoid != "" {
		if h.Strategy != "" {
			b.WriteString("; ")
		}
		b.WriteString("avoid " + withoutLead(prompttext.Cut(h.Avoid, 2000), "avoid "))
	}
	if h.Because != "" {
		b.WriteString(" (because " + withoutLead(prompttext.Cut(h.Because, 2000), "because ") + ")")
	}
	return b.String()
}

// whenText is a pattern without the word that stands before it anyhow.
func whenText(pattern string) string {
	return withoutLead(prompttext.Cut(pattern, 2000), "when ")
}

func withoutLead(text, lead string) string {
	text = strings.TrimSpace(text)
	for len(text) > len(lead) && strings.EqualFold(text[:len(lead)], lead) {
		text = strings.TrimSpace(text[len(lead):])
	}
	return text
}

// RuleTokens estimates how many tokens a rule takes in the actor's prompt, at
// about four bytes each.
func RuleTokens(h *agent.Heuristic) int { return prompttext.Tokens(ruleText(h)) }

// playbookTitles head the sections of a playbook.
var playbookTitles = map[agent.LineKind]string{agent.LineFact: "Facts:", agent.LineProcedure: "Procedures:", agent.LineStrategy: "Strategies:", agent.LinePitfall: "Pitfalls:"}

// playbookItems returns the lines of a playbook, each section under its title.
func playbookItems(p *agent.Playbook) []string {
	var items []string
	kind := agent.LineKind("")
	for i := range p.Lines {
		line := &p.Lines[i]
		text := playbookLine(line)
		if line.Kind != kind {
			kind = line.Kind
			if title := playbookTitles[kind]; title != "" {
				text = title + "\n" + text
			}
		}
		items = append(items, text)
	}
	return items
}

// playbookLine says a line with its evidence, where its text does not, and what is
// in trial with the label by which it is cited.
func playbookLine(l *agent.PlaybookLine) string {
	text := prompttext.OneLine(prompttext.Cut(l.Text, 1200))
	if title := prompttext.OneLine(prompttext.Cut(l.Title, 200)); title != "" && !strings.HasPrefix(strings.ToLower(text), strings.ToLower(title)) {
		text = title + ": " + text
	}
	text = "- " + prompttext.Clip(text, 150)
	var notes []string
	if n := l.Good + l.Bad; n > 0 && l.Kind != agent.LineFact && !strings.Contains(text, " of ") {
		note := fmt.Sprintf("right %d of %d times", l.Good, n)
		if l.Kind == agent.LinePitfall && l.Bad > l.Good { // the counts are those of what it warns of
			note = fmt.Sprintf("went wrong %d of %d times", l.Bad, n)
		}
		notes = append(notes, note)
	}
	if citable(l) {
		notes = append(notes, "in trial")
	}
	if len(notes) > 0 {
		text += " (" + strings.Join(notes, ", ") + ")"
	}
	if citable(l) {
		text += " [" + l.Rules[0] + "]"
	}
	return text
}

// citable reports whether a line of the playbook is one rule in trial, which an
// actor is asked to cite.
func citable(l *agent.PlaybookLine) bool {
	return (l.Status == agent.Probation || l.Status == agent.Candidate) && len(l.Rules) == 1
}

// exampleItems tells remembered tasks.
func exampleItems(memo *narrate.Memo, reader narrate.Reader, examples []agent.Match) []string {
	var items []string
	for _, x := range examples {
		if x.Trajectory == nil || len(x.Trajectory.Steps) == 0 {
			continue
		}
		items = append(items, memo.Task(reader, x.Trajectory))
	}
	return items
}

// historyItems tells the earlier steps of the run: the older ones in short, then
// the newest, a line each. The environment's own verdict does not enter.
func historyItems(memo *narrate.Memo, reader narrate.Reader, steps []agent.Step) []string {
	folded, recent := memo.History(reader, steps)
	if folded == "" {
		return recent
	}
	return append([]string{folded}, recent...)
}

// stateText is a state as a critic sees it: the summary, then the data, to which
// its evidence points.
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

// notesText is what people said, as the actor is told it.
func notesText(notes []agent.NoteAdded) string {
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
	return strings.Join(lines, "\n")
}

package roles

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/narrate"
	"purposeagent/agent/prompttext"
	"purposeagent/agent/stats"
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

// appliesItems returns the rules with a bearing, and of those that hold now a line
// each, best first: what is more often right than not, then the warnings, then the
// rest. A rule that does not hold, or that a more special one says better, has none.
func (c *actorCall) appliesItems(rules []agent.Recalled) (*section, []agent.Recalled) {
	var holding, idle []agent.Recalled
	for _, r := range rules {
		switch {
		case r.Rule == nil || r.Bearing == nil:
		case !r.Bearing.Advises() || len(r.Bearing.Actions) == 0 && !r.Bearing.General:
			idle = append(idle, r)
		default:
			holding = append(holding, r)
			if b := r.Bearing; !b.Against && !b.General {
				c.sure = max(c.sure, standingOf(r).low)
			}
		}
	}
	slices.SortStableFunc(holding, func(a, b agent.Recalled) int {
		first, second := standingOf(a), standingOf(b)
		return cmp.Or(cmp.Compare(first.rank, second.rank), cmp.Compare(second.low, first.low))
	})
	s := &section{more: max(len(holding)-maxApplies, 0)}
	for _, r := range holding[:min(len(holding), maxApplies)] {
		s.items = append(s.items, c.appliesLine(r))
	}
	return s, append(holding, idle...)
}

// standing is how a rule that holds is ranked.
type standing struct {
	rank int
	low  float64 // of the share in which it was right (Wilson)
}

func standingOf(r agent.Recalled) standing {
	right, n := recordOf(r.Rule, r.Bearing.Against)
	low := stats.Wilson(right, n).Low
	switch {
	case r.Rule.Pinned:
		return standing{0, low}
	case r.Bearing.Against:
		return standing{2, low}
	case n > 0 && 2*right < n:
		return standing{3, low}
	}
	return standing{1, low}
}

// worse reports whether a rule's advice is right less often than the best advice
// that applies surely is. There is a better thing to do now, and the rule will be
// told when that is done.
func (c *actorCall) worse(r agent.Recalled) bool {
	if r.Bearing.Against || r.Bearing.General || r.Rule.Pinned || r.Rule.ByPeople() {
		return false
	}
	right, n := recordOf(r.Rule, false)
	return n > 0 && float64(right+1)/float64(n+2) < c.sure
}

// recordOf is how often a rule was right, of so many times that it was looked at.
// What the reasoner counted of an action it warns of are that action's good and
// bad ends; all others count what speaks for and against the rule.
func recordOf(h *agent.Heuristic, against bool) (right, n int) {
	if h.Counted() {
		if against {
			return h.Bad, h.Good + h.Bad
		}
		return h.Good, h.Good + h.Bad
	}
	if checks := h.Credit.Checks(); checks > 0 {
		return h.Credit.Hits, checks
	}
	return h.Good, h.Good + h.Bad
}

// appliesLine names a rule, the actions that it speaks of in the exact words in
// which they are chosen, and how often that was right.
func (c *actorCall) appliesLine(r agent.Recalled) string {
	h, b := r.Rule, r.Bearing
	if b.General {
		return prompttext.Clip(prompttext.OneLine(adviceText(h)), maxRuleText) + " (" + recordText(h, b.Against) + ") [" + h.ID + "]"
	}
	if c.worse(r) {
		right, n := recordOf(h, false)
		return fmt.Sprintf("%s (%d of %d) [%s]", c.wordsOf(b.Actions), right, n, h.ID)
	}
	var line strings.Builder
	line.WriteString(prompttext.Clip(prompttext.OneLine(prompttext.Cut(cmp.Or(h.Title, whenText(h.Pattern)), 400)), 24))
	if b.Against {
		line.WriteString(": do not do ")
	} else {
		line.WriteString(": do ")
	}
	return line.String() + c.wordsOf(b.Actions) + " (" + recordText(h, b.Against) + ") [" + h.ID + "]"
}

// wordsOf writes the first of some actions in the exact words in which they are
// chosen.
func (c *actorCall) wordsOf(actions []agent.Action) string {
	var b strings.Builder
	for i, a := range actions[:min(len(actions), maxNamed)] {
		if i > 0 {
			b.WriteString(" or ")
		}
		b.WriteString("`" + prompttext.Cut(prompttext.OneLine(c.wordOf(a)), 200) + "`")
	}
	if more := len(actions) - maxNamed; more > 0 {
		b.WriteString(" or " + strconv.Itoa(more) + " more like it")
	}
	return b.String()
}

// recordText is the evidence of a rule in words.
func recordText(h *agent.Heuristic, against bool) string {
	right, n := recordOf(h, against)
	word, times := "right", "times"
	if against {
		word = "wrong"
	}
	if n == 1 {
		times = "time"
	}
	text := fmt.Sprintf("%s %d of %d %s", word, right, n, times)
	switch {
	case n == 0 && h.ByPeople():
		text = "a person's word"
	case n == 0:
		text = "not tried yet"
	}
	if h.Status == agent.Probation && !h.Counted() {
		text += ", in trial"
	}
	return text
}

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

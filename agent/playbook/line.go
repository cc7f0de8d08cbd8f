package playbook

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"purposeagent/agent"
	"purposeagent/agent/prompttext"
	"purposeagent/agent/wording"
)

// maxLineRules bounds the ids that one line lists.
const maxLineRules = 40

// behind sets the rules of a line, surest first.
func behind(l *agent.PlaybookLine, rules []*entry) {
	slices.SortStableFunc(rules, func(a, b *entry) int {
		return cmp.Or(cmp.Compare(certainty(b.good, b.bad), certainty(a.good, a.bad)), strings.Compare(a.h.ID, b.h.ID))
	})
	l.Rules = make([]string, 0, len(rules))
	for _, e := range rules {
		l.Pinned = l.Pinned || e.h.Pinned
		if len(l.Rules) < maxLineRules {
			l.Rules = append(l.Rules, e.h.ID)
		}
	}
	if len(rules) == 1 {
		l.Uplift = rules[0].h.Credit.Uplift
	}
}

// certainty is how sure counts are, either way: from 0 to 1.
func certainty(good, bad int) float64 {
	i := share(good, bad)
	return max(i.Low, 1-i.High)
}

// rarely is the share of good ones up to which a rule warns of an action.
const rarely = 0.25

// sure returns the rules that stand in no table and are sure enough to be said. A rule
// that others were split from says nothing, its cases do; but that an action is good
// at all, whatever its constants, holds beside what they tell.
func sure(rules, all []*entry) []*entry {
	split := parents(rules, all)
	var out []*entry
	for _, e := range rules {
		e.is = judge(e.good, e.bad)
		if e.h.UnprovenBan() {
			continue
		}
		if !e.h.Pinned && !e.taught() && (split[e] != notSplit && (e.is != right || split[e] == byCase) || e.is == unknown || e.is == wrong && share(e.good, e.bad).Share > rarely) {
			continue
		}
		e.sureness = certainty(e.good, e.bad)
		out = append(out, e)
	}
	return out
}

// single writes one line for each rule.
func (b *book) single(rules []*entry) []agent.PlaybookLine {
	cases := make([]wording.Case, len(rules))
	for i, e := range rules {
		p := e.h.Predicate
		cases[i] = wording.Case{Action: p.Action, Constants: p.Params, Against: e.is == wrong || e.is == unknown && e.h.Against(), When: p.When}
	}
	titles := b.words.Titles(cases)
	lines := make([]agent.PlaybookLine, len(rules))
	for i, e := range rules {
		if slices.Contains(e.h.ByHand, agent.FieldTitle) && cases[i].Against == e.h.Against() { // the counts say nothing else
			own := clip(prompttext.OneLine(agent.Clip(e.h.Title, agent.MaxRuleText)), wording.MaxTitleWords)
			if !slices.Contains(titles, own) { // no two lines share a title
				titles[i] = own
			}
		}
		l := agent.PlaybookLine{Kind: agent.LineStrategy, Tier: e.h.Tier, Title: titles[i], Status: agent.Active, Good: e.good, Bad: e.bad}
		counts := fmt.Sprintf("(%d of %d)", e.good, e.n())
		if e.n() == 0 {
			counts = "(taught)"
		}
		if cases[i].Against {
			l.Kind = agent.LinePitfall
		}
		if cases[i].Against && e.n() > 0 {
			counts = fmt.Sprintf("(good %d of %d)", e.good, e.n())
		}
		if e.is < wrong && e.h.Status != agent.Active {
			l.Status = agent.Probation
		}
		l.Text = b.words.Text(&cases[i], wording.MaxTextWords-len(strings.Fields(counts))) + " " + counts
		behind(&l, []*entry{e})
		lines[i] = l
	}
	return lines
}

// parting is how more special rules were split from one.
type parting int8

const (
	notSplit parting = iota
	byConstant
	byCase
)

// parents tells which of the rules others were split from.
func parents(rules, all []*entry) map[*entry]parting {
	having := map[int32][]*entry{} // condition → rules
	for _, e := range all {
		for _, c := range e.when {
			having[c] = append(having[c], e)
		}
	}
	out := make(map[*entry]parting, len(rules))
	for _, e := range rules {
		list := all
		for _, c := range e.when { // the rarest condition has the fewest to look at
			if len(having[c]) < len(list) {
				list = having[c]
			}
		}
		for _, o := range list {
			switch {
			case o.constants == e.constants && e.covers(o):
				out[e] = byCase
			case e.constants == "" && o.constants != "" && (e.covers(o) || slices.Equal(e.when, o.when)):
				out[e] = max(out[e], byConstant)
			}
			if out[e] == byCase {
				break
			}
		}
	}
	return out
}

// inWords writes a line for a rule that somebody said in words.
func inWords(e *entry) agent.PlaybookLine {
	h := e.h
	solved := ""
	if h.Procedure() {
		solved = fmt.Sprintf(" (solved %d of %d)", h.Good, h.Good+h.Bad)
	}
	l := agent.PlaybookLine{Kind: kindOf(h), Tier: h.Tier, Status: h.Status, Pinned: h.Pinned, Rules: []string{h.ID}, Good: e.good, Bad: e.bad, Uplift: h.Credit.Uplift,
		Title: clip(prompttext.OneLine(agent.Clip(h.Title, agent.MaxRuleText)), wording.MaxTitleWords), Text: clip(prompttext.OneLine(said(h)), wording.MaxTextWords-len(strings.Fields(solved))) + solved}
	if h.Pinned {
		l.Status = agent.Active
	}
	if l.Title == "" {
		l.Title = clip(l.Text, wording.MaxTitleWords)
	}
	if l.Title == "" {
		l.Title = "Rule " + h.ID
	}
	return l
}

func kindOf(h *agent.Heuristic) agent.LineKind {
	switch {
	case h.Kind == agent.KindDynamics:
		return agent.LineFact
	case h.Kind == agent.KindWorkflow || len(h.Steps) > 0 || h.Tier == agent.Procedural:
		return agent.LineProcedure
	case h.Against():
		return agent.LinePitfall
	}
	return agent.LineStrategy
}

// said joins what a rule says.
func said(h *agent.Heuristic) string {
	when := strings.TrimSpace(agent.Clip(h.Pattern, agent.MaxRuleText))
	var does []string
	if h.Strategy != "" {
		does = append(does, agent.Clip(h.Strategy, agent.MaxRuleText))
	}
	if len(h.Steps) > 0 && !h.Procedure() { // whose strategy says its steps
		does = append(does, agent.Clip(strings.Join(h.Steps[:min(len(h.Steps), agent.MaxWorkflow)], " → "), agent.MaxRuleText))
	}
	if h.Avoid != "" {
		does = append(does, "avoid: "+agent.Clip(h.Avoid, agent.MaxRuleText))
	}
	text := strings.Join(does, "; ")
	lower := strings.ToLower(when)
	switch {
	case when == "" || lower == "in any situation" || lower == "always":
		return text
	case strings.HasPrefix(lower, "when ") || strings.HasPrefix(lower, "if ") || strings.HasPrefix(lower, "unless "):
		return capital(when) + ": " + text
	}
	return "When " + when + ": " + text
}

// clip cuts a text after so many words, and after so many bytes where a script has
// no blanks between words.
func clip(text string, words int) string {
	fields := strings.Fields(text)
	cut := len(fields) > words
	out := strings.Join(fields[:min(len(fields), words)], " ")
	if most := words * maxWordBytes; len(out) > most {
		return agent.Clip(out, most)
	}
	if cut {
		return out + "…"
	}
	return out
}

// maxWordBytes bounds a text beside its words.
const maxWordBytes = 16

func capital(text string) string {
	r, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return text
	}
	return string(unicode.ToUpper(r)) + text[size:]
}

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

// single writes one line for each rule that stands in no table and is sure. A rule
// that others split from says nothing: its cases do.
func (b *book) single(rules, all []*entry) []agent.PlaybookLine {
	split := parents(all)
	var cases []wording.Case
	var kept []*entry
	for _, e := range rules {
		is := judge(e.good, e.bad)
		if !e.h.Pinned && (split[e] || is == unknown) {
			continue
		}
		p := e.h.Predicate
		no := is == wrong || is == unknown && against(e.h)
		cases = append(cases, wording.Case{Action: p.Action, Constants: p.Params, Against: no, When: p.When})
		kept = append(kept, e)
	}
	titles := b.words.Titles(cases)
	lines := make([]agent.PlaybookLine, len(kept))
	for i, e := range kept {
		l := agent.PlaybookLine{Kind: agent.LineStrategy, Tier: e.h.Tier, Title: titles[i], Status: agent.Active, Good: e.good, Bad: e.bad}
		counts := fmt.Sprintf("(%d of %d)", e.good, e.n())
		if cases[i].Against {
			l.Kind = agent.LinePitfall
			counts = fmt.Sprintf("(good %d of %d)", e.good, e.n())
		}
		if judge(e.good, e.bad) < wrong && e.h.Status != agent.Active {
			l.Status = agent.Probation
		}
		l.Text = b.words.Text(&cases[i], wording.MaxTextWords-len(strings.Fields(counts))) + " " + counts
		behind(&l, []*entry{e})
		lines[i] = l
	}
	return lines
}

// parents tells which rules others of the same constants were split from.
func parents(all []*entry) map[*entry]bool {
	having := map[string][]*entry{} // constants and a condition → rules
	for _, e := range all {
		for _, c := range e.when {
			having[e.constants+"\x00"+c] = append(having[e.constants+"\x00"+c], e)
		}
		having[e.constants] = append(having[e.constants], e)
	}
	out := map[*entry]bool{}
	for _, e := range all {
		list := having[e.constants]
		for _, c := range e.when { // the rarest condition has the fewest to look at
			if l := having[e.constants+"\x00"+c]; len(l) < len(list) {
				list = l
			}
		}
		out[e] = slices.ContainsFunc(list, func(o *entry) bool { return e.covers(o) })
	}
	return out
}

// inWords writes a line for a rule that somebody said in words.
func inWords(h *agent.Heuristic) agent.PlaybookLine {
	l := agent.PlaybookLine{Kind: kindOf(h), Tier: h.Tier, Title: clip(prompttext.OneLine(agent.Clip(h.Title, agent.MaxRuleText)), wording.MaxTitleWords), Status: h.Status, Pinned: h.Pinned,
		Rules: []string{h.ID}, Good: h.Good, Bad: h.Bad, Uplift: h.Credit.Uplift}
	if h.Good+h.Bad == 0 {
		l.Good, l.Bad = h.Credit.Hits, h.Credit.Misses
	}
	if h.Pinned {
		l.Status = agent.Active
	}
	l.Text = clip(prompttext.OneLine(said(h)), wording.MaxTextWords)
	if l.Title == "" {
		l.Title = clip(l.Text, wording.MaxTitleWords)
	}
	return l
}

func kindOf(h *agent.Heuristic) agent.LineKind {
	switch {
	case h.Kind == agent.KindDynamics:
		return agent.LineFact
	case h.Kind == agent.KindWorkflow || len(h.Steps) > 0 || h.Tier == agent.Procedural:
		return agent.LineProcedure
	case against(h):
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
	if len(h.Steps) > 0 {
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

package library

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/stats"
	"purposeagent/handlers/ui"
	"purposeagent/views/libraryview"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// ruleView maps one rule and its history to its page.
func (s *Section) ruleView(ctx context.Context, h *agent.Heuristic, versions []catalog.HeuristicVersion) libraryview.Rule {
	here := "/library/" + url.PathEscape(h.ID)
	v := libraryview.Rule{
		ID: h.ID, Title: h.Title, Version: ui.Itoa(h.Version), Tier: ui.TierOf(h.Tier, h.Kind), Status: ui.RuleChips(h),
		Scope: ui.ScopeChips(h.Scope), Parts: RuleParts(h), Predicate: predicateOf(h), Support: supportOf(h),
		Facts: ruleFacts(h), Life: ruleLife(h), Actions: ruleActions(h), ActionURL: s.Link("/library/bulk"),
		EditURL: s.Link(here + "/edit"), DeleteURL: s.Link("/library/delete?ids=" + url.QueryEscape(h.ID)),
	}
	if h.Usable() && h.Predicate == nil {
		v.Life += " " + s.readersOf(ctx, h)
	}
	if s.cfg.Playbooks != nil && h.Usable() && h.Scope.Environment != "" {
		there := playbookAsked{environment: h.Scope.Environment, world: h.Scope.Dynamics}
		v.Playbook = partials.Link{Text: "Its place in the playbook", Href: s.Link("/library?" + there.values().Encode() + "#rule-" + url.PathEscape(h.ID))}
	}
	v.Help = HelpOf(h)
	if h.MergedInto != "" {
		v.Merged = partials.Link{Text: s.RuleTitles(ctx)(h.MergedInto), Href: s.RuleLink(h.MergedInto)}
	}
	link := func(id string) partials.Link {
		if id == "" {
			return partials.Link{}
		}
		return partials.Link{Text: s.RuleTitles(ctx)(id), Href: s.RuleLink(id)}
	}
	v.Successor, v.Predecessor = link(h.SucceededBy), link(h.Supersedes)
	if s.cfg.Pages.Lab {
		v.AuditURL = s.Link("/lab/new?audit=" + url.QueryEscape(h.ID))
	}
	v.Verdict, v.VerdictMore = supportVerdict(h)
	if more := h.Good + h.Bad - len(h.Evidence); more > 0 && len(h.Evidence) > 0 {
		v.EvidenceNote = "The " + ui.Itoa(len(h.Evidence)) + " steps kept as references; " + partials.Plural(more, "more step") + " counted."
	}
	v.Versions, v.MoreVersions = s.ruleVersions(h, versions)
	return v
}

// readersOf says who can use a rule in words: what the offline reasoner makes of it,
// or which words it could read, where somebody can tell.
func (s *Section) readersOf(ctx context.Context, h *agent.Heuristic) string {
	models := s.cfg.ModelsSetUp(ctx)
	if s.cfg.RuleLanguage == nil || h.Author != agent.AuthorHuman {
		return ruleReaders(true, models)
	}
	language, ok := s.cfg.RuleLanguage(ctx, h)
	if !ok {
		return ruleReaders(true, models)
	}
	r := language.Read(h)
	if r.Problem == "" {
		return "Language models read its words. The offline reasoner reads it as: " + r.As + "."
	}
	text := "The offline reasoner does not use it: " + r.Problem + "."
	if n := min(len(r.Forms), shownForms); n > 0 {
		text += " It reads words like these: " + strings.Join(r.Forms[:n], "; ") + "."
	}
	if models {
		return "Language models read it. " + text
	}
	return text + " Language models would read it, but none is set up here."
}

// wordReaders says who will read a rule that is written now.
func (s *Section) wordReaders(ctx context.Context) string {
	models := s.cfg.ModelsSetUp(ctx)
	switch {
	case s.cfg.RuleLanguage == nil:
		return ruleReaders(true, models)
	case models:
		return "Language models read any words. The offline reasoner reads conditions in words that it knows; the form says whether yours are."
	}
	return "The offline reasoner reads conditions in words that it knows; the form says whether yours are. Any other words are for language models, and none is set up here: add one under Settings, Models."
}

// shownForms bounds the words that are offered on a page.
const shownForms = 8

// RuleParts are the words of a rule, what is empty left out.
func RuleParts(h *agent.Heuristic) []libraryview.RulePart {
	var parts []libraryview.RulePart
	add := func(label, text string, code bool) {
		if strings.TrimSpace(text) != "" {
			parts = append(parts, libraryview.RulePart{Label: label, Text: text, Code: code})
		}
	}
	add("When", ui.AfterWhen(h.Pattern), false)
	add("Do", h.Strategy, false)
	add("Avoid", h.Avoid, false)
	if len(h.Steps) > 0 {
		parts = append(parts, libraryview.RulePart{Label: "Steps", List: h.Steps})
	}
	add("Because", h.Because, false)
	add("Action", h.Action, true)
	add("Author", authorOf(h.Author), false)
	return parts
}

func authorOf(author agent.Author) string {
	switch {
	case author == agent.AuthorDistiller:
		return "the rule distiller, from recorded steps (no language model)"
	case author.Model():
		return strings.TrimPrefix(string(author), string(agent.AuthorModel)) + ", a language model"
	case author == agent.AuthorHuman:
		return "taught by hand"
	}
	return string(author)
}

// predicateOf is the rule as a program reads it, in words.
func predicateOf(h *agent.Heuristic) *libraryview.RulePredicate {
	if h.Predicate == nil {
		return nil
	}
	if t := h.States(); t != nil {
		return &libraryview.RulePredicate{States: true, Action: fmt.Sprintf("a table of %s and %s", partials.Plural(t.Summary.Known, "state"), partials.Plural(len(t.Actions), "action")),
			Note: "Exact states: " + t.Summary.String() + ". For each state it counts which action led where and what came of it; the offline reasoner takes " +
				"what is worth most from where it stands, and goes by its other rules in states that are not in the table."}
	}
	p := &libraryview.RulePredicate{Action: h.Predicate.Action,
		Note: "With little evidence it leans on " + ui.Fraction(h.Predicate.Prior) + ", the support of the rule it was split from."}
	if h.Procedure() {
		p.Action = "a procedure"
		p.Note = "A name in braces stands for one thing throughout, or for a constant that differs from task to task. The reasoner follows the steps where its other rules know little of an action."
	}
	for _, name := range slices.Sorted(maps.Keys(h.Predicate.Params)) {
		p.Params = append(p.Params, name+" = "+h.Predicate.Params[name])
	}
	for _, c := range h.Predicate.When {
		p.Conditions = append(p.Conditions, libraryview.Condition{Text: c.Feature, Holds: c.Holds})
	}
	return p
}

// supportVerdict says in words how often the rule was right.
func supportVerdict(h *agent.Heuristic) (verdict, more string) {
	n := h.Good + h.Bad
	switch {
	case n == 0 && !h.Author.Learner():
		return "No evidence yet", "It was taught by hand; steps that follow it will be counted."
	case n == 0:
		return "No evidence yet", ""
	case n < enoughEvidence:
		return "Not enough data", fmt.Sprintf("%d of %s spoke for it; a share is shown from %d on.", h.Good, partials.Plural(n, "transition"), enoughEvidence)
	}
	w := stats.Wilson(h.Good, n)
	return fmt.Sprintf("Right %d times in %d", h.Good, n),
		fmt.Sprintf("%.0f %%, 95 %% interval %.0f to %.0f %%. Observed in recorded steps; not a comparison with runs without it.",
			100*w.Share, 100*w.Low, 100*w.High)
}

func ruleFacts(h *agent.Heuristic) []pages.Fact {
	cited := "–"
	if h.Shown > 0 {
		w := stats.Wilson(h.Cited, h.Shown)
		cited = fmt.Sprintf("%s (%.0f %%)", partials.Count(int64(h.Cited)), 100*w.Share)
	}
	return []pages.Fact{
		{Term: "Support", Value: ui.Fraction(h.Support()), Help: "Posterior mean: (good + 2 · prior) / (n + 2). The reasoner weighs rules by it."},
		{Term: "Shown", Value: partials.Plural(h.Shown, "step"), Small: "in " + partials.Plural(h.Tasks, "task"), Help: "Steps in which it was shown to the actor; it may be right without being shown"},
		{Term: "Followed", Value: cited, Help: "Steps in which the actor said, or the reasoner knew, that it acted by this rule"},
	}
}

// ruleLife says where the rule stands and what follows from it.
func ruleLife(h *agent.Heuristic) string {
	text := ""
	switch h.Status {
	case agent.Active:
		text = "In use: it is shown to the actor wherever it fits."
	case agent.Probation:
		text = "In trial: it is shown to the actor where it fits, and nothing is proven of it yet. " + evidenceWords(h)
	case agent.Candidate:
		text = "A candidate: not shown to the actor. It needs more evidence, or a person who promotes it."
	case agent.Retired:
		text = "Retired: no longer shown to the actor. Make it active, or put it in trial, to use it again."
	case agent.Archived:
		text = "Archived: not shown to the actor. Make it active, or put it in trial, to use it again."
		if h.Shelved {
			text = "Shelved: the world seems to have changed its laws, and learning began anew. Undo that change in the history of the library to get all the previous rules back."
		}
	case agent.Banned:
		text = "Banned: never shown, and learning can't bring back what it says. Only a person lifts the ban."
	}
	if h.Pinned && h.Status != agent.Banned {
		text = "Pinned: always in use, whatever the evidence says, and only a person changes it."
	}
	if h.StatusBy != "" && !h.Pinned {
		text += " Set by " + h.StatusBy + "; learning leaves that alone."
	}
	return text
}

// thinEvidence is below how many observations evidence is called thin.
const thinEvidence = 20

// evidenceWords say how much speaks for and against a rule; thin is what is few.
func evidenceWords(h *agent.Heuristic) string {
	n := h.Good + h.Bad
	text := fmt.Sprintf("%s so far, %s for it.", partials.Plural(n, "observation"), partials.Count(int64(h.Good)))
	switch {
	case n == 0:
		return "Nothing was observed of it so far."
	case n < thinEvidence:
		return text + " That is thin."
	}
	return text
}

// ruleReaders says which actors can use a rule. One in words alone is for
// language models: the offline reasoner reads conditions on what it sees, which
// it finds itself, and no words.
func ruleReaders(inWords, models bool) string {
	switch {
	case !inWords:
		return "Language models read its words, the offline reasoner its conditions."
	case models:
		return "Language models read it. The offline reasoner can't: it reads no words, only conditions that it learned itself."
	}
	return "Only language models read it, and none is set up here, so nothing uses it yet: add one under Settings, Models. The offline reasoner reads no words, only conditions that it learned itself."
}

func ruleActions(h *agent.Heuristic) []libraryview.RuleAction {
	pin := libraryview.RuleAction{Value: "pin", Label: "Pin", Icon: "pin", Key: "p"}
	if h.Pinned {
		pin = libraryview.RuleAction{Value: "unpin", Label: "Unpin", Icon: "pin", Key: "p"}
	}
	retire := libraryview.RuleAction{Value: "retire", Label: "Retire", Icon: "archive", Key: "r"}
	restore := libraryview.RuleAction{Value: "promote", Label: "Make active", Icon: "ok", Key: "a"}
	trial := libraryview.RuleAction{Value: "trial", Label: "To trial", Icon: "sync", Key: "t"}
	ban := libraryview.RuleAction{Value: "ban", Label: "Ban", Icon: "ban", Class: "stop"}
	switch h.Status {
	case agent.Banned:
		return []libraryview.RuleAction{trial, restore}
	case agent.Candidate, agent.Probation:
		return []libraryview.RuleAction{restore, pin, retire, ban}
	case agent.Retired, agent.Archived:
		return []libraryview.RuleAction{trial, restore, pin, ban}
	case agent.Active:
	}
	return []libraryview.RuleAction{pin, retire, ban}
}

// EvidenceRows names the steps behind a rule. The words of a step are looked
// up; a run that was deleted meanwhile leaves its numbers.
func (s *Section) EvidenceRows(ctx context.Context, evidence []agent.EvidenceRef) []libraryview.EvidenceRow {
	var rows []libraryview.EvidenceRow
	names := s.RunNames(ctx)
	for _, e := range slices.Backward(evidence) {
		row := libraryview.EvidenceRow{Delta: partials.NewDelta(e.Delta),
			Run:  partials.Link{Text: names(e.Run).Mark + " #" + ui.Itoa(e.Step), Href: s.Link("/runs/" + url.PathEscape(e.Run) + "?step=" + ui.Itoa(e.Step))},
			Good: partials.Chip{Text: "against", Icon: "x", Tone: "warn"}}
		if e.Good {
			row.Good = partials.Chip{Text: "for", Icon: "ok", Tone: "acc"}
		}
		step, err := s.cfg.Runs.Step(ctx, e.Run, e.Step)
		switch {
		case err == nil:
			row.Step = step.Action.Label()
		case agent.CodeOf(err) == agent.CodeNotFound:
			row.Step, row.Run.Href = "the run was deleted", ""
		}
		rows = append(rows, row)
	}
	return rows
}

// relatives is what a library may offer beside the pages' needs: the rules that
// were made of one.
type relatives interface {
	Children(ctx context.Context, id string, limit int) ([]*agent.Heuristic, error)
}

// maxFamily bounds the parents and children that a page names.
const maxFamily = 12

// ruleFamily names the rules that this one was made of, and those made of it.
func (s *Section) ruleFamily(ctx context.Context, h *agent.Heuristic) (parents, children []libraryview.RuleLink) {
	parents = s.ruleRefs(ctx, h.ParentIDs)
	library, ok := s.cfg.Library.(relatives)
	if !ok {
		return parents, nil
	}
	made, err := library.Children(ctx, h.ID, maxFamily)
	if err != nil {
		return parents, nil // the page is worth more than its last list
	}
	for _, child := range made {
		children = append(children, s.ruleRef(child))
	}
	return parents, children
}

// ruleRefs names rules, at most maxFamily of them.
func (s *Section) ruleRefs(ctx context.Context, ids []string) (links []libraryview.RuleLink) {
	for _, id := range ids[:min(len(ids), maxFamily)] {
		h, err := s.cfg.Library.Get(ctx, id)
		if err != nil {
			links = append(links, libraryview.RuleLink{ID: id, Title: "deleted"})
			continue
		}
		links = append(links, s.ruleRef(h))
	}
	return links
}

func (s *Section) ruleRef(h *agent.Heuristic) libraryview.RuleLink {
	return libraryview.RuleLink{ID: h.ID, Title: h.Title, Href: s.RuleLink(h.ID), Status: ui.StatusChip(h.Status)}
}

// maxVersions bounds the history that a page shows.
const maxVersions = 20

// ruleVersions shows a history newest first, each entry with what it changed
// and, where the words were others, the way back to them.
func (s *Section) ruleVersions(h *agent.Heuristic, versions []catalog.HeuristicVersion) (out []libraryview.RuleVersion, more string) {
	sorted := slices.Clone(versions)
	slices.SortStableFunc(sorted, func(a, b catalog.HeuristicVersion) int {
		if c := a.At.Compare(b.At); c != 0 {
			return c
		}
		return a.Version - b.Version
	})
	for i, entry := range slices.Backward(sorted) {
		if len(out) == maxVersions {
			return out, partials.Plural(i+1, "earlier change") + " not shown."
		}
		v := libraryview.RuleVersion{Version: "v" + ui.Itoa(entry.Version), Reason: ui.FirstOf(entry.Reason, "changed"),
			Actor: entry.Actor, At: partials.Ago(s.Now(), entry.At)}
		if i > 0 {
			v.Lines = RuleDiff(&sorted[i-1].Heuristic, &entry.Heuristic)
		}
		last := i == len(sorted)-1 || sorted[i+1].Version != entry.Version // of its version
		if entry.N > 0 && last && agent.WordsChanged(h, &entry.Heuristic) {
			v.Entry, v.Restore = ui.Itoa(entry.N), s.Link("/library/"+url.PathEscape(h.ID)+"/revert")
		}
		out = append(out, v)
	}
	return out, ""
}

// confirmDeleteView names the rules that would go.
func (s *Section) confirmDeleteView(ctx context.Context, ids []string, values url.Values) pages.Confirm {
	v := pages.Confirm{
		Question: "Delete " + partials.Plural(len(ids), "rule") + "?",
		Detail: "They leave the library, and learning will not bring back what they say. Their history stays, so the library at any moment " +
			"can still be shown, and the deletion can be undone. To only stop using a rule, retire it instead.",
		Action: s.Link("/library/delete"), Button: "Delete " + partials.Plural(len(ids), "rule"), Cancel: s.Link("/library"),
	}
	if back := values.Get("return"); back != "" {
		v.Hidden = append(v.Hidden, partials.Hidden{Name: "return", Value: back})
		if q, err := url.ParseQuery(back); err == nil {
			v.Cancel = s.Link("/library?" + q.Encode())
		}
	}
	for i, id := range ids {
		v.Hidden = append(v.Hidden, partials.Hidden{Name: "ids", Value: id})
		if i >= ui.MaxNamed {
			continue
		}
		item := pages.ConfirmItem{ID: id, Title: "not in the library any more"}
		if h, err := s.cfg.Library.Get(ctx, id); err == nil {
			item = pages.ConfirmItem{ID: id, Title: h.Title, Href: s.RuleLink(id), Chip: ui.RuleChips(h)[0],
				Note: "shown in " + partials.Plural(h.Shown, "step")}
			if h.Pinned {
				v.Warning = "A pinned rule is among them."
			}
		}
		v.Items = append(v.Items, item)
	}
	if len(ids) > ui.MaxNamed {
		v.More = "and " + ui.Itoa(len(ids)-ui.MaxNamed) + " more"
	}
	return v
}

package review

import (
	"context"
	"net/url"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"purposeagent/agent"
	"purposeagent/agent/inbox"
	"purposeagent/handlers/library"
	"purposeagent/handlers/ui"
	"purposeagent/views/libraryview"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
	"purposeagent/views/reviewview"
)

// itemsPerPage bounds the items that a page of the inbox lists.
const itemsPerPage = 100

// reviewView is the list of the inbox, that page of it which has the chosen item; Chosen is the item to show, -1 for none.
func (s *Section) reviewView(box listing, entries []entry, here place, chosen string, did ui.Notice) reviewview.Review {
	tab := ""
	if here.deferred {
		tab = "deferred"
	}
	at := func(tab, key string) string {
		q := ui.AddressOf("tab", tab)
		if here.byRule {
			q = ui.AddressOf("tab", tab, "by", "rule")
		}
		return ui.WithParam("/review", q, "item", key)
	}
	deferred := here.deferred
	v := reviewview.Review{Chosen: -1, Tabs: []partials.Tab{
		{Text: "Open", Href: s.Link(at("", "")), Count: partials.Count(int64(len(box.open))), Current: !deferred},
		{Text: "Deferred", Href: s.Link(at("deferred", "")), Count: partials.Count(int64(len(box.deferred))), Current: deferred},
		{Text: "Done", Href: s.Link("/library/changes"), Icon: "replay"},
	}}
	back := at("", chosen)
	v.Notice = s.NoticeView(did, back)
	for i := range entries {
		if entries[i].key() == chosen || v.Chosen < 0 && slices.ContainsFunc(entries[i].items, func(item inbox.Item) bool { return item.Key == chosen }) {
			v.Chosen = i
		}
	}
	if v.Chosen < 0 && len(entries) > 0 {
		v.Chosen = 0
	}
	link := func(i int) templ.SafeURL { return s.Link(at(tab, entries[i].key())) }
	from := max(v.Chosen, 0) / itemsPerPage * itemsPerPage
	to := min(from+itemsPerPage, len(entries))
	for i := from; i < to; i++ {
		row := s.entryRow(&entries[i])
		row.Href, row.Current = link(i), i == v.Chosen
		v.Rows = append(v.Rows, row)
	}
	if from > 0 {
		v.Before = partials.Link{Text: partials.Plural(from, "item") + " before these", Href: link(from - itemsPerPage)}
	}
	if to < len(entries) {
		v.After = partials.Link{Text: partials.Plural(len(entries)-to, "more item"), Href: link(to)}
	}
	switch {
	case here.byRule:
		v.Other = partials.Link{Text: "Show them by the lines of the playbook", Href: s.Link("/review")}
	case !deferred && len(box.open) < len(box.items):
		v.Other = partials.Link{Text: "Show every rule by itself", Href: s.Link("/review?by=rule")}
	}
	if v.Chosen > 0 {
		v.Previous = link(v.Chosen - 1)
	}
	if v.Chosen >= 0 && v.Chosen+1 < len(entries) {
		v.Next = link(v.Chosen + 1)
	}
	v.Empty = partials.Empty{Icon: "ok", Text: "Nothing needs a look. What evidence can't settle comes here: harm, conflicts, candidates, critics that are often wrong.",
		Action: &partials.Link{Text: "Open the library", Href: s.Link("/library")}}
	if deferred {
		v.Empty = partials.Empty{Icon: "ok", Text: "Nothing is put off.", Action: &partials.Link{Text: "Open items", Href: s.Link("/review")}}
	}
	return v
}

// place is where in the inbox somebody looks.
type place struct{ deferred, byRule bool }

// entryRow is a row of the list: a line of a playbook with what is to be looked at in
// it, or one item.
func (s *Section) entryRow(e *entry) reviewview.ReviewRow {
	row := s.reviewRow(e.first())
	if e.line == nil {
		return row
	}
	row.Title = e.line.Title
	if n := len(e.items); n > 1 {
		row.Sub = partials.Plural(n, "rule") + " of it: " + row.Sub
	}
	return row
}

// entryDesk is an entry with all that a decision needs: of a line its text and its
// rules, those to look at ticked.
func (s *Section) entryDesk(ctx context.Context, e *entry, here place) *reviewview.ReviewDesk {
	v := s.reviewDesk(ctx, e.first(), here.deferred)
	v.Key, v.By = e.key(), ""
	if here.byRule {
		v.By = "rule"
	}
	if e.line == nil {
		return v
	}
	v.Title, v.Line = e.line.Title, e.line.Text
	if len(e.line.Rules) < 2 {
		return v
	}
	why := map[string]*inbox.Item{}
	for i := range e.items {
		why[e.items[i].Rule.ID] = &e.items[i]
	}
	titles := s.RuleTitles(ctx)
	for _, id := range e.line.Rules {
		rule := reviewview.LineRule{ID: id, Title: titles(id), Href: s.RuleLink(id), Reason: "nothing speaks against it"}
		if item := why[id]; item != nil {
			rule.Kind, rule.Reason, rule.Ticked = kindOf(item.Kind), ui.Sentence(item.Reason), true
			rule.Title, rule.Evidence = ui.RuleTitle(item.Rule), partials.Count(int64(item.Rule.Good))+" for, "+partials.Count(int64(item.Rule.Bad))+" against"
		}
		v.Rules = append(v.Rules, rule)
	}
	if len(e.items) > 1 {
		v.Reason, v.Status, v.Parts, v.Help, v.Evidence, v.EditURL, v.Rule = partials.Plural(len(e.items), "rule")+" of this line are worth a look", nil, nil, nil, nil, "", partials.Link{}
		v.Sentences = []string{"Most of all " + ui.RuleTitle(e.first().Rule) + ": " + e.first().Reason + ".", "What is ticked is decided about together; the others stay as they are."}
	}
	v.EditURL = s.Link("/library/line?" + url.Values{"ids": e.line.Rules, "title": {e.line.Title}}.Encode())
	return v
}

// kindOf is how a kind of item is marked.
func kindOf(kind inbox.Kind) partials.Chip {
	switch kind {
	case inbox.Harm:
		return partials.Chip{Text: "harm flag", Icon: "warn", Tone: "warn"}
	case inbox.Dispute:
		return partials.Chip{Text: "estimates disagree", Icon: "flag", Tone: "warn"}
	case inbox.Conflict:
		return partials.Chip{Text: "conflict", Icon: "scale", Tone: "warn"}
	case inbox.Repeat:
		return partials.Chip{Text: "repetition", Icon: "copy", Tone: "out"}
	case inbox.Candidate:
		return partials.Chip{Text: "candidate", Icon: "plus", Tone: "held"}
	case inbox.Undecided:
		return partials.Chip{Text: "undecided", Icon: "sync", Tone: "out"}
	case inbox.Thin:
		return partials.Chip{Text: "little evidence", Icon: "flag", Tone: "out"}
	case inbox.Critic:
		return partials.Chip{Text: "critic disagreement", Icon: "lab", Tone: "warn"}
	}
	return partials.Chip{Text: string(kind)}
}

func (s *Section) reviewRow(item *inbox.Item) reviewview.ReviewRow {
	chip := kindOf(item.Kind)
	row := reviewview.ReviewRow{Icon: chip.Icon, Sub: chip.Text + " · " + item.Reason, Value: strconv.FormatFloat(item.Value(), 'f', 2, 64)}
	switch {
	case item.Set != nil:
		row.Title = "What was learned in " + ui.ScopeLabel(item.Set.Scope)
	case item.Critic != nil:
		row.Title = item.Critic.Critic + " in " + item.Critic.Scope.Environment
	case item.Other != nil:
		row.Title = ui.RuleTitle(item.Rule) + " / " + ui.RuleTitle(item.Other)
	default:
		row.Title = ui.RuleTitle(item.Rule)
	}
	return row
}

// reviewDesk is one item with all that a decision needs.
func (s *Section) reviewDesk(ctx context.Context, item *inbox.Item, deferred bool) *reviewview.ReviewDesk {
	v := &reviewview.ReviewDesk{Kind: kindOf(item.Kind), Key: item.Key, Action: s.Link("/review"), Reason: ui.Sentence(item.Reason), Otherwise: item.Otherwise, Actions: reviewActions(item)}
	v.Facts = []pages.Fact{
		{Term: "Value of a look", Value: ui.Fraction(item.Value()), Help: "Doubt × use. Doubt is how uncertain it is that things are right as they are; use is tasks/(tasks + 20)."},
		{Term: "Doubt", Value: ui.Fraction(item.Doubt)}, {Term: "Use", Value: ui.Fraction(item.Use)},
	}
	if deferred {
		v.Actions, v.Action = []libraryview.RuleAction{{Value: "back", Label: "Back to the inbox", Icon: "replay", Key: "a"}}, s.Link("/review/back")
	}
	switch h := item.Rule; {
	case item.Set != nil:
		v.Title = "What was learned in " + ui.ScopeLabel(item.Set.Scope)
		v.Sentences = []string{library.SetWords, "What people wrote or pinned is used either way."}
		v.Facts = append(v.Facts, library.SetFacts(&item.Set.Ledger)...)
		v.Rule = partials.Link{Text: "Open what was learned here", Href: s.library.SetLink(item.Set.Scope)}
	case item.Critic != nil:
		v.Title = item.Critic.Critic + " in " + item.Critic.Scope.Environment
		v.Critic = partials.Link{Text: "Open its calibration", Href: s.Link(ui.CriticsPath + "#" + ui.CriticID(item.Critic.CriticKey))}
		v.Sentences = []string{item.Critic.Reason, item.Critic.Goodhart.Reason}
	case item.Other != nil:
		v.Title = ui.RuleTitle(h) + " / " + ui.RuleTitle(item.Other)
		v.Sides = []reviewview.ConflictSide{s.conflictSide(h), s.conflictSide(item.Other)}
		v.Sentences = []string{"Merging keeps one of them with the evidence and the counts of both; the other is retired and points to it."}
		if item.Kind == inbox.Conflict {
			v.Sentences = []string{"Only tasks in which chance drew one of the two can tell which advice is worse."}
		}
		v.MergeURL = s.Link("/library/merge?" + url.Values{"ids": {h.ID, item.Other.ID}}.Encode())
	default:
		v.Title, v.Tier, v.Status, v.Parts = h.Title, ui.TierOf(h.Tier, h.Kind), ui.RuleChips(h), library.RuleParts(h)
		v.Rule = partials.Link{Text: "Open the rule", Href: s.RuleLink(h.ID)}
		v.EditURL = s.Link("/library/" + url.PathEscape(h.ID) + "/edit")
		help := library.HelpOf(h)
		v.Help = &help
		v.Evidence = s.library.EvidenceRows(ctx, h.Evidence)
	}
	return v
}

// reviewActions are the decisions about an item, the likeliest first.
func reviewActions(item *inbox.Item) []libraryview.RuleAction {
	later := libraryview.RuleAction{Value: ui.SayLater, Label: "Later", Icon: "held", Key: "d"}
	keep := libraryview.RuleAction{Value: ui.SayKeep, Label: "Keep as it is", Icon: "ok", Key: "a"}
	retire := libraryview.RuleAction{Value: string(agent.ActRetire), Label: "Retire", Icon: "archive", Key: "r"}
	if item.Set != nil {
		act := libraryview.RuleAction{Value: string(agent.ActSuspend), Label: "Suspend it", Icon: "pause", Key: "r"}
		if item.Set.Ledger.Suspended != nil {
			act = libraryview.RuleAction{Value: string(agent.ActLift), Label: "Use it again", Icon: "play", Key: "r"}
		}
		return []libraryview.RuleAction{act, keep, later}
	}
	switch item.Kind {
	case inbox.Harm, inbox.Dispute, inbox.Undecided, inbox.Thin:
		if item.Rule.Pinned {
			retire = libraryview.RuleAction{Value: string(agent.ActUnpin), Label: "Unpin", Icon: "pin", Key: "r"}
		}
		retire.Class = "go"
		return []libraryview.RuleAction{retire, keep, later}
	case inbox.Candidate:
		return []libraryview.RuleAction{
			{Value: string(agent.ActTrial), Label: "Accept on trial", Icon: "ok", Key: "a", Class: "go"},
			{Value: string(agent.ActPromote), Label: "Make active", Icon: "memory", Key: "p"}, retire,
			{Value: string(agent.ActBan), Label: "Ban", Icon: "ban", Key: "b"}, later,
		}
	case inbox.Conflict:
		return []libraryview.RuleAction{
			{Value: keepFirst, Label: "Keep the first", Icon: "ok", Key: "1"}, {Value: keepSecond, Label: "Keep the second", Icon: "ok", Key: "2"},
			{Value: tryBoth, Label: "Let the hold-out decide", Icon: "sync", Key: "t"}, {Value: ui.BothRight, Label: "Both are right", Icon: "scale", Key: "a"}, later,
		}
	case inbox.Repeat:
		return []libraryview.RuleAction{{Value: ui.BothRight, Label: "Both are right", Icon: "ok", Key: "a"}, later}
	case inbox.Critic:
	}
	return []libraryview.RuleAction{keep, later}
}

package library

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/roles"
	"purposeagent/agent/stats"
	"purposeagent/handlers/ui"
	"purposeagent/views/libraryview"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// enoughEvidence is how many transitions a share must rest on to be drawn.
const enoughEvidence = 8

// libraryView maps a page of rules to what the list shows.
func (s *Section) libraryView(ctx context.Context, f libraryFilter, page catalog.Page[agent.Heuristic], facets catalog.LibraryFacets, views []catalog.SavedView, did ui.Notice) libraryview.Library {
	values := f.Values()
	v := libraryview.Library{
		Self: s.Link("/library"), BulkURL: s.Link("/library/bulk"), DeleteURL: s.Link("/library/delete"),
		Query: f.Text, QueryHelp: queryHelp, Return: values.Encode(),
		Matching: partials.Count(int64(facets.Matching)) + " of " + partials.Plural(facets.Total, "rule"),
		Tabs:     s.libraryTabs(f, facets), Facets: s.libraryFacets(f, facets), Links: s.libraryLinks(),
		Actions: libraryActions(f), Notice: s.NoticeView(did, ui.WithParam("/library", values, "", "")),
		Sorts: f.SortOptions(), Problem: f.Problem, TableClass: f.TableClass(), Menus: s.ListMenus(f.ListAddress, views), Keep: ui.HiddenOf(values, "q", "sort"),
	}
	limit := upliftScale(page.Items)
	names := s.RunNames(ctx)
	for i := range page.Items {
		v.Rows = append(v.Rows, s.ruleRow(&page.Items[i], limit, names))
	}
	if facets.Matching > len(v.Rows) {
		v.All, v.AllText = ui.Itoa(facets.Matching), "all "+partials.Count(int64(facets.Matching))+" matching"
	}
	if f.Cursor != "" {
		v.Pager.Newer = s.Link(f.At("", ""))
	}
	if page.Next != "" {
		v.Pager.Older = s.Link(f.At("cursor", page.Next))
	}
	switch {
	case len(v.Rows) > 0:
	case f.Filtered() && facets.Total > 0:
		v.Empty = partials.Empty{Icon: "search", Text: "No rule matches.", Action: &partials.Link{Text: "Show all rules", Href: s.Link("/library?q=")}}
	default:
		v.Empty = partials.Empty{Icon: "library", Text: "Nothing learned yet. Rules appear here when a run with memory ends, or when you teach one.",
			Action: &partials.Link{Text: "Start a run", Href: s.Link("/runs/new")}}
	}
	return v
}

// queryHelp tells the grammar to those who can't see the placeholder.
const queryHelp = "words, and status: tier: env: author: pinned: uplift:>0 n:>20 advantage:>0 uses:>5, a minus before what to leave out"

// libraryLinks lead to the other pages of the library.
func (s *Section) libraryLinks() []partials.Link {
	links := []partials.Link{{Text: "Prompt", Href: s.Link("/replay/simulate")}, {Text: "Conflicts", Href: s.Link("/library/near")}, {Text: "Changes", Href: s.Link("/library/changes")}}
	if s.cfg.Pages.Snapshots {
		links = append(links, partials.Link{Text: "Snapshots", Href: s.Link("/library/snapshots")})
	}
	if s.cfg.Pages.Packs {
		links = append(links, partials.Link{Text: "Packs", Href: s.Link("/library/import")})
	}
	if s.cfg.Policy != nil {
		links = append(links, partials.Link{Text: "Policy", Href: s.Link("/library/policy")})
	}
	return links
}

func (s *Section) libraryTabs(f libraryFilter, facets catalog.LibraryFacets) []partials.Tab {
	tab := func(value, text, icon string, count int) partials.Tab {
		return partials.Tab{Text: text, Href: s.Link(f.With("status", value)), Icon: icon,
			Count: partials.Count(int64(count)), Current: f.Is("status", value)}
	}
	all := 0
	for _, n := range facets.ByStatus {
		all += n
	}
	tabs := []partials.Tab{
		tab("", "All", "", all),
		tab("active,probation", "In use", "memory", facets.ByStatus[agent.Active]+facets.ByStatus[agent.Probation]),
	}
	for _, status := range agent.Statuses {
		if n := facets.ByStatus[status]; n > 0 || f.Is("status", string(status)) {
			tabs = append(tabs, tab(string(status), ui.Title(ui.StatusWord(status)), ui.StatusChip(status).Icon, n))
		}
	}
	pinned := partials.Tab{Text: "Pinned", Icon: "pin", Count: partials.Count(int64(facets.Pinned)),
		Href: s.Link(f.With("pinned", "yes")), Current: f.Is("pinned", "yes")}
	if pinned.Current {
		pinned.Href = s.Link(f.With("pinned", ""))
	}
	return append(tabs, pinned)
}

// libraryFacets are the fields beside the status, with counts.
func (s *Section) libraryFacets(f libraryFilter, facets catalog.LibraryFacets) []pages.Facet {
	tiers, authors := map[string]int{}, map[string]int{}
	for tier, n := range facets.ByTier {
		tiers[string(tier)] = n
	}
	for author, n := range facets.Authors {
		authors[authorKind(author)] += n
	}
	return ui.SomeFacets(
		s.Facet(f.ListAddress, "Tier", "tier", tiers, []string{string(agent.Strategic), string(agent.Procedural), string(agent.Tool)}, nil),
		s.Facet(f.ListAddress, "World", "env", facets.Environments, ui.ByCount(facets.Environments), ui.FacetLabels{"": "every world"}),
		s.Facet(f.ListAddress, "Author", "author", authors, ui.ByCount(authors), nil))
}

// authorKind is what the query calls an author.
func authorKind(author string) string {
	switch {
	case author == string(agent.AuthorDistiller):
		return "distiller"
	case strings.HasPrefix(author, string(agent.AuthorModel)):
		return "model"
	case strings.HasPrefix(author, string(agent.AuthorImport)):
		return "import"
	}
	return author
}

// libraryActions are the buttons that make sense for what is listed.
func libraryActions(f libraryFilter) []libraryview.BulkAction {
	pin := libraryview.BulkAction{Value: "pin", Label: "Pin", Icon: "pin"}
	unpin := libraryview.BulkAction{Value: "unpin", Label: "Unpin"}
	retire := libraryview.BulkAction{Value: "retire", Label: "Retire", Icon: "archive"}
	promote := libraryview.BulkAction{Value: "promote", Label: "Make active", Icon: "ok"}
	trial := libraryview.BulkAction{Value: "trial", Label: "To trial", Icon: "sync"}
	merge := libraryview.BulkAction{Value: "merge", Label: "Merge…", Icon: "plus"}
	ban := libraryview.BulkAction{Value: "ban", Label: "Ban", Icon: "ban"}
	switch {
	case f.Is("pinned", "yes"):
		return []libraryview.BulkAction{unpin, retire, ban}
	case f.Is("status", string(agent.Retired)), f.Is("status", string(agent.Archived)):
		return []libraryview.BulkAction{trial, promote, ban}
	case f.Is("status", string(agent.Banned)):
		return []libraryview.BulkAction{trial, promote}
	}
	return []libraryview.BulkAction{promote, trial, pin, unpin, merge, retire, ban}
}

// ruleRow is one rule of the list; limit is the end of the axis of uplift, and
// names tells what the runs are called that it was learned from.
func (s *Section) ruleRow(h *agent.Heuristic, limit float64, names func(string) partials.Name) libraryview.RuleRow {
	row := libraryview.RuleRow{
		ID: h.ID, Href: s.RuleLink(h.ID), Tier: ui.TierOf(h.Tier, h.Kind), Title: h.Title, When: ui.AfterWhen(h.Pattern), Do: h.Strategy,
		Status: ui.RuleChips(h), Right: supportOf(h), Uplift: UpliftOf(h, limit),
		Uses: partials.Short(int64(h.Shown)), Tokens: partials.Plural(roles.RuleTokens(h), "token"),
		World: ui.FirstOf(h.Scope.Environment, "every world"), Quiet: !h.Usable(),
	}
	if n := h.Good + h.Bad; n > 0 {
		row.Good, row.Of = partials.Count(int64(h.Good)), partials.Count(int64(n))
	}
	row.UpliftMore = row.Uplift.Words
	if u := h.Credit.Uplift; u != nil && row.Uplift.Words == "" {
		row.UpliftMore = row.Uplift.Label + "; old tasks fade"
	}
	row.Advantage, row.AdvantageMore = advantageText(h)
	if n := h.Credit.Hits + h.Credit.Misses; n > 0 {
		row.Checked = ui.Itoa(h.Credit.Hits) + "/" + ui.Itoa(h.Credit.Misses)
	}
	if h.Strategy == "" {
		row.Do, row.Avoid = h.Avoid, true
	}
	runs := evidenceRuns(h.Evidence)
	switch {
	case len(runs) > 0:
		name := names(runs[0])
		row.From, row.FromTitle = partials.Link{Text: name.Tail, Href: s.RunLink(runs[0])}, name.String()
		if len(runs) > 1 {
			row.FromMore = "+" + ui.Itoa(len(runs)-1)
		}
	case !h.Author.Learner():
		row.FromMore = "taught by hand"
	case strings.HasPrefix(string(h.Author), string(agent.AuthorImport)):
		row.FromMore = "pack " + strings.TrimPrefix(string(h.Author), string(agent.AuthorImport))
	}
	return row
}

// evidenceRuns lists the runs that a rule rests on, newest first, each once.
func evidenceRuns(evidence []agent.EvidenceRef) []string {
	var runs []string
	seen := map[string]bool{}
	for _, e := range slices.Backward(evidence) {
		if run := e.Run; !seen[run] {
			seen[run] = true
			runs = append(runs, run)
		}
	}
	return runs
}

// supportOf draws the share of transitions that spoke for a rule. Blue and
// orange are kept for intervals that leave out one half: more often right, or
// more often wrong.
func supportOf(h *agent.Heuristic) pages.Interval {
	n := h.Good + h.Bad
	if n < enoughEvidence {
		return pages.Interval{Words: "not enough data · n " + ui.Itoa(n)}
	}
	w := stats.Wilson(h.Good, n)
	v := pages.Interval{Point: ui.Percent(w.Share), Low: ui.Percent(w.Low), High: ui.Percent(w.High), Zero: ui.Percent(.5),
		Tone: "b-nil", Share: ui.Fraction(w.Share), Range: "[" + ui.Fraction(w.Low) + ", " + ui.Fraction(w.High) + "]",
		Radius: strconv.FormatFloat(2.5+2.1*min(math.Log(float64(w.N)/enoughEvidence)/math.Log(25), 1), 'f', 1, 64)}
	switch {
	case w.Low > .5:
		v.Tone = "b-pos"
	case w.High < .5:
		v.Tone = "b-neg"
	}
	v.Label = fmt.Sprintf("%d of %d transitions spoke for it: %s, 95 %% interval %s to %s",
		h.Good, n, v.Share, ui.Fraction(w.Low), ui.Fraction(w.High))
	return v
}

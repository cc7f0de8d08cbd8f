package handlers

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"purposeagent/agent"
	"purposeagent/agent/roles"
	"purposeagent/agent/stats"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// enoughEvidence is how many transitions a share must rest on to be drawn.
const enoughEvidence = 8

// libraryView maps a page of rules to what the list shows.
func (s *Server) libraryView(ctx context.Context, f libraryFilter, page agent.Page[agent.Heuristic], facets agent.LibraryFacets, views []agent.SavedView, did notice) pages.Library {
	values := f.values()
	v := pages.Library{
		Self: s.link("/library"), BulkURL: s.link("/library/bulk"), DeleteURL: s.link("/library/delete"),
		Query: f.text, QueryHelp: queryHelp, Return: values.Encode(),
		Matching: partials.Count(int64(facets.Matching)) + " of " + partials.Plural(facets.Total, "rule"),
		Tabs:     s.libraryTabs(f, facets), Facets: s.libraryFacets(f, facets), Links: s.libraryLinks(),
		Actions: libraryActions(f), Notice: s.noticeView(did, withParam("/library", values, "", "")),
		Sorts: f.sortOptions(), Problem: f.problem, TableClass: f.tableClass(), Menus: s.listMenus(f.listAddress, views), Keep: hiddenOf(values, "q", "sort"),
	}
	limit := upliftScale(page.Items)
	names := s.runNames(ctx)
	for i := range page.Items {
		v.Rows = append(v.Rows, s.ruleRow(&page.Items[i], limit, names))
	}
	if facets.Matching > len(v.Rows) {
		v.All, v.AllText = itoa(facets.Matching), "all "+partials.Count(int64(facets.Matching))+" matching"
	}
	if f.cursor != "" {
		v.Pager.Newer = s.link(f.at("", ""))
	}
	if page.Next != "" {
		v.Pager.Older = s.link(f.at("cursor", page.Next))
	}
	switch {
	case len(v.Rows) > 0:
	case f.filtered() && facets.Total > 0:
		v.Empty = partials.Empty{Icon: "search", Text: "No rule matches.", Action: &partials.Link{Text: "Show all rules", Href: s.link("/library?q=")}}
	default:
		v.Empty = partials.Empty{Icon: "library", Text: "Nothing learned yet. Rules appear here when a run with memory ends, or when you teach one.",
			Action: &partials.Link{Text: "Start a run", Href: s.link("/runs/new")}}
	}
	return v
}

// queryHelp tells the grammar to those who can't see the placeholder.
const queryHelp = "words, and status: tier: env: author: pinned: uplift:>0 n:>20 advantage:>0 uses:>5, a minus before what to leave out"

// libraryLinks lead to the other pages of the library.
func (s *Server) libraryLinks() []partials.Link {
	links := []partials.Link{{Text: "Prompt", Href: s.link("/replay/simulate")}, {Text: "Conflicts", Href: s.link("/library/near")}, {Text: "Changes", Href: s.link("/library/changes")}}
	if s.cfg.Snapshots != nil {
		links = append(links, partials.Link{Text: "Snapshots", Href: s.link("/library/snapshots")})
	}
	if s.cfg.Packs != nil {
		links = append(links, partials.Link{Text: "Packs", Href: s.link("/library/import")})
	}
	if s.cfg.Policy != nil {
		links = append(links, partials.Link{Text: "Policy", Href: s.link("/library/policy")})
	}
	return links
}

func (s *Server) libraryTabs(f libraryFilter, facets agent.LibraryFacets) []partials.Tab {
	tab := func(value, text, icon string, count int) partials.Tab {
		return partials.Tab{Text: text, Href: s.link(f.with("status", value)), Icon: icon,
			Count: partials.Count(int64(count)), Current: f.is("status", value)}
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
		if n := facets.ByStatus[status]; n > 0 || f.is("status", string(status)) {
			tabs = append(tabs, tab(string(status), title(statusWord(status)), statusChip(status).Icon, n))
		}
	}
	pinned := partials.Tab{Text: "Pinned", Icon: "pin", Count: partials.Count(int64(facets.Pinned)),
		Href: s.link(f.with("pinned", "yes")), Current: f.is("pinned", "yes")}
	if pinned.Current {
		pinned.Href = s.link(f.with("pinned", ""))
	}
	return append(tabs, pinned)
}

// maxChoices bounds what one facet offers.
const maxChoices = 6

// libraryFacets are the fields beside the status, with counts.
func (s *Server) libraryFacets(f libraryFilter, facets agent.LibraryFacets) []pages.Facet {
	tiers, authors := map[string]int{}, map[string]int{}
	for tier, n := range facets.ByTier {
		tiers[string(tier)] = n
	}
	for author, n := range facets.Authors {
		authors[authorKind(author)] += n
	}
	return someFacets(
		s.facet(f.listAddress, "Tier", "tier", tiers, []string{string(agent.Strategic), string(agent.Procedural), string(agent.Tool)}, nil),
		s.facet(f.listAddress, "World", "env", facets.Environments, byCount(facets.Environments), facetLabels{"": "every world"}),
		s.facet(f.listAddress, "Author", "author", authors, byCount(authors), nil))
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

// byCount lists the values, most frequent first.
func byCount(counts map[string]int) []string {
	return slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		if c := counts[b] - counts[a]; c != 0 {
			return c
		}
		return strings.Compare(a, b)
	})
}

// libraryActions are the buttons that make sense for what is listed.
func libraryActions(f libraryFilter) []pages.BulkAction {
	pin := pages.BulkAction{Value: "pin", Label: "Pin", Icon: "pin"}
	unpin := pages.BulkAction{Value: "unpin", Label: "Unpin"}
	retire := pages.BulkAction{Value: "retire", Label: "Retire", Icon: "archive"}
	promote := pages.BulkAction{Value: "promote", Label: "Make active", Icon: "ok"}
	trial := pages.BulkAction{Value: "trial", Label: "To trial", Icon: "sync"}
	merge := pages.BulkAction{Value: "merge", Label: "Merge…", Icon: "plus"}
	ban := pages.BulkAction{Value: "ban", Label: "Ban", Icon: "ban"}
	switch {
	case f.is("pinned", "yes"):
		return []pages.BulkAction{unpin, retire, ban}
	case f.is("status", string(agent.Retired)), f.is("status", string(agent.Archived)):
		return []pages.BulkAction{trial, promote, ban}
	case f.is("status", string(agent.Banned)):
		return []pages.BulkAction{trial, promote}
	}
	return []pages.BulkAction{promote, trial, pin, unpin, merge, retire, ban}
}

// ruleRow is one rule of the list; limit is the end of the axis of uplift, and
// names tells what the runs are called that it was learned from.
func (s *Server) ruleRow(h *agent.Heuristic, limit float64, names func(string) partials.Name) pages.RuleRow {
	row := pages.RuleRow{
		ID: h.ID, Href: s.ruleLink(h.ID), Tier: tierOf(h.Tier, h.Kind), Title: h.Title, When: afterWhen(h.Pattern), Do: h.Strategy,
		Status: ruleChips(h), Right: supportOf(h), Uplift: upliftOf(h, limit),
		Uses: partials.Short(int64(h.Shown)), Tokens: partials.Plural(roles.RuleTokens(h), "token"),
		World: firstOf(h.Scope.Environment, "every world"), Quiet: !h.Usable(),
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
		row.Checked = itoa(h.Credit.Hits) + "/" + itoa(h.Credit.Misses)
	}
	if h.Strategy == "" {
		row.Do, row.Avoid = h.Avoid, true
	}
	runs := evidenceRuns(h.Evidence)
	switch {
	case len(runs) > 0:
		name := names(runs[0])
		row.From, row.FromTitle = partials.Link{Text: name.Tail, Href: s.runLink(runs[0])}, name.String()
		if len(runs) > 1 {
			row.FromMore = "+" + itoa(len(runs)-1)
		}
	case !h.Author.Learner():
		row.FromMore = "taught by hand"
	case strings.HasPrefix(string(h.Author), string(agent.AuthorImport)):
		row.FromMore = "pack " + strings.TrimPrefix(string(h.Author), string(agent.AuthorImport))
	}
	return row
}

// afterWhen is a pattern without the "when" that stands before it on the page.
func afterWhen(pattern string) string {
	if len(pattern) > 5 && strings.EqualFold(pattern[:5], "when ") {
		return pattern[5:]
	}
	return pattern
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

// ruleChips are a rule's status and, where a person pinned it, the pin.
func ruleChips(h *agent.Heuristic) []partials.Chip {
	if h.Pinned {
		pin := partials.Chip{Text: "pinned", Icon: "pin", Tone: "acc"}
		if h.Status == agent.Active {
			return []partials.Chip{pin}
		}
		return []partials.Chip{pin, statusChip(h.Status)}
	}
	return []partials.Chip{statusChip(h.Status)}
}

func statusChip(status agent.Status) partials.Chip {
	chip := partials.Chip{Text: statusWord(status)}
	switch status {
	case agent.Active:
		chip.Icon, chip.Tone = "ok", "acc"
	case agent.Probation:
		chip.Icon, chip.Tone = "sync", "out"
	case agent.Candidate:
		chip.Icon, chip.Tone = "plus", "held"
	case agent.Retired, agent.Archived:
		chip.Icon = "archive"
	case agent.Banned:
		chip.Icon, chip.Tone = "ban", "bad"
	}
	return chip
}

// statusWord is what people call a status.
func statusWord(status agent.Status) string {
	if status == agent.Probation {
		return "in trial"
	}
	return string(status)
}

// supportOf draws the share of transitions that spoke for a rule. Blue and
// orange are kept for intervals that leave out one half: more often right, or
// more often wrong.
func supportOf(h *agent.Heuristic) pages.Interval {
	n := h.Good + h.Bad
	if n < enoughEvidence {
		return pages.Interval{Words: "not enough data · n " + itoa(n)}
	}
	w := stats.Wilson(h.Good, n)
	v := pages.Interval{Point: percent(w.Share), Low: percent(w.Low), High: percent(w.High), Zero: percent(.5),
		Tone: "b-nil", Share: fraction(w.Share), Range: "[" + fraction(w.Low) + ", " + fraction(w.High) + "]",
		Radius: strconv.FormatFloat(2.5+2.1*min(math.Log(float64(w.N)/enoughEvidence)/math.Log(25), 1), 'f', 1, 64)}
	switch {
	case w.Low > .5:
		v.Tone = "b-pos"
	case w.High < .5:
		v.Tone = "b-neg"
	}
	v.Label = fmt.Sprintf("%d of %d transitions spoke for it: %s, 95 %% interval %s to %s",
		h.Good, n, v.Share, fraction(w.Low), fraction(w.High))
	return v
}

// percent is a share as a position in SVG.
func percent(x float64) string { return strconv.FormatFloat(100*x, 'f', 1, 64) + "%" }

// fraction writes a share as ".81".
func fraction(x float64) string {
	text := strconv.FormatFloat(x, 'f', 2, 64)
	return strings.TrimPrefix(text, "0")
}

// environmentOptions lists the environments for a filter.
func (s *Server) environmentOptions(current string) []partials.Option {
	out := []partials.Option{{Text: "All worlds"}}
	found := current == ""
	for _, kind := range s.cfg.Environments.Kinds() {
		out = append(out, partials.Option{Value: kind.Name, Text: kind.Title, Selected: kind.Name == current})
		found = found || kind.Name == current
	}
	if !found {
		out = append(out, partials.Option{Value: current, Text: partials.Clip(current, 40), Selected: true})
	}
	return out
}

// options makes the choices of a select of value, text pairs.
func options(current string, pairs ...string) []partials.Option {
	var out []partials.Option
	for i := 0; i+1 < len(pairs); i += 2 {
		out = append(out, partials.Option{Value: pairs[i], Text: pairs[i+1], Selected: pairs[i] == current})
	}
	return out
}

// href is a fragment of the same page.
func href(id string) templ.SafeURL { return templ.SafeURL("#" + id) }

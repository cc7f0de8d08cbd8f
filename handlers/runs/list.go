package runs

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/handlers/query"
	"purposeagent/handlers/ui"
	"purposeagent/views/layout"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
	"purposeagent/views/runsview"
)

// List is the list of runs.
var List = ui.ListKind{Name: "runs", Path: "/runs",
	Sorts: []partials.Option{{Value: "newest", Text: "Newest"}, {Value: eachRun, Text: "Newest, each run"}, {Value: "phi", Text: "Highest Φ, ended"}, {Value: "steps", Text: "Most steps, ended"},
		{Value: "tokens", Text: "Most tokens, ended"}, {Value: "usd", Text: "Highest cost, ended"}, {Value: "took", Text: "Longest, ended"}},
	Columns: []ui.ListColumn{{Name: "memory", Text: "Memory", N: 4}, {Name: "line", Text: "Φ line", N: 5}, {Name: "phi", Text: "Φ now", N: 6}, {Name: "outcome", Text: "Outcome", N: 7}, {Name: "steps", Text: "Steps", N: 8},
		{Name: "tokens", Text: "Tokens", N: 9}, {Name: "usd", Text: "Cost", N: 10}, {Name: "started", Text: "Started", N: 11}}}

// eachRun is the order of single runs; in the one without a name, the runs of a
// launch are one row.
const eachRun = "each"

// Register adds the routes.
func (s *Section) Register(g *echo.Group) {
	g.GET("/runs", s.listRuns)
	g.POST("/runs/bulk", s.changeRuns)
	g.POST("/runs/changes/:change/undo", s.undoRuns)
	s.registerCompare(g)
	s.registerGroups(g)
	s.registerDemo(g)
}

// runFilter is what the address of the list says.
type runFilter struct {
	ui.ListAddress
	runs catalog.RunQuery
}

func readRunFilter(q url.Values) (runFilter, error) {
	address, runs, err := ui.ReadList(&List, q, query.Runs)
	if address.Sort != eachRun {
		runs.Sort = address.Sort // some orders are of ended runs only, so that it says what matches
	}
	return runFilter{address, runs}, err
}

// grouped reports whether the runs of a launch are one row: where somebody asks
// for the runs of a group, or for the highest of something, each is its own.
func (f runFilter) grouped() bool {
	return (f.Sort == "" || f.Sort == "newest") && len(query.Values(f.Terms, "group")) == 0
}

func (f runFilter) query() catalog.RunQuery {
	q := f.runs
	q.Limit, q.Cursor = ui.ListLimit, f.Cursor
	return q
}

// listRuns shows the runs; an empty database shows the welcome page.
func (s *Section) listRuns(c echo.Context) error {
	ctx := c.Request().Context()
	filter, err := readRunFilter(c.QueryParams())
	if err != nil {
		return err
	}
	facets, err := s.cfg.Runs.Facets(ctx, filter.runs)
	if err != nil {
		return err
	}
	did := ui.ReadNotice(c)
	if !facets.Any && len(filter.Values()) == 0 && did == (ui.Notice{}) {
		return s.cfg.ShowWelcome(c)
	}
	page, err := s.rowsOf(ctx, filter)
	if err != nil {
		return err
	}
	views, err := s.SavedViews(ctx, &List)
	if err != nil {
		return err
	}
	view := s.listView(ctx, filter, facets, page, views, did)
	if ui.IsFragment(c) && strings.HasSuffix(c.Request().Header.Get("HX-Target"), "#runs") {
		return s.Render(c, http.StatusOK, runsview.RunsList(view))
	}
	frame := layout.Frame{Title: "Runs", Fixed: true, Crumbs: []layout.Crumb{{Label: "Runs"}}, Actions: runsview.RunsActions(s.Link("/runs/new"), s.demoLink()), Keys: Keys, Live: view.Refresh != ""}
	return s.Page(c, ui.ListStatus(filter.ListAddress), frame, runsview.RunsView(view))
}

// rowsOf reads a page of the list, none for a query that can't be read.
func (s *Section) rowsOf(ctx context.Context, f runFilter) (catalog.Page[catalog.RunEntry], error) {
	if f.Problem != "" {
		return catalog.Page[catalog.RunEntry]{}, nil
	}
	if f.grouped() {
		return s.cfg.Runs.Entries(ctx, f.query())
	}
	runs, err := s.cfg.Runs.List(ctx, f.query())
	page := catalog.Page[catalog.RunEntry]{Next: runs.Next}
	for _, run := range runs.Items {
		page.Items = append(page.Items, catalog.RunEntry{Run: run})
	}
	return page, err
}

// demoLink is where the demonstration is, "" where there is none.
func (s *Section) demoLink() templ.SafeURL {
	if s.cfg.Demo == nil {
		return ""
	}
	return s.Link("/demo")
}

// Keys is the list's part of the keyboard help.
var Keys = []layout.Key{
	{Keys: []string{"n"}, Does: "new run"},
	{Keys: []string{"j", "k"}, Does: "next run, run before"},
	{Keys: []string{"o"}, Does: "open"},
	{Keys: []string{"x"}, Does: "select"},
	{Keys: []string{"u"}, Does: "undo the last change"},
}

// runQueryHelp tells the grammar to those who can't see the placeholder.
const runQueryHelp = "words, and status: env: model: memory: solved: tag: group: asks: phi:>7 steps:>20 tokens:>1000 usd:>0.1 took:>1m age:<2d, a minus before what to leave out"

func (s *Section) listView(ctx context.Context, f runFilter, facets catalog.RunFacets, page catalog.Page[catalog.RunEntry], views []catalog.SavedView, did ui.Notice) runsview.RunsPage {
	values := f.Values()
	v := runsview.RunsPage{Self: s.Link("/runs"), Query: f.Text, QueryHelp: runQueryHelp, Problem: f.Problem, Keep: ui.HiddenOf(values, "q", "sort"), Sorts: f.SortOptions(),
		Tabs: s.stateTabs(f, facets), Facets: s.runFacets(ctx, f, facets), Menus: s.ListMenus(f.ListAddress, views), TableClass: f.TableClass(),
		Matching: ui.MatchingText(facets.Matching, "run"), Return: values.Encode(),
		Bulk: s.Link("/runs/bulk"), Compare: s.Link("/compare"), Notice: s.runNotice(did, ui.WithParam("/runs", values, "", ""))}
	live := false
	shown := 0
	for _, entry := range page.Items {
		if g := entry.Group; g != nil {
			v.Rows = append(v.Rows, s.groupRow(f, entry))
			live, shown = live || openRuns(g) > 0, shown+g.Found
			continue
		}
		v.Rows = append(v.Rows, s.runRow(entry.Run))
		live, shown = live || !entry.Run.Status.Final(), shown+1
	}
	if live {
		v.Refresh = s.Path(f.At("cursor", f.Cursor))
	}
	if facets.Matching > shown && facets.Matching < catalog.MaxCounted {
		v.All, v.AllText = ui.Itoa(facets.Matching), "all "+partials.Count(int64(facets.Matching))+" matching"
	}
	if len(page.Items) == 0 {
		v.Empty = &partials.Empty{Icon: "search", Text: "No run matches.", Action: &partials.Link{Text: "Show all runs", Href: s.Link("/runs")}}
	}
	if f.Cursor != "" {
		v.Pager.Newer = s.Link(f.At("", ""))
	}
	if page.Next != "" {
		v.Pager.Older = s.Link(f.At("cursor", page.Next))
	}
	return v
}

func (s *Section) stateTabs(f runFilter, facets catalog.RunFacets) []partials.Tab {
	all := 0
	for _, n := range facets.ByStatus {
		all += n
	}
	tab := func(value, text string, count int) partials.Tab {
		return partials.Tab{Text: text, Href: s.Link(f.With("status", value)), Count: ui.CountedText(count), Current: f.Is("status", value)}
	}
	tabs := []partials.Tab{tab("", "All", all)}
	for _, status := range agent.RunStatuses {
		if n := facets.ByStatus[status]; n > 0 || f.Is("status", string(status)) {
			tabs = append(tabs, tab(string(status), ui.Title(string(status)), n))
		}
	}
	return tabs
}

// runFacets are the fields beside the state, with counts.
func (s *Section) runFacets(ctx context.Context, f runFilter, facets catalog.RunFacets) []pages.Facet {
	envs := ui.FacetLabels{}
	for _, kind := range s.Environments.Kinds() {
		envs[kind.Name] = kind.Title
	}
	list := ui.SomeFacets(
		s.Facet(f.ListAddress, "World", "env", facets.Envs, ui.ByCount(facets.Envs), envs),
		s.Facet(f.ListAddress, "Outcome", "solved", facets.Solved, []string{"yes", "no"}, ui.FacetLabels{"yes": "solved", "no": "not solved"}),
		s.Facet(f.ListAddress, "Memory", "memory", facets.Memory, []string{"on", "off"}, nil),
		s.Facet(f.ListAddress, "Model", "model", facets.Models, ui.ByCount(facets.Models), nil),
		s.Facet(f.ListAddress, "Tag", "tag", facets.Tags, ui.ByCount(facets.Tags), nil))
	runs := s.RunNames(ctx)
	for _, of := range []struct { // nothing to choose from, but the way back
		key    string
		called func(id string) string
	}{{"group", func(id string) string { return s.groupName(ctx, id) }}, {"fork", func(id string) string { return runs(id).String() }}} {
		if values := query.Values(f.Terms, of.key); len(values) > 0 {
			for i, id := range values {
				values[i] = of.called(id)
			}
			list = append(list, pages.Facet{Name: ui.Title(of.key), Choices: []pages.FacetChoice{{Text: strings.Join(values, ", "), Count: "×", Current: true, Href: s.Link(f.With(of.key, ""))}}})
		}
	}
	return list
}

package handlers

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/handlers/query"
	"purposeagent/views/layout"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

var runList = listKind{name: "runs", path: "/runs",
	sorts: []partials.Option{{Value: "newest", Text: "Newest"}, {Value: "phi", Text: "Highest Φ, ended"}, {Value: "steps", Text: "Most steps, ended"},
		{Value: "tokens", Text: "Most tokens, ended"}, {Value: "usd", Text: "Highest cost, ended"}, {Value: "took", Text: "Longest, ended"}},
	columns: []listColumn{{"memory", "Memory", 4}, {"line", "Φ line", 5}, {"phi", "Φ now", 6}, {"outcome", "Outcome", 7}, {"steps", "Steps", 8},
		{"tokens", "Tokens", 9}, {"usd", "Cost", 10}, {"started", "Started", 11}}}

func (s *Server) registerRuns(g *echo.Group) {
	g.GET("/runs", s.listRuns)
	g.POST("/runs/bulk", s.changeRuns)
	g.POST("/runs/changes/:change/undo", s.undoRuns)
	s.registerCompare(g)
	s.registerGroups(g)
}

// runFilter is what the address of the list says.
type runFilter struct {
	listAddress
	runs agent.RunQuery
}

func readRunFilter(q url.Values) (runFilter, error) {
	address, runs, err := readList(&runList, q, query.Runs)
	runs.Sort = address.sort // some orders are of ended runs only, so that it says what matches
	return runFilter{address, runs}, err
}

func (f runFilter) query() agent.RunQuery {
	q := f.runs
	q.Limit, q.Cursor = listLimit, f.cursor
	return q
}

// listRuns shows the runs; an empty database shows the welcome page.
func (s *Server) listRuns(c echo.Context) error {
	ctx := c.Request().Context()
	filter, err := readRunFilter(c.QueryParams())
	if err != nil {
		return err
	}
	facets, err := s.cfg.Runs.Facets(ctx, filter.runs)
	if err != nil {
		return err
	}
	did := readNotice(c)
	if !facets.Any && len(filter.values()) == 0 && did == (notice{}) {
		return s.showWelcome(c)
	}
	var page agent.Page[agent.Run]
	if filter.problem == "" {
		if page, err = s.cfg.Runs.List(ctx, filter.query()); err != nil {
			return err
		}
	}
	views, err := s.savedViews(ctx, &runList)
	if err != nil {
		return err
	}
	view := s.listView(ctx, filter, facets, page, views, did)
	if isFragment(c) && strings.HasSuffix(c.Request().Header.Get("HX-Target"), "#runs") {
		return s.render(c, http.StatusOK, pages.RunsList(view))
	}
	frame := layout.Frame{Title: "Runs", Fixed: true, Crumbs: []layout.Crumb{{Label: "Runs"}}, Actions: pages.RunsActions(s.link("/runs/new")), Keys: listKeys, Live: view.Refresh != ""}
	return s.page(c, listStatus(filter.listAddress), frame, pages.RunsView(view))
}

// listKeys is the list's part of the keyboard help.
var listKeys = []layout.Key{
	{Keys: []string{"n"}, Does: "new run"},
	{Keys: []string{"j", "k"}, Does: "next run, run before"},
	{Keys: []string{"o"}, Does: "open"},
	{Keys: []string{"x"}, Does: "select"},
	{Keys: []string{"u"}, Does: "undo the last change"},
}

// runQueryHelp tells the grammar to those who can't see the placeholder.
const runQueryHelp = "words, and status: env: model: memory: solved: tag: group: asks: phi:>7 steps:>20 tokens:>1000 usd:>0.1 took:>1m age:<2d, a minus before what to leave out"

func (s *Server) listView(ctx context.Context, f runFilter, facets agent.RunFacets, page agent.Page[agent.Run], views []agent.SavedView, did notice) pages.RunsPage {
	values := f.values()
	v := pages.RunsPage{Self: s.link("/runs"), Query: f.text, QueryHelp: runQueryHelp, Problem: f.problem, Keep: hiddenOf(values, "q", "sort"), Sorts: f.sortOptions(),
		Tabs: s.stateTabs(f, facets), Facets: s.runFacets(ctx, f, facets), Menus: s.listMenus(f.listAddress, views), TableClass: f.tableClass(),
		Matching: matchingText(facets.Matching, "run"), Return: values.Encode(),
		Bulk: s.link("/runs/bulk"), Compare: s.link("/compare"), Notice: s.runNotice(did, withParam("/runs", values, "", ""))}
	live := false
	for _, run := range page.Items {
		v.Rows = append(v.Rows, s.runRow(run))
		live = live || !run.Status.Final()
	}
	if live {
		v.Refresh = s.path(f.at("cursor", f.cursor))
	}
	if facets.Matching > len(v.Rows) && facets.Matching < agent.MaxCounted {
		v.All, v.AllText = itoa(facets.Matching), "all "+partials.Count(int64(facets.Matching))+" matching"
	}
	if len(page.Items) == 0 {
		v.Empty = &partials.Empty{Icon: "search", Text: "No run matches.", Action: &partials.Link{Text: "Show all runs", Href: s.link("/runs")}}
	}
	if f.cursor != "" {
		v.Pager.Newer = s.link(f.at("", ""))
	}
	if page.Next != "" {
		v.Pager.Older = s.link(f.at("cursor", page.Next))
	}
	return v
}

func (s *Server) stateTabs(f runFilter, facets agent.RunFacets) []partials.Tab {
	all := 0
	for _, n := range facets.ByStatus {
		all += n
	}
	tab := func(value, text string, count int) partials.Tab {
		return partials.Tab{Text: text, Href: s.link(f.with("status", value)), Count: countedText(count), Current: f.is("status", value)}
	}
	tabs := []partials.Tab{tab("", "All", all)}
	for _, status := range agent.RunStatuses {
		if n := facets.ByStatus[status]; n > 0 || f.is("status", string(status)) {
			tabs = append(tabs, tab(string(status), title(string(status)), n))
		}
	}
	return tabs
}

// runFacets are the fields beside the state, with counts.
func (s *Server) runFacets(ctx context.Context, f runFilter, facets agent.RunFacets) []pages.Facet {
	envs := facetLabels{}
	for _, kind := range s.cfg.Environments.Kinds() {
		envs[kind.Name] = kind.Title
	}
	list := someFacets(
		s.facet(f.listAddress, "World", "env", facets.Envs, byCount(facets.Envs), envs),
		s.facet(f.listAddress, "Outcome", "solved", facets.Solved, []string{"yes", "no"}, facetLabels{"yes": "solved", "no": "not solved"}),
		s.facet(f.listAddress, "Memory", "memory", facets.Memory, []string{"on", "off"}, nil),
		s.facet(f.listAddress, "Model", "model", facets.Models, byCount(facets.Models), nil),
		s.facet(f.listAddress, "Tag", "tag", facets.Tags, byCount(facets.Tags), nil))
	runs := s.runNames(ctx)
	for _, of := range []struct { // nothing to choose from, but the way back
		key    string
		called func(id string) string
	}{{"group", func(id string) string { return s.groupName(ctx, id) }}, {"fork", func(id string) string { return runs(id).String() }}} {
		if values := query.Values(f.terms, of.key); len(values) > 0 {
			for i, id := range values {
				values[i] = of.called(id)
			}
			list = append(list, pages.Facet{Name: title(of.key), Choices: []pages.FacetChoice{{Text: strings.Join(values, ", "), Count: "×", Current: true, Href: s.link(f.with(of.key, ""))}}})
		}
	}
	return list
}

func (s *Server) runRow(run agent.Run) pages.RunRow {
	row := pages.RunRow{ID: run.ID, Href: s.runLink(run.ID), State: stateOf(run.Status), Reason: run.Reason,
		Name: nameOf(run), Meta: run.Spec.Environment.Name + " · " + modelName(run.Spec.Models.Actor), Memory: partials.Chip{Text: "on", Icon: "memory", Tone: "acc"},
		Spark: partials.NewSpark(run.Spark.Points), Phi: "–", Outcome: outcomeOf(run.Outcome, run.Status),
		Steps: partialsCount(run.Steps), Tokens: "–", USD: "–", Started: partials.Ago(s.now(), run.CreatedAt)}
	for _, tag := range run.Tags {
		row.Tags = append(row.Tags, partials.Link{Text: tag, Href: s.link("/runs?q=" + asks("tag", tag))})
	}
	if run.Usage.Calls > 0 {
		row.Tokens = about(run.Usage, partials.Short(run.Usage.Tokens()))
	}
	if run.Usage.USD > 0 {
		row.USD = about(run.Usage, dollars(run.Usage.USD))
	}
	if run.Spec.Memory == "off" {
		row.Memory = partials.Chip{Text: "off", Tone: "out"}
	}
	if run.StartedAt != nil {
		row.Phi = partials.Phi(run.Phi)
		row.Started = partials.Ago(s.now(), *run.StartedAt)
	}
	return row
}

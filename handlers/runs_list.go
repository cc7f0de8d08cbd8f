package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/views/layout"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// runsPerPage is the length of a page of the list.
const runsPerPage = 50

// maxBulk bounds what one form may change at once.
const maxBulk = 500

// listFilter is what the list's address says.
type listFilter struct {
	status, environment, group, text, cursor string
}

func filterOf(c echo.Context) (listFilter, error) {
	f := listFilter{status: c.QueryParam("status"), environment: c.QueryParam("env"), group: c.QueryParam("group"),
		text: strings.TrimSpace(c.QueryParam("q")), cursor: c.QueryParam("cursor")}
	if f.status != "" && !slices.Contains(agent.RunStatuses, agent.RunStatus(f.status)) {
		return f, agent.Errorf(agent.CodeInvalid, "there is no state %q; the states are %s", partials.Clip(f.status, 20), statusNames())
	}
	if !utf8.ValidString(f.text) || len(f.text) > 400 {
		return f, agent.Errorf(agent.CodeInvalid, "search for at most 400 bytes of UTF-8 text")
	}
	return f, nil
}

func statusNames() string {
	names := make([]string, len(agent.RunStatuses))
	for i, status := range agent.RunStatuses {
		names[i] = string(status)
	}
	return strings.Join(names, ", ")
}

// path is the list's address with this filter.
func (f listFilter) path() string {
	values := url.Values{}
	for name, value := range map[string]string{"status": f.status, "env": f.environment, "group": f.group, "q": f.text, "cursor": f.cursor} {
		if value != "" {
			values.Set(name, value)
		}
	}
	if len(values) == 0 {
		return "/runs"
	}
	return "/runs?" + values.Encode()
}

func (f listFilter) empty() bool { return f == listFilter{} }

func (f listFilter) query() agent.RunQuery {
	q := agent.RunQuery{Environment: f.environment, Group: f.group, Text: f.text, Limit: runsPerPage, Cursor: f.cursor}
	if f.status != "" {
		q.Status = []agent.RunStatus{agent.RunStatus(f.status)}
	}
	return q
}

// listRuns shows the runs; an empty database shows the welcome page.
func (s *Server) listRuns(c echo.Context) error {
	ctx := c.Request().Context()
	filter, err := filterOf(c)
	if err != nil {
		return err
	}
	counts, err := s.cfg.Runs.Counts(ctx)
	if err != nil {
		return err
	}
	if sum(counts) == 0 && filter.empty() {
		return s.showWelcome(c)
	}
	page, err := s.cfg.Runs.List(ctx, filter.query())
	if err != nil {
		return err
	}
	view := s.listView(filter, counts, page)
	if isFragment(c) && strings.HasSuffix(c.Request().Header.Get("HX-Target"), "#runs") {
		return s.render(c, http.StatusOK, pages.RunsList(view))
	}
	frame := layout.Frame{Title: "Runs", Fixed: true, Crumbs: []layout.Crumb{{Label: "Runs"}}, Actions: pages.RunsActions(s.link("/runs/new")), Keys: listKeys}
	return s.page(c, http.StatusOK, frame, pages.RunsView(view))
}

// listKeys is the list's part of the keyboard help.
var listKeys = []layout.Key{
	{Keys: []string{"n"}, Does: "new run"},
	{Keys: []string{"j", "k"}, Does: "next run, run before"},
	{Keys: []string{"o"}, Does: "open"},
	{Keys: []string{"x"}, Does: "select"},
}

func sum(counts map[agent.RunStatus]int) int {
	n := 0
	for _, count := range counts {
		n += count
	}
	return n
}

func (s *Server) listView(filter listFilter, counts map[agent.RunStatus]int, page agent.Page[agent.Run]) pages.RunsPage {
	v := pages.RunsPage{Query: filter.text, Status: filter.status, Group: filter.group, Tabs: s.stateTabs(filter, counts),
		Count: partials.Plural(sum(counts), "run"), Search: s.link("/runs"), Delete: s.link("/runs/delete"), Compare: s.link("/compare"), Environments: s.runEnvironments(filter.environment)}
	live := false
	for _, run := range page.Items {
		v.Rows = append(v.Rows, s.runRow(run))
		live = live || !run.Status.Final()
	}
	if live {
		v.Refresh = s.path(filter.path())
	}
	if filter.group != "" {
		all := filter
		all.group = ""
		v.GroupLink = &partials.Link{Text: "show all runs", Href: s.link(all.path())}
	}
	if len(page.Items) == 0 {
		v.Empty = &partials.Empty{Icon: "search", Text: "No run matches.", Action: &partials.Link{Text: "Show all runs", Href: s.link("/runs")}}
	}
	if filter.cursor != "" {
		first := filter
		first.cursor = ""
		v.Pager.Newer = s.link(first.path())
	}
	if page.Next != "" {
		next := filter
		next.cursor = page.Next
		v.Pager.Older = s.link(next.path())
	}
	return v
}

// stateTabs keep the rest of the filter. Counts are of all runs.
func (s *Server) stateTabs(filter listFilter, counts map[agent.RunStatus]int) []partials.Tab {
	filter.cursor = ""
	tab := func(status agent.RunStatus, text string, count int) partials.Tab {
		f := filter
		f.status = string(status)
		return partials.Tab{Text: text, Href: s.link(f.path()), Count: partialsCount(count), Current: filter.status == string(status)}
	}
	tabs := []partials.Tab{tab("", "All", sum(counts))}
	for _, status := range agent.RunStatuses {
		if counts[status] > 0 || filter.status == string(status) {
			tabs = append(tabs, tab(status, title(string(status)), counts[status]))
		}
	}
	return tabs
}

func (s *Server) runEnvironments(chosen string) []partials.Option {
	options := []partials.Option{{Text: "All environments"}}
	known := false
	for _, kind := range s.cfg.Environments.Kinds() {
		known = known || kind.Name == chosen
		options = append(options, partials.Option{Value: kind.Name, Text: kind.Title, Selected: kind.Name == chosen})
	}
	if chosen != "" && !known {
		options = append(options, partials.Option{Value: chosen, Text: partials.Clip(chosen, 40), Selected: true})
	}
	return options
}

func (s *Server) runRow(run agent.Run) pages.RunRow {
	row := pages.RunRow{ID: run.ID, Href: s.runLink(run.ID), Purpose: purposeOf(run), State: stateOf(run.Status), Reason: run.Reason,
		Meta: run.Spec.Environment.Name + " · " + modelName(run.Spec.Models.Actor), Memory: partials.Chip{Text: "on", Icon: "memory", Tone: "acc"},
		Spark: partials.NewSpark(run.Spark.Points), Phi: "–", Outcome: outcomeOf(run.Outcome, run.Status),
		Steps: partialsCount(run.Steps), Started: partials.Ago(s.now(), run.CreatedAt), Deletable: run.Status.Final()}
	if run.Label != "" {
		row.Meta = run.Label + " · " + row.Meta
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

// deleteRuns deletes ended runs. Runs that are gone already are not an error;
// a run that has not ended stops the deletion with a message.
func (s *Server) deleteRuns(c echo.Context) error {
	ctx := c.Request().Context()
	form, err := c.FormParams()
	if err != nil {
		return agent.Wrap(agent.CodeInvalid, err, "the form could not be read")
	}
	ids := form["id"]
	if len(ids) == 0 || len(ids) > maxBulk {
		return agent.Errorf(agent.CodeInvalid, "select 1 to %d runs, got %d", maxBulk, len(ids))
	}
	for i, id := range ids {
		err := s.cfg.Runs.Delete(ctx, id)
		if err != nil && agent.CodeOf(err) != agent.CodeNotFound {
			return fmt.Errorf("delete run %d of %d: %w", i+1, len(ids), err)
		}
	}
	filter := listFilter{}
	if status := form.Get("status"); slices.Contains(agent.RunStatuses, agent.RunStatus(status)) {
		filter.status = status
	}
	return s.seeOther(c, filter.path())
}

package suites

import (
	"fmt"
	"iter"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/agent/stats"
	"purposeagent/agent/suites"
	"purposeagent/handlers/ui"
	"purposeagent/internal/suitefile"
	"purposeagent/views/layout"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
	"purposeagent/views/suitesview"
)

func keysOf(m map[string]string) iter.Seq[string] { return maps.Keys(m) }

// perPage is how many tasks a page shows, maxColumns the runs beside them.
const (
	perPage    = 100
	maxColumns = 6
)

// numberOf reads a number of the address, 0 for none.
func numberOf(c echo.Context, name string) (int, error) {
	text := c.QueryParam(name)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > 1_000_000 {
		return 0, agent.Errorf(agent.CodeInvalid, "%q is no number of a %s", partials.Clip(ui.Visible(text), 20), name)
	}
	return n, nil
}

// show is the page of one suite.
func (s *Section) show(c echo.Context) error {
	ctx := c.Request().Context()
	number, err := numberOf(c, "version")
	if err != nil {
		return err
	}
	from, err := numberOf(c, "from")
	if err != nil {
		return err
	}
	info, suite, err := s.cfg.Suites.Load(ctx, c.Param("id"), number)
	if err != nil {
		return err
	}
	versions, err := s.cfg.Suites.Versions(ctx, info.ID)
	if err != nil {
		return err
	}
	outcomes, err := s.cfg.Suites.Outcomes(ctx, info.ID)
	if err != nil {
		return err
	}
	v := s.pageOf(c, &info, number)
	if err := s.addRuns(c, &v, &info, outcomes); err != nil {
		return err
	}
	s.addTasks(&v, &info, suite.Tasks, outcomes, number, min(from, max(len(suite.Tasks)-1, 0)))
	for _, version := range versions {
		v.Versions = append(v.Versions, suitesview.VersionRow{Number: ui.Itoa(version.Number), Tasks: ui.Count(version.Count), By: version.By, Note: version.Note, Hash: version.Hash[:min(12, len(version.Hash))],
			Href: s.Link(fmt.Sprintf("%s?version=%d", pathOf(info.ID), version.Number)), At: partials.Ago(s.Now(), version.At)})
	}
	if ui.IsFragment(c) && c.Request().Header.Get("HX-Target") == "div#suite-part" {
		return s.Render(c, http.StatusOK, suitesview.SuitePart(v))
	}
	return s.Page(c, http.StatusOK, layout.Frame{Title: info.Name, Live: v.Refresh != "", Crumbs: s.crumbs(&info, "")}, suitesview.SuitePage(v))
}

func (s *Section) crumbs(info *suites.Info, page string) []layout.Crumb {
	crumbs := []layout.Crumb{{Label: section, Href: s.Link("/suites")}, {Label: info.Name}}
	if page != "" {
		crumbs[1].Href = s.Link(pathOf(info.ID))
		crumbs = append(crumbs, layout.Crumb{Label: page})
	}
	return crumbs
}

// notices are what the page says of what was just done.
var notices = map[string]string{
	"import": "The suite is kept. Run it to see how the agent does.",
	"edit":   "The change is kept as a version of its own; earlier runs keep theirs.",
	"same":   "The tasks are the same, so there is no new version.",
	"freeze": "The suite is frozen: nobody can change it any more, and its runs stay comparable.",
	"copy":   "This is the copy. It can be changed.",
	"run":    "The tasks are launched. This page follows them.",
}

// pageOf is the head of a suite's page.
func (s *Section) pageOf(c echo.Context, info *suites.Info, number int) suitesview.Page {
	here := pathOf(info.ID)
	version := ""
	if number > 0 && number != info.Version {
		version = "version=" + ui.Itoa(number)
	}
	v := suitesview.Page{Name: info.Name, Text: info.Description, Notice: notices[c.QueryParam("did")], Run: s.Link(withQuery(here+"/run", version)),
		JSON: s.Link(withQuery(here+"/export", version)), CSV: s.Link(withQuery(here+"/export?form=csv", version)), Copy: s.Link(withQuery(here+"/copy", version)),
		CopyField: partials.Field{ID: "f-copy", Name: "name", Label: "Name of a copy", Kind: "text", Value: partials.Clip(info.Name, 90) + " copy", Required: true, MaxLength: ui.Itoa(suites.MaxName)},
		Delete: partials.Post{Label: "Delete the suite", Icon: "trash", Class: "stop", Action: s.Link(here + "/delete"),
			Confirm: "Delete the suite, its versions, and which runs were its? The runs themselves stay."},
		Chips: []partials.Chip{{Text: "version " + ui.Itoa(info.Version)}, {Text: partials.Plural(info.Tasks, "task")}},
		KHelp: "Share of tasks that would be solved in all of k tries, with its 95 % interval over tasks",
		CLI:   "purpose suite run " + ui.ShellQuote(info.Name) + "\npurpose suite compare " + ui.ShellQuote(info.Name) + "\npurpose lab --suite " + ui.ShellQuote(info.Name),
		Curl:  "curl -X POST " + ui.ShellQuote(s.Origins.Base(c.Request())+s.Path("/api/v1"+here+"/runs")) + " \\\n  -H 'Content-Type: application/json' -d '{}'"}
	if info.Frozen {
		v.Chips = append(v.Chips, partials.Chip{Text: "frozen", Icon: "pin", Tone: "acc"})
	} else {
		v.Edit, v.Add = s.Link(here+"/edit"), s.Link(here+"/task")
		v.Freeze = &partials.Post{Label: "Freeze", Icon: "pin", Action: s.Link(here + "/freeze"),
			Confirm: "Freeze this suite as a regression set? Nobody can change it any more, and there is no way back; it can be copied."}
	}
	if version != "" {
		v.Shown = fmt.Sprintf("These are the tasks of version %d; the newest is %d.", number, info.Version)
		v.Edit, v.Add = "", ""
	}
	return v
}

func withQuery(path, query string) string {
	if query == "" {
		return path
	}
	if strings.Contains(path, "?") {
		return path + "&" + query
	}
	return path + "?" + query
}

// addRuns adds the runs with what changed since the one before each.
func (s *Section) addRuns(c echo.Context, v *suitesview.Page, info *suites.Info, outcomes []suites.Outcome) error {
	v.EmptyRuns = partials.Empty{Icon: "play", Text: "Not run yet.", Action: &partials.Link{Text: "Run it", Href: v.Run}}
	if info.Runs > len(outcomes) {
		v.RunNote = fmt.Sprintf("the newest %d of %d", len(outcomes), info.Runs)
	}
	tasks := map[int][]suites.Task{} // by version
	for i := range outcomes {
		o := &outcomes[i]
		row := s.runRow(o)
		if o.Summary.Open > 0 {
			v.Refresh = s.Path(withQuery(pathOf(info.ID), pollQuery(c)))
		}
		if i+1 < len(outcomes) {
			before := &outcomes[i+1]
			for _, number := range []int{before.Run.Version, o.Run.Version} {
				if _, known := tasks[number]; known {
					continue
				}
				version, err := s.cfg.Suites.Version(c.Request().Context(), info.ID, number)
				if err != nil {
					return err
				}
				tasks[number] = version.Tasks
			}
			changes, _ := suites.Differ(*before, *o, tasks[before.Run.Version], tasks[o.Run.Version])
			if changes.N > 0 {
				row.Fixed, row.Broken = ui.Itoa(len(changes.Fixed)), ui.Itoa(len(changes.Broken))
				row.Compare = s.Link(comparePath(info.ID, changes.Before, changes.After))
			}
		}
		v.Runs = append(v.Runs, row)
	}
	if len(outcomes) > 1 {
		v.Compare = s.pick(info, outcomes, outcomes[1].Run.ID, outcomes[0].Run.ID)
	}
	return nil
}

// pollQuery is the address that a page asks for again: without what was just done.
func pollQuery(c echo.Context) string {
	q := url.Values{}
	for _, name := range []string{"version", "from"} {
		if value := c.QueryParam(name); value != "" {
			q.Set(name, value)
		}
	}
	return q.Encode()
}

func comparePath(id, before, after string) string {
	return pathOf(id) + "/compare?" + url.Values{"before": {before}, "after": {after}}.Encode()
}

func (s *Section) runRow(o *suites.Outcome) suitesview.RunRow {
	sum := &o.Summary
	row := suitesview.RunRow{When: partials.Ago(s.Now(), o.Run.At), Href: s.groupLink(o), Version: ui.Itoa(o.Run.Version), Model: o.Run.Models.Actor, Memory: o.Run.Memory,
		Tries: partials.Plural(o.Run.Tasks, "task"), Mean: "–", PassK: "–", Phi: "–", Steps: "–", Tokens: partials.Short(sum.Tokens)}
	if o.Run.Tries > 1 {
		row.Tries += fmt.Sprintf(", %d tries", o.Run.Tries)
	}
	if o.Run.Split != "" {
		row.Tries += ", " + o.Run.Split
	}
	if sum.Estimated {
		row.Tokens = "≈ " + row.Tokens
	}
	if sum.Open > 0 {
		row.State = ui.Itoa(sum.Open) + " not ended"
	}
	if sum.Lost > 0 {
		row.Unknown = ui.Itoa(sum.Lost) + " without a verdict"
	}
	if sum.Known == 0 {
		return row
	}
	row.Phi, row.Steps = partials.Phi(sum.MeanPhi), fmt.Sprintf("%.1f", sum.MeanSteps)
	row.Mean, row.MeanRange = passWords(sum.Pass[0])
	if k := len(sum.Pass); k > 1 && sum.Pass[k-1].N > 0 {
		row.PassK, row.Pass = passWords(sum.Pass[k-1])
		row.PassK = fmt.Sprintf("%s (k = %d)", row.PassK, k)
	}
	return row
}

// passWords says a share with its interval and what it rests on.
func passWords(p stats.PassHat) (share, rest string) {
	if p.N == 0 {
		return "–", ""
	}
	return ui.PercentWords(p.Share), fmt.Sprintf("%s, n = %d", ui.RangeWords(p.Low, p.High), p.N)
}

// groupLink leads to the runs of a run of a suite.
func (s *Section) groupLink(o *suites.Outcome) templ.SafeURL {
	if o.Run.Group != "" {
		return s.Link("/groups/" + url.PathEscape(o.Run.Group))
	}
	if len(o.Summary.Results) > 0 {
		return s.RunLink(o.Summary.Results[0].Run)
	}
	return s.Link(pathOf(o.Run.Suite))
}

// pick is the choice of two runs to compare.
func (s *Section) pick(info *suites.Info, outcomes []suites.Outcome, before, after string) *suitesview.ComparePick {
	var pairs []string
	for i := range outcomes {
		o := &outcomes[i]
		label := fmt.Sprintf("%s · version %d · %s · memory %s", o.Run.At.Format("2006-01-02 15:04 UTC"), o.Run.Version, o.Run.Models.Actor, o.Run.Memory)
		pairs = append(pairs, o.Run.ID, label)
	}
	return &suitesview.ComparePick{Action: s.Link(pathOf(info.ID) + "/compare"),
		Before: partials.Field{ID: "f-before", Name: "before", Label: "Before", Kind: "select", Options: ui.Options(before, pairs...)},
		After:  partials.Field{ID: "f-after", Name: "after", Label: "After", Kind: "select", Options: ui.Options(after, pairs...)}}
}

// addTasks adds a window of the tasks with what became of them.
func (s *Section) addTasks(v *suitesview.Page, info *suites.Info, tasks []suites.Task, outcomes []suites.Outcome, number, from int) {
	columns := outcomes[:min(len(outcomes), maxColumns)]
	results := make([]map[string]*suites.Result, len(columns))
	v.TaskCaption = "Tasks of the suite"
	for i := range columns {
		o := &columns[i]
		results[i] = map[string]*suites.Result{}
		for k := range o.Summary.Results {
			results[i][o.Summary.Results[k].Task] = &o.Summary.Results[k]
		}
		v.Columns = append(v.Columns, suitesview.Column{Short: partials.Ago(s.Now(), o.Run.At).Text, Title: fmt.Sprintf("Run of %s, version %d, %s, memory %s", o.Run.At.Format("2006-01-02 15:04 UTC"), o.Run.Version, o.Run.Models.Actor, o.Run.Memory)})
	}
	if len(columns) > 0 {
		v.TaskCaption += " with what became of them in its newest runs"
	}
	to := min(from+perPage, len(tasks))
	for i := from; i < to; i++ {
		t := &tasks[i]
		row := suitesview.TaskRow{ID: t.ID, Purpose: partials.Clip(ui.Visible(ui.FirstOf(t.Purpose, "drawn from the seed")), 160),
			Environment: partials.Link{Text: s.WorldTitle(t.Environment), Href: s.Link("/environments/" + url.PathEscape(t.Environment))}, Seed: ui.Number(t.Seed), Split: ui.FirstOf(t.Split, "test"), Steps: ui.FirstOf(ui.CountText(t.MaxSteps), "–")}
		if !t.Config.IsEmpty() {
			row.Config = partials.Clip(ui.Visible(t.Config.String()), 160)
		}
		if !t.Check.IsEmpty() {
			row.Check = partials.Clip(ui.Visible(t.Check.String()), 160)
		}
		if v.Edit != "" {
			row.Href = s.Link(pathOf(info.ID) + "/task?task=" + url.QueryEscape(t.ID))
		}
		for k := range columns {
			row.Cells = append(row.Cells, s.cell(results[k][t.ID]))
		}
		v.Tasks = append(v.Tasks, row)
	}
	v.TaskNote = partials.Plural(len(tasks), "task")
	if len(tasks) <= perPage {
		return
	}
	v.TaskNote = fmt.Sprintf("%d to %d of %d", from+1, to, len(tasks))
	window := func(at int) string {
		q := url.Values{"from": {ui.Itoa(at)}}
		if number > 0 {
			q.Set("version", ui.Itoa(number))
		}
		return pathOf(info.ID) + "?" + q.Encode() + "#tasks"
	}
	if from > 0 {
		v.Pager.Newer = s.Link(window(max(from-perPage, 0)))
	}
	if to < len(tasks) {
		v.Pager.Older = s.Link(window(to))
	}
}

// cell says what became of a task in a run: nil for nothing.
func (s *Section) cell(r *suites.Result) suitesview.Cell {
	switch {
	case r == nil:
		return suitesview.Cell{Text: "–", Title: "not done in this run"}
	case r.Tries == 0 && r.Open > 0:
		return suitesview.Cell{Text: "…", Title: "not ended", Href: s.RunLink(r.Run)}
	case r.Tries == 0:
		return suitesview.Cell{Text: "?", Title: "no verdict", Href: s.RunLink(r.Run)}
	}
	cell := suitesview.Cell{Text: fmt.Sprintf("%d/%d", r.Solved, r.Tries), Title: fmt.Sprintf("%d of %d tries solved", r.Solved, r.Tries), Href: s.RunLink(r.Run)}
	if r.Tries == 1 {
		cell.Text, cell.Title = map[bool]string{true: "✓", false: "✗"}[r.Solved == 1], map[bool]string{true: "solved", false: "not solved"}[r.Solved == 1]
	}
	switch r.Solved {
	case r.Tries:
		cell.Tone = "good"
	case 0:
		cell.Tone = "bad"
	}
	return cell
}

// export answers with a suite as a file.
func (s *Section) export(c echo.Context) error {
	number, err := numberOf(c, "version")
	if err != nil {
		return err
	}
	_, suite, err := s.cfg.Suites.Load(c.Request().Context(), c.Param("id"), number)
	if err != nil {
		return err
	}
	name, kind := suite.Name+".json", echo.MIMEApplicationJSON
	var raw []byte
	if c.QueryParam("form") == suitefile.CSV {
		var text strings.Builder
		if err := suite.WriteCSV(&text); err != nil {
			return err
		}
		name, kind, raw = suite.Name+".csv", "text/csv; charset=utf-8", []byte(text.String())
	} else if raw, err = suite.Encode(); err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderContentDisposition, mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	return c.Blob(http.StatusOK, kind, raw)
}

// compare shows two runs of the suite beside each other.
func (s *Section) compare(c echo.Context) error {
	ctx := c.Request().Context()
	info, err := s.cfg.Suites.Get(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	outcomes, err := s.cfg.Suites.Outcomes(ctx, info.ID)
	if err != nil {
		return err
	}
	before, after := c.QueryParam("before"), c.QueryParam("after")
	if (before == "" || after == "") && len(outcomes) < 2 {
		return agent.Errorf(agent.CodeInvalid, "%s was run %d times; two runs are needed to compare", info.Name, info.Runs)
	}
	if after == "" {
		after = outcomes[0].Run.ID
	}
	if before == "" {
		before = outcomes[1].Run.ID
	}
	changes, err := s.cfg.Suites.Compare(ctx, before, after)
	if err != nil {
		return err
	}
	var sides [2]suites.Outcome
	for i, id := range []string{before, after} {
		if sides[i], err = s.cfg.Suites.Outcome(ctx, id); err != nil {
			return err
		}
		if sides[i].Run.Suite != info.ID {
			return agent.Errorf(agent.CodeNotFound, "there is no such run of %s", info.Name)
		}
	}
	v := suitesview.Comparison{Title: info.Name, Pick: s.pick(&info, outcomes, before, after), Sides: s.sidesOf(sides), Fixed: s.changes(changes.Fixed), Broken: s.changes(changes.Broken), Facts: differenceFacts(&changes)}
	v.Verdict, v.More = comparisonWords(&changes)
	return s.Page(c, http.StatusOK, layout.Frame{Title: info.Name + ", compared", Crumbs: s.crumbs(&info, "Compare")}, suitesview.ComparePage(v))
}

func (s *Section) changes(list []suites.Change) []suitesview.ChangeRow {
	var rows []suitesview.ChangeRow
	for _, x := range list {
		rows = append(rows, suitesview.ChangeRow{Task: x.Task, Before: ui.PercentWords(x.Before), After: ui.PercentWords(x.After), Href: s.RunLink(x.Run)})
	}
	return rows
}

// sidesOf is a table of the two runs.
func (s *Section) sidesOf(sides [2]suites.Outcome) partials.Table {
	t := partials.Table{Head: []string{"", "Before", "After"}, Numbers: 1}
	var rows [2]suitesview.RunRow
	for i := range sides {
		rows[i] = s.runRow(&sides[i])
	}
	for _, line := range []struct {
		name string
		of   func(r *suitesview.RunRow, o *suites.Outcome) string
	}{
		{"When", func(_ *suitesview.RunRow, o *suites.Outcome) string { return o.Run.At.Format("2006-01-02 15:04 UTC") }},
		{"Version", func(r *suitesview.RunRow, _ *suites.Outcome) string { return r.Version }},
		{"Model", func(r *suitesview.RunRow, _ *suites.Outcome) string { return r.Model }},
		{"Critic", func(_ *suitesview.RunRow, o *suites.Outcome) string { return o.Run.Models.Critic }},
		{"Memory", func(r *suitesview.RunRow, _ *suites.Outcome) string { return r.Memory }},
		{"Done", func(r *suitesview.RunRow, _ *suites.Outcome) string { return r.Tries }},
		{"Solved", func(r *suitesview.RunRow, _ *suites.Outcome) string {
			return strings.TrimSpace(r.Mean + "  " + r.MeanRange)
		}},
		{"pass^k", func(r *suitesview.RunRow, _ *suites.Outcome) string {
			return strings.TrimSpace(r.PassK + "  " + r.Pass)
		}},
		{"Φ at the end", func(r *suitesview.RunRow, _ *suites.Outcome) string { return r.Phi }},
		{"Steps", func(r *suitesview.RunRow, _ *suites.Outcome) string { return r.Steps }},
		{"Tokens", func(r *suitesview.RunRow, _ *suites.Outcome) string { return r.Tokens }},
	} {
		t.Rows = append(t.Rows, []string{line.name, line.of(&rows[0], &sides[0]), line.of(&rows[1], &sides[1])})
	}
	return t
}

// comparisonWords says what a comparison shows: no more than its interval and p do.
func comparisonWords(c *suites.Comparison) (verdict, more string) {
	more = partials.Plural(c.N, "task") + " compared"
	if c.Other > 0 {
		more += fmt.Sprintf("; %d not done alike in both", c.Other)
	}
	if c.Unknown > 0 {
		more += fmt.Sprintf("; %d without a verdict in one of them", c.Unknown)
	}
	more += "."
	switch d := c.Difference; {
	case c.N == 0:
		return "Nothing to compare", "No task was done alike in both runs and has a verdict in both."
	case len(c.Fixed) == 0 && len(c.Broken) == 0:
		return "Nothing changed", more
	case c.P < 0.05 && d.Value > 0:
		return fmt.Sprintf("Better: %d fixed, %d broken", len(c.Fixed), len(c.Broken)), more
	case c.P < 0.05:
		return fmt.Sprintf("Worse: %d broken, %d fixed", len(c.Broken), len(c.Fixed)), more
	}
	return fmt.Sprintf("%d fixed, %d broken: this may be chance", len(c.Fixed), len(c.Broken)), more
}

func differenceFacts(c *suites.Comparison) []pages.Fact {
	if c.N == 0 {
		return nil
	}
	return []pages.Fact{
		{Term: "After − before", Value: ui.Points(c.Difference), Help: "Mean over tasks of the share of solved tries, with its 95 % interval, in points"},
		{Term: "p", Value: fmt.Sprintf("%.3f", c.P), Help: "Sign-flip test of pairs; McNemar's exact test where each task was tried once"},
		{Term: "Tasks", Value: ui.Itoa(c.N), Help: "That both runs did, and that asked for the same in both"},
	}
}

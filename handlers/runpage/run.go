package runpage

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/handlers/ui"
	"purposeagent/static"
	"purposeagent/views/layout"
	"purposeagent/views/partials"
	"purposeagent/views/runview"
)

// Register adds the routes.
func (s *Section) Register(g *echo.Group) {
	g.GET("/runs/:id", s.showRun)
	g.GET("/runs/:id/steps", s.moreSteps)
	g.GET("/runs/:id/steps/:n", s.showStep)
	g.GET("/runs/:id/steps/:n/picture.svg", s.showPicture)
	g.POST("/runs/:id/steps/:n/picture", s.drawPicture)
	g.GET("/runs/:id/steps/:n/files/:name", filePages{s}.stepFile)
	g.GET("/runs/:id/judged/files/:name", filePages{s}.judgedFile)
	g.GET("/runs/:id/phi", s.showPhi)
	g.GET("/runs/:id/film", s.showFilm)
	g.GET("/runs/:id/spine", s.showSpine)
	steerPages{s}.register(g)
}

// showRun shows a run; ?step=12 chooses a step.
func (s *Section) showRun(c echo.Context) error {
	chosen := 0
	if text := c.QueryParam("step"); text != "" {
		var err error
		if chosen, err = ui.IndexOf(text); err != nil {
			return err
		}
	}
	return s.runPage(c, chosen)
}

// showStep shows one step: the detail to htmx, the whole page to everybody else.
func (s *Section) showStep(c echo.Context) error {
	index, err := ui.IndexOf(c.Param("n"))
	if err != nil {
		return err
	}
	if !ui.IsFragment(c) {
		return s.runPage(c, index)
	}
	ctx := c.Request().Context()
	run, err := s.cfg.Runs.Get(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	step, err := s.cfg.Runs.Step(ctx, run.ID, index)
	if err != nil {
		return err
	}
	run.Steps = max(run.Steps, index)
	detail, err := s.stepDetail(ctx, run, step, c.QueryParam("tab"))
	if err != nil {
		return err
	}
	return s.Render(c, http.StatusOK, runview.StepView(detail))
}

func (s *Section) runPage(c echo.Context, chosen int) error {
	ctx := c.Request().Context()
	run, err := s.cfg.Runs.Get(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	view, err := s.runView(ctx, run, chosen, c.QueryParams())
	if err != nil {
		return err
	}
	return s.showRunPage(c, run, view)
}

func (s *Section) showRunPage(c echo.Context, run agent.Run, view runview.RunPage) error {
	frame := layout.Frame{Title: ui.NameOf(run).Short(), Fixed: true,
		Crumbs:  s.RunCrumbs(run, ""),
		Scripts: []string{static.URL(s.BasePath, static.Run)}, Keys: Keys, Live: !run.Status.Final(), Actions: runview.RunActions(!run.Status.Final(), view.Film != nil, s.exportLinks(run.ID))}
	if view.Film != nil {
		frame.Scripts = append(frame.Scripts, static.URL(s.BasePath, static.Film))
	}
	if !run.Status.Final() {
		frame.Scripts = append(frame.Scripts, static.URL(s.BasePath, static.Ways), static.URL(s.BasePath, static.Live))
	}
	return s.Page(c, http.StatusOK, frame, runview.RunView(view))
}

// Keys is the run page's part of the keyboard help.
var Keys = []layout.Key{
	{Keys: []string{"j", "k"}, Does: "next step, step before"},
	{Keys: []string{"/"}, Does: "search the steps: words, action:, rule:, is:failed, delta:<0"},
	{Keys: []string{"+", "-", "0"}, Does: "a closer, a wider look at the line, and all of it; or draw over a part"},
	{Keys: []string{"[", "]"}, Does: "the line before, the line after"},
	{Keys: []string{"space"}, Does: "follow the newest step; play a run that has ended"},
	{Keys: []string{"p"}, Does: "pause or resume the run"},
	{Keys: []string{"s"}, Does: "let a paused run take one step"},
	{Keys: []string{"a"}, Does: "approve what the run asks"},
	{Keys: []string{"f"}, Does: "fork the run after the shown step"},
	{Keys: []string{"t"}, Does: "teach a rule from the shown step"},
	{Keys: []string{"n"}, Does: "write a note to the actor"},
	{Keys: []string{"."}, Does: "stop the run (asks first)"},
}

// runView is the whole page of a run. The run is read before its steps, so
// that what the page shows is never behind the number it says it shows.
func (s *Section) runView(ctx context.Context, run agent.Run, chosen int, q url.Values) (runview.RunPage, error) {
	points, err := s.cfg.Runs.PhiLine(ctx, run.ID)
	if err != nil {
		return runview.RunPage{}, err
	}
	run.Steps = max(run.Steps, len(points))
	at, err := readZoom(q, len(points))
	if err != nil {
		return runview.RunPage{}, err
	}
	steps, err := s.windowAround(ctx, run, chosen)
	if err != nil {
		return runview.RunPage{}, err
	}
	people, err := s.cfg.Runs.People(ctx, run.ID, PeopleShown)
	if err != nil {
		return runview.RunPage{}, err
	}
	view := runview.RunPage{ID: run.ID, Head: s.HeadView(ctx, run), Ask: s.AskView(run), People: s.PeopleView(people), Steer: s.SteerForm(run), Seq: strconv.FormatInt(run.LastSeq, 10),
		Detail: runview.StepDetail{Empty: "No step yet. Each one appears here as the agent takes it."}}
	shown := chosen
	if chosen == 0 {
		view.Follow = !run.Status.Final()
		if len(steps) > 0 {
			shown = steps[len(steps)-1].Index
		}
	}
	if shown > 0 {
		step, err := s.cfg.Runs.Step(ctx, run.ID, shown)
		if err != nil {
			return runview.RunPage{}, err
		}
		view.Select = strconv.Itoa(shown)
		if view.Detail, err = s.stepDetail(ctx, run, step, q.Get("tab")); err != nil {
			return runview.RunPage{}, err
		}
	} else if run.Status.Final() {
		view.Detail.Empty = "This run ended before its first step."
	}
	view.Steps = s.stepsView(run, steps, shown)
	view.Steps.Search = s.Link("/runs/" + url.PathEscape(run.ID) + "/steps")
	worse, flagged := CountPoints(points)
	view.Steps.Worse, view.Steps.Flagged = ui.Count(worse), ui.Count(flagged)
	view.Spine = s.SpineView(run, points, shown, at)
	ending, err := s.EndingOf(ctx, run)
	if err != nil {
		return runview.RunPage{}, err
	}
	if view.End, err = s.EndView(ctx, run, ending); err != nil {
		return runview.RunPage{}, err
	}
	if err := s.markDropped(ctx, &view.End, ending.Learned); err != nil {
		return runview.RunPage{}, err
	}
	view.Film = s.FilmView(run)
	if !run.Status.Final() {
		view.Live = s.Path("/runs/" + run.ID + "/live")
	}
	return view, nil
}

// windowAround returns the steps around a chosen one, or the newest ones.
func (s *Section) windowAround(ctx context.Context, run agent.Run, chosen int) ([]agent.Step, error) {
	if chosen == 0 || chosen > run.Steps-RunWindow/2 {
		return s.cfg.Runs.StepsBefore(ctx, run.ID, run.Steps+1, RunWindow)
	}
	return s.cfg.Runs.Steps(ctx, run.ID, max(chosen-RunWindow/2, 0), RunWindow)
}

// moreSteps gives htmx a window of steps before or after a step; others get
// the page at that place.
func (s *Section) moreSteps(c echo.Context) error {
	ctx := c.Request().Context()
	if c.QueryParams().Has("find") {
		return s.findSteps(c)
	}
	before, after := c.QueryParam("before"), c.QueryParam("after")
	text := before
	if text == "" {
		text = after
	}
	edge, err := ui.IndexOf(text)
	if err != nil {
		return err
	}
	if !ui.IsFragment(c) {
		if before != "" {
			edge = max(edge-1, 1)
		}
		return s.runPage(c, edge)
	}
	run, err := s.cfg.Runs.Get(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	var steps []agent.Step
	if before != "" {
		steps, err = s.cfg.Runs.StepsBefore(ctx, run.ID, edge, RunWindow)
	} else {
		steps, err = s.cfg.Runs.Steps(ctx, run.ID, edge, RunWindow)
	}
	if err != nil {
		return err
	}
	view := s.stepsView(run, steps, 0)
	if before != "" {
		view.Later = nil
	} else {
		view.Earlier = nil
	}
	return s.Render(c, http.StatusOK, runview.StepRows(view))
}

// maxTwinRows bounds the table behind the Φ spine.
const maxTwinRows = 2000

// showPhi is the table twin of the Φ spine.
func (s *Section) showPhi(c echo.Context) error {
	ctx := c.Request().Context()
	run, err := s.cfg.Runs.Get(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	points, err := s.cfg.Runs.PhiLine(ctx, run.ID)
	if err != nil {
		return err
	}
	table := partials.Table{Head: []string{"Action", "Memory", "Flags", "Step", "Φ", "Δ"}, Numbers: 3}
	if len(points) > maxTwinRows {
		table.Note = "The last " + ui.Count(maxTwinRows) + " of " + ui.Count(len(points)) + " steps; all of them are in the API."
		points = points[len(points)-maxTwinRows:]
	}
	for _, p := range points {
		flags := ""
		switch {
		case p.Failed:
			flags = "failed"
		case p.Flagged:
			flags = "flagged"
		}
		table.Rows = append(table.Rows, []string{partials.Clip(p.Label, 120), string(p.Memory), flags, strconv.Itoa(p.Step), partials.Phi(p.Phi), partials.NewDelta(p.Delta).Text})
	}
	frame := layout.Frame{Title: "Φ of " + ui.NameOf(run).Short(), Crumbs: s.RunCrumbs(run, "Φ and Δ")}
	return s.Page(c, http.StatusOK, frame, runview.PhiTable(ui.PurposeOf(run), table))
}

// exportLinks are the files that a run's page offers.
func (s *Section) exportLinks(id string) []partials.Link {
	var links []partials.Link
	for _, f := range []struct{ text, name string }{{"A page that opens offline", "html"}, {"Markdown", "md"}, {"JSON", "json"}, {"JSON lines, one event each", "jsonl"}} {
		links = append(links, partials.Link{Text: f.text, Href: s.Link("/runs/" + url.PathEscape(id) + "/export." + f.name)})
	}
	return links
}

// forkLink is the address of the form that forks a run after a step.
func (s *Section) forkLink(id string, step int) string {
	return "/runs/" + url.PathEscape(id) + "/fork?step=" + strconv.Itoa(step)
}

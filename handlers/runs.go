package handlers

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/static"
	"purposeagent/views/layout"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

func (s *Server) registerRun(g *echo.Group) {
	g.GET("/runs/:id", s.showRun)
	g.GET("/runs/:id/steps", s.moreSteps)
	g.GET("/runs/:id/steps/:n", s.showStep)
	g.GET("/runs/:id/steps/:n/picture.svg", s.showPicture)
	g.POST("/runs/:id/steps/:n/picture", s.drawPicture)
	g.GET("/runs/:id/phi", s.showPhi)
	g.GET("/runs/:id/spine", s.showSpine)
	s.registerSteering(g)
}

// showRun shows a run; ?step=12 chooses a step.
func (s *Server) showRun(c echo.Context) error {
	chosen := 0
	if text := c.QueryParam("step"); text != "" {
		var err error
		if chosen, err = indexOf(text); err != nil {
			return err
		}
	}
	return s.runPage(c, chosen)
}

// showStep shows one step: the detail to htmx, the whole page to everybody else.
func (s *Server) showStep(c echo.Context) error {
	index, err := indexOf(c.Param("n"))
	if err != nil {
		return err
	}
	if !isFragment(c) {
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
	return s.render(c, http.StatusOK, pages.StepView(detail))
}

func (s *Server) runPage(c echo.Context, chosen int) error {
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

func (s *Server) showRunPage(c echo.Context, run agent.Run, view pages.RunPage) error {
	frame := layout.Frame{Title: nameOf(run).Short(), Fixed: true,
		Crumbs:  s.runCrumbs(run, ""),
		Scripts: []string{static.URL(s.cfg.BasePath, static.Run)}, Keys: runKeys, Live: !run.Status.Final(), Actions: pages.RunActions(!run.Status.Final(), s.exportLinks(run.ID))}
	if !run.Status.Final() {
		frame.Scripts = append(frame.Scripts, static.URL(s.cfg.BasePath, static.Ways), static.URL(s.cfg.BasePath, static.Live))
	}
	return s.page(c, http.StatusOK, frame, pages.RunView(view))
}

// runCrumbs are the way to a run, or to a page of it.
func (s *Server) runCrumbs(run agent.Run, page string) []layout.Crumb {
	name := nameOf(run)
	crumbs := []layout.Crumb{{Label: "Runs", Href: s.link("/runs")}, {Label: name.Text, Mark: name.Mark, Href: s.runLink(run.ID)}}
	if page != "" {
		crumbs = append(crumbs, layout.Crumb{Label: page})
	}
	return crumbs
}

// runKeys is the run page's part of the keyboard help.
var runKeys = []layout.Key{
	{Keys: []string{"j", "k"}, Does: "next step, step before"},
	{Keys: []string{"/"}, Does: "search the steps: words, action:, rule:, is:failed, delta:<0"},
	{Keys: []string{"+", "-", "0"}, Does: "a closer, a wider look at the line, and all of it; or draw over a part"},
	{Keys: []string{"[", "]"}, Does: "the line before, the line after"},
	{Keys: []string{"space"}, Does: "follow the newest step"},
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
func (s *Server) runView(ctx context.Context, run agent.Run, chosen int, q url.Values) (pages.RunPage, error) {
	points, err := s.cfg.Runs.PhiLine(ctx, run.ID)
	if err != nil {
		return pages.RunPage{}, err
	}
	run.Steps = max(run.Steps, len(points))
	at, err := readZoom(q, len(points))
	if err != nil {
		return pages.RunPage{}, err
	}
	steps, err := s.windowAround(ctx, run, chosen)
	if err != nil {
		return pages.RunPage{}, err
	}
	people, err := s.cfg.Runs.People(ctx, run.ID, peopleShown)
	if err != nil {
		return pages.RunPage{}, err
	}
	view := pages.RunPage{ID: run.ID, Head: s.headView(ctx, run), Ask: s.askView(run), People: s.peopleView(people), Steer: s.steerForm(run), Seq: strconv.FormatInt(run.LastSeq, 10),
		Detail: pages.StepDetail{Empty: "No step yet. Each one appears here as the agent takes it."}}
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
			return pages.RunPage{}, err
		}
		view.Select = strconv.Itoa(shown)
		if view.Detail, err = s.stepDetail(ctx, run, step, q.Get("tab")); err != nil {
			return pages.RunPage{}, err
		}
	} else if run.Status.Final() {
		view.Detail.Empty = "This run ended before its first step."
	}
	view.Steps = s.stepsView(run, steps, shown)
	view.Steps.Search = s.link("/runs/" + url.PathEscape(run.ID) + "/steps")
	worse, flagged := countPoints(points)
	view.Steps.Worse, view.Steps.Flagged = partialsCount(worse), partialsCount(flagged)
	view.Spine = s.spineView(run, points, shown, at)
	learned, err := s.learnedOf(ctx, run)
	if err != nil {
		return pages.RunPage{}, err
	}
	view.End = s.endView(run, learned)
	if err := s.markDropped(ctx, &view.End, learned); err != nil {
		return pages.RunPage{}, err
	}
	if !run.Status.Final() {
		view.Live = s.path("/runs/" + run.ID + "/live")
	}
	return view, nil
}

// windowAround returns the steps around a chosen one, or the newest ones.
func (s *Server) windowAround(ctx context.Context, run agent.Run, chosen int) ([]agent.Step, error) {
	if chosen == 0 || chosen > run.Steps-runWindow/2 {
		return s.cfg.Runs.StepsBefore(ctx, run.ID, run.Steps+1, runWindow)
	}
	return s.cfg.Runs.Steps(ctx, run.ID, max(chosen-runWindow/2, 0), runWindow)
}

// moreSteps gives htmx a window of steps before or after a step; others get
// the page at that place.
func (s *Server) moreSteps(c echo.Context) error {
	ctx := c.Request().Context()
	if c.QueryParams().Has("find") {
		return s.findSteps(c)
	}
	before, after := c.QueryParam("before"), c.QueryParam("after")
	text := before
	if text == "" {
		text = after
	}
	edge, err := indexOf(text)
	if err != nil {
		return err
	}
	if !isFragment(c) {
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
		steps, err = s.cfg.Runs.StepsBefore(ctx, run.ID, edge, runWindow)
	} else {
		steps, err = s.cfg.Runs.Steps(ctx, run.ID, edge, runWindow)
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
	return s.render(c, http.StatusOK, pages.StepRows(view))
}

// maxTwinRows bounds the table behind the Φ spine.
const maxTwinRows = 2000

// showPhi is the table twin of the Φ spine.
func (s *Server) showPhi(c echo.Context) error {
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
		table.Note = "The last " + partialsCount(maxTwinRows) + " of " + partialsCount(len(points)) + " steps; all of them are in the API."
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
	frame := layout.Frame{Title: "Φ of " + nameOf(run).Short(), Crumbs: s.runCrumbs(run, "Φ and Δ")}
	return s.page(c, http.StatusOK, frame, pages.PhiTable(purposeOf(run), table))
}

// indexOf reads a step's index from an address.
func indexOf(text string) (int, error) {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || n < 1 || n > agent.MaxMaxSteps {
		return 0, agent.Errorf(agent.CodeNotFound, "there is no step %q", partials.Clip(text, 20))
	}
	return n, nil
}

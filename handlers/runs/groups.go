package runs

import (
	"fmt"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/handlers/ui"
	"purposeagent/views/layout"
	"purposeagent/views/partials"
	"purposeagent/views/runsview"
)

func (s *Section) registerGroups(g *echo.Group) {
	g.GET("/groups/:id", s.group)
	g.POST("/groups/:id/stop", s.stopGroup)
}

// group shows the runs of one launch together. A live page asks again every
// second with the version it shows, and gets nothing while nothing changed.
func (s *Section) group(c echo.Context) error {
	if shown := c.QueryParam("v"); shown != "" && ui.IsFragment(c) {
		progress, err := s.cfg.Runs.GroupProgress(c.Request().Context(), c.Param("id"))
		if err != nil {
			return err
		}
		if shown == groupVersion(progress) {
			return c.NoContent(http.StatusNoContent)
		}
	}
	runs, err := s.cfg.Runs.Group(c.Request().Context(), c.Param("id"))
	if err != nil {
		return err
	}
	view := s.groupView(c.Param("id"), groupVersion(progressOf(runs)), runs, ui.ReadNotice(c))
	if s.cfg.Demo != nil {
		if st, err := s.cfg.Demo.Get(c.Request().Context(), c.Param("id")); err == nil {
			view.DemoURL = s.Link(demoPath(st.Group))
		}
	}
	if s.cfg.Suite != nil {
		suite, err := s.cfg.Suite(c.Request().Context(), c.Param("id"))
		if err != nil {
			return err
		}
		if suite != nil {
			s.ofSuite(&view, suite)
		}
	}
	if ui.IsFragment(c) {
		return s.Render(c, http.StatusOK, runsview.GroupUpdate(view))
	}
	return s.Page(c, http.StatusOK, layout.Frame{Title: view.Title, Live: view.Poll != "",
		Crumbs: []layout.Crumb{{Label: "Runs", Href: s.Link("/runs")}, {Label: view.Title}}}, runsview.GroupPage(view))
}

// ofSuite says of a group that it is a run of a suite: its tasks may be of several
// environments, each with a limit of its own.
func (s *Section) ofSuite(view *runsview.Group, suite *SuiteRun) {
	view.Title = fmt.Sprintf("%s, version %d", suite.Name, suite.Version)
	view.Meta = view.Meta[:min(len(view.Meta), 2)]
	view.Suite = partials.Link{Text: "The suite " + suite.Name, Href: s.Link("/suites/" + url.PathEscape(suite.ID))}
	view.LabURL = ""
}

// stopGroup ends the runs of a group that have not ended. A run that ends by
// itself meanwhile is nobody's error.
func (s *Section) stopGroup(c echo.Context) error {
	ctx := c.Request().Context()
	runs, err := s.cfg.Runs.Group(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	stopped := 0
	for _, run := range runs {
		if run.Status.Final() {
			continue
		}
		err := s.cfg.Engine.StopRun(ctx, run.ID, ui.Person)
		switch code := agent.CodeOf(err); {
		case err == nil:
			stopped++
		case code != agent.CodeConflict && code != agent.CodeNotFound:
			return err
		}
	}
	return s.SeeOther(c, "/groups/"+url.PathEscape(c.Param("id"))+"?did=stop&n="+ui.Itoa(stopped))
}

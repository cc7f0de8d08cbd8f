package labpages

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/handlers/ui"
	"purposeagent/internal/lab"
	"purposeagent/views/labview"
	"purposeagent/views/layout"
)

// Register adds the routes.
func (s *Section) Register(g *echo.Group) {
	s.registerCritics(g)
	if s.cfg.Lab == nil {
		return
	}
	g.GET("/lab", s.listExperiments)
	g.POST("/lab", s.startExperiment)
	g.GET("/lab/new", s.newExperiment)
	g.POST("/lab/new/preview", s.previewExperiment)
	g.POST("/lab/delete", s.deleteExperiments)
	g.GET("/lab/:id", s.experiment)
	g.GET("/lab/:id/outcomes", s.experimentOutcomes)
	g.GET("/lab/:id/report.json", s.experimentReport)
	g.POST("/lab/:id/cancel", s.cancelExperiment)
	g.POST("/lab/:id/resume", s.resumeExperiment)
}

// listExperiments shows the experiments. A list with one at work refreshes
// itself.
func (s *Section) listExperiments(c echo.Context) error {
	ctx := c.Request().Context()
	filter, err := labFilterOf(c)
	if err != nil {
		return err
	}
	page, err := s.cfg.Lab.List(ctx, filter.query())
	if err != nil {
		return err
	}
	view := s.labListView(filter, s.RuleTitles(ctx), page, ui.ReadNotice(c))
	if ui.IsFragment(c) && c.Request().Header.Get("HX-Target") == "div#experiments" {
		return s.Render(c, http.StatusOK, labview.LabListPart(view))
	}
	frame := layout.Frame{Title: "Lab", Fixed: true, Live: view.Refresh != "", Crumbs: []layout.Crumb{{Label: "Lab"}},
		Actions: labview.LabActions(s.Link("/lab/new")), Keys: labKeys}
	return s.Page(c, http.StatusOK, frame, labview.LabList(view))
}

// labKeys is the list's part of the keyboard help.
var labKeys = []layout.Key{
	{Keys: []string{"n"}, Does: "new experiment"},
	{Keys: []string{"j", "k"}, Does: "next experiment, experiment before"},
	{Keys: []string{"o"}, Does: "open"},
	{Keys: []string{"x"}, Does: "select"},
}

// maxBulk bounds the experiments that one form may delete at once.
const maxBulk = 500

// deleteExperiments deletes experiments that are at their end.
func (s *Section) deleteExperiments(c echo.Context) error {
	form, err := c.FormParams()
	if err != nil {
		return agent.Wrap(agent.CodeInvalid, err, "the form could not be read")
	}
	ids := form["id"]
	if len(ids) == 0 || len(ids) > maxBulk {
		return agent.Errorf(agent.CodeInvalid, "select 1 to %d experiments, got %d", maxBulk, len(ids))
	}
	n, err := s.cfg.Lab.Delete(c.Request().Context(), ui.Person, ids)
	if err != nil {
		return err
	}
	return s.SeeOther(c, "/lab?did=delete&n="+ui.Itoa(n))
}

// newExperiment shows the form, filled from a preset, a link, an experiment
// or a rule. For htmx it is the part that follows the chosen environment.
func (s *Section) newExperiment(c echo.Context) error {
	p, err := s.labFormStart(c)
	if err != nil {
		return err
	}
	if ui.IsFragment(c) {
		return s.Render(c, http.StatusOK, labview.LabFormFollows(p.view()))
	}
	return s.showLabForm(c, http.StatusOK, p)
}

// previewExperiment says what the inputs would start and what it could show.
func (s *Section) previewExperiment(c echo.Context) error {
	p, err := s.postedLabForm(c)
	if err != nil {
		return err
	}
	return s.Render(c, http.StatusOK, labview.LabFormUpdate(p.aside()))
}

// startExperiment starts what the form says, or shows the form with what is
// wrong.
func (s *Section) startExperiment(c echo.Context) error {
	p, err := s.postedLabForm(c)
	if err != nil {
		return err
	}
	ask, problems := p.form.request(p.schema)
	if len(problems) == 0 && len(p.problems) == 0 {
		started, err := s.cfg.Lab.Start(c.Request().Context(), ui.Person, ask)
		if err == nil {
			return s.SeeOther(c, experimentPath(started.ID))
		}
		if problems = ui.ProblemsOf(err); problems == nil {
			return err
		}
		problems = labFieldNames(problems)
		for name, text := range problems {
			problems[name] = armsCalled(text, ask.Spec.Arms, p.called)
		}
	}
	maps.Copy(p.problems, problems)
	return s.showLabForm(c, http.StatusUnprocessableEntity, p)
}

func (s *Section) showLabForm(c echo.Context, status int, p labPage) error {
	return s.Page(c, status, layout.Frame{Title: "New experiment",
		Crumbs: []layout.Crumb{{Label: "Lab", Href: s.Link("/lab")}, {Label: "New experiment"}}}, labview.LabForm(p.view()))
}

// experiment shows one experiment. A live page asks again every second with
// the version it shows, and gets nothing while nothing changed; the answer
// after the end is the whole report and asks no more.
func (s *Section) experiment(c echo.Context) error {
	x, err := s.cfg.Lab.Get(c.Request().Context(), c.Param("id"))
	if err != nil {
		return err
	}
	version := experimentVersion(x)
	if ui.IsFragment(c) && c.QueryParam("v") == version {
		return c.NoContent(http.StatusNoContent)
	}
	view, err := s.experimentView(c.Request().Context(), x, version, readOutcomeWindow(c.QueryParams()), ui.ReadNotice(c))
	if err != nil {
		return err
	}
	if ui.IsFragment(c) && c.QueryParam("v") != "" {
		return s.Render(c, http.StatusOK, labview.ExperimentUpdate(view))
	}
	return s.Page(c, http.StatusOK, layout.Frame{Title: view.Title, Live: view.Poll != "", Actions: labview.ExperimentActions(view),
		Crumbs: []layout.Crumb{{Label: "Lab", Href: s.Link("/lab")}, {Label: view.Title}}}, labview.ExperimentPage(view))
}

// experimentOutcomes is a window of the tasks of one world, paired across arms.
func (s *Section) experimentOutcomes(c echo.Context) error {
	if !ui.IsFragment(c) {
		return c.Redirect(http.StatusSeeOther, s.Path(experimentPath(c.Param("id"))+"?"+c.QueryParams().Encode()+"#outcomes"))
	}
	x, err := s.cfg.Lab.Get(c.Request().Context(), c.Param("id"))
	if err != nil {
		return err
	}
	report, worlds, err := lab.ParseReport(x.Report)
	if err != nil {
		return err
	}
	window := readOutcomeWindow(c.QueryParams())
	if worlds != nil {
		report, _ = worldOf(worlds, window.world)
	}
	if report == nil {
		return agent.Errorf(agent.CodeConflict, "the experiment %s has no outcomes yet", x.ID)
	}
	return s.Render(c, http.StatusOK, labview.OutcomeTable(s.outcomeTable(x.ID, report, window, s.RuleTitles(c.Request().Context()))))
}

// plainName is what a file may be called without asking who made the id.
var plainName = regexp.MustCompile(`[^A-Za-z0-9_-]+`)

// experimentReport is the whole report as one JSON file, as it was stored.
func (s *Section) experimentReport(c echo.Context) error {
	x, err := s.cfg.Lab.Get(c.Request().Context(), c.Param("id"))
	if err != nil {
		return err
	}
	if x.Report.IsEmpty() {
		return agent.Errorf(agent.CodeConflict, "the experiment %s has no report: it is %s", x.ID, x.Status)
	}
	c.Response().Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="purpose-lab-%s.json"`, plainName.ReplaceAllString(x.ID, "-")))
	return c.Blob(http.StatusOK, "application/json", []byte(x.Report))
}

func (s *Section) cancelExperiment(c echo.Context) error {
	return s.steerExperiment(c, s.cfg.Lab.Cancel(c.Request().Context(), c.Param("id"), ui.Person))
}

func (s *Section) resumeExperiment(c echo.Context) error {
	return s.steerExperiment(c, s.cfg.Lab.Resume(c.Request().Context(), c.Param("id"), ui.Person))
}

func (s *Section) steerExperiment(c echo.Context, err error) error {
	if err != nil {
		return err
	}
	return s.SeeOther(c, experimentPath(c.Param("id")))
}

func experimentPath(id string) string { return "/lab/" + url.PathEscape(id) }

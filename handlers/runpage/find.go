package runpage

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/handlers/query"
	"purposeagent/handlers/ui"
	"purposeagent/views/partials"
	"purposeagent/views/runview"
)

// foundAtOnce is how many found steps a page holds.
const foundAtOnce = 100

// findSteps gives htmx the steps that ?find= means; others get the page with them.
// Without words it gives the window of all steps.
func (s *Section) findSteps(c echo.Context) error {
	ctx, text := c.Request().Context(), strings.TrimSpace(c.QueryParam("find"))
	run, err := s.cfg.Runs.Get(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	if text == "" {
		if !ui.IsFragment(c) {
			return s.SeeOther(c, "/runs/"+url.PathEscape(run.ID))
		}
		steps, err := s.windowAround(ctx, run, 0)
		if err != nil {
			return err
		}
		return s.Render(c, http.StatusOK, runview.StepRows(s.stepsView(run, steps, 0)))
	}
	view, err := s.foundView(ctx, run, text, c.QueryParam("after"))
	if err != nil {
		return err
	}
	if ui.IsFragment(c) {
		return s.Render(c, http.StatusOK, runview.StepRows(view))
	}
	page, err := s.runView(ctx, run, 0, nil)
	if err != nil {
		return err
	}
	page.Steps.Rows, page.Steps.Earlier, page.Steps.Later, page.Steps.Find = view.Rows, view.Earlier, view.Later, text
	page.Follow = false
	return s.showRunPage(c, run, page)
}

// foundView lists the found steps, with the way to more of them and back to all.
func (s *Section) foundView(ctx context.Context, run agent.Run, text, after string) (runview.RunSteps, error) {
	q, err := query.Steps(text)
	if err != nil {
		return runview.RunSteps{}, err
	}
	if after != "" {
		if q.After, err = ui.IndexOf(after); err != nil {
			return runview.RunSteps{}, err
		}
	}
	q.Limit = foundAtOnce + 1
	steps, err := s.cfg.Runs.FindSteps(ctx, run.ID, q)
	if err != nil {
		return runview.RunSteps{}, err
	}
	more := len(steps) > foundAtOnce
	steps = steps[:min(len(steps), foundAtOnce)]
	view := runview.RunSteps{}
	for _, step := range steps {
		view.Rows = append(view.Rows, s.StepRow(run.ID, step, 0))
	}
	base := "/runs/" + url.PathEscape(run.ID) + "/steps?find="
	said := partials.Plural(len(steps), "step") + " found"
	switch {
	case more:
		view.Later = &runview.StepGap{ID: "later", Text: "More of them ↓", Href: s.Link(base + url.QueryEscape(text) + "&after=" + strconv.Itoa(steps[len(steps)-1].Index))}
		said = "The first " + strconv.Itoa(len(steps)) + " steps found"
	case after != "":
		view.Later = &runview.StepGap{ID: "later", Text: "That was all of them · show all steps", Href: s.Link("/runs/" + url.PathEscape(run.ID)), Plain: true}
	default:
		view.Later = &runview.StepGap{ID: "later", Text: said + " · show all steps", Href: s.Link("/runs/" + url.PathEscape(run.ID)), Plain: true}
	}
	if after == "" && more {
		view.Earlier = &runview.StepGap{ID: "earlier", Text: said + " · show all steps", Href: s.Link("/runs/" + url.PathEscape(run.ID)), Plain: true}
	}
	return view, nil
}

package runpage

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/handlers/ui"
	"purposeagent/views/runview"
)

// Zoom is which steps of a run the Φ line is drawn of; the zero zoom is all.
type Zoom struct{ from, to int }

// minZoom is the fewest steps that one looks at.
const minZoom = 10

// readZoom reads ?from=100&to=200 of an address.
func readZoom(q url.Values, steps int) (Zoom, error) {
	if !q.Has("from") && !q.Has("to") {
		return Zoom{}, nil
	}
	from, err1 := ui.IndexOf(ui.FirstOf(q.Get("from"), "1"))
	to, err2 := ui.IndexOf(ui.FirstOf(q.Get("to"), strconv.Itoa(max(steps, 1))))
	if err1 != nil || err2 != nil || from > to || from > max(steps, 1) {
		return Zoom{}, agent.Errorf(agent.CodeInvalid, "the line goes from step 1 to %d; ask for from and to within that", steps)
	}
	return Zoom{from, min(to, max(steps, 1))}.within(steps), nil
}

// within returns the look as a run of so many steps can be looked at.
func (l Zoom) within(steps int) Zoom {
	width := min(max(l.to-l.from+1, minZoom), steps)
	from := min(max(l.from, 1), max(steps-width+1, 1))
	if width >= steps {
		return Zoom{}
	}
	return Zoom{from, from + width - 1}
}

// SpineView draws the run's Φ spine.
func (s *Section) SpineView(run agent.Run, points []catalog.PhiPoint, chosen int, at Zoom) runview.Spine {
	in := runview.SpineInput{MaxSteps: run.Spec.MaxSteps, EarlyStop: run.Spec.EarlyStopPhi, Ended: run.Status.Final(), Started: run.StartedAt != nil,
		Table: s.Link("/runs/" + url.PathEscape(run.ID) + "/phi"), From: at.from, To: at.to,
		StepLink: func(step int) templ.SafeURL { return s.StepLink(run.ID, step, "") }}
	if len(run.Spark.Points) > 0 {
		in.Initial = run.Spark.Points[0]
	}
	in.Points = make([]runview.SpinePoint, len(points))
	for i, p := range points {
		in.Points[i] = runview.SpinePoint{Step: p.Step, Phi: p.Phi, Delta: p.Delta, Label: p.Label, Memory: string(p.Memory), Flagged: p.Flagged, Failed: p.Failed}
	}
	spine := runview.NewSpine(in)
	if chosen > 0 {
		spine.Mark(in, chosen)
	}
	spine.Zoom = s.zoomView(run.ID, len(points), chosen, at, spine.Zoom.Text)
	return spine
}

// zoomView are the looks beside this one. A closer one is around the chosen
// step, where that is in sight.
func (s *Section) zoomView(id string, steps, chosen int, at Zoom, text string) runview.SpineZoom {
	z := runview.SpineZoom{Text: text}
	to := func(l Zoom) templ.SafeURL {
		path := "/runs/" + url.PathEscape(id)
		if chosen > 0 {
			path += "/steps/" + strconv.Itoa(chosen)
		}
		if l = l.within(steps); l == (Zoom{}) {
			return s.Link(path)
		}
		return s.Link(path + "?from=" + strconv.Itoa(l.from) + "&to=" + strconv.Itoa(l.to))
	}
	now := at
	if now == (Zoom{}) {
		now = Zoom{1, steps}
	}
	width := now.to - now.from + 1
	middle := (now.from + now.to) / 2
	if chosen >= now.from && chosen <= now.to {
		middle = chosen
	}
	if width > minZoom && steps > minZoom {
		half := max(width/2, minZoom)
		z.In = to(Zoom{middle - half/2, middle - half/2 + half - 1})
	}
	if at == (Zoom{}) {
		return z
	}
	z.Out, z.All = to(Zoom{middle - width, middle + width - 1}), to(Zoom{1, steps})
	if now.from > 1 {
		z.Earlier = to(Zoom{now.from - width/2, now.to - width/2})
	}
	if now.to < steps {
		z.Later = to(Zoom{now.from + width/2, now.to + width/2})
	}
	return z
}

// showSpine gives scripts the picture of some steps, and everybody else the page.
func (s *Section) showSpine(c echo.Context) error {
	ctx := c.Request().Context()
	run, err := s.cfg.Runs.Get(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	if !ui.IsFragment(c) {
		return s.runPage(c, 0)
	}
	points, err := s.cfg.Runs.PhiLine(ctx, run.ID)
	if err != nil {
		return err
	}
	at, err := readZoom(c.QueryParams(), len(points))
	if err != nil {
		return err
	}
	chosen := 0
	if text := c.QueryParam("step"); text != "" {
		if chosen, err = ui.IndexOf(text); err != nil {
			return err
		}
	}
	return s.Render(c, http.StatusOK, runview.SpineZoomed(s.SpineView(run, points, chosen, at)))
}

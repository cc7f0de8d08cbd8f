package handlers

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/views/pages"
)

// zoom is which steps of a run the Φ line is drawn of; the zero zoom is all.
type zoom struct{ from, to int }

// minZoom is the fewest steps that one looks at.
const minZoom = 10

// readZoom reads ?from=100&to=200 of an address.
func readZoom(q url.Values, steps int) (zoom, error) {
	if !q.Has("from") && !q.Has("to") {
		return zoom{}, nil
	}
	from, err1 := indexOf(firstOf(q.Get("from"), "1"))
	to, err2 := indexOf(firstOf(q.Get("to"), strconv.Itoa(max(steps, 1))))
	if err1 != nil || err2 != nil || from > to || from > max(steps, 1) {
		return zoom{}, agent.Errorf(agent.CodeInvalid, "the line goes from step 1 to %d; ask for from and to within that", steps)
	}
	return zoom{from, min(to, max(steps, 1))}.within(steps), nil
}

// within returns the look as a run of so many steps can be looked at.
func (l zoom) within(steps int) zoom {
	width := min(max(l.to-l.from+1, minZoom), steps)
	from := min(max(l.from, 1), max(steps-width+1, 1))
	if width >= steps {
		return zoom{}
	}
	return zoom{from, from + width - 1}
}

// spineView draws the run's Φ spine.
func (s *Server) spineView(run agent.Run, points []agent.PhiPoint, chosen int, at zoom) pages.Spine {
	in := pages.SpineInput{MaxSteps: run.Spec.MaxSteps, EarlyStop: run.Spec.EarlyStopPhi, Ended: run.Status.Final(), Started: run.StartedAt != nil,
		Table: s.link("/runs/" + url.PathEscape(run.ID) + "/phi"), From: at.from, To: at.to,
		StepLink: func(step int) templ.SafeURL { return s.stepLink(run.ID, step, "") }}
	if len(run.Spark.Points) > 0 {
		in.Initial = run.Spark.Points[0]
	}
	in.Points = make([]pages.SpinePoint, len(points))
	for i, p := range points {
		in.Points[i] = pages.SpinePoint{Step: p.Step, Phi: p.Phi, Delta: p.Delta, Label: p.Label, Memory: string(p.Memory), Flagged: p.Flagged, Failed: p.Failed}
	}
	spine := pages.NewSpine(in)
	if chosen > 0 {
		spine.Mark(in, chosen)
	}
	spine.Zoom = s.zoomView(run.ID, len(points), chosen, at, spine.Zoom.Text)
	return spine
}

// zoomView are the looks beside this one. A closer one is around the chosen
// step, where that is in sight.
func (s *Server) zoomView(id string, steps, chosen int, at zoom, text string) pages.SpineZoom {
	z := pages.SpineZoom{Text: text}
	to := func(l zoom) templ.SafeURL {
		path := "/runs/" + url.PathEscape(id)
		if chosen > 0 {
			path += "/steps/" + strconv.Itoa(chosen)
		}
		if l = l.within(steps); l == (zoom{}) {
			return s.link(path)
		}
		return s.link(path + "?from=" + strconv.Itoa(l.from) + "&to=" + strconv.Itoa(l.to))
	}
	now := at
	if now == (zoom{}) {
		now = zoom{1, steps}
	}
	width := now.to - now.from + 1
	middle := (now.from + now.to) / 2
	if chosen >= now.from && chosen <= now.to {
		middle = chosen
	}
	if width > minZoom && steps > minZoom {
		half := max(width/2, minZoom)
		z.In = to(zoom{middle - half/2, middle - half/2 + half - 1})
	}
	if at == (zoom{}) {
		return z
	}
	z.Out, z.All = to(zoom{middle - width, middle + width - 1}), to(zoom{1, steps})
	if now.from > 1 {
		z.Earlier = to(zoom{now.from - width/2, now.to - width/2})
	}
	if now.to < steps {
		z.Later = to(zoom{now.from + width/2, now.to + width/2})
	}
	return z
}

// showSpine gives scripts the picture of some steps, and everybody else the page.
func (s *Server) showSpine(c echo.Context) error {
	ctx := c.Request().Context()
	run, err := s.cfg.Runs.Get(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	if !isFragment(c) {
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
		if chosen, err = indexOf(text); err != nil {
			return err
		}
	}
	return s.render(c, http.StatusOK, pages.SpineZoomed(s.spineView(run, points, chosen, at)))
}

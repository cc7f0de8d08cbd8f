package labpages

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/agent/calibration"
	"purposeagent/handlers/ui"
	"purposeagent/views/labview"
	"purposeagent/views/layout"
	"purposeagent/views/partials"
)

func (s *Section) registerCritics(g *echo.Group) {
	if s.cfg.Critics != nil {
		g.GET(ui.CriticsPath, s.critics)
	}
}

// critics shows the calibration of every critic.
func (s *Section) critics(c echo.Context) error {
	reports, err := s.cfg.Critics.Critics(c.Request().Context())
	if err != nil {
		return err
	}
	frame := layout.Frame{Title: "Critics", Crumbs: []layout.Crumb{{Label: "Lab", Href: s.Link("/lab")}, {Label: "Critics"}}}
	return s.Page(c, http.StatusOK, frame, labview.CriticsPage(s.criticsView(reports)))
}

func (s *Section) criticsView(reports []calibration.CriticReport) labview.Critics {
	v := labview.Critics{Empty: partials.Empty{Icon: "scale", Text: "No task with a known outcome has ended yet. Critics are judged by their last score of such tasks.",
		Action: &partials.Link{Text: "New run", Href: s.Link("/runs/new")}},
		Rules: fmt.Sprintf("A critic is judged in each world by its last %d tasks whose outcome it did not decide itself, after every %d of them. It loses the right to give credit where it predicts success no better than the base rate, "+
			"or where more than %.0f %% of the tasks that ended above Φ %.0f may have failed, by the upper end of a 95 %% interval. That takes %d tasks, %d of them above Φ %.0f, or %d where the case is plain. Until then it keeps the right, unproven.",
			calibration.MaxCriticPairs, calibration.CriticLook, 100*calibration.MaxFalseSuccess, agent.SuccessPhi, calibration.MinCriticPairs, calibration.FalseSuccessTasks, agent.SuccessPhi, calibration.MinFalseSuccess)}
	lost, alarms := 0, 0
	for i := range reports {
		r := &reports[i]
		if r.Right == calibration.RightLost {
			lost++
		}
		if r.Goodhart.Alarm {
			alarms++
		}
		v.Cards = append(v.Cards, s.criticCard(r))
	}
	n := partials.Plural(len(reports), "critic")
	switch {
	case lost == 0:
		v.Lead, v.Point, v.Rest = "Of "+n+",", "none has lost", "the right to give credit."
	case lost == len(reports):
		v.Lead, v.Point, v.Rest = "Of "+n+",", "all have lost", "the right to give credit: rules come from outcomes alone."
	default:
		v.Lead, v.Point, v.Rest = "Of "+n+",", fmt.Sprintf("%d lost", lost), "the right to give credit: there, rules come from outcomes alone."
	}
	v.More = "A critic and a world together count as one, for a critic can be right in one world and flatter in another."
	if alarms > 0 {
		v.More = fmt.Sprintf("Alarm: in %s Φ goes up and success does not. ", partials.Plural(alarms, "case")) + v.More
	}
	return v
}

func (s *Section) criticCard(r *calibration.CriticReport) labview.CriticCard {
	c := labview.CriticCard{ID: ui.CriticID(r.CriticKey), Name: r.Critic, Right: ui.RightOf(r.Right), Reason: r.Reason, Stats: criticStats(r),
		Diagram: reliabilityFigure(r.Bins), Map: phiTable(r.Map),
		Runs: partials.Link{Text: "its runs", Href: s.Link("/runs?q=" + ui.Asks("env", r.Scope.Environment))}}
	c.Where = []partials.Chip{{Text: r.Scope.Environment, Tone: "out"}}
	if r.Scope.Dynamics != "" {
		c.Where = append(c.Where, partials.Chip{Text: partials.Clip(r.Scope.Dynamics, 28), Tone: "out"})
	}
	if r.Goodhart.Alarm {
		c.Alarm = &partials.Note{Tone: "bad", Icon: "warn", Text: r.Goodhart.Reason}
	} else {
		c.Goodhart = "Φ up while success is not (Goodhart alarm)? " + r.Goodhart.Reason
	}
	return c
}

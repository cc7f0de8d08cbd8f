package handlers

import (
	"cmp"
	"context"
	"fmt"
	"hash/fnv"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/agent/learning"
	"purposeagent/views/layout"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// Critics knows how far critics can be trusted. Errors: CodeNotFound for a
// critic of whom nothing is known.
type Critics interface {
	Critics(ctx context.Context) ([]learning.CriticReport, error)
	Critic(ctx context.Context, key agent.CriticKey) (learning.CriticReport, error)
}

// criticsPath is where the critics' page is.
const criticsPath = "/lab/critics"

func (s *Server) registerCritics(g *echo.Group) {
	if s.cfg.Critics != nil {
		g.GET(criticsPath, s.critics)
	}
}

// critics shows the calibration of every critic.
func (s *Server) critics(c echo.Context) error {
	reports, err := s.cfg.Critics.Critics(c.Request().Context())
	if err != nil {
		return err
	}
	frame := layout.Frame{Title: "Critics", Crumbs: []layout.Crumb{{Label: "Lab", Href: s.link("/lab")}, {Label: "Critics"}}}
	return s.page(c, http.StatusOK, frame, pages.CriticsPage(s.criticsView(reports)))
}

func (s *Server) criticsView(reports []learning.CriticReport) pages.Critics {
	v := pages.Critics{Empty: partials.Empty{Icon: "scale", Text: "No task with a known outcome has ended yet. Critics are judged by their last score of such tasks.",
		Action: &partials.Link{Text: "New run", Href: s.link("/runs/new")}},
		Rules: fmt.Sprintf("A critic is judged in each world by its last %d tasks whose outcome it did not decide itself, after every %d of them. It loses the right to give credit where it predicts success no better than the base rate, "+
			"or where more than %.0f %% of the tasks that ended above Φ %.0f may have failed, by the upper end of a 95 %% interval. That takes %d tasks, %d of them above Φ %.0f, or %d where the case is plain. Until then it keeps the right, unproven.",
			learning.MaxCriticPairs, learning.CriticLook, 100*learning.MaxFalseSuccess, agent.SuccessPhi, learning.MinCriticPairs, learning.FalseSuccessTasks, agent.SuccessPhi, learning.MinFalseSuccess)}
	lost, alarms := 0, 0
	for i := range reports {
		r := &reports[i]
		if r.Right == learning.RightLost {
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

// criticID is the anchor of a critic's card.
func criticID(key agent.CriticKey) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(strings.Join([]string{key.Critic, key.Scope.Environment, key.Scope.Dynamics, key.Scope.Schema}, "\x00"))) // a hash never fails
	return "c-" + strconv.FormatUint(uint64(h.Sum32()), 36)
}

func (s *Server) criticCard(r *learning.CriticReport) pages.CriticCard {
	c := pages.CriticCard{ID: criticID(r.CriticKey), Name: r.Critic, Right: rightOf(r.Right), Reason: r.Reason, Stats: criticStats(r),
		Diagram: reliabilityFigure(r.Bins), Map: phiTable(r.Map),
		Runs: partials.Link{Text: "its runs", Href: s.link("/runs?q=" + asks("env", r.Scope.Environment))}}
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

// rightOf is a critic's right as pages show it.
func rightOf(right learning.CriticRight) partials.Chip {
	switch right {
	case learning.RightProven:
		return partials.Chip{Text: "may give credit", Icon: "ok", Tone: "good"}
	case learning.RightLost:
		return partials.Chip{Text: "gives no credit", Icon: "x", Tone: "bad"}
	case learning.RightUnproven:
		return partials.Chip{Text: "unproven", Tone: "held"}
	}
	return partials.Chip{Text: string(right), Tone: "out"}
}

// criticNote says on a run's page how far the step's critic can be trusted;
// nil where nobody knows.
func (s *Server) criticNote(ctx context.Context, run string, step *agent.Step) *pages.CriticNote {
	if s.cfg.Critics == nil || step.Score.Critic == "" {
		return nil
	}
	events, err := s.cfg.Runs.Events(ctx, run, 0, scopeWindow)
	if err != nil {
		return nil // the note is a courtesy; the page is about the step
	}
	for i := range events {
		started, ok := events[i].Data.(agent.RunStarted)
		if !ok {
			continue
		}
		r, err := s.cfg.Critics.Critic(ctx, agent.CriticKey{Critic: step.Score.Critic, Scope: started.Scope})
		if err != nil {
			return nil
		}
		n := &pages.CriticNote{Chip: rightOf(r.Right), Href: s.link(criticsPath + "#" + criticID(r.CriticKey))}
		n.Text = fmt.Sprintf("This critic in this world: skill %s over %s with a known outcome.",
			cmp.Or(signedFigure(r.Skill), "unknown"), partials.Plural(r.N, "task"))
		return n
	}
	return nil
}

// scopeWindow is among how many first events of a run its start is.
const scopeWindow = 20

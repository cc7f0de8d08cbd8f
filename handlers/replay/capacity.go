package replay

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/agent/replay"
	"purposeagent/handlers/ui"
	"purposeagent/views/layout"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
	"purposeagent/views/replayview"
)

// capacity shows how much the replay keeps, with the form to change it.
func (s *Section) capacity(c echo.Context) error {
	return s.capacityPage(c, http.StatusOK, "", "")
}

func (s *Section) capacityPage(c echo.Context, status int, typed, problem string) error {
	stats, err := s.cfg.Replay.Stats(c.Request().Context())
	if err != nil {
		return err
	}
	return s.Page(c, status, s.capacityFrame("How much the replay keeps"), replayview.ReplayCapacityPage(s.capacityView(stats, typed, problem)))
}

func (s *Section) capacityFrame(title string) layout.Frame {
	return layout.Frame{Title: title, Crumbs: []layout.Crumb{{Label: "Replay", Href: s.Link("/replay")}, {Label: "Capacity"}}}
}

func (s *Section) capacityView(stats agent.ReplayStats, typed, problem string) replayview.ReplayCapacity {
	if typed == "" {
		typed = strconv.Itoa(stats.Capacity)
	}
	return replayview.ReplayCapacity{
		Save: s.Link("/replay/capacity"), Replay: s.Link("/replay"),
		Field: partials.Field{ID: "f-capacity", Name: "capacity", Label: "Trajectories to keep", Kind: "number", Value: typed, Error: problem,
			Min: strconv.Itoa(replay.MinCapacity), Max: strconv.Itoa(replay.MaxCapacity),
			Hint: fmt.Sprintf("%s to %s, beside those that are evidence", partials.Count(replay.MinCapacity), partials.Count(replay.MaxCapacity))},
		Facts: []pages.Fact{
			{Term: "Kept now", Value: partials.Count(int64(stats.Count))},
			{Term: "Evidence", Value: partials.Count(int64(stats.Evidence)), Help: "Trajectories that a rule in use was learned from. They stay, and do not count against the capacity"},
			{Term: "Dropped so far", Value: partials.Count(stats.Dropped), Help: "To keep the capacity; what people pruned is not counted"},
		},
	}
}

// setCapacity changes how much the replay keeps. Where trajectories would go,
// the person is asked first.
func (s *Section) setCapacity(c echo.Context) error {
	ctx, typed := c.Request().Context(), strings.TrimSpace(c.FormValue("capacity"))
	capacity, err := strconv.Atoi(typed)
	if err != nil || capacity < replay.MinCapacity || capacity > replay.MaxCapacity {
		return s.capacityPage(c, http.StatusUnprocessableEntity, typed, fmt.Sprintf("must be a whole number from %d to %d", replay.MinCapacity, replay.MaxCapacity))
	}
	going, err := s.cfg.Replay.PreviewCapacity(ctx, capacity)
	if err != nil {
		return err
	}
	if going > 0 && c.FormValue("sure") == "" {
		what := trajectories(going)
		view := pages.Confirm{Question: "Drop " + what + "?", Detail: "With room for " + partials.Count(int64(capacity)) + ", those of least value go, for good. Their runs stay, with every step.",
			Action: s.Link("/replay/capacity"), Button: "Drop " + what, Cancel: s.Link("/replay/capacity"),
			Hidden: []partials.Hidden{{Name: "capacity", Value: typed}, {Name: "sure", Value: "1"}}}
		return s.Page(c, http.StatusOK, s.capacityFrame("Drop trajectories"), pages.ConfirmPage(view))
	}
	dropped, err := s.cfg.Replay.SetCapacity(ctx, ui.Person, capacity)
	if err != nil {
		return err
	}
	return s.SeeOther(c, ui.BackTo("/replay", c.Request().PostForm, "capacity", dropped))
}

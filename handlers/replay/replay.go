package replay

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/handlers/ui"
	"purposeagent/views/layout"
	"purposeagent/views/partials"
	"purposeagent/views/replayview"
)

// Register adds the routes.
func (s *Section) Register(g *echo.Group) {
	g.GET("/replay", s.replay)
	g.POST("/replay/pin", s.pinTrajectories)
	g.GET("/replay/prune", s.confirmPrune)
	g.POST("/replay/prune", s.prune)
	g.POST("/replay/prunes/:prune/undo", s.undoPrune)
	g.GET("/replay/capacity", s.capacity)
	g.POST("/replay/capacity", s.setCapacity)
	if s.cfg.Simulate != nil {
		g.GET("/replay/simulate", s.simulate)
	}
	g.GET("/replay/:id", s.trajectory)
}

// replay lists the remembered trajectories.
func (s *Section) replay(c echo.Context) error {
	filter, err := readReplayFilter(c.QueryParams())
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	views, err := s.SavedViews(ctx, &List)
	if err != nil {
		return err
	}
	var page catalog.Page[catalog.TrajectorySummary]
	if filter.Problem == "" {
		if page, err = s.cfg.Replay.List(ctx, filter.query()); err != nil {
			return err
		}
	}
	facets, err := s.cfg.Replay.Facets(ctx, filter.trajectories)
	if err != nil {
		return err
	}
	stats, err := s.cfg.Replay.Stats(ctx)
	if err != nil {
		return err
	}
	frame := layout.Frame{Title: "Replay", Fixed: true, Crumbs: []layout.Crumb{{Label: "Replay"}},
		Keys: []layout.Key{{Keys: []string{"x"}, Does: "select the trajectory"}}}
	return s.Page(c, ui.ListStatus(filter.ListAddress), frame, replayview.ReplayPage(s.replayView(filter, page, s.RunNames(ctx), stats, facets, views, ui.ReadNotice(c))))
}

// trajectory shows one episode, a window of its steps at a time.
func (s *Section) trajectory(c echo.Context) error {
	after, err := stepCursor(c.QueryParam("after"))
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	summary, err := s.cfg.Replay.Summary(ctx, c.Param("id"))
	if agent.CodeOf(err) == agent.CodeNotFound {
		return agent.Wrap(agent.CodeNotFound, err, "there is no trajectory %s in the replay: it was dropped to keep the capacity, or pruned; its run, where there was one, is still in Runs with every step", c.Param("id"))
	}
	if err != nil {
		return err
	}
	t, err := s.cfg.Replay.Get(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	name := partials.Name{Text: partials.Clip(t.Task.Purpose, ui.LongestName), Mark: s.RunNames(ctx)(t.Run).Mark}
	frame := layout.Frame{Title: name.Short(),
		Crumbs: []layout.Crumb{{Label: "Replay", Href: s.Link("/replay")}, {Label: name.Text, Mark: name.Mark}},
		Keys:   []layout.Key{{Keys: []string{"p"}, Does: "pin or unpin"}}}
	return s.Page(c, http.StatusOK, frame, replayview.TrajectoryPage(s.trajectoryView(t, summary, after, ui.ReadNotice(c))))
}

// pinTrajectories keeps what was selected from being dropped, or lets it go.
func (s *Section) pinTrajectories(c echo.Context) error {
	form, err := c.FormParams()
	if err != nil {
		return agent.Wrap(agent.CodeInvalid, err, "the form could not be read")
	}
	ids, err := s.matching(c.Request().Context(), form)
	if err != nil {
		return err
	}
	verb := form.Get("action")
	switch {
	case len(ids) == 0:
		return agent.Errorf(agent.CodeInvalid, "no trajectory is selected; tick the boxes in front of the trajectories first")
	case verb != "pin" && verb != "unpin":
		return agent.Errorf(agent.CodeInvalid, "there is no action %q", verb)
	}
	for _, id := range ids {
		if err := s.cfg.Replay.Pin(c.Request().Context(), ui.Person, id, verb == "pin"); err != nil {
			return err
		}
	}
	return s.SeeOther(c, ui.BackTo("/replay", form, verb, len(ids)))
}

// confirmPrune says what a prune would do before it is done: of what was
// selected, or with all=1 of all that the filter shows.
func (s *Section) confirmPrune(c echo.Context) error {
	ctx, q := c.Request().Context(), c.QueryParams()
	ids, err := s.matching(ctx, q)
	if err != nil {
		return err
	}
	if q.Get("all") != "" && len(ids) == 0 {
		return agent.Errorf(agent.CodeInvalid, "no trajectory matches, so there is nothing to prune")
	}
	if len(ids) == 0 {
		return agent.Errorf(agent.CodeInvalid, "no trajectory is selected; tick the boxes in front of the trajectories first")
	}
	view, err := s.pruneView(ctx, ids, q)
	if err != nil {
		return err
	}
	return s.Page(c, http.StatusOK, layout.Frame{Title: "Prune trajectories",
		Crumbs: []layout.Crumb{{Label: "Replay", Href: s.Link("/replay")}, {Label: "Prune"}}}, replayview.PrunePage(view))
}

// prune forgets what was confirmed.
func (s *Section) prune(c echo.Context) error {
	form, err := c.FormParams()
	if err != nil {
		return agent.Wrap(agent.CodeInvalid, err, "the form could not be read")
	}
	done, err := s.cfg.Replay.Prune(c.Request().Context(), ui.Person, ui.Selected(form))
	if err != nil {
		return err
	}
	form.Del("rule")
	return s.SeeOther(c, ui.BackToChange("/replay", form, catalog.LibraryChange{Action: "prune", Rules: done.Trajectories, Revision: done.ID}))
}

// undoPrune brings back what a prune took away.
func (s *Section) undoPrune(c echo.Context) error {
	prune, err := ui.OptionalNumber(c.Param("prune"))
	if err != nil {
		return err
	}
	n, err := s.cfg.Replay.UndoPrune(c.Request().Context(), ui.Person, prune)
	if err != nil {
		return err
	}
	return s.SeeOther(c, ui.BackTo("/replay", url.Values{"return": {c.FormValue("back")}}, "undo", n))
}

// matching reads which trajectories a list's form or address means: those that
// were ticked, or with all=1 all that the filter finds, which stands in the
// address itself or in what the form returns to.
func (s *Section) matching(ctx context.Context, q url.Values) ([]string, error) {
	if q.Get("all") == "" {
		return ui.Selected(q), nil
	}
	if back := q.Get("return"); back != "" {
		var err error
		if q, err = url.ParseQuery(back); err != nil {
			return nil, agent.Wrap(agent.CodeInvalid, err, "the form does not say which trajectories match; open the list again")
		}
	}
	filter, err := readReplayFilter(q)
	if err != nil {
		return nil, err
	}
	if filter.Problem != "" { // it would find everything
		return nil, agent.Errorf(agent.CodeInvalid, "%s", filter.Problem)
	}
	return s.cfg.Replay.Matching(ctx, filter.query())
}

// stepCursor reads the index after which a window of steps begins.
func stepCursor(text string) (int, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, agent.Errorf(agent.CodeInvalid, "after must be the number of a step")
	}
	return n, nil
}

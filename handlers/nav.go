package handlers

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"purposeagent/agent/experiments"
	"purposeagent/handlers/ui"
	"purposeagent/views/layout"
)

// rail answers with the numbers of the rail, for pages that stay open.
func (s *Server) rail(c echo.Context) error {
	return s.Render(c, http.StatusOK, layout.Counts(s.nav(c.Request().Context())))
}

// Nav is the entries of the rail with what is open behind them.
func (s *Server) nav(ctx context.Context) []layout.NavItem {
	nav := []layout.NavItem{
		{Label: "Runs", Href: s.Link("/runs"), Icon: "runs", Key: "g r"},
		{Label: "Library", Href: s.Link("/library"), Icon: "library", Key: "g l"},
	}
	if s.cfg.Library.Review != nil {
		nav = append(nav, layout.NavItem{Label: "Review", Href: s.Link("/review"), Icon: "review", Key: "g v", Count: s.review.Open(ctx)})
	}
	nav = append(nav, layout.NavItem{Label: "Replay", Href: s.Link("/replay"), Icon: "replay", Key: "g p"})
	if s.cfg.Lab.Experiments != nil {
		nav = append(nav, layout.NavItem{Label: "Lab", Href: s.Link("/lab"), Icon: "lab", Key: "g b", Count: s.openExperiments(ctx)})
	}
	if s.cfg.Lab.Suites != nil {
		nav = append(nav, layout.NavItem{Label: "Suites", Href: s.Link("/suites"), Icon: "table", Key: "g t"})
	}
	nav = append(nav, layout.NavItem{Label: "Environments", Href: s.Link("/environments"), Icon: "environment", Key: "g e"})
	if s.cfg.Settings.Models != nil {
		nav = append(nav, layout.NavItem{Label: "Settings", Href: s.Link("/settings/models"), Icon: "settings", Key: "g s"})
	}
	if n, err := s.cfg.Runs.Store.Asking(ctx); err == nil && n > 0 {
		nav[0].Asks = ui.Count(n)
	}
	if n, err := s.cfg.Runs.Store.Open(ctx); err == nil && n > 0 {
		nav[0].Count = ui.Count(n)
	}
	return nav
}

// openExperiments counts the experiments that have not ended, "" for none.
func (s *Server) openExperiments(ctx context.Context) string {
	open := experiments.ExperimentQuery{Status: []experiments.ExperimentStatus{experiments.ExperimentRunning, experiments.ExperimentQueued}, Limit: 1}
	page, err := s.cfg.Lab.Experiments.List(ctx, open)
	if err != nil || page.Total == 0 {
		return "" // the page is worth more than its count
	}
	return ui.Count(page.Total)
}

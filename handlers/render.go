package handlers

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/static"
	"purposeagent/views/layout"
)

// isFragment reports whether htmx asks for a part of a page. A page that htmx
// restores from the history is asked for in full.
func isFragment(c echo.Context) bool {
	h := c.Request().Header
	return h.Get("HX-Request") == "true" && h.Get("HX-History-Restore-Request") != "true" && h.Get("HX-Boosted") != "true"
}

// render writes a component as HTML. It renders to a buffer first, so that a
// failure half-way is an error page and not half a page.
func (s *Server) render(c echo.Context, status int, component templ.Component) error {
	html, err := markup(c.Request().Context(), component)
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Add("Vary", "HX-Request")
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-store")
	}
	return c.HTMLBlob(status, html)
}

// markup is a component as HTML. Control characters, which HTML must not hold, are
// shown as pictures of themselves, whatever text they came in.
func markup(ctx context.Context, component templ.Component) ([]byte, error) {
	var buffer bytes.Buffer
	if err := component.Render(ctx, &buffer); err != nil {
		return nil, err
	}
	return seen(buffer.Bytes()), nil
}

// page writes the body alone to htmx and within the frame to everybody else.
// The caller gives the frame's title, crumbs, actions and section (the label
// of its rail entry as Crumbs[0]); page fills in the rest.
func (s *Server) page(c echo.Context, status int, frame layout.Frame, body templ.Component) error {
	if isFragment(c) {
		return s.render(c, status, body)
	}
	frame = s.frame(c, frame)
	return s.render(c, status, templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return layout.Page(frame).Render(templ.WithChildren(ctx, body), w)
	}))
}

// seeOther leads to another page after a change: 303 to a browser, a redirect
// header to htmx.
func (s *Server) seeOther(c echo.Context, path string) error {
	if isFragment(c) {
		c.Response().Header().Set("HX-Redirect", s.path(path))
		return c.NoContent(http.StatusNoContent)
	}
	return c.Redirect(http.StatusSeeOther, s.path(path))
}

// frame fills in what is the same on every page.
func (s *Server) frame(c echo.Context, f layout.Frame) layout.Frame {
	section := ""
	if len(f.Crumbs) > 0 {
		section = f.Crumbs[0].Label
	}
	f.Home, f.Find = s.path("/runs"), s.link("/find")
	f.Version, f.ThemeNext, f.AllKeys = s.cfg.Version, s.link("/theme"), s.link("/keys")
	f.HereText = "/runs"
	if c.Request().Method == http.MethodGet {
		f.HereText = strings.TrimPrefix(c.Request().URL.RequestURI(), s.cfg.BasePath)
	}
	f.Here = s.link(f.HereText)
	f.Stylesheet = static.URL(s.cfg.BasePath, static.Stylesheet)
	scripts := []string{static.URL(s.cfg.BasePath, static.HTMX), static.URL(s.cfg.BasePath, static.App), static.URL(s.cfg.BasePath, static.Palette), static.URL(s.cfg.BasePath, static.Rail)}
	f.Scripts = append(scripts, f.Scripts...)
	if cookie, err := c.Cookie("theme"); err == nil && (cookie.Value == "light" || cookie.Value == "dark") {
		f.Theme = cookie.Value
	}
	f.Nav, f.Counts = s.nav(c.Request().Context()), s.path("/rail")
	for i := range f.Nav {
		f.Nav[i].Current = f.Nav[i].Label == section
	}
	return f
}

// rail answers with the numbers of the rail, for pages that stay open.
func (s *Server) rail(c echo.Context) error {
	return s.render(c, http.StatusOK, layout.Counts(s.nav(c.Request().Context())))
}

// nav is the entries of the rail with what is open behind them.
func (s *Server) nav(ctx context.Context) []layout.NavItem {
	nav := []layout.NavItem{
		{Label: "Runs", Href: s.link("/runs"), Icon: "runs", Key: "g r"},
		{Label: "Library", Href: s.link("/library"), Icon: "library", Key: "g l"},
	}
	if s.cfg.Review != nil {
		nav = append(nav, layout.NavItem{Label: "Review", Href: s.link("/review"), Icon: "review", Key: "g v", Count: s.openReviews(ctx)})
	}
	nav = append(nav, layout.NavItem{Label: "Replay", Href: s.link("/replay"), Icon: "replay", Key: "g p"})
	if s.cfg.Lab != nil {
		nav = append(nav, layout.NavItem{Label: "Lab", Href: s.link("/lab"), Icon: "lab", Key: "g b", Count: s.openExperiments(ctx)})
	}
	if s.cfg.Models != nil {
		nav = append(nav, layout.NavItem{Label: "Settings", Href: s.link("/settings/models"), Icon: "settings", Key: "g s"})
	}
	if n, err := s.cfg.Runs.Asking(ctx); err == nil && n > 0 {
		nav[0].Asks = partialsCount(n)
	}
	if n, err := s.cfg.Runs.Open(ctx); err == nil && n > 0 {
		nav[0].Count = partialsCount(n)
	}
	return nav
}

// openExperiments counts the experiments that have not ended, "" for none.
func (s *Server) openExperiments(ctx context.Context) string {
	open := agent.ExperimentQuery{Status: []agent.ExperimentStatus{agent.ExperimentRunning, agent.ExperimentQueued}, Limit: 1}
	page, err := s.cfg.Lab.List(ctx, open)
	if err != nil || page.Total == 0 {
		return "" // the page is worth more than its count
	}
	return partialsCount(page.Total)
}

// link is path as an address that templates may write.
func (s *Server) link(path string) templ.SafeURL { return templ.SafeURL(s.path(path)) }

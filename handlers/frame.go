package handlers

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/handlers/review"
	"purposeagent/handlers/runpage"
	"purposeagent/handlers/runs"
	"purposeagent/views/layout"
	"purposeagent/views/siteview"
)

// themes in the order in which the button goes through them; "" is the system's.
var themes = []string{"", "light", "dark"}

// switchTheme goes on to the next theme and back to the page. Scripts do it
// without asking; this is for browsers without them.
func (s *Server) switchTheme(c echo.Context) error {
	now := ""
	if cookie, err := c.Cookie("theme"); err == nil {
		now = cookie.Value
	}
	next := themes[(slices.Index(themes, now)+1)%len(themes)]
	cookie := &http.Cookie{Name: "theme", Value: next, Path: s.cfg.BasePath + "/", MaxAge: 365 * 24 * 3600, SameSite: http.SameSiteLaxMode} //nolint:gosec // scripts read it, and it is no secret
	if next == "" {
		cookie.MaxAge = -1
	}
	c.SetCookie(cookie)
	back, err := url.Parse(c.FormValue("back"))
	if err != nil || back.Scheme != "" || back.Host != "" || !strings.HasPrefix(back.Path, "/") || strings.HasPrefix(back.Path, "//") || strings.Contains(back.Path, "\\") {
		return agent.Errorf(agent.CodeInvalid, "the form does not say which page it is on; open the page again")
	}
	return s.SeeOther(c, back.RequestURI())
}

// showKeys is the keyboard help as a page.
func (s *Server) showKeys(c echo.Context) error {
	v := siteview.KeysPage{Groups: []siteview.KeyGroup{{Name: "On every page"}, {Name: "A run", Keys: runpage.Keys}, {Name: "Lists", Keys: runs.Keys}, {Name: "Review", Keys: review.Keys}}}
	frame := s.Frame(c, layout.Frame{Title: "Keyboard", Crumbs: []layout.Crumb{{Label: "Keyboard"}}})
	v.Groups[0].Keys = frame.Help()
	return s.Page(c, http.StatusOK, layout.Frame{Title: "Keyboard", Crumbs: []layout.Crumb{{Label: "Keyboard"}}}, siteview.KeysView(v))
}

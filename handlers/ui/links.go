package ui

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"
)

// RunLink is the address of a run, whose id may come from outside.
func (k *Kit) RunLink(id string) templ.SafeURL { return k.Link("/runs/" + url.PathEscape(id)) }

// RuleLink is the address of a rule, whose id may come from outside.
func (k *Kit) RuleLink(id string) templ.SafeURL { return k.Link("/library/" + url.PathEscape(id)) }

// MomentLink is the address of the library as it was at a moment.
func (k *Kit) MomentLink(moment string) templ.SafeURL {
	return k.Link("/library/snapshots/at?moment=" + url.QueryEscape(moment))
}

// SeeOther leads to another page after a change: 303 to a browser, a redirect
// header to htmx.
func (k *Kit) SeeOther(c echo.Context, path string) error {
	if IsFragment(c) {
		c.Response().Header().Set("HX-Redirect", k.Path(path))
		return c.NoContent(http.StatusNoContent)
	}
	return c.Redirect(http.StatusSeeOther, k.Path(path))
}

// Link is path as an address that templates may write.
func (k *Kit) Link(path string) templ.SafeURL { return templ.SafeURL(k.Path(path)) }

// TrajectoryLink is the path of a trajectory.
func (k *Kit) TrajectoryLink(id string) string { return "/replay/" + url.PathEscape(id) }

// StepLink is the address of one step, at one tab.
func (k *Kit) StepLink(run string, index int, tab string) templ.SafeURL {
	path := "/runs/" + url.PathEscape(run) + "/steps/" + strconv.Itoa(index)
	if tab != "" && tab != "step" {
		path += "?tab=" + url.QueryEscape(tab)
	}
	return k.Link(path)
}

package handlers

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/views/layout"
	"purposeagent/views/pages"
)

func (s *Server) registerLibrary(g *echo.Group) {
	g.GET("/library", s.library)
	g.POST("/library", s.teachRule)
	g.GET("/library/new", s.newRule)
	g.POST("/library/bulk", s.changeRules)
	g.GET("/library/delete", s.confirmDeleteRules)
	g.POST("/library/delete", s.deleteRules)
	g.GET("/library/:id", s.rule)
	g.POST("/library/:id", s.editRule)
	g.GET("/library/:id/edit", s.editRuleForm)
}

// library lists the rules.
func (s *Server) library(c echo.Context) error {
	filter, err := readLibraryFilter(c.QueryParams())
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	page, err := s.cfg.Library.List(ctx, filter.query())
	if err != nil {
		return err
	}
	report, err := s.cfg.Library.Report(ctx)
	if err != nil {
		return err
	}
	frame := layout.Frame{Title: "Library", Fixed: true, Crumbs: []layout.Crumb{{Label: "Library"}},
		Actions: pages.LinkButton("Teach a rule", "plus", s.link("/library/new"), "n"),
		Keys:    []layout.Key{{Keys: []string{"n"}, Does: "teach a rule"}, {Keys: []string{"x"}, Does: "select the rule"}}}
	return s.page(c, http.StatusOK, frame, pages.LibraryPage(s.libraryView(filter, page, report, readNotice(c))))
}

// rule shows one rule.
func (s *Server) rule(c echo.Context) error {
	ctx := c.Request().Context()
	h, err := s.cfg.Library.Get(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	versions, err := s.cfg.Library.Versions(ctx, h.ID)
	if err != nil {
		return err
	}
	view := s.ruleView(h, versions, readNotice(c))
	view.Evidence = s.evidenceRows(ctx, h.Evidence)
	view.Parents, view.Children = s.ruleFamily(ctx, h)
	return s.page(c, http.StatusOK, s.ruleFrame(h.ID, h.Title), pages.RulePage(view))
}

func (s *Server) ruleFrame(id, title string) layout.Frame {
	return layout.Frame{Title: title, Crumbs: []layout.Crumb{{Label: "Library", Href: s.link("/library")}, {Label: id}},
		Keys: []layout.Key{{Keys: []string{"e"}, Does: "edit the rule"}, {Keys: []string{"p"}, Does: "pin or unpin"},
			{Keys: []string{"r"}, Does: "retire or restore"}}}
}

// changeRules pins, unpins, bans, retires or restores what was selected.
func (s *Server) changeRules(c echo.Context) error {
	form, err := c.FormParams()
	if err != nil {
		return agent.Wrap(agent.CodeInvalid, err, "the form could not be read")
	}
	ids, verb := selected(form), form.Get("action")
	if len(ids) == 0 {
		return agent.Errorf(agent.CodeInvalid, "no rule is selected; tick the boxes in front of the rules first")
	}
	ctx := c.Request().Context()
	var n int
	switch verb {
	case "pin", "unpin":
		n, err = s.cfg.Library.Pin(ctx, person, ids, verb == "pin")
	case "ban", "retire", "restore":
		n, err = s.cfg.Library.SetStatus(ctx, person, ids, statusAfter(verb))
	default:
		return agent.Errorf(agent.CodeInvalid, "there is no action %q", verb)
	}
	if err != nil {
		return err
	}
	return s.seeOther(c, backTo("/library", form, verb, n))
}

// confirmDeleteRules asks before rules go for good.
func (s *Server) confirmDeleteRules(c echo.Context) error {
	ids := selected(c.QueryParams())
	if len(ids) == 0 {
		return agent.Errorf(agent.CodeInvalid, "no rule is selected; tick the boxes in front of the rules first")
	}
	view := s.confirmDeleteView(c.Request().Context(), ids, c.QueryParams())
	return s.page(c, http.StatusOK, layout.Frame{Title: "Delete rules",
		Crumbs: []layout.Crumb{{Label: "Library", Href: s.link("/library")}, {Label: "Delete"}}}, pages.ConfirmPage(view))
}

// deleteRules deletes what was confirmed.
func (s *Server) deleteRules(c echo.Context) error {
	form, err := c.FormParams()
	if err != nil {
		return agent.Wrap(agent.CodeInvalid, err, "the form could not be read")
	}
	n, err := s.cfg.Library.Delete(c.Request().Context(), person, selected(form))
	if err != nil {
		return err
	}
	form.Del("rule") // its page is gone
	return s.seeOther(c, backTo("/library", form, "delete", n))
}

// statusAfter is the status that a verb gives.
func statusAfter(verb string) agent.Status {
	switch verb {
	case "ban":
		return agent.Banned
	case "retire":
		return agent.Retired
	}
	return agent.Active
}

// selected returns the ids that were ticked, each once.
func selected(values url.Values) []string {
	var ids []string
	seen := map[string]bool{}
	for _, id := range values["ids"] {
		if id != "" && !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	return ids
}

// backTo is where a change leads: the one record it was about, or the list as
// it was filtered, with a notice of what happened.
func backTo(list string, form url.Values, verb string, n int) string {
	q, err := url.ParseQuery(form.Get("return"))
	if err != nil {
		q = url.Values{}
	}
	path := list
	if id := form.Get("rule"); id != "" {
		path, q = list+"/"+url.PathEscape(id), url.Values{}
	}
	q.Set("did", verb)
	q.Set("n", itoa(n))
	return path + "?" + q.Encode()
}

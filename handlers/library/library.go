package library

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/handlers/ui"
	"purposeagent/views/layout"
	"purposeagent/views/libraryview"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// Register adds the routes.
func (s *Section) Register(g *echo.Group) {
	g.GET("/library", s.library)
	g.POST("/library", s.teachRule)
	g.GET("/library/new", s.newRule)
	g.POST("/library/bulk", s.changeRules)
	g.GET("/library/delete", s.confirmDeleteRules)
	g.POST("/library/delete", s.deleteRules)
	s.registerPolicy(g)
	playbookPages{s}.register(g)
	commentPages{s}.register(g)
	g.POST("/library/reading", s.showReading)
	g.GET("/library/:id", s.rule)
	g.POST("/library/:id", s.editRule)
	g.GET("/library/:id/edit", s.editRuleForm)
}

// library lists the rules.
func (s *Section) library(c echo.Context) error {
	if p := (playbookPages{s}); p.asksForPlaybook(c.QueryParams()) {
		return p.playbook(c)
	}
	filter, err := readLibraryFilter(c.QueryParams())
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	views, err := s.SavedViews(ctx, &List)
	if err != nil {
		return err
	}
	var page catalog.Page[agent.Heuristic]
	if filter.Problem == "" {
		if page, err = s.cfg.Library.List(ctx, filter.query()); err != nil {
			return err
		}
	}
	facets, err := s.cfg.Library.Facets(ctx, filter.rules)
	if err != nil {
		return err
	}
	view := s.libraryView(ctx, filter, page, facets, views, ui.ReadNotice(c))
	if s.cfg.Playbooks != nil {
		view.Reads = playbookPages{s}.playbookTabs(false)
	}
	if view.Banners, err = s.suspendedSets(ctx); err != nil {
		return err
	}
	if view.Laws, err = s.LawNotices(ctx, "/library"); err != nil {
		return err
	}
	compacted, err := s.compacted(ctx)
	if err != nil {
		return err
	}
	view.Pager.Note = compacted
	frame := layout.Frame{Title: "Library", Fixed: true, Crumbs: []layout.Crumb{{Label: "Library"}},
		Actions: pages.LinkButton("Teach a rule", "plus", s.Link("/library/new"), "n"),
		Keys:    []layout.Key{{Keys: []string{"n"}, Does: "teach a rule"}, {Keys: []string{"x"}, Does: "select the rule"}}}
	return s.Page(c, ui.ListStatus(filter.ListAddress), frame, libraryview.LibraryPage(view))
}

// rule shows one rule.
func (s *Section) rule(c echo.Context) error {
	ctx := c.Request().Context()
	h, err := s.cfg.Library.Get(ctx, c.Param("id"))
	if err != nil && agent.CodeOf(err) != agent.CodeNotFound {
		return err
	}
	versions, failed := s.cfg.Library.Versions(ctx, c.Param("id"))
	if compacted := lastCompacted(versions); err != nil && failed == nil && compacted != nil {
		h, err = compacted, nil
	}
	if err = cmp.Or(err, failed); err != nil {
		return err
	}
	view := s.ruleView(c.Request().Context(), h, versions)
	if lastCompacted(versions) == h {
		view.Life, view.Actions = "Compacted: learning replaced it by other rules long ago, and it is in the history only.", nil
	}
	view.Notice = s.NoticeView(ui.ReadNotice(c), "/library/"+url.PathEscape(h.ID))
	view.Evidence = s.EvidenceRows(ctx, h.Evidence)
	view.Parents, view.Children = s.ruleFamily(ctx, h)
	view.Conflicts = s.ruleRefs(ctx, h.Conflicts)
	if err := (commentPages{s}).ruleComments(ctx, &view, h); err != nil {
		return err
	}
	changes, err := s.cfg.Library.Changes(ctx, h.ID, 0, maxRuleChanges)
	if err != nil {
		return err
	}
	for _, change := range changes {
		view.Changes = append(view.Changes, s.ChangeRow(change, "/library/"+url.PathEscape(h.ID)))
	}
	return s.Page(c, http.StatusOK, s.ruleFrame(ui.RuleTitle(h)), libraryview.RulePage(view))
}

// maxRuleChanges bounds the changes by people that a rule's page lists.
const maxRuleChanges = 8

func (s *Section) ruleFrame(title string) layout.Frame {
	return layout.Frame{Title: title, Crumbs: []layout.Crumb{{Label: "Library", Href: s.Link("/library")}, {Label: title}},
		Keys: []layout.Key{{Keys: []string{"e"}, Does: "edit the rule"}, {Keys: []string{"p"}, Does: "pin or unpin"},
			{Keys: []string{"r"}, Does: "retire or restore"}}}
}

// changeRules does one thing to what was selected: the ticked rules, or all
// that the list's query finds.
func (s *Section) changeRules(c echo.Context) error {
	form, err := c.FormParams()
	if err != nil {
		return agent.Wrap(agent.CodeInvalid, err, "the form could not be read")
	}
	selection, err := selectionOf(form)
	if err != nil {
		return err
	}
	action := agent.LibraryAction(form.Get("action"))
	if action == agent.ActMerge {
		return s.mergeSelected(c, selection.IDs)
	}
	if !slices.Contains(agent.BulkActions, action) || action == agent.ActDelete { // deleting asks first
		return agent.Errorf(agent.CodeInvalid, "there is no action %q", partials.Clip(string(action), 40))
	}
	change, err := s.cfg.Library.Change(c.Request().Context(), ui.Person, action, selection)
	if err != nil {
		return err
	}
	return s.SeeOther(c, ui.BackToChange("/library", form, change))
}

// selectionOf reads what a list's form selected.
func selectionOf(form url.Values) (catalog.RuleSelection, error) {
	selection := catalog.RuleSelection{IDs: ui.Selected(form)}
	if all := form.Get("all"); all != "" {
		n, err := strconv.Atoi(all)
		if err != nil || n < 1 {
			return selection, agent.Errorf(agent.CodeInvalid, "the form does not say how many rules match; open the list again")
		}
		back, err := url.ParseQuery(form.Get("return"))
		if err != nil {
			return selection, agent.Wrap(agent.CodeInvalid, err, "the form does not say which rules match; open the list again")
		}
		filter, err := readLibraryFilter(back)
		if err != nil {
			return selection, err
		}
		if filter.Problem != "" { // it would find everything
			return selection, agent.Errorf(agent.CodeInvalid, "%s", filter.Problem)
		}
		return catalog.RuleSelection{Query: &filter.rules, Expect: n}, nil
	}
	if len(selection.IDs) == 0 {
		return selection, agent.Errorf(agent.CodeInvalid, "no rule is selected; tick the boxes in front of the rules first")
	}
	return selection, nil
}

// confirmDeleteRules asks before rules go for good.
func (s *Section) confirmDeleteRules(c echo.Context) error {
	ids := ui.Selected(c.QueryParams())
	if len(ids) == 0 {
		return agent.Errorf(agent.CodeInvalid, "no rule is selected; tick the boxes in front of the rules first")
	}
	view := s.confirmDeleteView(c.Request().Context(), ids, c.QueryParams())
	return s.Page(c, http.StatusOK, layout.Frame{Title: "Delete rules",
		Crumbs: []layout.Crumb{{Label: "Library", Href: s.Link("/library")}, {Label: "Delete"}}}, pages.ConfirmPage(view))
}

// deleteRules deletes what was confirmed.
func (s *Section) deleteRules(c echo.Context) error {
	form, err := c.FormParams()
	if err != nil {
		return agent.Wrap(agent.CodeInvalid, err, "the form could not be read")
	}
	change, err := s.cfg.Library.Change(c.Request().Context(), ui.Person, agent.ActDelete, catalog.RuleSelection{IDs: ui.Selected(form)})
	if err != nil {
		return err
	}
	form.Del("rule") // its page is gone
	return s.SeeOther(c, ui.BackToChange("/library", form, change))
}

package history

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/handlers/library"
	"purposeagent/handlers/ui"
	"purposeagent/views/layout"
	"purposeagent/views/libraryview"
	"purposeagent/views/partials"
)

// Register adds the routes.
func (s *Section) Register(g *echo.Group) {
	g.GET("/library/changes", s.libraryChanges)
	g.POST("/library/changes/:change/undo", s.undoChange)
	g.GET("/library/merge", s.confirmMerge)
	g.POST("/library/merge", s.mergeRules)
	g.POST("/library/:id/revert", s.revertRule)
	if s.cfg.Snapshots != nil {
		s.registerSnapshots(g)
	}
	if s.cfg.Packs != nil {
		g.GET("/library/export", s.exportPack)
		g.GET("/library/import", s.importForm)
		g.POST("/library/import", s.importPack)
	}
}

// changesPerPage is how many changes the history shows at once.
const changesPerPage = 50

// libraryChanges lists what people changed, with the way to undo each.
func (s *Section) libraryChanges(c echo.Context) error {
	before, err := ui.OptionalNumber(c.QueryParam("before"))
	if err != nil {
		return err
	}
	changes, err := s.cfg.Library.Changes(c.Request().Context(), "", before, changesPerPage+1)
	if err != nil {
		return err
	}
	view := libraryview.LibraryChanges{Notice: s.NoticeView(ui.ReadNotice(c), "/library/changes")}
	if len(changes) > changesPerPage {
		changes = changes[:changesPerPage]
		view.Pager.Older = s.Link("/library/changes?before=" + ui.Number(changes[changesPerPage-1].Revision))
	}
	if before > 0 {
		view.Pager.Newer = s.Link("/library/changes")
	}
	for _, change := range changes {
		view.Rows = append(view.Rows, s.library.ChangeRow(change, "/library/changes"))
	}
	return s.Page(c, http.StatusOK, layout.Frame{Title: "Changes of the library",
		Crumbs: []layout.Crumb{{Label: "Library", Href: s.Link("/library")}, {Label: "Changes"}}}, libraryview.LibraryChangesPage(view))
}

// undoChange takes a change back and leads to where it was asked.
func (s *Section) undoChange(c echo.Context) error {
	revision, err := ui.OptionalNumber(c.Param("change"))
	if err != nil {
		return err
	}
	change, err := s.cfg.Library.Undo(c.Request().Context(), ui.Person, revision)
	if err != nil {
		return err
	}
	path, q := ui.BackPath(c.FormValue("back"))
	return s.SeeOther(c, path+"?"+ui.Noticed(q, change).Encode())
}

// revertRule gives a rule the words of an entry of its history.
func (s *Section) revertRule(c echo.Context) error {
	n, err := strconv.Atoi(c.FormValue("entry"))
	if err != nil {
		return agent.Errorf(agent.CodeInvalid, "the form does not say which entry of the history to restore; open the rule again")
	}
	change, err := s.cfg.Library.Revert(c.Request().Context(), ui.Person, c.Param("id"), n)
	if err != nil {
		return err
	}
	return s.SeeOther(c, "/library/"+url.PathEscape(c.Param("id"))+"?"+ui.Noticed(url.Values{}, change).Encode())
}

// maxMerge bounds the rules that are merged at once: a person reads them all.
const maxMerge = 20

// confirmMerge shows the rules side by side and asks which one stays.
func (s *Section) confirmMerge(c echo.Context) error {
	ids := ui.Selected(c.QueryParams())
	if len(ids) < 2 || len(ids) > maxMerge {
		return agent.Errorf(agent.CodeInvalid, "select 2 to %d rules to merge, not %d", maxMerge, len(ids))
	}
	view := libraryview.MergeRules{Action: s.Link("/library/merge"), Cancel: s.Link("/library")}
	best := ""
	bound := -1.0
	for _, id := range ids {
		h, err := s.cfg.Library.Get(c.Request().Context(), id)
		if err != nil {
			return err
		}
		choice := libraryview.MergeChoice{ID: h.ID, Title: h.Title, Href: s.RuleLink(h.ID), When: ui.AfterWhen(h.Pattern), Do: ui.FirstOf(h.Strategy, "avoid "+h.Avoid),
			Status: ui.RuleChips(h), Evidence: partials.Count(int64(h.Good)) + " for, " + partials.Count(int64(h.Bad)) + " against"}
		if b := library.EvidenceBound(h); best == "" || b > bound {
			best, bound = h.ID, b
		}
		view.Choices = append(view.Choices, choice)
	}
	for i := range view.Choices {
		view.Choices[i].Selected = view.Choices[i].ID == best
	}
	return s.Page(c, http.StatusOK, layout.Frame{Title: "Merge rules",
		Crumbs: []layout.Crumb{{Label: "Library", Href: s.Link("/library")}, {Label: "Merge"}}}, libraryview.MergePage(view))
}

// mergeRules merges the others into the one that stays.
func (s *Section) mergeRules(c echo.Context) error {
	form, err := c.FormParams()
	if err != nil {
		return agent.Wrap(agent.CodeInvalid, err, "the form could not be read")
	}
	keep := form.Get("keep")
	away := slices.DeleteFunc(ui.Selected(form), func(id string) bool { return id == keep })
	change, err := s.cfg.Library.Merge(c.Request().Context(), ui.Person, keep, away)
	if err != nil {
		return err
	}
	return s.SeeOther(c, "/library/"+url.PathEscape(keep)+"?"+ui.Noticed(url.Values{}, change).Encode())
}

package handlers

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/views/layout"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

func (s *Server) registerHistory(g *echo.Group) {
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
func (s *Server) libraryChanges(c echo.Context) error {
	before, err := optionalNumber(c.QueryParam("before"))
	if err != nil {
		return err
	}
	changes, err := s.cfg.Library.Changes(c.Request().Context(), "", before, changesPerPage+1)
	if err != nil {
		return err
	}
	view := pages.LibraryChanges{Notice: s.noticeView(readNotice(c), "/library/changes")}
	if len(changes) > changesPerPage {
		changes = changes[:changesPerPage]
		view.Pager.Older = s.link("/library/changes?before=" + number(changes[changesPerPage-1].Revision))
	}
	if before > 0 {
		view.Pager.Newer = s.link("/library/changes")
	}
	for _, change := range changes {
		view.Rows = append(view.Rows, s.changeRow(change, "/library/changes"))
	}
	return s.page(c, http.StatusOK, layout.Frame{Title: "Changes of the library",
		Crumbs: []layout.Crumb{{Label: "Library", Href: s.link("/library")}, {Label: "Changes"}}}, pages.LibraryChangesPage(view))
}

// optionalNumber reads a number that may be left out, as 0.
func optionalNumber(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, agent.Errorf(agent.CodeInvalid, "%q is not the number of a change", partials.Clip(text, 30))
	}
	return n, nil
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

// changeWords say what a change did.
var changeWords = map[agent.LibraryAction]string{
	agent.ActPin: "Pinned", agent.ActUnpin: "Unpinned", agent.ActPromote: "Made active", agent.ActTrial: "Put in trial",
	agent.ActRetire: "Retired", agent.ActArchive: "Archived", agent.ActBan: "Banned", agent.ActDelete: "Deleted", agent.ActStatus: "Set the status of",
	agent.ActTeach: "Taught", agent.ActEdit: "Edited", agent.ActRevert: "Restored old words of", agent.ActMerge: "Merged", agent.ActImport: "Imported",
	agent.ActSnapshot: "Restored the library of", agent.ActUndo: "Undid", agent.ActShelve: "Shelved",
	agent.ActSuspend: "Suspended what was learned in", agent.ActLift: "Lifted the suspension of",
}

func (s *Server) changeRow(change agent.LibraryChange, back string) pages.ChangeRow {
	row := pages.ChangeRow{Number: "#" + number(change.Revision), What: firstOf(changeWords[change.Action], string(change.Action)),
		Rules: partials.Plural(change.Rules, "rule"), Note: change.Note, Actor: change.Actor, At: partials.Ago(s.now(), change.At), Back: back}
	if change.Rules == 0 {
		row.Rules = "" // it was about a learned set
	}
	switch {
	case change.UndoneBy > 0:
		row.Undone = "undone by #" + number(change.UndoneBy)
	default:
		row.Undo = s.link("/library/changes/" + number(change.Revision) + "/undo")
	}
	if change.Undoes > 0 {
		row.Undone = "of #" + number(change.Undoes)
	}
	return row
}

// undoChange takes a change back and leads to where it was asked.
func (s *Server) undoChange(c echo.Context) error {
	revision, err := optionalNumber(c.Param("change"))
	if err != nil {
		return err
	}
	change, err := s.cfg.Library.Undo(c.Request().Context(), person, revision)
	if err != nil {
		return err
	}
	path, q := backPath(c.FormValue("back"))
	return s.seeOther(c, path+"?"+noticed(q, change).Encode())
}

// backPath is a page of the library that a form names, or the list.
func backPath(text string) (path string, q url.Values) {
	u, err := url.Parse(text)
	if err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(u.Path, "/library") && u.Path != "/review" || strings.Contains(u.Path, "..") {
		return "/library", url.Values{}
	}
	q = u.Query()
	for _, name := range []string{"did", "n", "change"} {
		q.Del(name)
	}
	return u.EscapedPath(), q
}

// revertRule gives a rule the words of an entry of its history.
func (s *Server) revertRule(c echo.Context) error {
	n, err := strconv.Atoi(c.FormValue("entry"))
	if err != nil {
		return agent.Errorf(agent.CodeInvalid, "the form does not say which entry of the history to restore; open the rule again")
	}
	change, err := s.cfg.Library.Revert(c.Request().Context(), person, c.Param("id"), n)
	if err != nil {
		return err
	}
	return s.seeOther(c, "/library/"+url.PathEscape(c.Param("id"))+"?"+noticed(url.Values{}, change).Encode())
}

// mergeSelected asks which of the selected rules stays.
func (s *Server) mergeSelected(c echo.Context, ids []string) error {
	q := url.Values{"ids": ids}
	return s.seeOther(c, "/library/merge?"+q.Encode())
}

// maxMerge bounds the rules that are merged at once: a person reads them all.
const maxMerge = 20

// confirmMerge shows the rules side by side and asks which one stays.
func (s *Server) confirmMerge(c echo.Context) error {
	ids := selected(c.QueryParams())
	if len(ids) < 2 || len(ids) > maxMerge {
		return agent.Errorf(agent.CodeInvalid, "select 2 to %d rules to merge, not %d", maxMerge, len(ids))
	}
	view := pages.MergeRules{Action: s.link("/library/merge"), Cancel: s.link("/library")}
	best := ""
	bound := -1.0
	for _, id := range ids {
		h, err := s.cfg.Library.Get(c.Request().Context(), id)
		if err != nil {
			return err
		}
		choice := pages.MergeChoice{ID: h.ID, Title: h.Title, Href: s.ruleLink(h.ID), When: afterWhen(h.Pattern), Do: firstOf(h.Strategy, "avoid "+h.Avoid),
			Status: ruleChips(h), Evidence: partials.Count(int64(h.Good)) + " for, " + partials.Count(int64(h.Bad)) + " against"}
		if b := evidenceBound(h); best == "" || b > bound {
			best, bound = h.ID, b
		}
		view.Choices = append(view.Choices, choice)
	}
	for i := range view.Choices {
		view.Choices[i].Selected = view.Choices[i].ID == best
	}
	return s.page(c, http.StatusOK, layout.Frame{Title: "Merge rules",
		Crumbs: []layout.Crumb{{Label: "Library", Href: s.link("/library")}, {Label: "Merge"}}}, pages.MergePage(view))
}

// mergeRules merges the others into the one that stays.
func (s *Server) mergeRules(c echo.Context) error {
	form, err := c.FormParams()
	if err != nil {
		return agent.Wrap(agent.CodeInvalid, err, "the form could not be read")
	}
	keep := form.Get("keep")
	away := slices.DeleteFunc(selected(form), func(id string) bool { return id == keep })
	change, err := s.cfg.Library.Merge(c.Request().Context(), person, keep, away)
	if err != nil {
		return err
	}
	return s.seeOther(c, "/library/"+url.PathEscape(keep)+"?"+noticed(url.Values{}, change).Encode())
}

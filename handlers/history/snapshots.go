package history

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/handlers/library"
	"purposeagent/handlers/ui"
	"purposeagent/views/layout"
	"purposeagent/views/libraryview"
	"purposeagent/views/partials"
)

func (s *Section) registerSnapshots(g *echo.Group) {
	g.GET("/library/snapshots", s.snapshots)
	g.POST("/library/snapshots", s.takeSnapshot)
	g.GET("/library/snapshots/at", s.libraryAt)
	g.GET("/library/snapshots/diff", s.libraryDiff)
	g.POST("/library/snapshots/restore", s.restoreLibrary)
	g.POST("/library/snapshots/:id/delete", s.deleteSnapshot)
}

// MomentOf reads a moment of the library: a snapshot's id, a time (UTC where
// it does not say), the number of a change, or nothing for now. It returns the
// number of the last change in it. Errors: CodeInvalid, CodeNotFound.
func MomentOf(ctx context.Context, snapshots Snapshots, text string) (int64, error) {
	text = strings.TrimSpace(text)
	if text == "" || text == "now" {
		_, last, _, err := snapshots.Span(ctx)
		return last, err
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && n >= 0 {
		return n, nil
	}
	if text[0] == 's' {
		snapshot, err := snapshots.Get(ctx, text)
		return snapshot.Revision, err
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return snapshots.Moment(ctx, at)
		}
	}
	return 0, agent.Errorf(agent.CodeInvalid, "%q is not a moment; give a snapshot such as s00001, a time such as 2026-05-04T12:00, or the number of a change", partials.Clip(text, 40))
}

// snapshots shows the moments that were kept, and the way to any other.
func (s *Section) snapshots(c echo.Context) error {
	ctx := c.Request().Context()
	list, err := s.cfg.Snapshots.List(ctx)
	if err != nil {
		return err
	}
	first, last, at, err := s.cfg.Snapshots.Span(ctx)
	if err != nil {
		return err
	}
	view := libraryview.Snapshots{Take: s.Link("/library/snapshots"), At: s.Link("/library/snapshots/at"), Diff: s.Link("/library/snapshots/diff"),
		First: ui.Number(first), Last: ui.Number(last), Notice: s.NoticeView(ui.ReadNotice(c), "/library/snapshots")}
	if last > 0 {
		view.Newest = at.UTC().Format("2006-01-02T15:04")
	}
	for i := range list {
		view.Rows = append(view.Rows, s.snapshotRow(&list[i]))
	}
	return s.Page(c, http.StatusOK, snapshotFrame(s, "Snapshots", ""), libraryview.SnapshotsPage(view))
}

func snapshotFrame(s *Section, title, leaf string) layout.Frame {
	crumbs := []layout.Crumb{{Label: "Library", Href: s.Link("/library")}, {Label: "Snapshots", Href: s.Link("/library/snapshots")}}
	if leaf != "" {
		crumbs = append(crumbs, layout.Crumb{Label: leaf})
	} else {
		crumbs[1].Href = ""
	}
	return layout.Frame{Title: title, Crumbs: crumbs}
}

func (s *Section) snapshotRow(x *catalog.Snapshot) libraryview.SnapshotRow {
	return libraryview.SnapshotRow{ID: x.ID, Name: x.Name, Reason: x.Reason, Actor: x.Actor, At: partials.Ago(s.Now(), x.At),
		Rules: partials.Count(int64(x.Rules)), Change: "#" + ui.Number(x.Revision), Size: size(x.Bytes), Digest: partials.Clip(x.Digest, 13),
		Href: s.MomentLink(x.ID), Compare: s.Link("/library/snapshots/diff?from=" + url.QueryEscape(x.ID)),
		Delete: s.Link("/library/snapshots/" + url.PathEscape(x.ID) + "/delete")}
}

// size writes a number of bytes for people.
func size(n int) string {
	if n < 1000 {
		return ui.Itoa(n) + " B"
	}
	return partials.Short(int64(n)) + "B"
}

// takeSnapshot keeps the library as it is now.
func (s *Section) takeSnapshot(c echo.Context) error {
	taken, err := s.cfg.Snapshots.Take(c.Request().Context(), ui.Person, c.FormValue("name"))
	if err != nil {
		return err
	}
	return s.SeeOther(c, "/library/snapshots/at?moment="+url.QueryEscape(taken.ID))
}

func (s *Section) deleteSnapshot(c echo.Context) error {
	if err := s.cfg.Snapshots.Delete(c.Request().Context(), ui.Person, c.Param("id")); err != nil {
		return err
	}
	return s.SeeOther(c, "/library/snapshots")
}

// maxMomentRules bounds the rules that a moment's page lists.
const maxMomentRules = 500

// libraryAt shows the library of a moment.
func (s *Section) libraryAt(c echo.Context) error {
	ctx := c.Request().Context()
	text := c.QueryParam("moment")
	revision, err := MomentOf(ctx, s.cfg.Snapshots, text)
	if err != nil {
		return err
	}
	rules, err := s.cfg.Snapshots.AsOf(ctx, revision)
	if err != nil {
		return err
	}
	view := libraryview.LibraryAt{Title: s.momentName(ctx, text, revision), Change: "#" + ui.Number(revision), Moment: ui.Number(revision),
		At: s.Link("/library/snapshots/at"), Restore: s.Link("/library/snapshots/restore"),
		Compare: s.Link("/library/snapshots/diff?to=now&from=" + ui.Number(revision)), Rules: partials.Plural(len(rules), "rule")}
	first, last, _, err := s.cfg.Snapshots.Span(ctx)
	if err != nil {
		return err
	}
	view.First, view.Last = ui.Number(first), ui.Number(last)
	view.Older, view.Newer = s.momentBeside(revision-1, first, last), s.momentBeside(revision+1, first, last)
	counts := map[agent.Status]int{}
	for _, h := range rules {
		counts[h.Status]++
	}
	for _, status := range agent.Statuses {
		if n := counts[status]; n > 0 {
			chip := ui.StatusChip(status)
			chip.Text = partials.Count(int64(n)) + " " + chip.Text
			view.Counts = append(view.Counts, chip)
		}
	}
	slices.SortStableFunc(rules, func(a, b *agent.Heuristic) int {
		return slices.Index(agent.Statuses, a.Status) - slices.Index(agent.Statuses, b.Status)
	})
	for _, h := range rules[:min(len(rules), maxMomentRules)] {
		view.Rows = append(view.Rows, s.momentRule(h))
	}
	if more := len(rules) - maxMomentRules; more > 0 {
		view.More = "and " + partials.Plural(more, "more rule")
	}
	return s.Page(c, http.StatusOK, snapshotFrame(s, "Library as of "+view.Title, "Change "+view.Change), libraryview.LibraryAtPage(view))
}

func (s *Section) momentRule(h *agent.Heuristic) libraryview.MomentRule {
	return libraryview.MomentRule{ID: h.ID, Version: "v" + ui.Itoa(h.Version), Href: s.RuleLink(h.ID), Tier: ui.TierOf(h.Tier, h.Kind), Title: h.Title,
		Words: "when " + ui.AfterWhen(h.Pattern) + ": " + ui.FirstOf(h.Strategy, "avoid "+h.Avoid), Status: ui.RuleChips(h)}
}

// momentBeside leads to another change within the history, or nowhere.
func (s *Section) momentBeside(revision, first, last int64) partials.Link {
	if revision < first || revision > last {
		return partials.Link{}
	}
	return partials.Link{Text: "#" + ui.Number(revision), Href: s.MomentLink(ui.Number(revision))}
}

// momentName is what a page calls a moment.
func (s *Section) momentName(ctx context.Context, text string, revision int64) string {
	if text == "" || text == "now" {
		return "now"
	}
	if text[0] == 's' {
		if snapshot, err := s.cfg.Snapshots.Get(ctx, text); err == nil {
			return snapshot.Name
		}
	}
	at, err := s.cfg.Snapshots.When(ctx, revision)
	if err != nil || at.IsZero() {
		return "before the first rule"
	}
	return at.UTC().Format("2 Jan 2006 15:04:05 UTC")
}

// maxDiffRules bounds the rules that a comparison shows of each kind.
const maxDiffRules = 100

// libraryDiff compares two moments of the library.
func (s *Section) libraryDiff(c echo.Context) error {
	ctx := c.Request().Context()
	from, to := c.QueryParam("from"), c.QueryParam("to")
	a, err := MomentOf(ctx, s.cfg.Snapshots, from)
	if err != nil {
		return err
	}
	b, err := MomentOf(ctx, s.cfg.Snapshots, to)
	if err != nil {
		return err
	}
	before, err := s.cfg.Snapshots.AsOf(ctx, a)
	if err != nil {
		return err
	}
	after, err := s.cfg.Snapshots.AsOf(ctx, b)
	if err != nil {
		return err
	}
	view := s.diffView(catalog.DiffLibraries(before, after))
	view.Self, view.From, view.To = s.Link("/library/snapshots/diff"), from, ui.FirstOf(to, "now")
	view.Before, view.After = s.momentName(ctx, from, a), s.momentName(ctx, to, b)
	view.BeforeHref, view.AfterHref = s.MomentLink(ui.Number(a)), s.MomentLink(ui.Number(b))
	return s.Page(c, http.StatusOK, snapshotFrame(s, "Compare moments", "Compare"), libraryview.LibraryDiffPage(view))
}

// diffView shows what differs, in sections by kind.
func (s *Section) diffView(d catalog.LibraryDiff) libraryview.LibraryDiff {
	v := libraryview.LibraryDiff{Same: partials.Plural(d.Same, "rule") + " the same"}
	changed := len(d.Added) + len(d.Removed) + len(d.Reworded) + len(d.Moved)
	v.Verdict = partials.Plural(changed, "rule") + " differ"
	if changed == 1 {
		v.Verdict = "1 rule differs"
	}
	if changed == 0 {
		v.Verdict = "Nothing differs"
	}
	for _, part := range []struct {
		title string
		pairs []catalog.RuleDiff
	}{{"Other words", d.Reworded}, {"Another status", d.Moved}, {"Came", d.Added}, {"Went", d.Removed}} {
		if len(part.pairs) == 0 {
			continue
		}
		section := libraryview.DiffSection{Title: part.title, Count: partials.Count(int64(len(part.pairs)))}
		for _, pair := range part.pairs[:min(len(part.pairs), maxDiffRules)] {
			section.Rules = append(section.Rules, s.diffRule(pair))
		}
		if more := len(part.pairs) - maxDiffRules; more > 0 {
			section.More = "and " + partials.Plural(more, "more rule")
		}
		v.Sections = append(v.Sections, section)
	}
	return v
}

func (s *Section) diffRule(pair catalog.RuleDiff) libraryview.DiffRule {
	switch {
	case pair.Before == nil:
		return libraryview.DiffRule{Rule: s.momentRule(pair.After)}
	case pair.After == nil:
		return libraryview.DiffRule{Rule: s.momentRule(pair.Before)}
	}
	return libraryview.DiffRule{Rule: s.momentRule(pair.After), Lines: library.RuleDiff(pair.Before, pair.After)}
}

// restoreLibrary makes the library what it was at a moment.
func (s *Section) restoreLibrary(c echo.Context) error {
	ctx := c.Request().Context()
	text := c.FormValue("moment")
	if strings.TrimSpace(text) == "" {
		return agent.Errorf(agent.CodeInvalid, "the form does not say which moment to restore; open it again")
	}
	revision, err := MomentOf(ctx, s.cfg.Snapshots, text)
	if err != nil {
		return err
	}
	change, err := s.cfg.Snapshots.Restore(ctx, ui.Person, revision, s.momentName(ctx, text, revision))
	if err != nil {
		return err
	}
	return s.SeeOther(c, "/library/snapshots?"+ui.Noticed(url.Values{}, change).Encode())
}

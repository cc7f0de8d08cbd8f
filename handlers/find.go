package handlers

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/experiments"
	"purposeagent/handlers/ui"
	"purposeagent/views/layout"
	"purposeagent/views/partials"
	"purposeagent/views/siteview"
)

// Found of each kind, for somebody who looks for one thing.
const (
	foundRuns         = 6
	foundRules        = 6
	foundTrajectories = 3
	foundExperiments  = 3
)

// find looks for words in all that is kept: the palette's list to htmx and
// scripts, a page to everybody else. Without words it gives the newest runs.
func (s *Server) find(c echo.Context) error {
	text := strings.TrimSpace(c.QueryParam("q"))
	if !utf8.ValidString(text) || len(text) > 200 {
		return agent.Errorf(agent.CodeInvalid, "search for at most 200 bytes of text")
	}
	view := siteview.Find{Self: s.Link("/find"), Query: text}
	if err := s.lookFor(c.Request().Context(), text, &view); err != nil {
		return err
	}
	if c.QueryParam("part") == "list" {
		return s.Render(c, http.StatusOK, siteview.FoundList(view.Groups))
	}
	return s.Page(c, http.StatusOK, layout.Frame{Title: "Find", Crumbs: []layout.Crumb{{Label: "Find"}}}, siteview.FindPage(view))
}

// lookFor fills in what is found.
func (s *Server) lookFor(ctx context.Context, text string, view *siteview.Find) error {
	runs, err := s.cfg.Runs.Store.List(ctx, catalog.RunQuery{Text: text, Limit: foundRuns})
	if err != nil {
		return err
	}
	group := siteview.FoundGroup{Name: "Runs", Icon: "runs"}
	for _, run := range runs.Items {
		group.Items = append(group.Items, siteview.FoundItem{Text: partials.Clip(ui.PurposeOf(run), 90), Note: string(run.Status) + " · " + ui.MarkOf(run), Href: s.RunLink(run.ID)})
	}
	view.Add(group)
	if text == "" {
		return nil
	}
	rules, err := s.cfg.Library.Rules.List(ctx, catalog.HeuristicQuery{Text: text, Limit: foundRules})
	if err != nil {
		return err
	}
	group = siteview.FoundGroup{Name: "Rules", Icon: "library"}
	for i := range rules.Items {
		h := &rules.Items[i]
		group.Items = append(group.Items, siteview.FoundItem{Text: partials.Clip(h.Title, 90), Note: ui.FirstOf(h.Scope.Environment, "every world") + " · " + ui.StatusWord(h.Status), Href: s.RuleLink(h.ID)})
	}
	view.Add(group)
	trajectories, err := s.cfg.Replay.Store.List(ctx, catalog.TrajectoryQuery{Text: text, Limit: foundTrajectories})
	if err != nil {
		return err
	}
	group = siteview.FoundGroup{Name: "Trajectories", Icon: "replay"}
	names := s.RunNames(ctx)
	for i := range trajectories.Items {
		t := &trajectories.Items[i]
		group.Items = append(group.Items, siteview.FoundItem{Text: partials.Clip(t.Purpose, 90), Note: names(t.Run).Mark, Href: s.Link(s.TrajectoryLink(t.ID))})
	}
	view.Add(group)
	if s.cfg.Lab.Experiments != nil {
		page, err := s.cfg.Lab.Experiments.List(ctx, experiments.ExperimentQuery{Text: text, Limit: foundExperiments})
		if err != nil {
			return err
		}
		group = siteview.FoundGroup{Name: "Experiments", Icon: "lab"}
		for i := range page.Items {
			x := &page.Items[i]
			group.Items = append(group.Items, siteview.FoundItem{Text: partials.Clip(ui.FirstOf(x.Name, x.ID), 90), Note: string(x.Status), Href: s.Link("/lab/" + url.PathEscape(x.ID))})
		}
		view.Add(group)
	}
	return s.lookForViews(ctx, text, view)
}

// lookForViews fills in the saved views whose names hold the text.
func (s *Server) lookForViews(ctx context.Context, text string, view *siteview.Find) error {
	group := siteview.FoundGroup{Name: "Views", Icon: "table"}
	for _, kind := range lists {
		views, err := s.SavedViews(ctx, kind)
		if err != nil {
			return err
		}
		for _, v := range views {
			if strings.Contains(strings.ToLower(v.Name), strings.ToLower(text)) {
				group.Items = append(group.Items, siteview.FoundItem{Text: v.Name, Note: kind.Name, Href: s.Link(kind.Path + "?" + v.Query)})
			}
		}
	}
	view.Add(group)
	return nil
}

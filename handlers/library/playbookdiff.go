package library

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/playbook"
	"purposeagent/handlers/ui"
	"purposeagent/views/layout"
	"purposeagent/views/libraryview"
	"purposeagent/views/partials"
)

// Moments lists the snapshots of the library, newest first.
type Moments func(ctx context.Context) ([]catalog.Snapshot, error)

// maxMoments bounds the snapshots that a page offers.
const maxMoments = 60

// momentOptions are the moments that a playbook can be read as of.
func (s playbookPages) momentOptions(ctx context.Context, chosen string) ([]partials.Option, error) {
	if s.cfg.Moments == nil {
		return nil, nil
	}
	list, err := s.cfg.Moments(ctx)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	options := []partials.Option{{Value: "", Text: "now", Selected: chosen == ""}}
	found := chosen == ""
	for i := range list[:min(len(list), maxMoments)] {
		x := &list[i]
		found = found || x.ID == chosen
		options = append(options, partials.Option{Value: x.ID, Text: x.At.UTC().Format("2 Jan 15:04") + " · " + partials.Clip(x.Name, 40), Selected: x.ID == chosen})
	}
	if !found {
		options = append(options, partials.Option{Value: chosen, Text: chosen, Selected: true})
	}
	return options, nil
}

// playbookDiff compares the playbook of a world at two moments.
func (s playbookPages) playbookDiff(c echo.Context) error {
	ctx, q := c.Request().Context(), c.QueryParams()
	asked := readPlaybook(q)
	from, to := q.Get("from"), q.Get("to")
	page := func(snapshot string) (playbook.Page, error) {
		return s.cfg.Playbooks(ctx, playbook.Asked{Environment: asked.environment, World: asked.world, Snapshot: snapshot})
	}
	before, err := page(from)
	if err != nil {
		return err
	}
	after, err := page(to)
	if err != nil {
		return err
	}
	v := s.playbookDiffView(s.RuleTitles(ctx), playbook.Compare(&before.Playbook, &after.Playbook))
	v.Self, v.World, v.Environment, v.Dynamics = s.Link("/library/playbook/diff"), ui.ScopeLabel(after.Scope), after.Scope.Environment, after.Scope.Dynamics
	if v.From, err = s.momentOptions(ctx, from); err != nil {
		return err
	}
	if v.To, err = s.momentOptions(ctx, to); err != nil {
		return err
	}
	asked.environment, asked.world, asked.snapshot = after.Scope.Environment, after.Scope.Dynamics, ""
	v.Back = partials.Link{Text: "The playbook", Href: s.Link("/library?" + asked.values().Encode())}
	return s.Page(c, http.StatusOK, layout.Frame{Title: "Compare playbooks", Crumbs: []layout.Crumb{{Label: "Library", Href: s.Link("/library")}, {Label: "Playbook", Href: v.Back.Href}, {Label: "Compare"}}},
		libraryview.PlaybookDiffPage(v))
}

// maxDiffLines bounds the lines that a comparison shows of each kind.
const maxDiffLines = 100

func (s playbookPages) playbookDiffView(titles ui.Titles, d playbook.Diff) libraryview.PlaybookDiff {
	v := libraryview.PlaybookDiff{Same: partials.Plural(d.Same, "line") + " the same", Verdict: "Nothing differs"}
	switch n := len(d.Added) + len(d.Gone) + len(d.Changed); {
	case n == 1:
		v.Verdict = "1 line differs"
	case n > 1:
		v.Verdict = partials.Plural(n, "line") + " differ"
	}
	section := func(id, title string, n int, at func(i int) (before, after *agent.PlaybookLine)) {
		if n == 0 {
			return
		}
		part := libraryview.PlaybookDiffSection{ID: id, Title: title, Count: partials.Count(int64(n))}
		for i := range min(n, maxDiffLines) {
			before, after := at(i)
			part.Lines = append(part.Lines, s.lineDiffView(titles, before, after))
		}
		if n > maxDiffLines {
			part.More = "and " + partials.Plural(n-maxDiffLines, "more line")
		}
		v.Sections = append(v.Sections, part)
	}
	section("changed", "Changed", len(d.Changed), func(i int) (_, _ *agent.PlaybookLine) { return &d.Changed[i].Before, &d.Changed[i].After })
	section("came", "Added", len(d.Added), func(i int) (_, _ *agent.PlaybookLine) { return nil, &d.Added[i] })
	section("went", "Removed", len(d.Gone), func(i int) (_, _ *agent.PlaybookLine) { return &d.Gone[i], nil })
	return v
}

func (s playbookPages) lineDiffView(titles ui.Titles, before, after *agent.PlaybookLine) libraryview.PlaybookLineDiff {
	l := after
	if l == nil {
		l = before
	}
	v := libraryview.PlaybookLineDiff{Kind: playbook.Heading(l.Kind), Title: l.Title, Text: l.Text}
	for _, id := range l.Rules[:min(len(l.Rules), diffRules)] {
		v.Rules = append(v.Rules, partials.Link{Text: titles(id), Href: s.RuleLink(id)})
	}
	if before != nil && after != nil {
		v.Lines = partsDiff([]part{{"title", before.Title, after.Title}, {"says", before.Text, after.Text}, {"status", lineStatus(before), lineStatus(after)},
			{"evidence", lineCounts(before), lineCounts(after)}}, "says")
	}
	return v
}

// diffRules is how many rules a line of a comparison names.
const diffRules = 3

func lineStatus(l *agent.PlaybookLine) string {
	switch {
	case l.Pinned:
		return "pinned"
	case l.Status != agent.Active:
		return "in trial"
	}
	return "sure"
}

func lineCounts(l *agent.PlaybookLine) string {
	if l.Good+l.Bad == 0 {
		return "nothing counted"
	}
	return fmt.Sprintf("good %d of %d times", l.Good, l.Good+l.Bad)
}

// compareLink leads from a playbook to what changed since a moment.
func (s playbookPages) compareLink(asked playbookAsked) url.Values {
	q := url.Values{"environment": {asked.environment}, "world": {asked.world}}
	if asked.snapshot != "" {
		q.Set("from", asked.snapshot)
	}
	return q
}

package library

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/milestones"
	"purposeagent/agent/playbook"
	"purposeagent/handlers/milestonepages"
	"purposeagent/handlers/ui"
	"purposeagent/views/layout"
	"purposeagent/views/libraryview"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// Playbooks writes what is known of a world of an environment on one page. Errors:
// CodeNotFound.
type Playbooks func(ctx context.Context, asked playbook.Asked) (playbook.Page, error)

// playbookAsked is what the address of a playbook says.
type playbookAsked struct {
	environment, world, snapshot string
	all                          bool
}

func readPlaybook(q url.Values) playbookAsked {
	a := playbookAsked{q.Get("environment"), q.Get("world"), q.Get("snapshot"), q.Get("lines") == "all"}
	if at, ok := q["at"]; ok && len(at) > 0 {
		a.environment, a.world, _ = strings.Cut(at[0], "/")
	}
	return a
}

func (a playbookAsked) values() url.Values {
	q := url.Values{}
	if a.environment != "" {
		q.Set("environment", a.environment)
		q.Set("world", a.world)
	}
	if a.snapshot != "" {
		q.Set("snapshot", a.snapshot)
	}
	if a.all {
		q.Set("lines", "all")
	}
	return q
}

func (a playbookAsked) page() playbook.Asked {
	asked := playbook.Asked{Environment: a.environment, World: a.world, Snapshot: a.snapshot, Tokens: playbook.DefaultTokens}
	if a.all {
		asked.Tokens = 0
	}
	return asked
}

// asksForPlaybook reports whether an address of the library means its playbook: one
// that says nothing of a list.
func (s playbookPages) asksForPlaybook(q url.Values) bool {
	if s.cfg.Playbooks == nil {
		return false
	}
	for name := range q {
		switch name {
		case "environment", "world", "at", "snapshot", "lines", "did", "n", "made", "change":
		default:
			return false
		}
	}
	return true
}

// playbook shows what is known of a world.
func (s playbookPages) playbook(c echo.Context) error {
	ctx, asked := c.Request().Context(), readPlaybook(c.QueryParams())
	page, err := s.cfg.Playbooks(ctx, asked.page())
	if err != nil {
		return err
	}
	asked.environment, asked.world = page.Scope.Environment, page.Scope.Dynamics
	comments, err := commentPages(s).comments(ctx, catalog.CommentQuery{Rules: page.RuleIDs()})
	if err != nil {
		return err
	}
	v := s.playbookView(&page, asked, lineComments{catalog.NewCommentIndex(comments.Items), comments.Next != ""}, s.firstTitles(ctx))
	if comments.Next != "" {
		v.Comments = partials.Link{Text: "All " + partials.Plural(comments.Total, "comment"), Href: s.Link("/library/comments?" + asked.values().Encode())}
		v.CommentsNote = "The newest " + partials.Plural(len(comments.Items), "comment") + " stand by their lines."
	}
	if v.Moments, err = s.momentOptions(ctx, asked.snapshot); err != nil {
		return err
	}
	if s.cfg.Pages.Milestones && page.Scope.Environment != "" {
		v.Milestones = s.Link(milestonepages.Address(milestones.WorldOf(page.Scope)))
	}
	if len(v.Moments) > 0 {
		v.Compare = s.Link("/library/playbook/diff?" + s.compareLink(asked).Encode())
	}
	v.Notice = s.NoticeView(ui.ReadNotice(c), "/library?"+asked.values().Encode())
	if v.Worth, err = s.worthOf(ctx, page.Scope); err != nil {
		return err
	}
	frame := layout.Frame{Title: "Playbook", Crumbs: []layout.Crumb{{Label: "Library"}},
		Actions: pages.LinkButton("Teach a rule", "plus", s.Link("/library/new"), "n"), Keys: []layout.Key{{Keys: []string{"n"}, Does: "teach a rule"}}}
	return s.Page(c, http.StatusOK, frame, libraryview.PlaybookPage(v))
}

// exportPlaybook sends the page as Markdown.
func (s playbookPages) exportPlaybook(c echo.Context) error {
	asked := readPlaybook(c.QueryParams())
	page, err := s.cfg.Playbooks(c.Request().Context(), asked.page())
	if err != nil {
		return err
	}
	text, err := page.Document(c.Request().Context(), commentPages(s).comments)
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="playbook.md"`)
	return c.Blob(http.StatusOK, "text/markdown; charset=utf-8", []byte(text))
}

// playbookTabs lead from one reading of the library to the other.
func (s playbookPages) playbookTabs(onPage bool) []partials.Tab {
	return []partials.Tab{{Text: "Playbook", Href: s.Link("/library"), Current: onPage}, {Text: "Rules", Href: s.Link("/library?q=" + url.QueryEscape(inUse)), Current: !onPage}}
}

func (s playbookPages) playbookView(p *playbook.Page, asked playbookAsked, comments lineComments, titles ui.Titles) libraryview.Playbook {
	q := asked.values()
	v := libraryview.Playbook{Self: s.Link("/library"), Change: s.Link("/library/bulk"), Return: q.Encode(), Tabs: s.playbookTabs(true), World: ui.ScopeLabel(p.Scope),
		Empty: partials.Empty{Icon: "library", Text: "Nothing is known yet. What runs learn, and what people teach, stands here.", Action: &partials.Link{Text: "Launch a run", Href: s.Link("/runs/new")}}}
	for _, w := range p.Worlds {
		v.Worlds = append(v.Worlds, partials.Option{Value: w.Scope.Environment + "/" + w.Scope.Dynamics, Text: ui.ScopeLabel(w.Scope) + " · " + partials.Plural(w.Rules, "rule"), Selected: w.Scope.Dynamics == p.Scope.Dynamics})
	}
	for _, kind := range agent.LineKinds {
		section := libraryview.PlaybookSection{ID: string(kind), Heading: playbook.Heading(kind)}
		for i := range p.Lines {
			if p.Lines[i].Kind == kind {
				section.Lines = append(section.Lines, s.playbookLine(&p.Lines[i], q.Encode(), comments, titles, len(p.Lines) <= inlineComments))
			}
		}
		if n := len(section.Lines); n > 0 {
			section.Count = strconv.Itoa(n)
			v.Sections = append(v.Sections, section)
		}
	}
	if asked.snapshot != "" {
		v.World += ", as it was in the snapshot " + asked.snapshot
		v.Worlds, v.At = nil, p.Scope.Environment+"/"+p.Scope.Dynamics
	}
	if len(p.Lines) > 0 {
		v.Size = fmt.Sprintf("%s, about %s tokens in a prompt", partials.Plural(len(p.Lines), "line"), partials.Count(int64(p.Tokens)))
		v.Export = s.Link("/library/playbook.md?" + q.Encode())
	}
	if p.More > 0 && !asked.all {
		q.Set("lines", "all")
		v.More = partials.Link{Text: "Show " + partials.Plural(p.More, "more line") + " that are less sure", Href: s.Link("/library?" + q.Encode())}
	}
	return v
}

// namedRules bounds the rules that a page looks up to call them by their titles.
const namedRules = 400

// firstTitles names rules by their titles, and after so many by their number on the page.
func (s playbookPages) firstTitles(ctx context.Context) ui.Titles {
	titles, n := s.RuleTitles(ctx), 0
	return func(id string) string {
		if n++; n > namedRules {
			return "Rule " + ui.Itoa(n)
		}
		return titles(id)
	}
}

// inlineComments is how many lines a page may have at most to hold a form for a comment
// beside each: a longer one leads to it.
const inlineComments = 120

// shownRules is how many rules a line names; the others are in the list of rules.
const shownRules = 12

// saidByTitle reports whether a line's text is its title again with its counts, and
// returns these.
func saidByTitle(l *agent.PlaybookLine) (counts string, ok bool) {
	if len(l.Text) < len(l.Title) || !strings.EqualFold(l.Text[:len(l.Title)], l.Title) {
		return "", false
	}
	rest := strings.TrimSpace(l.Text[len(l.Title):])
	if rest == "" {
		return "", true
	}
	counts, opens := strings.CutPrefix(rest, "(")
	counts, closes := strings.CutSuffix(counts, ")")
	return counts, opens && closes && !strings.ContainsAny(counts, "()")
}

func (s playbookPages) playbookLine(l *agent.PlaybookLine, back string, comments lineComments, titles ui.Titles, inline bool) libraryview.PlaybookLine {
	v := libraryview.PlaybookLine{Title: l.Title, Text: l.Text, IDs: l.Rules, Behind: partials.Plural(len(l.Rules), "rule") + " behind it"}
	if l.Kind == agent.LineFact && strings.Contains(l.Text, " → ") {
		for cell := range strings.SplitSeq(l.Text, " · ") {
			of, is, _ := strings.Cut(cell, " → ")
			v.Cells = append(v.Cells, libraryview.PlaybookCell{Of: of, Is: is, Open: len(l.Rules) == 0})
		}
	}
	if l.Pinned {
		v.Marks = append(v.Marks, partials.Chip{Text: "pinned", Icon: "pin"})
	}
	if l.Status != agent.Active && !l.Pinned {
		v.Marks = append(v.Marks, partials.Chip{Text: "in trial", Icon: "sync", Tone: "out"})
	}
	if l.Uplift != nil {
		v.Evidence = "uplift " + l.Uplift.String()
	} else if l.Good+l.Bad > 0 && l.Kind != agent.LineFact {
		of := "step"
		if l.Kind == agent.LineProcedure { // whole tasks, or steps, as its author counts
			of = "observation"
		}
		v.Evidence = "rests on " + partials.Plural(l.Good+l.Bad, of)
	}
	if rest, ok := saidByTitle(l); ok {
		v.Text, v.Evidence = "", strings.Join(slices.DeleteFunc([]string{rest, v.Evidence}, func(part string) bool { return part == "" }), " · ")
	}
	for i, id := range l.Rules {
		v.Anchors = append(v.Anchors, "rule-"+id)
		if i < shownRules {
			v.Rules = append(v.Rules, partials.Link{Text: titles(id), Href: s.RuleLink(id)})
		}
	}
	if n := len(l.Rules) - shownRules; n > 0 {
		v.MoreRules = partials.Link{Text: partials.Plural(n, "more rule"), Href: s.Link("/library?q=" + url.QueryEscape("id:"+strings.Join(l.Rules, ",")))}
	}
	switch {
	case s.cfg.Lines != nil && len(l.Rules) > 0:
		v.Edit = s.Link("/library/line?" + url.Values{"ids": l.Rules, "title": {l.Title}, "return": {back}}.Encode())
	case len(l.Rules) == 1:
		v.Edit = s.Link("/library/" + url.PathEscape(l.Rules[0]) + "/edit")
	}
	if s.cfg.Comments != nil && len(l.Rules) > 0 {
		v.Comments, v.MoreComments = commentPages(s).lineComments(comments, l, back)
		if write := commentPages(s).commentForm(l.Rules, l.Title, back, ""); inline {
			v.Comment = &write
		} else {
			v.CommentURL = s.Link("/library/comments/new?" + url.Values{"ids": l.Rules, "line": {l.Title}, "return": {back}}.Encode())
		}
	}
	pin := libraryview.BulkAction{Value: string(agent.ActPin), Label: "Pin", Icon: "pin"}
	if l.Pinned {
		pin = libraryview.BulkAction{Value: string(agent.ActUnpin), Label: "Unpin", Icon: "pin"}
	}
	v.Actions = []libraryview.BulkAction{pin, {Value: string(agent.ActRetire), Label: "Retire", Icon: "archive"}, {Value: string(agent.ActBan), Label: "Ban", Icon: "ban"}}
	return v
}

// worthOf is the uplift of the learned set of a scope, with its interval and n.
func (s playbookPages) worthOf(ctx context.Context, scope agent.Scope) (libraryview.PlaybookWorth, error) {
	v := libraryview.PlaybookWorth{}
	if s.cfg.Policy == nil {
		return v, nil
	}
	found, err := s.ledgerOf(ctx, scope)
	if agent.CodeOf(err) == agent.CodeNotFound {
		return v, nil
	}
	if err != nil {
		return v, err
	}
	v.Link = partials.Link{Text: "How this is measured", Href: s.SetLink(scope)}
	u := found.Ledger.SetUplift
	if u == nil || u.In+u.Out < enoughTasks {
		v.Verdict, v.More = "not enough data", "Some learning tasks are done without all of it, by chance or as twins; once there are enough of them, the difference stands here."
		return v, nil
	}
	points := strconv.FormatFloat(100*u.Value, 'f', 0, 64)
	switch {
	case u.Low > 0:
		v.Verdict = "+" + points + " points in success"
	case u.High < 0:
		v.Verdict = points + " points in success: it hurts"
	default:
		v.Verdict = "no effect shown yet"
	}
	v.Interval = intervalOn(u.Value, u.Low, u.High, 1)
	v.Interval.Label = fmt.Sprintf("uplift of the set %s, 95 %% interval %s to %s", effect(u.Value), effect(u.Low), effect(u.High))
	v.More = fmt.Sprintf("Uplift %s, 95 %% interval %s to %s, from %s tasks with all that was learned and %s without it.", effect(u.Value), effect(u.Low), effect(u.High), tasks(u.In), tasks(u.Out))
	return v, nil
}

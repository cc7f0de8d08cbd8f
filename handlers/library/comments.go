package library

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/handlers/ui"
	"purposeagent/views/layout"
	"purposeagent/views/libraryview"
	"purposeagent/views/partials"
)

// Comments keeps what people wrote about lines, with the rules behind them.
type Comments interface {
	// List returns a page of the comments about any of the rules, newest first, with how
	// many there are. Errors: CodeInvalid.
	List(ctx context.Context, q catalog.CommentQuery) (catalog.Page[catalog.Comment], error)
	// Add keeps a comment. Errors: CodeInvalid with a message per field, CodeNotFound
	// where one of the rules never was.
	Add(ctx context.Context, actor string, comment catalog.Comment) (catalog.Comment, error)
	// Delete takes a comment away, Restore brings it back. Errors: CodeNotFound.
	Delete(ctx context.Context, actor string, id int64) (catalog.Comment, error)
	Restore(ctx context.Context, actor string, id int64) (catalog.Comment, error)
}

func (s commentPages) register(g *echo.Group) {
	if s.cfg.Comments == nil {
		return
	}
	g.GET("/library/comments", s.listComments)
	g.GET("/library/comments/new", s.newComment)
	g.POST("/library/comments", s.addComment)
	g.POST("/library/comments/:id/delete", s.deleteComment)
	g.POST("/library/comments/:id/restore", s.restoreComment)
}

// newComment shows the form alone.
func (s commentPages) newComment(c echo.Context) error {
	return s.showComment(c, http.StatusOK, c.QueryParams(), nil)
}

// addComment keeps a comment, or shows what is wrong with it beside what was typed.
func (s commentPages) addComment(c echo.Context) error {
	form, err := c.FormParams()
	if err != nil {
		return agent.Wrap(agent.CodeInvalid, err, "the form could not be read")
	}
	kept, err := s.cfg.Comments.Add(c.Request().Context(), ui.Person, catalog.Comment{Rules: ui.Selected(form), Line: partials.Clip(form.Get("line"), 120), Text: form.Get("text")})
	if problems := ui.ProblemsOf(err); problems != nil {
		return s.showComment(c, http.StatusUnprocessableEntity, form, problems)
	}
	if err != nil {
		return err
	}
	return s.SeeOther(c, ui.BackToChange("/library", form, catalog.LibraryChange{Action: ui.SayComment, Rules: 1, Revision: kept.ID}))
}

func (s commentPages) showComment(c echo.Context, status int, form url.Values, problems map[string]string) error {
	v := s.commentForm(ui.Selected(form), form.Get("line"), form.Get("return"), form.Get("rule"))
	v.Text.Value, v.Text.Error = form.Get("text"), ui.FirstOf(problems["text"], problems["line"], problems["rules"], problems[""])
	back := s.Link("/library?" + form.Get("return"))
	return s.Page(c, status, layout.Frame{Title: "Comment", Crumbs: []layout.Crumb{{Label: "Library", Href: s.Link("/library")}, {Label: "Playbook", Href: back}, {Label: "Comment"}}},
		libraryview.CommentPage(v, back))
}

// commentForm is where a comment on a line, or on a rule, is written.
func (s commentPages) commentForm(ids []string, line, back, rule string) libraryview.CommentForm {
	id := "comment"
	if len(ids) > 0 {
		id += "-" + ids[0]
	}
	return libraryview.CommentForm{Action: s.Link("/library/comments"), IDs: ids, Line: line, Return: back, Rule: rule,
		Text: partials.Field{ID: id, Name: "text", Label: "Comment", Kind: "textarea", Rows: "2", MaxLength: ui.Itoa(catalog.MaxCommentCharacters), Required: true,
			Hint: "Plain text. It stays with the rules behind the line, whatever becomes of them."}}
}

func (s commentPages) deleteComment(c echo.Context) error {
	return s.moveComment(c, ui.SayUncomment, s.cfg.Comments.Delete)
}

func (s commentPages) restoreComment(c echo.Context) error {
	return s.moveComment(c, ui.SayComment, s.cfg.Comments.Restore)
}

// moveComment deletes a comment or brings it back, and leads to where it was asked.
func (s commentPages) moveComment(c echo.Context, did agent.LibraryAction, do func(ctx context.Context, actor string, id int64) (catalog.Comment, error)) error {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil {
		return agent.Errorf(agent.CodeNotFound, "there is no such comment")
	}
	if _, err := do(c.Request().Context(), ui.Person, id); err != nil {
		return err
	}
	path, q := ui.BackPath(c.FormValue("back"))
	return s.SeeOther(c, path+"?"+ui.Noticed(q, catalog.LibraryChange{Action: did, Rules: 1, Revision: id}).Encode())
}

// shownComments is how many comments a line shows, and a rule's page; the others are on
// a page of their own.
const (
	shownComments     = 5
	shownRuleComments = 50
	commentsPerPage   = 50
)

// lineComments are the newest comments about the rules of a page, and whether there are
// earlier ones.
type lineComments struct {
	newest  *catalog.CommentIndex
	earlier bool
}

// lineComments returns the comments on a line that its page shows, and the way to the others.
func (s commentPages) lineComments(comments lineComments, l *agent.PlaybookLine, back string) (shown []libraryview.Comment, more partials.Link) {
	on := comments.newest.About(l.Rules)
	shown = s.commentViews(on[:min(len(on), shownComments)], "/library?"+back)
	switch n := len(on) - len(shown); {
	case comments.earlier:
		more.Text = "All comments on this line"
	case n > 0:
		more.Text = partials.Plural(n, "earlier comment")
	default:
		return shown, more
	}
	more.Href = s.Link("/library/comments?" + url.Values{"ids": l.Rules, "line": {l.Title}, "return": {back}}.Encode())
	return shown, more
}

// commentViews draws comments; back is where deleting one leads.
func (s commentPages) commentViews(list []*catalog.Comment, back string) []libraryview.Comment {
	var out []libraryview.Comment
	for _, c := range list {
		id := strconv.FormatInt(c.ID, 10)
		out = append(out, libraryview.Comment{ID: "comment-" + id, Text: c.Text, Actor: c.Actor, At: partials.Ago(s.Now(), c.At), Line: c.Line, Delete: s.Link("/library/comments/" + id + "/delete"), Back: back})
	}
	return out
}

// comments lists comments about rules; none where nobody keeps any.
func (s commentPages) comments(ctx context.Context, q catalog.CommentQuery) (catalog.Page[catalog.Comment], error) {
	if s.cfg.Comments == nil || len(q.Rules) == 0 {
		return catalog.Page[catalog.Comment]{}, nil
	}
	return s.cfg.Comments.List(ctx, q)
}

// listComments shows all comments about rules, or about a whole playbook, page by page.
func (s commentPages) listComments(c echo.Context) error {
	ctx, q := c.Request().Context(), c.QueryParams()
	rules, heading, back := ui.Selected(q), partials.Clip(q.Get("line"), 200), "/library?"+q.Get("return")
	switch {
	case len(rules) > catalog.MaxCommentRules:
		return agent.Errorf(agent.CodeInvalid, "a line has 1 to %d rules behind it, not %d; open the playbook again", catalog.MaxCommentRules, len(rules))
	case len(rules) == 0 && s.cfg.Playbooks != nil:
		asked := readPlaybook(q)
		asked.all = true
		page, err := s.cfg.Playbooks(ctx, asked.page())
		if err != nil {
			return err
		}
		rules, heading, back = page.RuleIDs(), ui.ScopeLabel(page.Scope), "/library?"+readPlaybook(q).values().Encode()
	}
	list, err := s.comments(ctx, catalog.CommentQuery{Rules: rules, Limit: commentsPerPage, Cursor: q.Get("cursor")})
	if err != nil {
		return err
	}
	here := url.Values{}
	for name, values := range q {
		if name != "cursor" && name != "did" && name != "n" && name != "made" && name != "change" {
			here[name] = values
		}
	}
	v := libraryview.CommentList{Heading: ui.FirstOf(heading, "these rules"), Count: partials.Plural(list.Total, "comment"), Back: s.Link(back), Notice: s.NoticeView(ui.ReadNotice(c), "/library/comments?"+here.Encode())}
	if list.Total >= catalog.MaxCounted {
		v.Count += " or more"
	}
	shown := make([]*catalog.Comment, len(list.Items))
	for i := range list.Items {
		shown[i] = &list.Items[i]
	}
	v.Comments = s.commentViews(shown, "/library/comments?"+here.Encode())
	if q.Get("cursor") != "" {
		v.Pager.Newer = s.Link("/library/comments?" + here.Encode())
	}
	if list.Next != "" {
		v.Pager.Older = s.Link(ui.WithParam("/library/comments", here, "cursor", list.Next))
	}
	return s.Page(c, http.StatusOK, layout.Frame{Title: "Comments", Crumbs: []layout.Crumb{{Label: "Library", Href: s.Link("/library")}, {Label: "Playbook", Href: s.Link(back)}, {Label: "Comments"}}},
		libraryview.CommentsPage(v))
}

// ruleComments puts the comments about one rule on its page, and the form for another.
func (s commentPages) ruleComments(ctx context.Context, v *libraryview.Rule, h *agent.Heuristic) error {
	if s.cfg.Comments == nil {
		return nil
	}
	list, err := s.comments(ctx, catalog.CommentQuery{Rules: []string{h.ID}, Limit: shownRuleComments})
	if err != nil {
		return err
	}
	v.Comments = s.commentViews(catalog.NewCommentIndex(list.Items).About([]string{h.ID}), "/library/"+url.PathEscape(h.ID))
	if n := list.Total - len(list.Items); n > 0 {
		v.MoreComments = partials.Link{Text: partials.Plural(n, "earlier comment"), Href: s.Link("/library/comments?" + url.Values{"ids": {h.ID}, "line": {ui.RuleTitle(h)}}.Encode())}
	}
	write := s.commentForm([]string{h.ID}, ui.RuleTitle(h), "", h.ID)
	v.Comment = &write
	return nil
}

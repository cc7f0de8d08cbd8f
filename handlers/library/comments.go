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
	// List returns the newest comments about any of the rules, newest first.
	List(ctx context.Context, rules []string) ([]catalog.Comment, error)
	// Add keeps a comment. Errors: CodeInvalid with a message per field, CodeNotFound
	// where one of the rules never was.
	Add(ctx context.Context, actor string, comment catalog.Comment) (catalog.Comment, error)
	// Delete takes a comment away, Restore brings it back. Errors: CodeNotFound.
	Delete(ctx context.Context, actor string, id int64) (catalog.Comment, error)
	Restore(ctx context.Context, actor string, id int64) (catalog.Comment, error)
}

func (s *Section) registerComments(g *echo.Group) {
	if s.cfg.Comments == nil {
		return
	}
	g.GET("/library/comments/new", s.newComment)
	g.POST("/library/comments", s.addComment)
	g.POST("/library/comments/:id/delete", s.deleteComment)
	g.POST("/library/comments/:id/restore", s.restoreComment)
}

// newComment shows the form alone.
func (s *Section) newComment(c echo.Context) error {
	return s.showComment(c, http.StatusOK, c.QueryParams(), nil)
}

// addComment keeps a comment, or shows what is wrong with it beside what was typed.
func (s *Section) addComment(c echo.Context) error {
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

func (s *Section) showComment(c echo.Context, status int, form url.Values, problems map[string]string) error {
	v := s.commentForm(ui.Selected(form), form.Get("line"), form.Get("return"), form.Get("rule"))
	v.Text.Value, v.Text.Error = form.Get("text"), ui.FirstOf(problems["text"], problems["line"], problems["rules"], problems[""])
	back := s.Link("/library?" + form.Get("return"))
	return s.Page(c, status, layout.Frame{Title: "Comment", Crumbs: []layout.Crumb{{Label: "Library", Href: s.Link("/library")}, {Label: "Playbook", Href: back}, {Label: "Comment"}}},
		libraryview.CommentPage(v, back))
}

// commentForm is where a comment on a line, or on a rule, is written.
func (s *Section) commentForm(ids []string, line, back, rule string) libraryview.CommentForm {
	id := "comment"
	if len(ids) > 0 {
		id += "-" + ids[0]
	}
	return libraryview.CommentForm{Action: s.Link("/library/comments"), IDs: ids, Line: line, Return: back, Rule: rule,
		Text: partials.Field{ID: id, Name: "text", Label: "Comment", Kind: "textarea", Rows: "2", MaxLength: ui.Itoa(catalog.MaxCommentCharacters), Required: true,
			Hint: "Plain text. It stays with the rules behind the line, whatever becomes of them."}}
}

func (s *Section) deleteComment(c echo.Context) error {
	return s.moveComment(c, ui.SayUncomment, s.cfg.Comments.Delete)
}

func (s *Section) restoreComment(c echo.Context) error {
	return s.moveComment(c, ui.SayComment, s.cfg.Comments.Restore)
}

// moveComment deletes a comment or brings it back, and leads to where it was asked.
func (s *Section) moveComment(c echo.Context, did agent.LibraryAction, do func(ctx context.Context, actor string, id int64) (catalog.Comment, error)) error {
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

// shownComments is how many comments a line shows; all are on the pages of its rules.
const shownComments = 5

// commentsOn returns the comments about rules, as a list shows them: newest first.
func (s *Section) commentsOn(all []catalog.Comment, rules []string, back string, most int) (shown []libraryview.Comment, more int) {
	for i := range all {
		c := &all[i]
		if !c.About(rules) {
			continue
		}
		if len(shown) == most {
			more++
			continue
		}
		id := strconv.FormatInt(c.ID, 10)
		v := libraryview.Comment{ID: "comment-" + id, Text: c.Text, Actor: c.Actor, At: partials.Ago(s.Now(), c.At), Line: c.Line, Delete: s.Link("/library/comments/" + id + "/delete"), Back: back}
		shown = append(shown, v)
	}
	return shown, more
}

// commentsOf lists the comments about rules; none where nobody keeps any.
func (s *Section) commentsOf(ctx context.Context, rules []string) ([]catalog.Comment, error) {
	if s.cfg.Comments == nil || len(rules) == 0 {
		return nil, nil
	}
	return s.cfg.Comments.List(ctx, rules)
}

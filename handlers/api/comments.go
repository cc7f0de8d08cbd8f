package api

import (
	"context"
	"net/http"
	"strings"

	"purposeagent/agent/catalog"
)

// commentRequest is the body of POST /comments.
type commentRequest struct {
	Rules []string `json:"rules" minItems:"1" maxItems:"40" doc:"ids of the heuristics that it is about, each once: those behind a line of the playbook"`
	Line  string   `json:"line,omitempty" maxLength:"200" doc:"title of the line"`
	Text  string   `json:"text" minLength:"1" maxLength:"2000" doc:"plain text"`
}

type commentID struct {
	ID int64 `path:"id" minimum:"1"`
}

func (s *server) comments() {
	register(s, http.MethodGet, "/comments", "list-comments", "What people wrote about heuristics and lines of the playbook, newest first", "library", http.StatusOK,
		func(ctx context.Context, in *struct {
			Rules  string `query:"rules" required:"true" doc:"ids of heuristics, with commas between them: comments about any of them"`
			Limit  int    `query:"limit" minimum:"1" maximum:"200" doc:"default 200"`
			Cursor string `query:"cursor"`
		}) (*body[list[catalog.Comment]], error) {
			page, err := s.Comments.List(ctx, catalog.CommentQuery{Rules: strings.Split(in.Rules, ","), Limit: in.Limit, Cursor: in.Cursor})
			return newList(page, same), err
		})
	register(s, http.MethodPost, "/comments", "write-comment", "Write about the heuristics behind a line; it stays with them", "library", http.StatusCreated,
		func(ctx context.Context, in *struct{ Body commentRequest }) (*body[catalog.Comment], error) {
			return answer(s.Comments.Add(ctx, by, catalog.Comment{Rules: in.Body.Rules, Line: in.Body.Line, Text: in.Body.Text}))
		})
	register(s, http.MethodDelete, "/comments/{id}", "delete-comment", "Delete a comment; it can be brought back", "library", http.StatusOK,
		func(ctx context.Context, in *commentID) (*body[catalog.Comment], error) {
			return answer(s.Comments.Delete(ctx, by, in.ID))
		})
	register(s, http.MethodPost, "/comments/{id}/restore", "restore-comment", "Bring a deleted comment back", "library", http.StatusOK,
		func(ctx context.Context, in *commentID) (*body[catalog.Comment], error) {
			return answer(s.Comments.Restore(ctx, by, in.ID))
		})
}

package api

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
)

// fakeComments has two comments on one rule, each on a page of its own.
type fakeComments struct{}

func (fakeComments) List(_ context.Context, q catalog.CommentQuery) (catalog.Page[catalog.Comment], error) {
	if q.Cursor == "" {
		return catalog.Page[catalog.Comment]{Items: []catalog.Comment{{ID: 2, Rules: []string{"h_1"}, Text: "not always", Actor: "bob"}}, Next: "older"}, nil
	}
	if q.Cursor != "older" {
		return catalog.Page[catalog.Comment]{}, agent.InvalidFields(map[string]string{"cursor": "is not a cursor of this list"})
	}
	return catalog.Page[catalog.Comment]{Items: []catalog.Comment{{ID: 1, Rules: []string{"h_1"}, Text: "true", Actor: "ann"}}}, nil
}

func (fakeComments) Add(_ context.Context, actor string, c catalog.Comment) (catalog.Comment, error) {
	c.ID, c.Actor = 2, actor
	return c, nil
}

func (fakeComments) Delete(_ context.Context, _ string, id int64) (catalog.Comment, error) {
	if id != 1 {
		return catalog.Comment{}, agent.Errorf(agent.CodeNotFound, "there is no such comment any more")
	}
	return catalog.Comment{ID: 1, Rules: []string{"h_1"}}, nil
}

func (f fakeComments) Restore(ctx context.Context, actor string, id int64) (catalog.Comment, error) {
	return f.Delete(ctx, actor, id)
}

// Comments are a list like the others: pages that a cursor leads through.
func TestCommentsArePaged(t *testing.T) {
	e, _, _, _ := mounted(t)
	path, said := "/api/v1/comments?rules=h_1&limit=1", ""
	for range 2 {
		rec := httptest.NewRecorder()
		e.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, path, nil))
		var list struct {
			Items []catalog.Comment
			Next  string `json:"next_cursor"`
		}
		if err := json.Unmarshal(rec.Body.Bytes(), &list); err != nil || rec.Code != http.StatusOK || len(list.Items) != 1 {
			t.Fatal(rec.Code, err, rec.Body)
		}
		said += list.Items[0].Text + "; "
		path = "/api/v1/comments?rules=h_1&limit=1&cursor=" + list.Next
	}
	if said != "not always; true; " {
		t.Errorf("two pages say %q", said)
	}
	rec := httptest.NewRecorder()
	e.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/api/v1/comments?rules=h_1&cursor=odd", nil))
	if rec.Code != http.StatusUnprocessableEntity {
		t.Errorf("a cursor that is none: %d", rec.Code)
	}
}

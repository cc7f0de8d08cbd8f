package api

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"purposeagent/agent/catalog"
)

// Comments are a list like the others: pages that a cursor leads through.
func TestCommentsArePaged(t *testing.T) {
	e := mounted(t)
	for _, text := range []string{"true", "not always"} {
		rec := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodPost, "/api/v1/comments", strings.NewReader(`{"rules":["h000001"],"text":"`+text+`"}`))
		if e.ServeHTTP(rec, r); rec.Code != http.StatusCreated {
			t.Fatal(rec.Code, rec.Body)
		}
	}
	path, said := "/api/v1/comments?rules=h000001&limit=1", ""
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
		path = "/api/v1/comments?rules=h000001&limit=1&cursor=" + list.Next
	}
	if said != "not always; true; " {
		t.Errorf("two pages say %q", said)
	}
	rec := httptest.NewRecorder()
	e.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/api/v1/comments?rules=h000001&cursor=odd", nil))
	if rec.Code != http.StatusUnprocessableEntity {
		t.Errorf("a cursor that is none: %d", rec.Code)
	}
}

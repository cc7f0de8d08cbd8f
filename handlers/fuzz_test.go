package handlers_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"purposeagent/handlers/sitetest"
)

// FuzzSavedView holds that no list, name or query of a view is a fault of ours.
func FuzzSavedView(f *testing.F) {
	f.Add("runs", "failed", "q=status%3Afailed&sort=phi")
	f.Add("lists", "\xff", "%zz")
	f.Add("library", "", "cursor=x&q=\x00")
	x := sitetest.New(f)
	f.Fuzz(func(t *testing.T, list, name, query string) {
		holds(t, x, http.MethodPost, "/views", url.Values{"list": {list}, "name": {name}, "query": {query}})
	})
}

// FuzzPanel holds that no name of a panel or index of a step is a fault of ours.
func FuzzPanel(f *testing.F) {
	for _, seed := range []string{"prompt", "state", "", "..", "score%2F", "\xff", "rules?x=1"} {
		f.Add("3", seed)
	}
	f.Add("-1", "state")
	f.Add("99999999999999999999", "state")
	x := sitetest.New(f)
	f.Fuzz(func(t *testing.T, step, panel string) {
		holds(t, x, http.MethodGet, "/runs/r_7Q1C/steps/"+url.PathEscape(step)+"?panel="+url.QueryEscape(panel), nil)
		holds(t, x, http.MethodGet, "/runs/r_7Q1C/steps/"+url.PathEscape(step)+"/"+url.PathEscape(panel), nil)
	})
}

// holds asks the site and fails for an answer that says it is our fault.
func holds(t *testing.T, x sitetest.Site, method, path string, values url.Values) {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(values.Encode()))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	w := httptest.NewRecorder()
	x.ServeHTTP(w, r)
	if w.Code >= http.StatusInternalServerError {
		t.Errorf("%s %s answered %d", method, path, w.Code)
	}
}

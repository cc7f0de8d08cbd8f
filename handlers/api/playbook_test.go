package api

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"purposeagent/agent/playbook"
	"purposeagent/handlers/pagetest"
)

func TestPlaybookIsAnsweredAsPromised(t *testing.T) {
	e := mounted(t)
	get := func(path string) *httptest.ResponseRecorder {
		rec := httptest.NewRecorder()
		e.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, path, nil))
		return rec
	}
	type line map[string]any
	var whole map[string]any
	var got struct {
		Worlds []map[string]any
		Lines  []line
		Tokens int
	}
	read := func(path string) {
		t.Helper()
		rec := get(path)
		whole = nil
		if rec.Code != http.StatusOK || json.Unmarshal(rec.Body.Bytes(), &got) != nil || json.Unmarshal(rec.Body.Bytes(), &whole) != nil || len(got.Lines) < 3 {
			t.Fatalf("%d %s", rec.Code, rec.Body)
		}
	}
	read("/api/v1/playbook?environment=workshop")
	keys := func(of map[string]any) string { return strings.Join(slices.Sorted(maps.Keys(of)), " ") }
	if keys(whole) != "environment lines tokens world worlds" || keys(got.Worlds[0]) != "last_used rules world" {
		t.Errorf("the page has %s, a world %s", keys(whole), keys(got.Worlds[0]))
	}
	for _, l := range got.Lines {
		if rules, ok := l["rules"].([]any); keys(l) != "bad good kind rules status text tier title uplift" || !ok || l["uplift"] != nil {
			t.Errorf("a line is %v, of the rules %v; none has an estimate yet", l, rules)
		}
	}
	if got.Tokens < 1 || got.Tokens > playbook.DefaultTokens {
		t.Errorf("it takes %d tokens, of %d", got.Tokens, playbook.DefaultTokens)
	}
	all := len(got.Lines)
	rule := e.tried(t, got.Lines[all-1]["rules"])
	read("/api/v1/playbook?environment=workshop&tokens=100")
	if got.Tokens > 100 || len(got.Lines) >= all {
		t.Errorf("of 100 tokens it takes %d, with %d lines of %d", got.Tokens, len(got.Lines), all)
	}
	read("/api/v1/playbook?environment=workshop&world=" + url.QueryEscape(got.Worlds[0]["world"].(string)))
	if !slices.ContainsFunc(got.Lines, func(l line) bool { return l["uplift"] != nil && slices.Contains(l["rules"].([]any), rule) }) {
		t.Errorf("no line of %v has an estimate: %v", rule, got.Lines)
	}
	if rec := get("/api/v1/playbook?environment=nowhere"); rec.Code != http.StatusNotFound {
		t.Errorf("an unknown environment: %d %s", rec.Code, rec.Body)
	}
	if rec := get("/api/v1/playbook?tokens=-1"); rec.Code != http.StatusUnprocessableEntity {
		t.Errorf("a negative budget: %d %s", rec.Code, rec.Body)
	}
}

// tried lets the only rule of a line take part in tasks, and be held out of some.
func (m mount) tried(t *testing.T, rules any) any {
	t.Helper()
	of, _ := rules.([]any)
	if len(of) != 1 {
		t.Fatalf("the line is of the rules %v, want one", rules)
	}
	id, _ := of[0].(string)
	h, err := m.app.Library.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	m.store.Earn(t, h.Scope, pagetest.Earned{ID: id, Type: "an order", In: 17, Solved: 12, Out: 8, OutSolved: 2})
	return id
}

package api

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/credit"
	"purposeagent/agent/features"
	"purposeagent/agent/playbook"
)

func fakePlaybook(_ context.Context, asked playbook.Asked) (playbook.Page, error) {
	if asked.Environment == "nowhere" {
		return playbook.Page{}, agent.Errorf(agent.CodeNotFound, "there is no environment %q", asked.Environment)
	}
	scope := agent.Scope{Environment: "workshop", Dynamics: "world-1"}
	return playbook.Page{Scope: scope, Worlds: []playbook.World{{Scope: scope, Rules: 3, LastUsed: time.Unix(1_700_000_000, 0)}}, Playbook: agent.Playbook{Tokens: asked.Tokens, Lines: []agent.PlaybookLine{
		{Kind: agent.LineFact, Tier: agent.Tool, Title: "Prepare by material: iron", Text: "iron → oil (30 of 31)", Status: agent.Active, Rules: []string{"h_1"}, Good: 30, Bad: 1, Pinned: true},
		{Kind: agent.LineStrategy, Tier: agent.Strategic, Title: "Look first", Text: "look", Status: agent.Probation, Uplift: &credit.Uplift{Value: .2}}}}}, nil
}

func fakeReading(_ context.Context, h *agent.Heuristic) (features.Understanding, bool) {
	return features.Understanding{Problem: "it can't read \"it looks dull\""}, h.Scope.Environment != ""
}

func TestPlaybookIsAnsweredAsPromised(t *testing.T) {
	e, _, _, _ := mounted(t)
	get := func(path string) *httptest.ResponseRecorder {
		rec := httptest.NewRecorder()
		e.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, path, nil))
		return rec
	}
	rec := get("/api/v1/playbook?environment=workshop&world=world-1")
	var got struct {
		Worlds, Lines []map[string]any
	}
	var whole map[string]any
	if rec.Code != http.StatusOK || json.Unmarshal(rec.Body.Bytes(), &got) != nil || json.Unmarshal(rec.Body.Bytes(), &whole) != nil {
		t.Fatalf("%d %s", rec.Code, rec.Body)
	}
	for _, keys := range []struct {
		of   map[string]any
		want []string
	}{{whole, []string{"environment", "lines", "tokens", "world", "worlds"}}, {got.Worlds[0], []string{"last_used", "rules", "world"}},
		{got.Lines[0], []string{"bad", "good", "kind", "rules", "status", "text", "tier", "title", "uplift"}}, {got.Lines[1], []string{"bad", "good", "kind", "rules", "status", "text", "tier", "title", "uplift"}}} {
		if have := slices.Sorted(maps.Keys(keys.of)); !slices.Equal(have, keys.want) {
			t.Errorf("keys %q, want %q", have, keys.want)
		}
	}
	if whole["tokens"] != float64(playbook.DefaultTokens) || got.Lines[0]["uplift"] != nil || got.Lines[1]["uplift"] == nil || got.Lines[1]["rules"] == nil {
		t.Errorf("it answers %s", rec.Body)
	}
	if rec := get("/api/v1/playbook?environment=nowhere"); rec.Code != http.StatusNotFound {
		t.Errorf("an unknown environment: %d %s", rec.Code, rec.Body)
	}
	if rec := get("/api/v1/playbook?tokens=-1"); rec.Code != http.StatusUnprocessableEntity {
		t.Errorf("a negative budget: %d %s", rec.Code, rec.Body)
	}
}

package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"purposeagent/agent/milestones"
)

// judge is a model that writes milestones and judges states. It counts what it was
// asked for, and keeps what it was told when it judged.
type judge struct {
	mu    sync.Mutex
	asked map[string]int
	told  string
}

func (j *judge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Messages       []struct{ Content string }
		ResponseFormat struct {
			JSONSchema struct{ Name string } `json:"json_schema"`
		} `json:"response_format"`
	}
	_ = json.NewDecoder(r.Body).Decode(&body)
	j.mu.Lock()
	defer j.mu.Unlock()
	name, answer := body.ResponseFormat.JSONSchema.Name, `{"evidence":["/n"],"reasoning":"as seen","phi_before":0,"phi_after":1,"confidence":1}`
	j.asked[name]++
	if name == "milestones" {
		answer = `{"milestones":["half of the places are passed","the end is reached"]}`
	} else if len(body.Messages) > 0 {
		j.told = body.Messages[0].Content
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"model":"m","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":%q}}],"usage":{"prompt_tokens":90,"completion_tokens":10}}`, answer)
}

func (j *judge) saw() (asked int, told string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.asked["milestones"], j.told
}

// Milestones of a world are written as its first run begins, and never again, also
// not after a kill; what a person says of them is what the next run is judged by.
func TestMilestonesOfAWorld(t *testing.T) {
	dir := t.TempDir()
	script, starts := filepath.Join(dir, "drawer.py"), filepath.Join(dir, "starts")
	if err := os.WriteFile(script, []byte(drawer), 0o600); err != nil {
		t.Fatal(err)
	}
	model := &judge{asked: map[string]int{}}
	web := httptest.NewServer(model)
	defer web.Close()
	flags := []string{"--allow-programs", "--openai-base-url", web.URL + "/v1"}
	s := serve(t, filepath.Join(dir, "data"), "", flags...)
	play := func() {
		t.Helper()
		run := s.launch(map[string]any{"environment": map[string]any{"name": "remote", "config": map[string]any{"command": []string{"python3", script, starts}}},
			"purpose": "Reach the end", "max_steps": 4, "models": map[string]any{"actor": "reasoner", "critic": "openai:m", "optimizer": "reasoner"}})
		if r := s.wait(run.ID, ended); r.Status != "finished" {
			t.Fatalf("the run: %+v", r)
		}
	}
	play()
	if asked, told := model.saw(); asked != 1 || !strings.Contains(told, "1. half of the places are passed\n2. the end is reached") {
		t.Fatalf("asked %d times, and judged by\n%s", asked, told)
	}
	var worlds struct{ Items []milestones.Set }
	if status := s.call(http.MethodGet, "/api/v1/milestones/worlds", nil, &worlds); status != http.StatusOK || len(worlds.Items) != 1 || worlds.Items[0].Reviewed {
		t.Fatal(status, worlds)
	}
	set := worlds.Items[0]
	s.kill()
	s = serve(t, filepath.Join(dir, "data"), "", flags...)
	play()
	decision := map[string]any{"environment": set.Environment, "world": set.Dynamics, "base": set.Version, "items": []string{"the end is in sight"}, "status": "in_use"}
	var kept milestones.Set
	if status := s.call(http.MethodPut, "/api/v1/milestones", decision, &kept); status != http.StatusOK || kept.Version != 2 || !slices.Equal(kept.Items, []string{"the end is in sight"}) {
		t.Fatal(status, kept)
	}
	if status := s.call(http.MethodPut, "/api/v1/milestones", decision, nil); status != http.StatusConflict {
		t.Errorf("decided on version 1 again: %d", status)
	}
	play()
	if asked, told := model.saw(); asked != 1 || !strings.Contains(told, "1. the end is in sight") || strings.Contains(told, "half of the places") {
		t.Errorf("asked %d times, and judged by\n%s", asked, told)
	}
}

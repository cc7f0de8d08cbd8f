package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"purposeagent/internal/app"
	"purposeagent/internal/browsertest"
	"purposeagent/internal/llmtest"
)

// A person connects a model in the browser, says hello, and runs a task with it
// in all three roles: its thought is seen while it is written, its calls are
// kept word for word, and its key is nowhere.
func TestRealModelInTheBrowser(t *testing.T) {
	model := llmtest.Start(t)
	s := serve(t, t.TempDir(), "")
	ctx := browsertest.New(t)
	base := "http://" + s.addr
	const key = "sk-nobody-reads-this-0123"
	browsertest.Run(t, ctx, chromedp.Navigate(base+"/settings/models/new?provider=openai"), types("name", "mine"), types("base_url", model+"/v1"), types("key", key),
		chromedp.Click(`.form .b.go`, chromedp.ByQuery), browsertest.Holds(`location.pathname === "/settings/models/mine" && document.querySelector(".models li") !== null`),
		types("model", llmtest.Model), chromedp.Click(`#list .b`, chromedp.ByQuery), browsertest.HoldsWithin(time.Minute, `document.querySelector("#probe .note.good") !== null`))
	if reply, err := http.PostForm(base+"/settings/prices", url.Values{"model": {"mine:*"}, "in": {"1"}, "out": {"2"}}); err != nil {
		t.Fatal(err)
	} else if _ = reply.Body.Close(); reply.StatusCode != http.StatusOK {
		t.Fatal(reply.Status)
	}
	run := s.launch(map[string]any{"environment": map[string]any{"name": "maze"}, "purpose": "Find the treasure and take it", "max_steps": 2, "seed": 3,
		"models": map[string]any{"actor": "mine:" + llmtest.Model, "critic": "mine:" + llmtest.Model, "optimizer": "reasoner"}})
	browsertest.Run(t, ctx, chromedp.Navigate(base+"/runs/"+run.ID),
		browsertest.HoldsWithin(2*time.Minute, `document.querySelector("#run-next .thinking")?.textContent.length > 3`))
	if got := s.wait(run.ID, ended); got.Status != "finished" || got.Steps == 0 || got.Usage.USD <= 0 || got.Usage.TokensIn == 0 {
		t.Fatalf("the run is %+v", got)
	}
	var steps struct {
		Items []struct {
			Action struct{ Name string }
			Error  string
		}
	}
	if status := s.call(http.MethodGet, "/api/v1/runs/"+run.ID+"/steps", nil, &steps); status != http.StatusOK {
		t.Fatal(status)
	}
	for i, step := range steps.Items {
		if step.Error != "" || step.Action.Name == "none" {
			t.Errorf("step %d: %+v; a grammar leaves legal actions only", i+1, step)
		}
	}
	browsertest.Run(t, ctx, chromedp.Navigate(base+"/runs/"+run.ID+"?step=1&tab=prompt"),
		browsertest.Holds(`[...document.querySelectorAll(".call h3")].map(h => h.textContent).join() .includes("Actor") && document.querySelectorAll(".call").length >= 3`),
		browsertest.Holds(`document.querySelector(".call pre").textContent.length > 20`))
	for _, name := range []string{app.DatabaseFile, app.DatabaseFile + "-wal"} {
		if raw, err := os.ReadFile(filepath.Join(s.data, name)); err == nil && strings.Contains(string(raw), key) {
			t.Errorf("the key is in %s", name)
		}
	}
	if strings.Contains(s.log.String(), key) {
		t.Error("the key is in the log")
	}
}

// A run that is stopped in the middle of an answer lets go of the model's slot
// at once.
func TestStopFreesTheModel(t *testing.T) {
	asked, freed := make(chan struct{}, 100), make(chan struct{}, 100)
	hang := make(chan struct{})
	model := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body map[string]any
		_ = json.NewDecoder(r.Body).Decode(&body)
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprintf(w, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"{\\\"thought\\\":\\\"I am\"}}]}\n\n")
		w.(http.Flusher).Flush()
		asked <- struct{}{}
		select {
		case <-r.Context().Done():
			freed <- struct{}{}
		case <-hang:
		}
	}))
	defer model.Close()
	defer close(hang)
	s := serve(t, t.TempDir(), "", "--openai-base-url", model.URL+"/v1")
	id := s.launch(map[string]any{"environment": map[string]any{"name": "maze"}, "purpose": "Find it", "max_steps": 3,
		"models": map[string]any{"actor": "openai:m", "critic": "reasoner", "optimizer": "reasoner"}}).ID
	<-asked
	if status := s.call(http.MethodPost, "/api/v1/runs/"+id+"/stop", nil, nil); status != http.StatusOK {
		t.Fatal(status)
	}
	select {
	case <-freed:
	case <-time.After(5 * time.Second):
		t.Error("the model still works for a run that was stopped")
	}
	s.wait(id, func(r launched) bool { return r.Status == "stopped" })
}

// obedient is a model that always takes the first action it is offered. It
// stops answering while down is true.
func obedient(t *testing.T, down *atomic.Bool) *httptest.Server {
	t.Helper()
	model := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			ResponseFormat struct {
				JSONSchema struct {
					Schema struct {
						Properties struct {
							Action struct{ Enum []string }
						}
					}
				} `json:"json_schema"`
			} `json:"response_format"`
		}
		_ = json.NewDecoder(r.Body).Decode(&body)
		if down != nil && down.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		answer, _ := json.Marshal(map[string]any{"thought": "The first one.", "action": body.ResponseFormat.JSONSchema.Schema.Properties.Action.Enum[0], "expected_delta": 0})
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"model":"m","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":%q}}],"usage":{"prompt_tokens":90,"completion_tokens":10}}`, answer)
	}))
	t.Cleanup(model.Close)
	return model
}

// A run whose budget is used up pauses, keeps what it did, and goes on with more;
// one that was killed meanwhile knows its budget.
func TestBudgetPausesAndIsExtended(t *testing.T) {
	data := t.TempDir()
	flag := []string{"--openai-base-url", obedient(t, nil).URL + "/v1"}
	s := serve(t, data, "", flag...)
	id := s.launch(map[string]any{"environment": map[string]any{"name": "maze"}, "purpose": "Find it", "max_steps": 6, "budget": map[string]any{"tokens": 250},
		"models": map[string]any{"actor": "openai:m", "critic": "reasoner", "optimizer": "reasoner"}}).ID
	paused := func(steps int) func(launched) bool {
		return func(r launched) bool { return r.Status == "paused" && r.Steps == steps }
	}
	if r := s.wait(id, paused(3)); !strings.Contains(r.Reason, "the token budget was used up") {
		t.Errorf("it says %q", r.Reason)
	}
	s.kill()
	s = serve(t, data, "", flag...)
	if status := s.call(http.MethodPost, "/api/v1/runs/"+id+"/extend", map[string]any{"budget": map[string]any{"tokens": 100}}, nil); status != http.StatusOK {
		t.Fatal(status)
	}
	s.wait(id, paused(4))
	if status := s.call(http.MethodPost, "/api/v1/runs/"+id+"/extend", map[string]any{"steps": 100_000}, nil); status != http.StatusUnprocessableEntity {
		t.Errorf("more steps than a task may have: %d", status)
	}
	ctx := browsertest.New(t)
	browsertest.Run(t, ctx, chromedp.Navigate(s.url("/runs/"+id)), browsertest.Holds(`document.querySelector("#run-controls .go").textContent.includes("Add 175 tokens and go on")`),
		chromedp.Click("#run-controls .go", chromedp.ByQuery))
	if r := s.wait(id, ended); r.Status != "finished" || r.Steps != 6 {
		t.Errorf("it ended as %s after %d steps", r.Status, r.Steps)
	}
	if status := s.call(http.MethodPost, "/api/v1/runs/"+id+"/extend", map[string]any{"steps": 1}, nil); status != http.StatusConflict {
		t.Errorf("an ended run was extended: %d", status)
	}
}

// A model that is down leaves its run waiting; it goes on when somebody lets it,
// or by itself.
func TestModelThatIsDown(t *testing.T) {
	t.Parallel()
	var down atomic.Bool
	down.Store(true)
	s := serve(t, t.TempDir(), "", "--openai-base-url", obedient(t, &down).URL+"/v1")
	id := s.launch(map[string]any{"environment": map[string]any{"name": "maze"}, "purpose": "Find it", "max_steps": 2,
		"models": map[string]any{"actor": "openai:m", "critic": "reasoner", "optimizer": "reasoner"}}).ID
	if r := s.wait(id, func(r launched) bool { return r.Status == "waiting" }); !strings.Contains(r.Reason, "503") && !strings.Contains(r.Reason, "failed 5 times") {
		t.Errorf("it says %q", r.Reason)
	}
	down.Store(false)
	if r := s.wait(id, ended); r.Status != "finished" || r.Steps != 2 {
		t.Errorf("it ended as %s after %d steps", r.Status, r.Steps)
	}
}

// A run by a model is done again from its recorded calls, with no server and for
// nothing: the same actions, word for word.
func TestReplayOfARun(t *testing.T) {
	t.Parallel()
	var down atomic.Bool
	s := serve(t, t.TempDir(), "", "--openai-base-url", obedient(t, &down).URL+"/v1")
	actions := func(model string) []string {
		t.Helper()
		id := s.launch(map[string]any{"environment": map[string]any{"name": "maze"}, "purpose": "Find it", "max_steps": 4, "seed": 5, "memory": "off",
			"models": map[string]any{"actor": model, "critic": "reasoner", "optimizer": "reasoner"}}).ID
		s.wait(id, ended)
		var steps struct {
			Items []struct {
				Action struct {
					Name, Thought string
					Params        json.RawMessage
				}
			}
		}
		s.call(http.MethodGet, "/api/v1/runs/"+id+"/steps", nil, &steps)
		list := []string{id}
		for _, step := range steps.Items {
			list = append(list, step.Action.Name+string(step.Action.Params)+step.Action.Thought)
		}
		return list
	}
	first := actions("openai:m")
	down.Store(true)
	again := actions("replay:" + first[0])
	if len(first) != 5 || !slices.Equal(first[1:], again[1:]) {
		t.Errorf("first %v\nagain %v", first, again)
	}
	if status := s.call(http.MethodPost, "/api/v1/runs", map[string]any{"environment": map[string]any{"name": "maze"}, "purpose": "x", "models": map[string]any{"actor": "replay:r_none"}}, nil); status != http.StatusUnprocessableEntity {
		t.Errorf("a run that is not there: %d", status)
	}
	reply, err := http.PostForm(s.url("/settings/models"), url.Values{"name": {"replay"}, "provider": {"openai"}})
	if err != nil {
		t.Fatal(err)
	}
	if _ = reply.Body.Close(); reply.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a connection took the name of recordings: %s", reply.Status)
	}
}

// Two critics and the offline one are a panel: each is asked, and Φ is their median.
func TestPanelOfCritics(t *testing.T) {
	flatterer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		answer, _ := json.Marshal(map[string]any{"evidence": []string{"/room"}, "reasoning": "splendid", "phi_before": 9.5, "phi_after": 9.5, "confidence": 1})
		fmt.Fprintf(w, `{"model":"m","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":%q}}],"usage":{"prompt_tokens":9,"completion_tokens":9}}`, answer)
	}))
	defer flatterer.Close()
	s := serve(t, t.TempDir(), "", "--openai-base-url", flatterer.URL+"/v1")
	critics := func(critic string) map[string]any {
		return map[string]any{"environment": map[string]any{"name": "maze"}, "purpose": "Find it", "max_steps": 1, "models": map[string]any{"actor": "reasoner", "critic": critic}}
	}
	id := s.launch(critics("openai:m, reasoner")).ID
	s.wait(id, ended)
	var steps struct {
		Items []struct {
			Score struct {
				PhiAfter float64 `json:"phi_after"`
				Panel    []struct{ Phi float64 }
			}
		}
	}
	s.call(http.MethodGet, "/api/v1/runs/"+id+"/steps", nil, &steps)
	if len(steps.Items) != 1 || len(steps.Items[0].Score.Panel) != 2 {
		t.Fatalf("%+v", steps)
	}
	score := steps.Items[0].Score
	if mean := (score.Panel[0].Phi + score.Panel[1].Phi) / 2; score.PhiAfter != mean {
		t.Errorf("Φ is %v, not the middle of %v and %v", score.PhiAfter, score.Panel[0].Phi, score.Panel[1].Phi)
	}
	if status := s.call(http.MethodPost, "/api/v1/runs", critics("openai:m, nobody:x"), nil); status != http.StatusUnprocessableEntity {
		t.Errorf("a critic that is not there: %d", status)
	}
	if status := s.call(http.MethodPost, "/api/v1/runs", critics("a:b,"+strings.Repeat("openai:m,", 6)+"reasoner"), nil); status != http.StatusUnprocessableEntity {
		t.Errorf("a crowd: %d", status)
	}
}

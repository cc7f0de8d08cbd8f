package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

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
	run := s.launch(map[string]any{"environment": map[string]any{"name": "maze"}, "purpose": "Find the treasure and take it", "max_steps": 5, "seed": 3,
		"models": map[string]any{"actor": "mine:" + llmtest.Model}})
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
	for _, name := range []string{databaseFile, databaseFile + "-wal"} {
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

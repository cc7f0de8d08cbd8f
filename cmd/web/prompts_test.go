package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"purposeagent/agent"
	"purposeagent/agent/roles"
	"purposeagent/internal/browsertest"
)

// A person writes another version of the actor's prompt in the browser, a run is
// asked in it, an old one can be named, and it can be taken back.
func TestPromptVersions(t *testing.T) {
	s := serve(t, t.TempDir(), "", "--openai-base-url", obedient(t, nil).URL+"/v1")
	label := func(model string) string {
		t.Helper()
		id := s.launch(map[string]any{"environment": map[string]any{"name": "maze"}, "purpose": "Find it", "max_steps": 1,
			"models": map[string]any{"actor": model, "critic": "reasoner", "optimizer": "reasoner"}}).ID
		s.wait(id, ended)
		var steps struct{ Items []struct{ Prompt string } }
		s.call(http.MethodGet, "/api/v1/runs/"+id+"/steps", nil, &steps)
		if len(steps.Items) != 1 {
			t.Fatalf("run %s has %d steps", id, len(steps.Items))
		}
		return steps.Items[0].Prompt
	}
	builtin := roles.BuiltinPrompt(agent.ActorRole)
	if got := label("openai:m"); got != builtin.Label {
		t.Errorf("asked in %s, want %s", got, builtin.Label)
	}
	ctx := browsertest.New(t)
	browsertest.Run(t, ctx, chromedp.Navigate(s.url("/settings/prompts")), chromedp.Click(`//a[contains(., "Actor")]`, chromedp.BySearch), browsertest.Holds(`!!document.querySelector("#f-text")`),
		chromedp.Evaluate(`(() => { const t = document.querySelector("#f-text"); t.value = t.value.replace("{{.State}}", ""); })()`, nil), chromedp.Click(".promptform .go", chromedp.ByQuery),
		browsertest.Holds(`document.querySelector("#f-text-error")?.textContent.includes("leaves out {{.State}}")`),
		chromedp.Navigate(s.url("/settings/prompts/actor")), browsertest.Holds(`document.querySelector("#f-text").value.includes("You act in a world")`),
		chromedp.Evaluate(`(() => { const t = document.querySelector("#f-text"); t.value = t.value.replace("You act in a world", "You live in a world"); })()`, nil), types("note", "warmer"),
		chromedp.Click(".promptform .go", chromedp.ByQuery), browsertest.Holds(`document.querySelector(".history ins")?.textContent.includes("You live in a world")`))
	if got := label("openai:m"); !strings.HasPrefix(got, "actor.1@") {
		t.Errorf("after the change asked in %s", got)
	}
	if got := label("openai:m?prompt=0"); got != builtin.Label {
		t.Errorf("the old words were named, and asked in %s", got)
	}
	if status := s.call(http.MethodPost, "/api/v1/runs", map[string]any{"environment": map[string]any{"name": "maze"}, "purpose": "x", "models": map[string]any{"actor": "openai:m?prompt=7"}}, nil); status != http.StatusUnprocessableEntity {
		t.Errorf("a version that is not there: %d", status)
	}
	reply, err := http.PostForm(s.url("/settings/prompts/actor/use"), url.Values{"version": {"0"}})
	if err != nil {
		t.Fatal(err)
	}
	_ = reply.Body.Close()
	if got := label("openai:m"); got != builtin.Label {
		t.Errorf("after going back asked in %s", got)
	}
	// Old words against new ones in the Lab: another model is another arm.
	var made struct{ ID, Status, Reason string }
	status := s.call(http.MethodPost, "/api/v1/experiments", map[string]any{"environment": map[string]any{"name": "maze"}, "train": 1, "test": 2, "arms": []string{"off", "on", "model:openai:m?prompt=1"},
		"max_steps": 2, "models": map[string]any{"actor": "openai:m?prompt=0", "critic": "reasoner", "optimizer": "reasoner"}}, &made)
	if status != http.StatusCreated {
		t.Fatalf("the experiment: %d %+v", status, made)
	}
	for made.Status != "finished" {
		if made.Status == "failed" || made.Status == "cancelled" {
			t.Fatalf("it is %s: %s", made.Status, made.Reason)
		}
		time.Sleep(100 * time.Millisecond)
		s.call(http.MethodGet, "/api/v1/experiments/"+made.ID, nil, &made)
	}
}

package settings_test

import (
	"net/http"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/roles"
	"purposeagent/handlers"
	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/sitetest"
)

func TestPromptPages(t *testing.T) {
	store := pagetest.Open(t)
	words := strings.Replace(roles.BuiltinPrompt(agent.ActorRole).Text, "You act", "You now act", 1)
	x := sitetest.Of(t, store, func(c *handlers.Config) { c.Settings.Prompts = store.Prompts() })
	if w := pagetest.Ask(x, http.MethodPost, "/settings/prompts/actor", pagetest.Form("base", "0", "text", strings.ReplaceAll(words, "\n", "\r\n"), "note", "warmer")); w.Code != http.StatusSeeOther {
		t.Fatal(w.Code, w.Body)
	}
	for name, path := range map[string]string{"prompts": "/settings/prompts", "prompt": "/settings/prompts/actor"} {
		t.Run(name, func(t *testing.T) {
			w := pagetest.Ask(x, http.MethodGet, path, "", "HX-Request", "true")
			if w.Code != http.StatusOK {
				t.Fatal(w.Code, w.Body)
			}
			pagetest.Golden(t, name, w.Body.String())
		})
	}
	for _, test := range []struct {
		name, method, path, body string
		status                   int
		want                     string
	}{
		{"an old version to begin with", http.MethodGet, "/settings/prompts/actor?version=0", "", 200, "You act in a world"},
		{"a version that is not there", http.MethodGet, "/settings/prompts/actor?version=9", "", 404, "has no version 9"},
		{"no number", http.MethodGet, "/settings/prompts/actor?version=x", "", 422, "must be a number"},
		{"a role that is not there", http.MethodGet, "/settings/prompts/judge", "", 404, "There is no prompt"},
		{"what is no prompt, and stays in the form", http.MethodPost, "/settings/prompts/actor", pagetest.Form("base", "1", "text", "my words"), 422, "my words</textarea>"},
		{"on top of an old version", http.MethodPost, "/settings/prompts/actor", pagetest.Form("base", "0", "text", words), 422, "somebody wrote version 1 of the actor&#39;s prompt meanwhile"},
		{"go back", http.MethodPost, "/settings/prompts/actor/use", pagetest.Form("version", "0"), 303, ""},
		{"to what is not there", http.MethodPost, "/settings/prompts/actor/use", pagetest.Form("version", "7"), 404, "There is no prompt &#34;actor.7&#34;"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := pagetest.Ask(x, test.method, test.path, test.body)
			if w.Code != test.status || !strings.Contains(w.Body.String(), test.want) {
				t.Errorf("got %d, want %d: %.600s", w.Code, test.status, w.Body)
			}
		})
	}
}

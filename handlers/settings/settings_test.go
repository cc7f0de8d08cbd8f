package settings_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"purposeagent/handlers"
	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/sitetest"
	"purposeagent/internal/browsertest"
)

func withModels(t *testing.T) (sitetest.Site, pagetest.ModelServers) {
	t.Helper()
	store := pagetest.Open(t)
	servers := store.Connect(t)
	return sitetest.Of(t, store, func(c *handlers.Config) { c.Settings.Models = store.App(t).Models }), servers
}

func TestModelPages(t *testing.T) {
	x, servers := withModels(t)
	for name, path := range map[string]string{
		"models": "/settings/models", "connection": "/settings/models/lab", "connection-new": "/settings/models/new?provider=anthropic",
		"models-local": "POST /settings/models/local", "models-list": "POST /settings/models/lab/list",
	} {
		t.Run(name, func(t *testing.T) {
			method, path, posted := strings.Cut(path, " ")
			if !posted {
				method, path = http.MethodGet, method
			}
			w := pagetest.Ask(x, method, path, "", "HX-Request", "true")
			if w.Code != http.StatusOK {
				t.Fatal(w.Code, w.Body)
			}
			pagetest.Golden(t, name, servers.Named(w.Body.String()))
		})
	}
	if w := pagetest.Ask(x, http.MethodGet, "/settings", ""); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/settings/models" {
		t.Error(w.Code, w.Header())
	}
	if w := pagetest.Ask(x, http.MethodGet, "/runs/new?models.actor=ollama:qwen3:1.7b", ""); !strings.Contains(w.Body.String(), `value="ollama:qwen3:1.7b"`) {
		t.Error("the form does not begin with the chosen model")
	}
}

func TestModelChanges(t *testing.T) {
	const key = "sk-secret-0123"
	for _, test := range []struct {
		name, path, body string
		status           int
		want             string
	}{
		{"a new one", "/settings/models", pagetest.Form("name", "mine", "provider", "openai", "base_url", "http://10.0.0.9/v1", "key", key, "day_usd", "2.5"), 303, "/settings/models/mine?did=stored"},
		{"a name that is taken", "/settings/models", pagetest.Form("name", "lab", "provider", "openai"), 422, "there is a connection of this name"},
		{"one that is built in", "/settings/models", pagetest.Form("name", "ollama", "provider", "ollama", "base_url", "http://10.0.0.9:11434/v1"), 303, "/settings/models/ollama?did=stored"},
		{"an edit", "/settings/models", pagetest.Form("known", "true", "name", "lab", "provider", "openai", "base_url", "LAB/v1", "concurrency", "2"), 303, "did=stored"},
		{"a key stays with its server", "/settings/models", pagetest.Form("known", "true", "name", "lab", "provider", "openai", "base_url", "http://elsewhere.example/v1"), 422, "key"},
		{"a bad name", "/settings/models", pagetest.Form("name", "My Lab", "provider", "openai"), 422, "small letters"},
		{"no number", "/settings/models", pagetest.Form("name", "mine", "provider", "openai", "per_minute", "many"), 422, "must be a whole number"},
		{"half a request", "/settings/models", pagetest.Form("name", "mine", "provider", "openai", "concurrency", "1.5"), 422, "must be a whole number"},
		{"more than any number", "/settings/models", pagetest.Form("name", "mine", "provider", "openai", "day_tokens", "1e300"), 422, "must be a whole number"},
		{"room for thinking", "/settings/models", pagetest.Form("name", "mine", "provider", "openai", "thinking_tokens", "-1"), 422, "it grows by itself"},
		{"words that are in every message", "/settings/models", pagetest.Form("name", "mine", "provider", "openai", "overflow_words", "a\r\nthe prompt is too long"), 422, "of 4 to 100 characters"},
		{"words", "/settings/models", pagetest.Form("name", "mine", "provider", "openai", "overflow_words", "sequence exceeds\r\n\r\n  too many tokens "), 303, "did=stored"},
		{"a list by a link", "GET /settings/models/lab/list", "", 405, ""},
		{"a look around by a link", "GET /settings/models/local", "", 404, ""},
		{"a key in the place of a variable's name", "/settings/models", pagetest.Form("name", "mine", "provider", "openai", "key_env", "sk-123-456"), 422, "not the key itself"},
		{"switch off", "/settings/models/lab/switch", "", 303, "did=off&name=lab"},
		{"switch what is not there", "/settings/models/none/switch", "", 404, "There is no connection"},
		{"delete", "/settings/models/lab/delete", "", 303, "did=deleted"},
		{"test", "/settings/models/lab/test", pagetest.Form("model", "smollm2"), 200, "Hello &lt;there&gt;."},
		{"an embedding model", "/settings/embedding", pagetest.Form("embedding", "ollama:bge-m3"), 303, "did=embedding"},
		{"one that needs a key", "/settings/embedding", pagetest.Form("embedding", "gemini:x"), 422, "asks for a key: set GEMINI_API_KEY"},
		{"one that can't be asked", "/settings/embedding", pagetest.Form("embedding", "anthropic:x"), 422, "anthropic:x is neither"},
		{"a price", "/settings/prices", pagetest.Form("model", "openai:*", "in", "1", "out", "4"), 303, "did=priced"},
		{"a negative price", "/settings/prices", pagetest.Form("model", "openai:*", "in", "-1"), 422, "0 to 10000"},
		{"a price that is no number", "/settings/prices", pagetest.Form("model", "openai:*", "in", "cheap"), 422, "must be a number"},
		{"no price", "/settings/prices/delete", pagetest.Form("model", "lab:*"), 303, "did=unpriced"},
	} {
		t.Run(test.name, func(t *testing.T) {
			x, servers := withModels(t)
			x.Store.Setenv("ANTHROPIC_API_KEY", "sk-ant")
			body := strings.ReplaceAll(test.body, "LAB", url.QueryEscape(servers.Lab.URL))
			path, gets := strings.CutPrefix(test.path, "GET ")
			method := http.MethodPost
			if gets {
				method = http.MethodGet
			}
			w := pagetest.Ask(x, method, path, body)
			got := w.Body.String()
			if test.status == http.StatusSeeOther {
				got = w.Header().Get("Location")
			}
			if w.Code != test.status || !strings.Contains(got, test.want) {
				t.Fatalf("got %d, want %d: %.400s", w.Code, test.status, got)
			}
			if strings.Contains(w.Body.String(), key) {
				t.Error("a key is shown again")
			}
		})
	}
}

// A server that is down is said where it was asked, with what to do.
func TestModelServerThatIsDown(t *testing.T) {
	x, servers := withModels(t)
	servers.Lab.Close()
	for _, w := range []*httptest.ResponseRecorder{pagetest.Ask(x, http.MethodPost, "/settings/models/lab/list", ""), pagetest.Ask(x, http.MethodPost, "/settings/models/lab/test", pagetest.Form("model", "m"))} {
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "is the model server running?") {
			t.Errorf("%d %.300s", w.Code, w.Body)
		}
	}
}

// Add a connection, see what it has, say hello, start a run with it: by hand.
func TestConnectAModelInABrowser(t *testing.T) {
	ctx := browsertest.New(t)
	x, servers := withModels(t)
	web := httptest.NewServer(x)
	defer web.Close()
	step := func(what string, actions ...chromedp.Action) {
		t.Helper()
		if err := browsertest.Try(ctx, actions...); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	step("what is on this machine", chromedp.Navigate(web.URL+"/settings/models"), browsertest.Holds(`document.querySelector("#local").textContent.includes("ollama:qwen3:1.7b")`))
	step("add", chromedp.Navigate(web.URL+"/settings/models/new"), chromedp.SetValue(`#f-name`, "mine"), chromedp.SetValue(`#f-base_url`, servers.Lab.URL+"/v1"), chromedp.SetValue(`#f-key`, "sk-secret"), chromedp.Click(`.form .b.go`),
		browsertest.Holds(`location.pathname === "/settings/models/mine" && document.querySelectorAll(".models li").length === 2`))
	step("say hello", chromedp.SetValue(`#model`, "smollm2"), chromedp.Click(`#list .b`), browsertest.Holds(`document.querySelector("#probe").textContent.includes("Hello <there>.")`))
	step("run", chromedp.Navigate(web.URL+"/settings/models/mine"), browsertest.Holds(`document.querySelectorAll(".models li").length === 2`), chromedp.Click(`.models li:first-child a`), browsertest.Holds(`location.pathname === "/runs/new" && document.querySelector("[name='models.actor']").value === "mine:qwen3:1.7b"`))
}

package handlers

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"purposeagent/agent"
	"purposeagent/internal/browsertest"
)

// modelShelf keeps connections in memory; what its servers answer is fixed.
type modelShelf struct {
	mu     sync.Mutex
	list   []agent.Connection
	prices []agent.Price
	forgot bool
	fail   error // of every server
}

func newModelShelf() *modelShelf {
	return &modelShelf{list: []agent.Connection{
		{Name: "lab", Provider: "openai", BaseURL: "http://10.1.2.3:8000/v1", HasKey: true, Concurrency: 4, DayUSD: 5},
		{Name: "ollama", Provider: "ollama", Builtin: true}, {Name: "anthropic", Provider: "anthropic", KeyEnv: "ANTHROPIC_API_KEY", Builtin: true}},
		prices: []agent.Price{{Model: "lab:*", In: .5, Out: 1.5}}}
}

func (m *modelShelf) Providers() []agent.Provider {
	return []agent.Provider{{Name: "openai", Title: "OpenAI", BaseURL: "https://api.openai.com/v1", KeyEnv: "OPENAI_API_KEY", Help: "Make a key."},
		{Name: "ollama", Title: "Ollama", BaseURL: "http://127.0.0.1:11434/v1", Local: true, Concurrency: 2, Help: "Pull a model."},
		{Name: "anthropic", Title: "Anthropic", BaseURL: "https://api.anthropic.com", KeyEnv: "ANTHROPIC_API_KEY", NeedsKey: true, Help: "Make a key."}}
}

func (m *modelShelf) KeyFor(c agent.Connection) string { return c.Provider + " at " + c.BaseURL }

func (m *modelShelf) Connections(context.Context) ([]agent.Connection, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.list), nil
}

func (m *modelShelf) Connection(_ context.Context, name string) (agent.Connection, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range m.list {
		if c.Name == name {
			return c, nil
		}
	}
	return agent.Connection{}, agent.Errorf(agent.CodeNotFound, "there is no connection %q", name)
}

func (m *modelShelf) PutConnection(_ context.Context, _ string, c agent.Connection, forget bool) error {
	if err := c.Check(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.list = append(slices.DeleteFunc(m.list, func(x agent.Connection) bool { return x.Name == c.Name }), c)
	m.forgot = forget
	return nil
}

func (m *modelShelf) DeleteConnection(ctx context.Context, _, name string) error {
	if _, err := m.Connection(ctx, name); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.list = slices.DeleteFunc(m.list, func(x agent.Connection) bool { return x.Name == name })
	return nil
}

func (m *modelShelf) Address(c agent.Connection) string {
	return firstOf(c.BaseURL, "the usual address")
}
func (m *modelShelf) Usable(c agent.Connection) bool { return !c.Builtin || c.Provider == "ollama" }
func (m *modelShelf) Today(_ context.Context, name string) (agent.Usage, error) {
	if name == "lab" {
		return agent.Usage{TokensIn: 12_000, TokensOut: 3_400, Calls: 31, USD: .72}, nil
	}
	return agent.Usage{}, nil
}

func (m *modelShelf) ListModels(ctx context.Context, name string) ([]string, error) {
	if _, err := m.Connection(ctx, name); err != nil {
		return nil, err
	}
	return []string{"qwen3:1.7b", "smollm2"}, m.fail
}

func (m *modelShelf) ProbeModel(ctx context.Context, name, model string) (agent.ModelProbe, error) {
	if _, err := m.Connection(ctx, name); err != nil {
		return agent.ModelProbe{}, err
	}
	return agent.ModelProbe{Model: name + ":" + model, Answer: "Hello <there>.", Took: 740 * time.Millisecond, FirstText: 90 * time.Millisecond, Structured: "json_schema",
		Usage: agent.Usage{TokensIn: 30, TokensOut: 12, Calls: 2}}, m.fail
}

func (m *modelShelf) Local(context.Context) ([]agent.FoundServer, error) {
	return []agent.FoundServer{{Provider: m.Providers()[1], Name: "ollama", Address: "http://127.0.0.1:11434/v1", Models: []string{"qwen3:1.7b"}}}, nil
}

func (m *modelShelf) Known(context.Context) []string { return []string{"lab:", "ollama:qwen3:1.7b"} }
func (m *modelShelf) Prices(context.Context) ([]agent.Price, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.prices), nil
}

func (m *modelShelf) Embedding(context.Context) (string, error) {
	return "ollama:nomic-embed-text", nil
}
func (m *modelShelf) SetEmbedding(_ context.Context, _, ref string) error {
	if ref == "anthropic:x" {
		return agent.InvalidFields(map[string]string{"embedding": "embeddings are asked of other servers"})
	}
	return nil
}

func (m *modelShelf) PutPrice(_ context.Context, _ string, p agent.Price) error {
	if err := p.Check(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.prices = append(m.prices, p)
	return nil
}

func (m *modelShelf) DeletePrice(context.Context, string, string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.prices = nil
	return nil
}

func withModels(t *testing.T) (site, *modelShelf) {
	shelf := newModelShelf()
	return newSite(t, func(c *Config) { c.Models = shelf }), shelf
}

func TestModelPages(t *testing.T) {
	x, _ := withModels(t)
	for name, path := range map[string]string{
		"models": "/settings/models", "connection": "/settings/models/lab", "connection-new": "/settings/models/new?provider=anthropic",
		"models-local": "POST /settings/models/local", "models-list": "POST /settings/models/lab/list",
	} {
		t.Run(name, func(t *testing.T) {
			method, path, posted := strings.Cut(path, " ")
			if !posted {
				method, path = http.MethodGet, method
			}
			w := ask(x, method, path, "", "HX-Request", "true")
			if w.Code != http.StatusOK {
				t.Fatal(w.Code, w.Body)
			}
			golden(t, name, w.Body.String())
		})
	}
	if w := ask(x, http.MethodGet, "/settings", ""); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/settings/models" {
		t.Error(w.Code, w.Header())
	}
	if w := ask(x, http.MethodGet, "/runs/new?models.actor=ollama:qwen3:1.7b", ""); !strings.Contains(w.Body.String(), `value="ollama:qwen3:1.7b"`) {
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
		{"a new one", "/settings/models", form("name", "mine", "provider", "openai", "base_url", "http://10.0.0.9/v1", "key", key, "day_usd", "2.5"), 303, "/settings/models/mine?did=stored"},
		{"a name that is taken", "/settings/models", form("name", "lab", "provider", "openai"), 422, "there is a connection of this name"},
		{"one that is built in", "/settings/models", form("name", "ollama", "provider", "ollama", "base_url", "http://10.0.0.9:11434/v1"), 303, "/settings/models/ollama?did=stored"},
		{"an edit", "/settings/models", form("known", "true", "name", "lab", "provider", "openai", "concurrency", "2"), 303, "did=stored"},
		{"a bad name", "/settings/models", form("name", "My Lab", "provider", "openai"), 422, "small letters"},
		{"no number", "/settings/models", form("name", "mine", "provider", "openai", "per_minute", "many"), 422, "must be a whole number"},
		{"half a request", "/settings/models", form("name", "mine", "provider", "openai", "concurrency", "1.5"), 422, "must be a whole number"},
		{"more than any number", "/settings/models", form("name", "mine", "provider", "openai", "day_tokens", "1e300"), 422, "must be a whole number"},
		{"room for thinking", "/settings/models", form("name", "mine", "provider", "openai", "thinking_tokens", "-1"), 422, "it grows by itself"},
		{"words that are in every message", "/settings/models", form("name", "mine", "provider", "openai", "overflow_words", "a\r\nthe prompt is too long"), 422, "of 4 to 100 characters"},
		{"words", "/settings/models", form("name", "mine", "provider", "openai", "overflow_words", "sequence exceeds\r\n\r\n  too many tokens "), 303, "did=stored"},
		{"a list by a link", "GET /settings/models/lab/list", "", 405, ""},
		{"a look around by a link", "GET /settings/models/local", "", 404, ""},
		{"a key in the place of a variable's name", "/settings/models", form("name", "mine", "provider", "openai", "key_env", "sk-123-456"), 422, "not the key itself"},
		{"switch off", "/settings/models/lab/switch", "", 303, "did=off&name=lab"},
		{"switch what is not there", "/settings/models/none/switch", "", 404, "There is no connection"},
		{"delete", "/settings/models/lab/delete", "", 303, "did=deleted"},
		{"test", "/settings/models/lab/test", form("model", "smollm2"), 200, "Hello &lt;there&gt;."},
		{"an embedding model", "/settings/embedding", form("embedding", "ollama:bge-m3"), 303, "did=embedding"},
		{"one that can't be asked", "/settings/embedding", form("embedding", "anthropic:x"), 422, "asked of other servers"},
		{"a price", "/settings/prices", form("model", "openai:*", "in", "1", "out", "4"), 303, "did=priced"},
		{"a negative price", "/settings/prices", form("model", "openai:*", "in", "-1"), 422, "0 to 10000"},
		{"a price that is no number", "/settings/prices", form("model", "openai:*", "in", "cheap"), 422, "must be a number"},
		{"no price", "/settings/prices/delete", form("model", "lab:*"), 303, "did=unpriced"},
	} {
		t.Run(test.name, func(t *testing.T) {
			x, _ := withModels(t)
			path, gets := strings.CutPrefix(test.path, "GET ")
			method := http.MethodPost
			if gets {
				method = http.MethodGet
			}
			w := ask(x, method, path, test.body)
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
	x, shelf := withModels(t)
	shelf.fail = agent.Errorf(agent.CodeUnavailable, "no connection to http://10.1.2.3: is the model server running?")
	for _, w := range []*httptest.ResponseRecorder{ask(x, http.MethodPost, "/settings/models/lab/list", ""), ask(x, http.MethodPost, "/settings/models/lab/test", form("model", "m"))} {
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "is the model server running?") {
			t.Errorf("%d %.300s", w.Code, w.Body)
		}
	}
}

// Add a connection, see what it has, say hello, start a run with it: by hand.
func TestConnectAModelInABrowser(t *testing.T) {
	ctx := browsertest.New(t)
	x, _ := withModels(t)
	web := httptest.NewServer(x)
	defer web.Close()
	step := func(what string, actions ...chromedp.Action) {
		t.Helper()
		if err := chromedp.Run(ctx, actions...); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	step("what is on this machine", chromedp.Navigate(web.URL+"/settings/models"), browsertest.Holds(`document.querySelector("#local").textContent.includes("ollama:qwen3:1.7b")`))
	step("add", chromedp.Navigate(web.URL+"/settings/models/new"), chromedp.SetValue(`#f-name`, "mine"), chromedp.SetValue(`#f-key`, "sk-secret"), chromedp.Click(`.form .b.go`),
		browsertest.Holds(`location.pathname === "/settings/models/mine" && document.querySelectorAll(".models li").length === 2`))
	step("say hello", chromedp.SetValue(`#model`, "smollm2"), chromedp.Click(`#list .b`), browsertest.Holds(`document.querySelector("#probe").textContent.includes("Hello <there>.")`))
	step("run", chromedp.Navigate(web.URL+"/settings/models/mine"), browsertest.Holds(`document.querySelectorAll(".models li").length === 2`), chromedp.Click(`.models li:first-child a`), browsertest.Holds(`location.pathname === "/runs/new" && document.querySelector("[name='models.actor']").value === "mine:qwen3:1.7b"`))
}

package llm_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/chat"
	"purposeagent/agent/llm"
	"purposeagent/agent/llm/wire"
)

// askedServer answers every request, and counts them by their key.
type askedServer struct {
	*httptest.Server
	mu   sync.Mutex
	keys map[string]int
	// then is called before each answer; its status is the answer's where it is not 0.
	then func(call int) int
}

func newAsked(t *testing.T) *askedServer {
	t.Helper()
	s := &askedServer{keys: map[string]int{}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		key := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		s.keys[key]++
		n, then := s.total(), s.then
		s.mu.Unlock()
		if then != nil {
			if status := then(n); status != 0 {
				w.WriteHeader(status)
				return
			}
		}
		w.Header().Set("Content-Type", "application/json")
		if strings.HasSuffix(r.URL.Path, "/embeddings") {
			fmt.Fprint(w, `{"data":[{"index":0,"embedding":[1,2]}]}`)
			return
		}
		fmt.Fprint(w, `{"model":"m","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"hello"}}],"usage":{"prompt_tokens":9,"completion_tokens":1}}`)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *askedServer) total() (n int) {
	for _, k := range s.keys {
		n += k
	}
	return n
}

func (s *askedServer) of(key string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.keys[key]
}

// settings are connections that change.
type settings struct {
	mu   sync.Mutex
	c    chat.Connection
	gone bool
}

func (s *settings) set(change func(c *chat.Connection)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.c)
}

func (s *settings) get(_ context.Context, name string) (chat.Connection, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.c, name == s.c.Name && !s.gone, nil
}

// Whoever holds a model asks where its connection leads now: another server,
// another key, or nobody.
func TestModelsFollowTheirConnection(t *testing.T) {
	a, b := newAsked(t), newAsked(t)
	x := &settings{c: chat.Connection{Name: "lab", Provider: "openai", BaseURL: a.URL + "/v1", Key: "old"}}
	r := llm.NewResolver(llm.Config{Connections: x.get, Patience: wire.Patience{Retries: -1}})
	model, err := r.Resolve("lab:m")
	if err != nil {
		t.Fatal(err)
	}
	embedder, err := r.Embedder("lab:m")
	if err != nil {
		t.Fatal(err)
	}
	use := func() error {
		_, err := model.Generate(t.Context(), chat.Request{Messages: []chat.Message{{Role: chat.RoleUser, Text: "hi"}}})
		_, embedErr := embedder.Embed(t.Context(), []string{"hi"})
		return errors.Join(err, embedErr)
	}
	step := func(name string, version, old, rotated, other int) {
		t.Helper()
		if err := use(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := r.Version("lab:m"); got != version || a.of("old") != old || a.of("new") != rotated || b.of("new") != other {
			t.Errorf("%s: version %d, asked A %v, B %v", name, got, a.keys, b.keys)
		}
	}
	step("as it was", 0, 2, 0, 0)
	x.set(func(c *chat.Connection) { c.Concurrency = 3 })
	step("another limit", 0, 4, 0, 0)
	x.set(func(c *chat.Connection) { c.Key = "new" })
	step("a rotated key", 1, 4, 2, 0)
	x.set(func(c *chat.Connection) { c.BaseURL = b.URL + "/v1" })
	step("another server", 2, 4, 2, 2)
	for name, change := range map[string]func(){
		"switched off": func() { x.set(func(c *chat.Connection) { c.Disabled = true }) },
		"deleted":      func() { x.mu.Lock(); x.gone = true; x.mu.Unlock() },
	} {
		change()
		err := use()
		n, ok := errors.AsType[*agent.NoAnswer](err)
		if !ok || n.Model != "lab:m" || b.of("new") != 2 {
			t.Errorf("%s: %v, B was asked %d times", name, err, b.of("new"))
		}
	}
	if _, err := r.Resolve("lab:m"); agent.CodeOf(err) != agent.CodeInvalid {
		t.Error(err)
	}
	x.mu.Lock()
	x.gone, x.c.Disabled = false, false
	x.mu.Unlock()
	step("there again", 2, 4, 2, 4)
}

// A key that is rotated between two attempts is not used for the second.
func TestRotatedBetweenAttempts(t *testing.T) {
	a := newAsked(t)
	x := &settings{c: chat.Connection{Name: "lab", Provider: "openai", BaseURL: a.URL + "/v1", Key: "old"}}
	a.then = func(call int) int {
		if call > 1 {
			return 0
		}
		x.set(func(c *chat.Connection) { c.Key = "new" })
		return http.StatusServiceUnavailable
	}
	r := llm.NewResolver(llm.Config{Connections: x.get, Patience: wire.Patience{RetryDelay: 1}})
	model, err := r.Resolve("lab:m")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := model.Generate(t.Context(), chat.Request{Messages: []chat.Message{{Role: chat.RoleUser, Text: "hi"}}}); err != nil {
		t.Fatal(err)
	}
	if a.of("old") != 1 || a.of("new") != 1 {
		t.Error(a.keys)
	}
}

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"purposeagent/agent/llm"
)

// modelServer counts who asks it for an answer and with which key. It plays every
// role: the schema says which one it is asked for.
type modelServer struct {
	*httptest.Server
	mu    sync.Mutex
	asked map[string]int // by key
	// answer may answer itself.
	answer func(w http.ResponseWriter, model string) bool
	usage  string
}

func newModelServer(t *testing.T) *modelServer {
	t.Helper()
	s := &modelServer{asked: map[string]int{}, usage: `,"usage":{"prompt_tokens":90,"completion_tokens":10}`}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func (s *modelServer) serve(w http.ResponseWriter, r *http.Request) {
	key := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	s.mu.Lock()
	s.asked[key]++
	answer, usage := s.answer, s.usage
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if strings.HasSuffix(r.URL.Path, "/models") {
		fmt.Fprint(w, `{"data":[{"id":"m"}]}`)
		return
	}
	raw, _ := io.ReadAll(r.Body)
	var body struct {
		Model string
	}
	_ = json.Unmarshal(raw, &body)
	if answer != nil && answer(w, body.Model) {
		return
	}
	said := map[string]any{"thought": "The first one.", "expected_delta": 0}
	switch text := string(raw); {
	case strings.Contains(text, "phi_after"):
		said = map[string]any{"evidence": []string{"/room"}, "reasoning": "some", "phi_before": 3, "phi_after": 3, "confidence": 1}
	case strings.Contains(text, `"enum":["`):
		_, rest, _ := strings.Cut(text, `"enum":["`)
		said["action"], _, _ = strings.Cut(rest, `"`)
	default:
		said = map[string]any{"heuristics": []any{}}
	}
	content, _ := json.Marshal(said)
	fmt.Fprintf(w, `{"model":"m","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":%q}}]%s}`, content, usage)
}

func (s *modelServer) of(key string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[key]
}

// settings posts the form of a connection and returns the status and the page.
func (s *server) connect(t *testing.T, pairs ...string) (int, string) {
	t.Helper()
	v := url.Values{"provider": {"openai"}}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return s.post(t, "/settings/models", v)
}

func (s *server) post(t *testing.T, path string, v url.Values) (int, string) {
	t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	reply, err := client.PostForm(s.url(path), v)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	raw, err := io.ReadAll(reply.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply.StatusCode, string(raw)
}

func (s *server) task(models map[string]any, steps int) map[string]any {
	return map[string]any{"environment": map[string]any{"name": "maze"}, "purpose": "Find it", "max_steps": steps, "seed": 3, "models": models}
}

// A critic, an actor and an optimizer ask where their connection leads now: a run
// after the change, and one that is under way.
func TestChangedConnectionIsUsedAtOnce(t *testing.T) {
	a, b := newModelServer(t), newModelServer(t)
	s := serve(t, t.TempDir(), "")
	if status, page := s.connect(t, "name", "lab", "base_url", a.URL+"/v1", "key", "key-a"); status != http.StatusSeeOther {
		t.Fatal(status, page)
	}
	all := map[string]any{"actor": "lab:m", "critic": "lab:m", "optimizer": "lab:m"}
	s.wait(s.launch(s.task(all, 2)).ID, ended)
	if a.of("key-a") == 0 {
		t.Fatal("A was not asked")
	}
	slow := make(chan struct{})
	a.mu.Lock()
	a.answer = func(http.ResponseWriter, string) bool { <-slow; return false }
	a.mu.Unlock()
	before := a.of("key-a")
	underWay := s.launch(s.task(all, 4)).ID
	for deadline := time.Now().Add(20 * time.Second); a.of("key-a") == before && time.Now().Before(deadline); {
		time.Sleep(10 * time.Millisecond)
	}
	if status, page := s.connect(t, "known", "true", "name", "lab", "base_url", b.URL+"/v1", "key", "key-b"); status != http.StatusSeeOther {
		t.Fatal(status, page)
	}
	asked := a.of("key-a")
	close(slow)
	s.wait(underWay, ended)
	s.wait(s.launch(s.task(map[string]any{"actor": "reasoner", "critic": "lab:m", "optimizer": "reasoner"}, 2)).ID, ended)
	if b.of("key-b") < 4 || a.of("key-a") != asked || a.of("key-b")+b.of("key-a") != 0 {
		t.Errorf("A was asked %v (%d before), B %v", a.asked, asked, b.asked)
	}
	if status, page := s.post(t, "/settings/models/lab/delete", nil); status != http.StatusSeeOther {
		t.Fatal(status, page)
	}
	last := b.of("key-b")
	if status := s.call(http.MethodPost, "/api/v1/runs", s.task(all, 1), nil); status != http.StatusUnprocessableEntity || b.of("key-b") != last {
		t.Errorf("a deleted connection: %d, asked %d more times", status, b.of("key-b")-last)
	}
}

// A stored key, and what a variable holds, goes to the server it was given for
// and to no other.
func TestKeysGoToTheirServerOnly(t *testing.T) {
	a, evil := newModelServer(t), newModelServer(t)
	t.Setenv("MINE_API_KEY", "from-the-variable")
	s := serve(t, t.TempDir(), "")
	if status, page := s.connect(t, "name", "lab", "base_url", a.URL+"/v1", "key", "key-a"); status != http.StatusSeeOther {
		t.Fatal(status, page)
	}
	for _, tt := range []struct {
		name  string
		pairs []string
		want  int
		says  string
	}{
		{"another host", []string{"base_url", evil.URL + "/v1"}, 422, "type the key again"},
		{"the provider's own address", []string{"base_url", ""}, 422, "type the key again"},
		{"another provider", []string{"base_url", a.URL + "/v1", "provider", "openrouter"}, 422, "type the key again"},
		{"another scheme", []string{"base_url", strings.Replace(a.URL, "http:", "https:", 1)}, 422, "type the key again"},
		{"one of ours", []string{"base_url", evil.URL, "key_env", "PURPOSE_SECRET"}, 422, "own, and sent to no model server"},
		{"any variable", []string{"base_url", evil.URL, "key_env", "PATH"}, 422, "--key-env PATH"},
		{"another path of the same server", []string{"base_url", strings.ToUpper(a.URL) + "/v1/"}, 303, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, page := s.connect(t, append([]string{"known", "true", "name", "lab"}, tt.pairs...)...)
			if status != tt.want || !strings.Contains(page, tt.says) {
				t.Errorf("%d, want %d …%s…: %.3000s", status, tt.want, tt.says, page)
			}
			s.post(t, "/settings/models/lab/list", nil)
			s.post(t, "/settings/models/lab/test", url.Values{"model": {"m"}})
		})
	}
	if len(evil.asked) > 0 || a.of("key-a") == 0 {
		t.Errorf("evil was sent %v, A %v", evil.asked, a.asked)
	}
	if status, page := s.connect(t, "name", "var", "base_url", a.URL+"/v1", "key_env", "MINE_API_KEY"); status != http.StatusSeeOther {
		t.Fatal(status, page)
	}
	s.post(t, "/settings/models/var/list", nil)
	if a.of("from-the-variable") != 1 {
		t.Error(a.asked)
	}
	status, page := s.connect(t, "known", "true", "name", "var", "base_url", evil.URL+"/v1", "key_env", "MINE_API_KEY")
	if status != 422 || !strings.Contains(page, "name the variable again") || !strings.Contains(page, `name="key_for"`) || strings.Contains(page, `value="MINE_API_KEY"`) {
		t.Errorf("%d: %s", status, page)
	}
	s.post(t, "/settings/models/var/list", nil)
	if len(evil.asked) > 0 {
		t.Errorf("evil was sent %v", evil.asked)
	}
	other := newModelServer(t)
	_, rest, _ := strings.Cut(page, `name="key_for" value="`)
	named, _, _ := strings.Cut(rest, `"`)
	if status, _ := s.connect(t, "known", "true", "name", "var", "base_url", other.URL+"/v1", "key_env", "MINE_API_KEY", "key_for", named); status != 422 {
		t.Errorf("it was named again for another server: %d", status)
	}
	if status, page := s.connect(t, "known", "true", "name", "var", "base_url", evil.URL+"/v1", "key_env", "MINE_API_KEY", "key_for", named); status != http.StatusSeeOther {
		t.Errorf("%d: %s", status, page)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url("/settings/models/lab/list"), nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Sec-Fetch-Site", "cross-site")
	before := a.of("key-a")
	reply, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if _ = reply.Body.Close(); reply.StatusCode != http.StatusForbidden || a.of("key-a") != before {
		t.Errorf("another site's page asked: %s", reply.Status)
	}
}

func TestKeyVariables(t *testing.T) {
	for _, tt := range []struct {
		name string
		want bool
	}{
		{"OPENAI_API_KEY", true}, {"HF_TOKEN", true}, {"MISTRAL_API_KEY", true}, {"ALLOWED_TOKEN", true},
		{"PURPOSE_SECRET", false}, {"PURPOSE_API_KEY", false}, {"purpose_api_key", false}, {"PURPOSE_ALLOWED", false}, {"PATH", false}, {"GITHUB_TOKEN", false}, {"AWS_SECRET_ACCESS_KEY", false}, {"DATABASE_URL", false}, {"", false},
	} {
		if got := llm.KeyVariable(tt.name, []string{"ALLOWED_TOKEN", "PURPOSE_ALLOWED"}); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

// A run on a server that reports no usage keeps to its budget, by an estimate that
// is marked wherever it shows.
func TestBudgetWithoutUsage(t *testing.T) {
	a := newModelServer(t)
	a.usage = ""
	s := serve(t, t.TempDir(), "", "--openai-base-url", a.URL+"/v1")
	task := s.task(map[string]any{"actor": "openai:m", "critic": "reasoner", "optimizer": "reasoner"}, 50)
	task["budget"] = map[string]any{"tokens": 1500}
	id := s.launch(task).ID
	r := s.wait(id, func(r launched) bool { return r.Status == "paused" })
	if r.Steps == 0 || r.Steps > 20 || !strings.Contains(r.Reason, "by an estimate") {
		t.Errorf("%+v", r)
	}
	var run struct{ Usage map[string]any }
	s.call(http.MethodGet, "/api/v1/runs/"+id, nil, &run)
	if run.Usage["estimated"] != true || run.Usage["tokens_in"].(float64) <= 0 || run.Usage["tokens_out"].(float64) <= 0 {
		t.Errorf("%v", run.Usage)
	}
	for path, want := range map[string]string{
		"/runs/" + id: "(estimated)", "/runs": "≈ ", "/runs/" + id + "?step=1&tab=prompt": "estimated from the length of texts", "/settings/models": "(estimated)", "/runs/" + id + "/export.html": "≈ ",
	} {
		reply, err := http.Get(s.url(path))
		if err != nil {
			t.Fatal(err)
		}
		raw, _ := io.ReadAll(reply.Body)
		_ = reply.Body.Close()
		if !strings.Contains(string(raw), want) {
			t.Errorf("%s (%s) has no %q", path, reply.Status, want)
		}
	}
}

package openai_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/chat"
	"purposeagent/agent/conformance"
	"purposeagent/agent/llm/openai"
	"purposeagent/agent/llm/wire"
)

const secret = "sk-test-0123456789-very-secret"

// server answers each request by the next handler, the last one again and
// again, and keeps the bodies that it got.
type server struct {
	*httptest.Server
	mu       sync.Mutex
	bodies   []map[string]any
	raw      []string
	handlers []http.HandlerFunc
}

func newServer(t testing.TB, handlers ...http.HandlerFunc) *server {
	s := &server{handlers: handlers}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		var body map[string]any
		json.Unmarshal(raw, &body)
		s.mu.Lock()
		n := len(s.bodies)
		s.bodies, s.raw = append(s.bodies, body), append(s.raw, string(raw))
		s.mu.Unlock()
		if len(s.handlers) > 0 {
			s.handlers[min(n, len(s.handlers)-1)](w, r)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *server) calls() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.bodies)
}

func (s *server) body(i int) map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bodies[i]
}

func client(t testing.TB, url string, change ...func(*openai.Config)) *openai.Client {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	cfg := openai.Config{Model: "smollm2", BaseURL: url + "/v1", Key: secret, Patience: wire.Patience{RetryDelay: time.Millisecond},
		HTTPClient: &http.Client{Transport: transport}}
	for _, f := range change {
		f(&cfg)
	}
	c, err := openai.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// recorded replays the bytes of a real server.
func recorded(t testing.TB, name string) http.HandlerFunc {
	t.Helper()
	head, err := os.ReadFile(filepath.Join("testdata", name+".head"))
	if err != nil {
		t.Fatal(err)
	}
	body, err := os.ReadFile(filepath.Join("testdata", name+".body.json"))
	if errors.Is(err, os.ErrNotExist) {
		body, err = os.ReadFile(filepath.Join("testdata", name+".body.sse"))
	}
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(strings.ReplaceAll(string(head), "\r\n", "\n"), "\n\n")
	reply, err := http.ReadResponse(bufio.NewReader(strings.NewReader(strings.ReplaceAll(strings.TrimSpace(rest), "\n", "\r\n")+"\r\n\r\n")), nil)
	if err != nil {
		t.Fatal(err)
	}
	reply.Body.Close()
	return func(w http.ResponseWriter, _ *http.Request) {
		for key, values := range reply.Header {
			if key != "Connection" && key != "Keep-Alive" && key != "Content-Length" {
				w.Header()[key] = values
			}
		}
		w.WriteHeader(reply.StatusCode)
		w.Write(body)
	}
}

func status(code int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(code)
		io.WriteString(w, body)
	}
}

func says(text string) http.HandlerFunc { return completion(text, "stop") }

func completion(text, finish string) http.HandlerFunc {
	raw, _ := json.Marshal(map[string]any{"object": "chat.completion", "model": "m",
		"choices": []any{map[string]any{"index": 0, "finish_reason": finish, "message": map[string]any{"role": "assistant", "content": text}}},
		"usage":   map[string]any{"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}})
	return status(200, string(raw))
}

// hangUp breaks the connection without an answer.
func hangUp(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		conn.Close()
	}
}

func ask() chat.Request {
	return chat.Request{Messages: []chat.Message{{Role: chat.RoleSystem, Text: "system"}, {Role: chat.RoleUser, Text: "go"}},
		Schema:     json.RawMessage(`{"type":"object","properties":{"thought":{"type":"string","maxLength":60},"action":{"type":"string","enum":["north","south"]}},"required":["thought","action"],"additionalProperties":false}`),
		SchemaName: "act", Seed: 7, MaxTokens: 60}
}

func TestRecordedAnswers(t *testing.T) {
	tests := []struct {
		name, transcript string
		text             string // contained in the answer
		truncated        bool
		in, out, cached  int64
	}{
		{"structured output", "07_json_schema", `"action": "north"`, false, 37, 25, 36},
		{"cut by max_tokens", "09_json_schema_truncated_length", `"`, true, 37, 6, 36},
		{"rambling JSON", "06_json_object", `"type": "json"`, true, 37, 60, 0},
		{"a number", "10_json_schema_int_range", `"score": 10`, false, 52, 16, 24},
		{"plain text", "03_chat", "Alejandro", true, 36, 12, 0},
		{"unknown model is answered", "23_err_unknown_model", "Ale", true, 36, 2, 35},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newServer(t, recorded(t, tt.transcript))
			got, err := client(t, s.URL).Generate(t.Context(), ask())
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(got.Text, tt.text) || got.Truncated != tt.truncated || got.Model != "smollm2" {
				t.Errorf("got %+v", got)
			}
			if want := (agent.Usage{TokensIn: tt.in, TokensOut: tt.out, TokensCached: tt.cached, Calls: 1}); got.Usage != want {
				t.Errorf("usage %+v, want %+v", got.Usage, want)
			}
		})
	}
}

func TestConformance(t *testing.T) {
	s := newServer(t, says(`{"colour":"blue"}`))
	conformance.LLM(t, func() chat.LLM { return client(t, s.URL) })
}

func TestRequestOnTheWire(t *testing.T) {
	s := newServer(t, says("{}"))
	request := ask()
	request.Stop, request.Temperature = []string{"END"}, 0.5
	if _, err := client(t, s.URL).Generate(t.Context(), request); err != nil {
		t.Fatal(err)
	}
	b := s.body(0)
	if b["model"] != "smollm2" || b["seed"] != 7.0 || b["temperature"] != 0.5 || b["max_tokens"] != 60.0 || fmt.Sprint(b["stop"]) != "[END]" {
		t.Errorf("body %v", b)
	}
	schema := b["response_format"].(map[string]any)["json_schema"].(map[string]any)
	if schema["name"] != "act" || schema["strict"] != true {
		t.Errorf("schema %v", schema)
	}
	if i, j := strings.Index(s.raw[0], `"thought":`), strings.Index(s.raw[0], `"action":`); i < 0 || i > j {
		t.Errorf("the order of properties was lost: %s", s.raw[0])
	}
}

func TestErrors(t *testing.T) {
	overflow := `{"error":{"message":"This model's maximum context length is 8192 tokens.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}`
	tests := []struct {
		name    string
		handler http.HandlerFunc
		code    agent.Code
		message string // contained
		calls   int    // with two retries
		want    error
	}{
		{"recorded: no key accepted", recorded(t, "51_err_no_key"), agent.CodeDenied, "check OPENAI_API_KEY", 1, nil},
		{"recorded: wrong path", recorded(t, "29_err_404_path"), agent.CodeUnavailable, "check OPENAI_BASE_URL", 1, nil},
		{"recorded: context overflow", recorded(t, "31_err_context_overflow"), agent.CodeInvalid, "too long", 1, agent.ErrContextOverflow},
		{"recorded: bad JSON", recorded(t, "24_err_bad_json"), agent.CodeInvalid, "parse error", 1, nil},
		{"recorded: 500", recorded(t, "43_image_unsupported"), agent.CodeUnavailable, "image input", 3, nil},
		{"context overflow by code", status(400, overflow), agent.CodeInvalid, "larger context", 1, agent.ErrContextOverflow},
		{"too large", status(413, ""), agent.CodeInvalid, "too long", 1, agent.ErrContextOverflow},
		{"unknown model", status(404, `{"error":{"message":"The model 'x' does not exist","code":"model_not_found"}}`), agent.CodeUnavailable, "check the name", 1, nil},
		{"unknown model, text error", status(404, `{"error":"model \"x\" not found, try pulling it first"}`), agent.CodeUnavailable, "pulling", 1, nil},
		{"forbidden", status(403, `{"error":{"message":"no access"}}`), agent.CodeDenied, "may not use", 1, nil},
		{"no credit", status(429, `{"error":{"message":"You exceeded your current quota","code":"insufficient_quota"}}`), agent.CodeDenied, "credit", 1, nil},
		{"rate limited", status(429, `{"error":{"message":"slow"}}`), agent.CodeRateLimited, "slow down", 3, nil},
		{"rate limited for long", status(429, `{}`, "Retry-After", "3600"), agent.CodeRateLimited, "slow down", 1, nil},
		{"request timeout", status(408, `{}`), agent.CodeUnavailable, "408", 3, nil},
		{"conflict", status(409, `{}`), agent.CodeUnavailable, "409", 3, nil},
		{"bad gateway, HTML", status(502, "<html>Bad gateway</html>"), agent.CodeUnavailable, "502", 3, nil},
		{"not implemented", status(501, `{"error":{"message":"no"}}`), agent.CodeUnavailable, "not support", 1, nil},
		{"connection broken", hangUp, agent.CodeUnavailable, "broke", 3, nil},
		{"HTML page", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<html>hello</html>") }, agent.CodeUnavailable, "is it a model server", 3, nil},
		{"broken JSON", status(200, `{"choices":[`), agent.CodeUnavailable, "broke off in the middle", 3, nil},
		{"no choices", status(200, `{"choices":[]}`), agent.CodeUnavailable, "no choices", 3, nil},
		{"error with status 200", status(200, `{"error":{"message":"upstream is down","code":502}}`), agent.CodeUnavailable, "upstream is down", 3, nil},
		{"refusal", status(200, `{"choices":[{"message":{"role":"assistant","content":"","refusal":"I won't"},"finish_reason":"stop"}]}`), agent.CodeInvalid, "refused to answer", 1, nil},
		{"content filter", completion("", "content_filter"), agent.CodeInvalid, "refused to answer", 1, nil},
		{"redirect to another host", status(307, "", "Location", "http://192.0.2.1/x?token=1"), agent.CodeUnavailable, "redirects elsewhere (to 192.0.2.1)", 1, nil},
		{"11 MB", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			chunk := bytes.Repeat([]byte(" "), 1<<20)
			for range 11 {
				w.Write(chunk)
			}
		}, agent.CodeUnavailable, "larger than 10 MB", 1, nil},
		{"the key comes back", status(400, `{"error":{"message":"bad key `+secret+` here"}}`), agent.CodeInvalid, "bad key [key] here", 1, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newServer(t, tt.handler)
			_, err := client(t, s.URL).Generate(t.Context(), chat.Request{Messages: []chat.Message{{Role: chat.RoleUser, Text: "x"}}})
			if err == nil {
				t.Fatal("no error")
			}
			if agent.CodeOf(err) != tt.code || !strings.Contains(agent.MessageOf(err), tt.message) {
				t.Errorf("got %s %q, want %s …%q…", agent.CodeOf(err), agent.MessageOf(err), tt.code, tt.message)
			}
			if tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("%v is not %v", err, tt.want)
			}
			if s.calls() != tt.calls {
				t.Errorf("%d calls, want %d", s.calls(), tt.calls)
			}
			if text := fmt.Sprintf("%v %+v %#v %q", err, err, err, errors.Unwrap(err)); strings.Contains(text, secret) || strings.Contains(text, "token=1") {
				t.Errorf("a secret is in %s", text)
			}
		})
	}
}

func TestRetriesUntilItWorks(t *testing.T) {
	tests := []struct {
		name   string
		faults []http.HandlerFunc
		want   bool
	}{
		{"429 with Retry-After, then an answer", []http.HandlerFunc{status(429, "{}", "Retry-After-Ms", "1"), says("ok")}, true},
		{"Retry-After 0", []http.HandlerFunc{status(503, "{}", "Retry-After", "0"), says("ok")}, true},
		{"a broken connection, 500, then an answer", []http.HandlerFunc{hangUp, status(500, "{}"), says("ok")}, true},
		{"three faults are too many", []http.HandlerFunc{hangUp, status(500, "{}"), status(502, ""), says("ok")}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newServer(t, tt.faults...)
			got, err := client(t, s.URL).Generate(t.Context(), ask())
			if (err == nil && got.Text == "ok") != tt.want {
				t.Errorf("got %q, %v; want success %v", got.Text, err, tt.want)
			}
		})
	}
}

func TestDialects(t *testing.T) {
	refuse := func(message string) http.HandlerFunc {
		return status(400, `{"error":{"message":`+strconv.Quote(message)+`,"type":"invalid_request_error"}}`)
	}
	t.Run("from schema to plain schema, tool, object and text", func(t *testing.T) {
		s := newServer(t, recorded(t, "11_json_schema_bad_schema"), refuse("Invalid schema for response_format 'act'"),
			refuse("smollm2 does not support tools"), recorded(t, "40_err_response_format_type"), says(`{"action":"north"}`))
		c := client(t, s.URL)
		if _, err := c.Generate(t.Context(), ask()); err != nil {
			t.Fatal(err)
		}
		var types []string
		for i := range s.calls() {
			kind := "text"
			if f, ok := s.body(i)["response_format"].(map[string]any); ok {
				kind, _ = f["type"].(string)
				if strings.Contains(s.raw[i], "maxLength") && kind == "json_schema" {
					kind += " with limits"
				}
			}
			if hasSchema := strings.Contains(fmt.Sprint(s.body(i)["messages"]), "JSON Schema"); hasSchema != (i >= 3) {
				t.Errorf("call %d: schema in the prompt %v", i, hasSchema)
			}
			if s.body(i)["tools"] != nil {
				kind = "tool"
			}
			types = append(types, kind)
		}
		if want := []string{"json_schema with limits", "json_schema", "tool", "json_object", "text"}; !slices.Equal(types, want) {
			t.Errorf("asked as %q, want %q", types, want)
		}
		if _, err := c.Generate(t.Context(), ask()); err != nil || s.calls() != 6 {
			t.Errorf("the dialect was not remembered: %d calls, %v", s.calls(), err)
		}
	})
	t.Run("parameters that the model does not take", func(t *testing.T) {
		s := newServer(t,
			refuse("Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."),
			refuse("Unsupported value: 'temperature' does not support 0 with this model."),
			refuse("Unknown parameter: 'seed'."), says("{}"))
		if _, err := client(t, s.URL).Generate(t.Context(), ask()); err != nil {
			t.Fatal(err)
		}
		b := s.body(3)
		if b["max_completion_tokens"] != 60.0 || b["max_tokens"] != nil || b["temperature"] != nil || b["seed"] != nil || b["response_format"] == nil {
			t.Errorf("body %v", b)
		}
	})
	t.Run("a refusal that no dialect mends ends", func(t *testing.T) {
		s := newServer(t, refuse("schema seed temperature max_completion_tokens response_format"))
		if _, err := client(t, s.URL).Generate(t.Context(), ask()); agent.CodeOf(err) != agent.CodeInvalid || s.calls() > 8 {
			t.Errorf("%d calls, %v", s.calls(), err)
		}
	})
}

func TestThinkingIsDropped(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"a block", "<think>hm {\"a\":1}</think>\n{\"a\":2}", `{"a":2}`},
		{"two blocks", "a<think>b</think>c<think>d</think>e", "ace"},
		{"never closed", "<think>and on and on", ""},
		{"only its end", "thoughts</think> answer", "answer"},
		{"none", " plain ", "plain"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := client(t, newServer(t, says(tt.text)).URL).Generate(t.Context(), ask())
			if err != nil || got.Text != tt.want {
				t.Errorf("got %q, %v; want %q", got.Text, err, tt.want)
			}
		})
	}
}

func TestTimeoutAndCancel(t *testing.T) {
	hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	t.Run("a server that does not answer", func(t *testing.T) {
		s := newServer(t, hang)
		_, err := client(t, s.URL, func(c *openai.Config) { c.Timeout = 20 * time.Millisecond }).Generate(t.Context(), ask())
		if agent.CodeOf(err) != agent.CodeTimeout || s.calls() != 1 {
			t.Errorf("%d calls, %v", s.calls(), err)
		}
	})
	t.Run("cancelled while waiting for the answer", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		s := newServer(t, func(w http.ResponseWriter, r *http.Request) { cancel(); hang(w, r) })
		if _, err := client(t, s.URL).Generate(ctx, ask()); agent.CodeOf(err) != agent.CodeStopped {
			t.Error(err)
		}
	})
	t.Run("cancelled while waiting for the next try", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		s := newServer(t, func(w http.ResponseWriter, r *http.Request) { status(503, "{}", "Retry-After", "20")(w, r); cancel() })
		if _, err := client(t, s.URL).Generate(ctx, ask()); agent.CodeOf(err) != agent.CodeStopped {
			t.Error(err)
		}
	})
	t.Run("nobody listens", func(t *testing.T) {
		s := newServer(t)
		s.Close()
		if _, err := client(t, s.URL).Generate(t.Context(), ask()); agent.CodeOf(err) != agent.CodeUnavailable || !strings.Contains(err.Error(), "running") {
			t.Error(err)
		}
	})
}

func TestConfig(t *testing.T) {
	tests := []struct {
		name, model, base, key string
		code                   agent.Code // empty: fine
	}{
		{"a local server needs no key", "m", "http://127.0.0.1:1/v1", "", ""},
		{"OpenAI itself does", "m", "", "", agent.CodeDenied},
		{"OpenAI with a key", "m", "", "k", ""},
		{"no model", " ", "http://127.0.0.1:1/v1", "", agent.CodeInvalid},
		{"a control character", "a\nb", "http://127.0.0.1:1/v1", "", agent.CodeInvalid},
		{"a long name", strings.Repeat("x", 201), "http://127.0.0.1:1/v1", "", agent.CodeInvalid},
		{"no scheme", "m", "127.0.0.1:1/v1", "", agent.CodeInvalid},
		{"another scheme", "m", "file:///etc", "", agent.CodeInvalid},
		{"a password", "m", "http://u:p@127.0.0.1/v1", "", agent.CodeInvalid},
		{"a query", "m", "http://127.0.0.1/v1?key=1", "", agent.CodeInvalid},
		{"cloud metadata", "m", "http://169.254.169.254/v1", "", agent.CodeInvalid},
		{"cloud metadata, IPv6", "m", "http://[fd00:ec2::254]/v1", "", agent.CodeInvalid},
		{"cloud metadata, mapped", "m", "http://[::ffff:169.254.169.254]/v1", "", agent.CodeInvalid},
		{"cloud metadata by name", "m", "http://metadata.google.internal./v1", "", agent.CodeInvalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := openai.New(openai.Config{Model: tt.model, BaseURL: tt.base, Key: tt.key})
			switch {
			case tt.code == "" && err != nil:
				t.Error(err)
			case tt.code != "" && agent.CodeOf(err) != tt.code:
				t.Errorf("got %v, want %s", err, tt.code)
			}
		})
	}
}

func TestWithoutKeySaysWhatToSet(t *testing.T) {
	s := newServer(t, recorded(t, "52_err_wrong_key"))
	_, err := client(t, s.URL, func(c *openai.Config) { c.Key = "" }).Generate(t.Context(), ask())
	if agent.CodeOf(err) != agent.CodeDenied || !strings.Contains(err.Error(), "set OPENAI_API_KEY") {
		t.Error(err)
	}
}

// BenchmarkClient is a call over loopback with a prompt of 4 KB, whole and streamed,
// and beside it the same bytes by net/http alone.
func BenchmarkClient(b *testing.B) {
	request := ask()
	request.Messages[1].Text = strings.Repeat("You are in the quiet parlour. ", 130)
	pieces := make([]string, 0, 42)
	for i := range 40 {
		pieces = append(pieces, delta(fmt.Sprintf(`{"content":"%d "}`, i), "null"))
	}
	for name, answer := range map[string]http.HandlerFunc{"whole": says(northAnswer), "streamed": wired("text/event-stream", stream("\n\n", append(pieces, delta("{}", `"stop"`), "[DONE]")...))} {
		b.Run(name, func(b *testing.B) {
			s := httptest.NewServer(answer)
			b.Cleanup(s.Close)
			c := client(b, s.URL)
			request.Schema = nil
			if name == "streamed" {
				request.OnText = func(string) {}
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Generate(b.Context(), request); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+", net/http alone", func(b *testing.B) {
			s := httptest.NewServer(answer)
			b.Cleanup(s.Close)
			transport := &http.Transport{}
			b.Cleanup(transport.CloseIdleConnections)
			plain := &http.Client{Transport: transport}
			body, _ := json.Marshal(map[string]any{"model": "m", "messages": request.Messages})
			b.ReportAllocs()
			for b.Loop() {
				reply, err := plain.Post(s.URL+"/v1/chat/completions", "application/json", bytes.NewReader(body))
				if err != nil {
					b.Fatal(err)
				}
				_, _ = io.Copy(io.Discard, reply.Body)
				_ = reply.Body.Close()
			}
		})
	}
}

package gemini_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/chat"
	"purposeagent/agent/conformance"
	"purposeagent/agent/llm/gemini"
	"purposeagent/agent/llm/wire"
)

const key = "AIza-0123456789-very-secret"

func client(t *testing.T, handlers ...http.HandlerFunc) (*gemini.Client, *atomic.Int64) {
	t.Helper()
	var calls atomic.Int64
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := int(calls.Add(1))
		handlers[min(n, len(handlers))-1](w, r)
	}))
	transport := &http.Transport{}
	t.Cleanup(func() { transport.CloseIdleConnections(); web.Close() })
	c, err := gemini.New(wire.Config{Model: "gemini-test", BaseURL: web.URL, Key: key, Patience: wire.Patience{RetryDelay: time.Millisecond}, KeyFrom: "GEMINI_API_KEY",
		HTTPClient: &http.Client{Transport: transport}})
	if err != nil {
		t.Fatal(err)
	}
	return c, &calls
}

// part is an answer in the form of the documentation.
func part(text, finish string) string {
	reason := ""
	if finish != "" {
		reason = fmt.Sprintf(`,"finishReason":%q`, finish)
	}
	return fmt.Sprintf(`{"candidates":[{"content":{"parts":[{"text":%q}],"role":"model"}%s,"index":0}],
"usageMetadata":{"promptTokenCount":100,"candidatesTokenCount":7,"totalTokenCount":110,"cachedContentTokenCount":80,"thoughtsTokenCount":3},"modelVersion":"gemini-test"}`, text, reason)
}

func reply(status int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

func stream(end string, pieces ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for i, p := range pieces {
			finish := ""
			if i == len(pieces)-1 && end == "STOP" {
				finish = end
			}
			fmt.Fprintf(w, "data: %s\r\n\r\n", strings.ReplaceAll(part(p, finish), "\n", ""))
			w.(http.Flusher).Flush()
		}
		if end == "cut" {
			panic(http.ErrAbortHandler)
		}
	}
}

func ask(change ...func(*chat.Request)) chat.Request {
	r := chat.Request{Messages: []chat.Message{{Role: chat.RoleSystem, Text: "You act."}, {Role: chat.RoleUser, Text: "Act."}}, Schema: conformance.ColourSchema,
		SchemaName: "act", MaxTokens: 60, Temperature: .4, Seed: 7}
	for _, f := range change {
		f(&r)
	}
	return r
}

func TestConformance(t *testing.T) {
	c, _ := client(t, func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		text := "Hello"
		if strings.Contains(string(raw), "responseJsonSchema") {
			text = `{"colour":"red"}`
		}
		if strings.Contains(r.URL.Path, "streamGenerateContent") {
			stream("STOP", text[:5], text[5:]+" ")(w, r)
			return
		}
		reply(200, part(text, "STOP"))(w, r)
	})
	conformance.LLM(t, func() chat.LLM { return c })
}

func TestOnTheWire(t *testing.T) {
	var body map[string]any
	var raw, path string
	var head http.Header
	c, _ := client(t, func(w http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		raw, head, path = string(data), r.Header, r.URL.Path
		json.Unmarshal(data, &body)
		reply(200, part("{}", "MAX_TOKENS"))(w, r)
	})
	got, err := c.Generate(t.Context(), ask(func(r *chat.Request) {
		r.Schema = json.RawMessage(`{"type":"object","properties":{"thought":{"type":"string"},"action":{"type":"string"}}}`)
	}))
	if err != nil || !got.Truncated || got.Usage != (agent.Usage{TokensIn: 100, TokensCached: 80, TokensOut: 10, Calls: 1}) {
		t.Errorf("%+v %v", got, err)
	}
	if head.Get("X-Goog-Api-Key") != key || path != "/v1beta/models/gemini-test:generateContent" {
		t.Errorf("path %s, headers %v", path, head)
	}
	generation := body["generationConfig"].(map[string]any)
	if generation["maxOutputTokens"] != 60.0 || generation["seed"] != 7.0 || generation["responseMimeType"] != "application/json" || !strings.Contains(raw, "You act.") {
		t.Errorf("asked %s", raw)
	}
	if at := strings.Index(raw, `"thought"`); at < 0 || at > strings.Index(raw, `"action"`) {
		t.Errorf("the schema's properties lost their order: %s", raw)
	}
}

func TestFaults(t *testing.T) {
	fail := func(status int, state, message string, headers ...string) http.HandlerFunc {
		return reply(status, fmt.Sprintf(`{"error":{"code":%d,"message":%q,"status":%q}}`, status, message, state), headers...)
	}
	good := reply(200, part("red", "STOP"))
	for _, test := range []struct {
		name     string
		handlers []http.HandlerFunc
		streams  bool
		code     agent.Code
		says     string
		calls    int64
	}{
		{"overloaded, then fine", []http.HandlerFunc{fail(503, "UNAVAILABLE", "The model is overloaded."), good}, false, "", "", 2},
		{"slow down for long", []http.HandlerFunc{fail(429, "RESOURCE_EXHAUSTED", "quota", "Retry-After", "120")}, false, agent.CodeRateLimited, "slow down", 1},
		{"a wrong key", []http.HandlerFunc{fail(401, "UNAUTHENTICATED", "no")}, false, agent.CodeDenied, "GEMINI_API_KEY", 1},
		{"a key that is no key", []http.HandlerFunc{fail(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.")}, false, agent.CodeDenied, "GEMINI_API_KEY", 1},
		{"an unknown model", []http.HandlerFunc{fail(404, "NOT_FOUND", "models/gemini-test is not found")}, false, agent.CodeUnavailable, "has no model", 1},
		{"a prompt that is too long", []http.HandlerFunc{fail(400, "INVALID_ARGUMENT", "The input token count (2000000) exceeds the maximum number of tokens allowed")}, false, agent.CodeInvalid, "too long", 1},
		{"blocked", []http.HandlerFunc{reply(200, `{"promptFeedback":{"blockReason":"SAFETY"}}`)}, false, agent.CodeInvalid, "refused to answer", 1},
		{"stopped for safety", []http.HandlerFunc{reply(200, part("", "SAFETY"))}, false, agent.CodeInvalid, "refused to answer", 1},
		{"HTML from a proxy", []http.HandlerFunc{reply(502, "<h1>Bad gateway</h1>")}, false, agent.CodeUnavailable, "answered 502", 3},
		{"rubbish", []http.HandlerFunc{reply(200, "{{{")}, false, agent.CodeUnavailable, "can't be read", 3},
		{"a stream cut off, then whole", []http.HandlerFunc{stream("cut", "r"), stream("STOP", "r", "ed")}, true, "", "", 2},
		{"a stream without an end", []http.HandlerFunc{stream("", "r")}, true, agent.CodeUnavailable, "in the middle", 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, calls := client(t, test.handlers...)
			got, err := c.Generate(t.Context(), ask(func(r *chat.Request) {
				if test.streams {
					r.OnText = func(string) {}
				}
			}))
			if test.code == "" && (err != nil || got.Text != "red") {
				t.Errorf("got %+v, %v", got, err)
			}
			if test.code != "" && (agent.CodeOf(err) != test.code || !strings.Contains(agent.MessageOf(err), test.says)) {
				t.Errorf("got %v, want %s: %s", err, test.code, test.says)
			}
			if calls.Load() != test.calls {
				t.Errorf("%d calls, want %d", calls.Load(), test.calls)
			}
			if err != nil && strings.Contains(err.Error(), key) {
				t.Error("the key is in the error")
			}
		})
	}
}

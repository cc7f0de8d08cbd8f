package anthropic_test

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

	"go.uber.org/goleak"

	"purposeagent/agent"
	"purposeagent/agent/chat"
	"purposeagent/agent/conformance"
	"purposeagent/agent/llm/anthropic"
	"purposeagent/agent/llm/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const key = "sk-ant-0123456789-very-secret"

// client asks a server that answers by the handlers in turn, the last one again
// and again.
func client(t *testing.T, handlers ...http.HandlerFunc) (*anthropic.Client, *atomic.Int64) {
	t.Helper()
	var calls atomic.Int64
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := int(calls.Add(1))
		handlers[min(n, len(handlers))-1](w, r)
	}))
	transport := &http.Transport{}
	t.Cleanup(func() { transport.CloseIdleConnections(); web.Close() })
	c, err := anthropic.New(wire.Config{Model: "claude-test", BaseURL: web.URL, Key: key, Patience: wire.Patience{RetryDelay: time.Millisecond}, KeyFrom: "ANTHROPIC_API_KEY",
		HTTPClient: &http.Client{Transport: transport}})
	if err != nil {
		t.Fatal(err)
	}
	return c, &calls
}

// answer is a message in the form of the documentation.
func answer(text, stop string) string {
	return fmt.Sprintf(`{"id":"msg_013Zva2CMHLNnXjNJJKqJ2EF","type":"message","role":"assistant","model":"claude-test","content":[{"type":"text","text":%q}],
		"stop_reason":%q,"stop_sequence":null,"usage":{"input_tokens":20,"cache_read_input_tokens":80,"cache_creation_input_tokens":0,"output_tokens":7}}`, text, stop)
}

// used is a message that uses a tool, in the form of the documentation.
func used(tool, input string) string {
	return fmt.Sprintf(`{"id":"msg_01Aq9w938a90dw8q","type":"message","role":"assistant","model":"claude-test","content":[{"type":"text","text":"I will."},
		{"type":"tool_use","id":"toolu_01A09q90qw90lq917835lq9","name":%q,"input":%s}],"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":20,"output_tokens":7}}`, tool, input)
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

// stream is the documentation's example of a stream, with these pieces.
func stream(end string, pieces ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		send := func(name, data string) {
			fmt.Fprintf(w, "event: %s\ndata: %s\n\n", name, data)
			w.(http.Flusher).Flush()
		}
		send("message_start", `{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","content":[],"model":"claude-test","stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":20,"cache_read_input_tokens":80,"output_tokens":1}}}`)
		send("content_block_start", `{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`)
		send("ping", `{"type":"ping"}`)
		for _, p := range pieces {
			send("content_block_delta", fmt.Sprintf(`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":%q}}`, p))
		}
		switch end {
		case "cut":
			panic(http.ErrAbortHandler)
		case "":
			return
		case "error":
			send("error", `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`)
			return
		}
		send("content_block_stop", `{"type":"content_block_stop","index":0}`)
		send("message_delta", fmt.Sprintf(`{"type":"message_delta","delta":{"stop_reason":%q,"stop_sequence":null},"usage":{"output_tokens":7}}`, end))
		send("message_stop", `{"type":"message_stop"}`)
	}
}

func ask(change ...func(*chat.Request)) chat.Request {
	r := chat.Request{Messages: []chat.Message{{Role: chat.RoleSystem, Text: "You act."}, {Role: chat.RoleUser, Text: "Act."}}, Schema: conformance.ColourSchema,
		SchemaName: "act", MaxTokens: 60, Temperature: .4}
	for _, f := range change {
		f(&r)
	}
	return r
}

func TestConformance(t *testing.T) {
	c, _ := client(t, func(w http.ResponseWriter, r *http.Request) {
		var body map[string]any
		json.NewDecoder(r.Body).Decode(&body)
		text := "Hello"
		if body["output_config"] != nil {
			text = `{"colour":"red"}`
		}
		if body["stream"] == true {
			stream("end_turn", text[:5], text[5:])(w, r)
			return
		}
		reply(200, answer(text, "end_turn"))(w, r)
	})
	conformance.LLM(t, func() chat.LLM { return c })
}

// A model without structured output is asked by a tool that it must use; its
// input is told as it comes.
func TestToolOnTheWire(t *testing.T) {
	noSchema := reply(400, `{"type":"error","error":{"type":"invalid_request_error","message":"output_config.format: unsupported"}}`)
	var raw string
	c, calls := client(t, noSchema, noSchema, func(w http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		raw = string(data)
		w.Header().Set("Content-Type", "text/event-stream")
		for _, data := range []string{
			`{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","content":[],"model":"claude-test","stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":20,"output_tokens":1}}}`,
			`{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"toolu_01","name":"answer","input":{}}}`,
			`{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":""}}`,
			`{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"thought\":\"t\","}}`,
			`{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"\"action\":\"north\"}"}}`,
			`{"type":"content_block_stop","index":0}`,
			`{"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":7}}`,
			`{"type":"message_stop"}`,
		} {
			name, _, _ := strings.Cut(strings.TrimPrefix(data, `{"type":"`), `"`)
			fmt.Fprintf(w, "event: %s\ndata: %s\n\n", name, data)
			w.(http.Flusher).Flush()
		}
	})
	var told []string
	got, err := c.Generate(t.Context(), ask(func(r *chat.Request) {
		r.Schema = json.RawMessage(`{"type":"object","properties":{"thought":{"type":"string","maxLength":9},"action":{"type":"string"}}}`)
		r.OnText = func(text string) { told = append(told, text) }
	}))
	if err != nil || got.Text != `{"thought":"t","action":"north"}` || got.Truncated || len(told) != 2 || told[0] != `{"thought":"t",` || calls.Load() != 3 || c.Structured() != "tool_call" {
		t.Errorf("told %q, got %+v, %v", told, got, err)
	}
	if !strings.Contains(raw, `"tool_choice":{"name":"answer","type":"tool"}`) || strings.Index(raw, `"thought"`) > strings.Index(raw, `"action"`) || strings.Contains(raw, "maxLength") || strings.Contains(raw, "output_config") {
		t.Errorf("asked %s", raw)
	}
}

func TestOnTheWire(t *testing.T) {
	var body map[string]any
	var raw string
	var head http.Header
	c, _ := client(t, func(w http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		raw, head = string(data), r.Header
		json.Unmarshal(data, &body)
		reply(200, answer("{}", "max_tokens"))(w, r)
	})
	got, err := c.Generate(t.Context(), ask(func(r *chat.Request) {
		r.Schema = json.RawMessage(`{"type":"object","properties":{"thought":{"type":"string"},"action":{"type":"string"}}}`)
	}))
	if err != nil || !got.Truncated || got.Usage != (agent.Usage{TokensIn: 100, TokensCached: 80, TokensOut: 7, Calls: 1}) {
		t.Errorf("%+v %v", got, err)
	}
	if head.Get("X-Api-Key") != key || head.Get("Anthropic-Version") == "" {
		t.Errorf("headers %v", head)
	}
	system := body["system"].([]any)[0].(map[string]any)
	if system["text"] != "You act." || system["cache_control"] == nil || body["max_tokens"] != 60.0 || len(body["messages"].([]any)) != 1 {
		t.Errorf("asked %s", raw)
	}
	if strings.Index(raw, `"thought"`) > strings.Index(raw, `"action"`) {
		t.Error("the schema's properties lost their order")
	}
}

func TestFaults(t *testing.T) {
	overloaded := reply(529, `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`)
	refusal := func(message string) http.HandlerFunc {
		return reply(400, fmt.Sprintf(`{"type":"error","error":{"type":"invalid_request_error","message":%q}}`, message))
	}
	good := reply(200, answer("red", "end_turn"))
	noSchema := refusal("output_config.format: unsupported")
	for _, test := range []struct {
		name     string
		handlers []http.HandlerFunc
		streams  bool
		code     agent.Code
		says     string
		calls    int64
	}{
		{"overloaded, then fine", []http.HandlerFunc{overloaded, good}, false, "", "", 2},
		{"slow down", []http.HandlerFunc{reply(429, `{"type":"error","error":{"type":"rate_limit_error","message":"slow"}}`, "Retry-After", "120")}, false, agent.CodeRateLimited, "slow down", 1},
		{"a wrong key", []http.HandlerFunc{reply(401, `{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}`)}, false, agent.CodeDenied, "ANTHROPIC_API_KEY", 1},
		{"no credit", []http.HandlerFunc{refusal("Your credit balance is too low")}, false, agent.CodeDenied, "credit balance", 1},
		{"an unknown model", []http.HandlerFunc{reply(404, `{"type":"error","error":{"type":"not_found_error","message":"model: claude-test"}}`)}, false, agent.CodeUnavailable, "has no model", 1},
		{"a prompt that is too long", []http.HandlerFunc{refusal("prompt is too long: 300000 tokens > 200000 maximum")}, false, agent.CodeInvalid, "too long", 1},
		{"no temperature", []http.HandlerFunc{refusal("temperature is deprecated for this model"), good}, false, "", "", 2},
		{"no schema, but tools", []http.HandlerFunc{noSchema, noSchema, reply(200, used("answer", `{"colour":"red"}`))}, false, "", "", 3},
		{"no schema, and the tool is not used", []http.HandlerFunc{noSchema, noSchema, reply(200, used("other", `{}`)), good}, false, "", "", 4},
		{"no schema, and the answer beside the tool", []http.HandlerFunc{noSchema, noSchema, reply(200, answer(`{"colour":"red"}`, "end_turn"))}, false, "", "", 3},
		{"no schema and no tools", []http.HandlerFunc{noSchema, noSchema, refusal("tools: unsupported"), good}, false, "", "", 4},
		{"a refusal", []http.HandlerFunc{reply(200, answer("I can't", "refusal"))}, false, agent.CodeInvalid, "refused to answer", 1},
		{"HTML from a proxy", []http.HandlerFunc{reply(502, "<h1>Bad gateway</h1>")}, false, agent.CodeUnavailable, "answered 502", 3},
		{"a stream cut off, then whole", []http.HandlerFunc{stream("cut", "r"), stream("end_turn", "red")}, true, "", "", 2},
		{"a stream without an end", []http.HandlerFunc{stream("", "r")}, true, agent.CodeUnavailable, "in the middle", 3},
		{"an error in mid-stream", []http.HandlerFunc{stream("error", "r")}, true, agent.CodeUnavailable, "Overloaded", 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, calls := client(t, test.handlers...)
			got, err := c.Generate(t.Context(), ask(func(r *chat.Request) {
				if test.streams {
					r.OnText = func(string) {}
				}
			}))
			if test.code == "" && (err != nil || !strings.Contains(got.Text, "red")) {
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

package openai_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/llm/openai"
)

// called is an answer with a tool call, in the form of OpenAI's documentation.
func called(tool, arguments, finish string) string {
	return fmt.Sprintf(`{"object":"chat.completion","model":"m","choices":[{"index":0,"finish_reason":%q,"message":{"role":"assistant","content":null,
		"tool_calls":[{"id":"call_abc123","type":"function","function":{"name":%q,"arguments":%q}}]}}],
		"usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10}}`, finish, tool, arguments)
}

var noSchemas = status(400, `{"error":{"message":"response_format json_schema is not supported"}}`)

// A server that holds no model to a schema but has it call tools is asked by a
// tool; one that takes the tool and ignores it is not, from then on.
func TestAnswersByToolCall(t *testing.T) {
	const north = `{"thought":"t","action":"north"}`
	words := says("I would go north.")
	for _, test := range []struct {
		name       string
		handlers   []http.HandlerFunc // the last again and again
		want       string
		structured string
		calls      int // of the first request
		truncated  bool
	}{
		{"schemas refused, a tool called", []http.HandlerFunc{noSchemas, noSchemas, status(200, called("act", north, "tool_calls"))}, north, "tool_call", 3, false},
		{"schemas ignored, a tool called", []http.HandlerFunc{words, status(200, called("act", north, "stop"))}, north, "tool_call", 2, false},
		{"cut in the arguments", []http.HandlerFunc{words, status(200, called("act", `{"thought":"t`, "length"))}, `{"thought":"t`, "tool_call", 2, true},
		{"recorded: tools ignored without a template", []http.HandlerFunc{noSchemas, noSchemas, recorded(t, "13_tools_required"), says(north)}, north, "json_object", 4, false},
		{"recorded: tools ignored although forced", []http.HandlerFunc{noSchemas, noSchemas, recorded(t, "64_tooltpl_forced_function"), says(north)}, north, "json_object", 4, false},
		{"another tool called", []http.HandlerFunc{words, status(200, called("delete_everything", "{}", "tool_calls")), says(north)}, north, "json_object", 3, false},
		{"tools refused", []http.HandlerFunc{words, status(400, `{"error":{"message":"registry.ollama.ai/library/gemma does not support tools"}}`), says(north)}, north, "json_object", 3, false},
		{"nothing helps", []http.HandlerFunc{words}, "I would go north.", "json_object", 3, false},
		{"thinking only is no sign, and is given more room once", []http.HandlerFunc{says("<think>hm")}, "", "json_schema", 2, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newServer(t, test.handlers...)
			c := client(t, s.URL)
			got, err := c.Generate(t.Context(), ask())
			if err != nil || got.Text != test.want || got.Truncated != test.truncated || c.Structured() != test.structured || s.calls() != test.calls {
				t.Fatalf("%+v, %v; %s after %d calls", got, err, c.Structured(), s.calls())
			}
			if _, err := c.Generate(t.Context(), ask()); err != nil || s.calls() != test.calls+1 {
				t.Errorf("what was learned was forgotten: %d calls, %v", s.calls(), err)
			}
			if test.structured != "tool_call" {
				return
			}
			body := s.body(s.calls() - 1)
			if body["response_format"] != nil || fmt.Sprint(body["tool_choice"]) != "map[function:map[name:act] type:function]" {
				t.Errorf("asked %v", body)
			}
			raw := s.raw[s.calls()-1]
			if i, j := strings.Index(raw, `"thought":`), strings.Index(raw, `"action":`); i < 0 || i > j || strings.Contains(raw, "maxLength") {
				t.Errorf("the schema of the tool lost its order or kept its limits: %s", raw)
			}
		})
	}
}

// What an ignored request has cost is counted.
func TestIgnoredRequestsAreCounted(t *testing.T) {
	got, err := client(t, newServer(t, says("words"), says("words"), says(`{"action":"north"}`)).URL).Generate(t.Context(), ask())
	if want := (agent.Usage{TokensIn: 21, TokensOut: 9, Calls: 3}); err != nil || got.Usage != want {
		t.Errorf("%+v, %v; want %+v", got.Usage, err, want)
	}
}

// The arguments of a call come in pieces, and are told as they grow.
func TestStreamedToolCall(t *testing.T) {
	arguments := func(index int, name, text string) string {
		return fmt.Sprintf(`{"choices":[{"index":0,"finish_reason":null,"delta":{"tool_calls":[{"index":%d,"id":"c","type":"function","function":{"name":%q,"arguments":%q}}]}}],"model":"m"}`, index, name, text)
	}
	end := `{"choices":[{"index":0,"finish_reason":"tool_calls","delta":{}}],"model":"m"}`
	s := newServer(t, noSchemas, noSchemas, sse("done", arguments(0, "act", ""), arguments(0, "", `{"action":`), arguments(1, "act", `{"action":"south"}`), arguments(0, "", `"north"}`), end))
	c := client(t, s.URL)
	told, got, err := streamed(t, c)
	if err != nil || got.Text != `{"action":"north"}` || len(told) != 2 || told[0] != `{"action":` || told[1] != got.Text || c.Structured() != "tool_call" {
		t.Errorf("told %q, got %+v, %v", told, got, err)
	}

	s = newServer(t, noSchemas, noSchemas, recorded(t, "62_tooltpl_required_stream"), sse("done", piece(`{"action":"north"}`, "stop")))
	c = client(t, s.URL)
	if told, got, err := streamed(t, c); err != nil || got.Text != `{"action":"north"}` || c.Structured() != "json_object" {
		t.Errorf("told %q, got %+v, %v", told, got, err)
	}
}

func TestCallsTools(t *testing.T) {
	for _, test := range []struct {
		name   string
		answer http.HandlerFunc
		want   bool
		code   agent.Code
	}{
		{"called", status(200, called("act", `{"action":"north"}`, "tool_calls")), true, ""},
		{"recorded: ignored", recorded(t, "13_tools_required"), false, ""},
		{"called with rubbish", status(200, called("act", `north`, "tool_calls")), false, ""},
		{"refused", status(400, `{"error":{"message":"no tools here"}}`), false, agent.CodeInvalid},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := client(t, newServer(t, test.answer).URL, func(c *openai.Config) { c.Retries = -1 })
			got, _, err := c.CallsTools(t.Context(), ask())
			if got != test.want || err != nil && agent.CodeOf(err) != test.code || err == nil && test.code != "" {
				t.Errorf("%v, %v", got, err)
			}
			if c.Structured() != "json_schema" {
				t.Error("asking changed what the client does")
			}
		})
	}
}

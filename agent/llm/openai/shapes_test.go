package openai_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/chat"
	"purposeagent/agent/llm/openai"
)

const northAnswer = `{"thought":"t","action":"north"}`

// wired answers with these bytes, of this type; "" is none at all.
func wired(kind, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = nil
		if kind != "" {
			w.Header().Set("Content-Type", kind)
		}
		io.WriteString(w, body)
	}
}

// stream is a body of events with the separator between them.
func stream(separator string, events ...string) string {
	var b strings.Builder
	for _, e := range events {
		b.WriteString("data: " + e + separator)
	}
	return b.String()
}

// delta is a chunk with this delta, and this end of it as JSON.
func delta(d, finish string) string {
	return fmt.Sprintf(`{"choices":[{"index":0,"delta":%s,"finish_reason":%s}],"model":"m"}`, d, finish)
}

// chat is a whole answer with this message, and this end of it as JSON.
func chatCase(message, finish string) string {
	return fmt.Sprintf(`{"object":"chat.completion","model":"m","choices":[{"index":0,"message":%s,"finish_reason":%s}]}`, message, finish)
}

func q(text string) string { return fmt.Sprintf("%q", text) }

var halves = []string{delta(`{"role":"assistant","content":"{\"thought\":\"t\","}`, "null"), delta(`{"content":"\"action\":\"north\"}"}`, "null")}

// Streams and whole answers in the shapes that servers have are all one answer.
func TestShapes(t *testing.T) {
	stop := delta("{}", `"stop"`)
	const sse = "text/event-stream"
	for _, test := range []struct {
		name, kind, body string
	}{
		{"a stream", sse, stream("\n\n", halves[0], halves[1], stop, "[DONE]")},
		{"finish_reason null to the end", sse, stream("\n\n", halves[0], halves[1], "[DONE]")},
		{"finish_reason empty", sse, stream("\n\n", strings.ReplaceAll(halves[0], "null", `""`), strings.ReplaceAll(halves[1], "null", `""`), "[DONE]")},
		{"no [DONE]", sse, stream("\n\n", halves[0], halves[1], stop)},
		{"text/plain", "text/plain; charset=utf-8", stream("\n\n", halves[0], halves[1], stop, "[DONE]")},
		{"application/json", "application/json", stream("\n\n", halves[0], halves[1], stop, "[DONE]")},
		{"no type", "", stream("\n\n", halves[0], halves[1], stop, "[DONE]")},
		{"CR LF", sse, stream("\r\n\r\n", halves[0], halves[1], stop, "[DONE]")},
		{"CR", sse, stream("\r\r", halves[0], halves[1], stop, "[DONE]")},
		{"single newlines", sse, stream("\n", halves[0], halves[1], stop, "[DONE]")},
		{"no blank line at the end", sse, strings.TrimRight(stream("\n\n", halves[0], halves[1], stop), "\n")},
		{"a byte order mark", sse, "\ufeff" + stream("\n\n", halves[0], halves[1], stop)},
		{"heartbeats", sse, ": OPENROUTER PROCESSING\n\nevent: ping\ndata: {}\n\ndata:\n\n" + stream("\n\n", halves[0], halves[1], stop, "[DONE]")},
		{"lines of JSON", "application/x-ndjson", strings.Join([]string{halves[0], halves[1], stop}, "\n")},
		{"a list of chunks", "application/json", "[" + strings.Join([]string{halves[0], halves[1], stop}, ",") + "]"},
		{"choices null and empty", sse, stream("\n\n", `{"choices":null}`, `{"choices":[],"prompt_filter_results":[]}`, halves[0], halves[1], stop)},
		{"delta null", sse, stream("\n\n", halves[0], halves[1], delta("null", `"stop"`))},
		{"message for delta", sse, stream("\n\n", `{"choices":[{"message":{"content":`+q(northAnswer)+`},"finish_reason":"stop"}]}`)},
		{"message for delta, in pieces", sse, stream("\n\n", strings.ReplaceAll(halves[0], "delta", "message"), strings.ReplaceAll(halves[1], "delta", "message"), "[DONE]")},
		{"the whole once more after its pieces", sse, stream("\n\n", halves[0], halves[1], `{"choices":[{"message":{"content":`+q(northAnswer)+`},"finish_reason":"stop"}]}`)},
		{"a second choice", sse, stream("\n\n", halves[0], `{"choices":[{"index":1,"delta":{"content":"other"}}]}`, halves[1], stop)},
		{"a whole answer", "application/json", chatCase(`{"content":`+q(northAnswer)+`}`, `"stop"`)},
		{"a whole answer without a reason", "application/json", chatCase(`{"content":`+q(northAnswer)+`}`, `null`)},
		{"odd fields", "application/json", `{"id":7,"created":1.5,"model":null,"choices":[{"index":"0","finish_reason":"stop","logprobs":7,"message":{"role":null,"content":` + q(northAnswer) + `,"refusal":null,"tool_calls":null}}],"usage":"none"}`},
		{"older completions", "application/json", `{"choices":[{"text":` + q(northAnswer) + `,"finish_reason":"stop"}]}`},
		{"parts", "application/json", chatCase(`{"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm {x}"}]},{"type":"text","text":`+q(northAnswer)+`}]}`, `"stop"`)},
		{"parts in deltas", sse, stream("\n\n", delta(`{"content":[{"type":"thinking","thinking":"hm"}]}`, "null"), delta(`{"content":[{"type":"text","text":`+q(northAnswer)+`}]}`, "null"), stop)},
		{"parts of other names", "application/json", chatCase(`{"content":[{"type":"reasoning","text":"hm"},{"type":"output_text","text":{"value":`+q(northAnswer)+`}},{"type":"image_url","image_url":{}}]}`, `"stop"`)},
		{"reasoning_content beside", sse, stream("\n\n", delta(`{"reasoning_content":"hm","content":null}`, "null"), halves[0], halves[1], stop)},
		{"reasoning beside", "application/json", chatCase(`{"reasoning":"hm","content":`+q(northAnswer)+`}`, `"stop"`)},
		{"channels", sse, stream("\n\n", delta(`{"content":"<|channel|>analysis<|message|>Maybe {\"action\": \"x\"} hm.<|end|><|start|>assistant<|channel|>final<|message|>"}`, "null"), halves[0], halves[1], stop)},
		{"brackets of thinking", "application/json", chatCase(`{"content":`+q("[THINK]I could {go}.[/THINK]"+northAnswer)+`}`, `"stop"`)},
		{"an unasked call", "application/json", chatCase(`{"content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"decision","arguments":`+q(northAnswer)+`}}]}`, `"tool_calls"`)},
		{"an unasked call with an object", "application/json", chatCase(`{"content":"","tool_calls":[{"function":{"name":"x","arguments":`+northAnswer+`}}]}`, `"stop"`)},
		{"an unasked call in pieces", sse, stream("\n\n", delta(`{"tool_calls":[{"index":null,"id":"1","function":{"name":"x","arguments":"{\"thought\":\"t\","}}]}`, "null"), delta(`{"tool_calls":[{"index":null,"function":{"arguments":"\"action\":\"north\"}"}}]}`, `"tool_calls"`))},
		{"the older form of a call", "application/json", chatCase(`{"content":null,"function_call":{"name":"x","arguments":`+q(northAnswer)+`}}`, `"function_call"`)},
		{"a call in the text", "application/json", chatCase(`{"content":`+q(`<tool_call>{"name":"act","arguments":`+northAnswer+`}</tool_call>`)+`}`, `"stop"`)},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newServer(t, wired(test.kind, test.body))
			c := client(t, s.URL, func(c *openai.Config) { c.Retries = -1 })
			told, got, err := streamed(t, c)
			if err != nil || got.Text != northAnswer || got.Truncated || s.calls() != 1 || len(told) == 0 || told[len(told)-1] != got.Text {
				t.Errorf("streamed: %q, %v after %d calls; told %q", got.Text, err, s.calls(), told)
			}
			if got, err := c.Generate(t.Context(), ask()); err != nil || got.Text != northAnswer {
				t.Errorf("whole: %q, %v", got.Text, err)
			}
		})
	}
}

func TestBrokenShapes(t *testing.T) {
	for _, test := range []struct {
		name, body string
		why        agent.NoAnswerReason
		says       string
	}{
		{"cut before the end", stream("\n\n", halves...), agent.NoAnswerCut, "in the middle of an answer"},
		{"cut in a value", "data: " + halves[0] + "\n\ndata: {\"choices\":[{", agent.NoAnswerCut, "in the middle of an answer"},
		{"ended by an error", stream("\n\n", halves[0], delta("{}", `"error"`), "[DONE]"), agent.NoAnswerCut, "broke off its answer"},
		{"ended by an error with words", stream("\n\n", halves[0], `{"error":{"code":502,"message":"Provider disconnected"},"choices":[{"delta":{"content":""},"finish_reason":"error"}]}`), agent.NoAnswerDown, "Provider disconnected"},
		{"an error event", "event: error\ndata: {\"message\":\"Provider returned error\",\"code\":502}\n\n", agent.NoAnswerDown, "Provider returned error"},
		{"an error in words", "data: too many requests\n\n", agent.NoAnswerLimited, "too many requests"},
		{"an error in a list", `[{"error":{"message":"bad","code":400}}]`, agent.NoAnswerRefused, "bad"},
		{"401 in a 200", `{"error":{"message":"No auth credentials found","code":401}}`, agent.NoAnswerDenied, "does not accept the key"},
		{"429 in a 200", `{"error":{"message":"Rate limit exceeded: free-models-per-day","code":429}}`, agent.NoAnswerLimited, "free-models-per-day"},
		{"another form in a 200", `{"detail":"The model is loading"}`, agent.NoAnswerDown, "The model is loading"},
		{"errors in a 200", `{"errors":[{"message":"no route"}],"success":false}`, agent.NoAnswerDown, "no route"},
		{"a filter without words", chatCase(`{"content":""}`, `"content_filter"`), agent.NoAnswerRefused, "its content filter stopped the answer"},
		{"nothing", "", agent.NoAnswerDown, "its reply is empty"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newServer(t, wired("text/event-stream", test.body))
			_, _, err := streamed(t, client(t, s.URL, func(c *openai.Config) { c.Retries = -1 }))
			n, ok := agent.NoAnswerOf(err)
			if !ok || n.Why != test.why || n.Model != "openai:smollm2" || !strings.Contains(agent.MessageOf(err), test.says) {
				t.Errorf("got %+v, %v", n, err)
			}
		})
	}
}

// A wait that is longer than is waited for here goes out with the failure, at once.
func TestLongWaitsGoOut(t *testing.T) {
	s := newServer(t, status(429, `{"error":{"message":"Daily limit reached"}}`, "Retry-After", "3600"))
	_, err := client(t, s.URL).Generate(t.Context(), ask())
	if n, ok := agent.NoAnswerOf(err); !ok || n.Why != agent.NoAnswerLimited || n.After != time.Hour || s.calls() != 1 {
		t.Errorf("%+v after %d calls", n, s.calls())
	}
}

// A parameter that a server refuses by its place or in its words is left out, and
// is not sent again.
func TestParametersLeftOut(t *testing.T) {
	for _, test := range []struct {
		name, refusal string
		gone          string
		kept          string
	}{
		{"by place", `{"error":{"message":"no","param":"seed"}}`, "seed", "temperature"},
		{"by FastAPI's place", `{"detail":[{"loc":["body","temperature"],"msg":"Extra inputs are not permitted"}]}`, "temperature", "seed"},
		{"stop", `{"error":{"message":"Unsupported parameter: 'stop' is not supported with this model."}}`, "stop", "seed"},
		{"stream_options", `{"error":{"message":"Unknown field: stream_options"}}`, "stream_options", "stream"},
		{"stream", `{"error":{"message":"streaming is not supported"}}`, "stream", "seed"},
		{"max_tokens by its other name", `{"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.","param":"max_tokens"}}`, "max_tokens", "max_completion_tokens"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newServer(t, status(400, test.refusal), wired("", stream("\n\n", halves[0], halves[1], "[DONE]")))
			c := client(t, s.URL)
			for range 2 {
				if _, _, err := streamed(t, c, func(r *chat.Request) { r.Stop = []string{"END"} }); err != nil {
					t.Fatal(err)
				}
			}
			for i := 1; i < 3; i++ {
				if b := s.body(i); b[test.gone] != nil || b[test.kept] == nil || b["response_format"] == nil {
					t.Errorf("call %d: %v", i, b)
				}
			}
			if s.body(0)[test.gone] == nil || s.calls() != 3 {
				t.Errorf("%d calls, the first %v", s.calls(), s.body(0))
			}
		})
	}
	for name, words := range map[string]string{"a stop that is no parameter": "Unexpected stop of the model runner", "a stream that is none": "the upstream connection broke"} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, status(400, `{"error":{"message":`+q(words)+`}}`))
			if _, _, err := streamed(t, client(t, s.URL)); err == nil || s.calls() != 1 {
				t.Errorf("%v after %d calls", err, s.calls())
			}
		})
	}
}

func TestBoundsOfParameters(t *testing.T) {
	large := func(r *chat.Request) { r.MaxTokens, r.Seed = 20000, 1<<40+5 }
	s := newServer(t, status(400, `{"error":{"message":"max_tokens is too large: 20000. This model supports at most 8192 completion tokens"}}`),
		status(400, `{"error":{"message":"Invalid value at 'seed' (TYPE_INT32), 1099511627781"}}`), says(northAnswer))
	if _, _, err := streamed(t, client(t, s.URL), large); err != nil {
		t.Fatal(err)
	}
	if b := s.body(2); b["max_tokens"] != 8192.0 || b["seed"] != 5.0 {
		t.Errorf("%v", b)
	}
	s = newServer(t, status(400, `{"error":{"message":"System role not supported"}}`), says(northAnswer))
	if _, _, err := streamed(t, client(t, s.URL)); err != nil || strings.Contains(fmt.Sprint(s.body(1)["messages"]), "role:system") {
		t.Errorf("%v, %v", s.body(1)["messages"], err)
	}
	request := ask()
	request.Temperature, request.Seed = 1e-9, 1<<62
	s = newServer(t, says(northAnswer))
	if _, err := client(t, s.URL).Generate(t.Context(), request); err != nil || !strings.Contains(s.raw[0], `"temperature":0.000000001,`) || !strings.Contains(s.raw[0], `"seed":4611686018427387904,`) {
		t.Errorf("%s, %v", s.raw[0], err)
	}
}

// What a server can't make of a format steps down the ladder, whatever the status.
func TestFormatsStepDown(t *testing.T) {
	const groq = `{"error":{"message":"Failed to generate JSON. Please adjust your prompt.","code":"json_validate_failed","failed_generation":"{"}}`
	for _, test := range []struct {
		name       string
		handlers   []http.HandlerFunc
		structured string
		calls      int
	}{
		{"json_validate_failed once", []http.HandlerFunc{status(400, groq), says(northAnswer)}, "json_schema", 2},
		{"json_validate_failed always", []http.HandlerFunc{status(400, groq), status(400, groq), status(400, groq), status(200, called("act", northAnswer, "tool_calls"))}, "tool_call", 4},
		{"500 for a format", []http.HandlerFunc{status(500, `{"error":{"message":"failed to load model vocabulary required for format"}}`), status(500, `{"error":{"message":"grammar"}}`), status(200, called("act", northAnswer, "tool_calls"))}, "tool_call", 3},
		{"a router's 404", []http.HandlerFunc{status(404, `{"error":{"message":"No endpoints found that can handle the requested parameters.","code":404}}`), status(404, `{"error":{"message":"No endpoints found that can handle the requested parameters.","code":404}}`),
			status(404, `{"error":{"message":"No endpoints found that support tool use","code":404}}`), says(northAnswer)}, "json_object", 4},
		{"501", []http.HandlerFunc{status(501, `{"error":"response_format is not implemented"}`), status(501, `{"error":"response_format is not implemented"}`), status(200, called("act", northAnswer, "tool_calls"))}, "tool_call", 3},
		{"in a 200", []http.HandlerFunc{status(200, `{"error":{"message":"response_format is not supported","code":400}}`), status(200, `{"error":{"message":"response_format is not supported","code":400}}`), status(200, called("act", northAnswer, "tool_calls"))}, "tool_call", 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newServer(t, test.handlers...)
			c := client(t, s.URL)
			if got, err := c.Generate(t.Context(), ask()); err != nil || got.Text != northAnswer || c.Structured() != test.structured || s.calls() != test.calls {
				t.Errorf("%q, %v: %s after %d calls", got.Text, err, c.Structured(), s.calls())
			}
		})
	}
}

// A model that spends its budget on thinking is given more room, which is
// remembered; where all the room does not help, the person is told.
func TestRoomForThinking(t *testing.T) {
	hm := chatCase(`{"content":null,"reasoning_content":"hm hm"}`, `"length"`)
	s := newServer(t, status(200, hm), status(200, hm), says(northAnswer))
	c := client(t, s.URL)
	got, err := c.Generate(t.Context(), ask())
	if err != nil || got.Text != northAnswer || got.Usage.Calls != 3 || s.body(0)["max_tokens"] != 60.0 || s.body(1)["max_tokens"] != 2108.0 || s.body(2)["max_tokens"] != 8252.0 {
		t.Errorf("%+v, %v: %v", got, err, s.body(2)["max_tokens"])
	}
	if _, err := c.Generate(t.Context(), ask()); err != nil || s.calls() != 4 || s.body(3)["max_tokens"] != 8252.0 {
		t.Errorf("%v after %d calls", err, s.calls())
	}

	s = newServer(t, status(200, hm))
	_, err = client(t, s.URL, func(c *openai.Config) { c.ThinkingTokens = 3000 }).Generate(t.Context(), ask())
	if n, _ := agent.NoAnswerOf(err); n == nil || n.Why != agent.NoAnswerRefused || !strings.Contains(agent.MessageOf(err), "all of its 3060 tokens on thinking") || s.calls() != 3 {
		t.Errorf("%v after %d calls", err, s.calls())
	}

	alone := chatCase(`{"content":null,"reasoning_content":`+q(northAnswer)+`}`, `"stop"`)
	s = newServer(t, status(200, alone))
	c = client(t, s.URL)
	for want := 2; want <= 3; want++ {
		if got, err := c.Generate(t.Context(), ask()); err != nil || got.Text != northAnswer || s.calls() != want {
			t.Errorf("the answer in reasoning_content alone: %q, %v after %d calls", got.Text, err, s.calls())
		}
	}

	s = newServer(t, status(200, hm), status(400, `{"error":{"message":"This model's maximum context length is 2000 tokens"}}`), says(northAnswer))
	if got, err := client(t, s.URL).Generate(t.Context(), ask()); err != nil || got.Text != northAnswer || s.body(2)["max_tokens"] != 1084.0 {
		t.Errorf("room that the context has not: %q, %v, %v", got.Text, err, s.body(2)["max_tokens"])
	}
}

func TestOddUsage(t *testing.T) {
	for name, test := range map[string]struct {
		usage string
		want  agent.Usage
	}{
		"null":         {`null`, agent.Usage{Calls: 1}},
		"nulls":        {`{"prompt_tokens":null,"completion_tokens":null}`, agent.Usage{Calls: 1}},
		"text":         {`{"prompt_tokens":"100","completion_tokens":"20"}`, agent.Usage{TokensIn: 100, TokensOut: 20, Calls: 1}},
		"points":       {`{"prompt_tokens":100.0,"completion_tokens":2e1}`, agent.Usage{TokensIn: 100, TokensOut: 20, Calls: 1}},
		"negative":     {`{"prompt_tokens":-100,"completion_tokens":20}`, agent.Usage{TokensOut: 20, Calls: 1}},
		"huge":         {`{"prompt_tokens":9223372036854775807,"completion_tokens":9223372036854775807}`, agent.Usage{Calls: 1}},
		"more cached":  {`{"prompt_tokens":100,"completion_tokens":20,"prompt_tokens_details":{"cached_tokens":90000}}`, agent.Usage{TokensIn: 100, TokensOut: 20, TokensCached: 100, Calls: 1}},
		"odd details":  {`{"prompt_tokens":100,"completion_tokens":20,"prompt_tokens_details":[]}`, agent.Usage{TokensIn: 100, TokensOut: 20, Calls: 1}},
		"a list":       {`[]`, agent.Usage{Calls: 1}},
		"DeepSeek hit": {`{"prompt_tokens":100,"completion_tokens":20,"prompt_cache_hit_tokens":64}`, agent.Usage{TokensIn: 100, TokensOut: 20, TokensCached: 64, Calls: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			body := strings.TrimSuffix(chatCase(`{"content":`+q(northAnswer)+`}`, `"stop"`), "}") + `,"usage":` + test.usage + "}"
			got, err := client(t, newServer(t, status(200, body)).URL).Generate(t.Context(), ask())
			if err != nil || got.Usage != test.want {
				t.Errorf("%+v, %v", got.Usage, err)
			}
		})
	}
}

func TestListsOfModels(t *testing.T) {
	for _, test := range []struct {
		name, body string
		want       string // joined
		says       string
	}{
		{"OpenAI", `{"object":"list","data":[{"id":"b"},{"id":"a"},{"id":"a"}]}`, "a b", ""},
		{"bare", `[{"id":"a/b"},{"id":"c"}]`, "a/b c", ""},
		{"names", `["a","b"]`, "a b", ""},
		{"models", `{"models":[{"name":"m:latest","model":"m:latest"}]}`, "m:latest", ""},
		{"null", `{"object":"list","data":null}`, "", ""},
		{"an error", `{"error":{"message":"not ready"}}`, "", "not ready"},
		{"words", `hello`, "", "hello"},
		{"something else", `{"version":1}`, "", "not a list of models"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := client(t, newServer(t, status(200, test.body)).URL, func(c *openai.Config) { c.Retries = -1 }).Models(t.Context())
			if strings.Join(got, " ") != test.want || (err != nil) != (test.says != "") || !strings.Contains(agent.MessageOf(err), test.says) && err != nil {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
	for name, other := range map[string]http.HandlerFunc{"a page": wired("text/html", "<html><title>Welcome</title></html>"), "404": status(404, "404 page not found"), "an error in a 200": status(200, `{"error":"Unexpected endpoint or method. (GET /models)"}`)} {
		t.Run("without /v1: "+name, func(t *testing.T) {
			s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/v1/models" {
					io.WriteString(w, `{"data":[{"id":"a"}]}`)
					return
				}
				other(w, r)
			})
			_, err := client(t, s.URL, func(c *openai.Config) { c.BaseURL, c.Retries = s.URL, -1 }).Models(t.Context())
			if err == nil || !strings.Contains(agent.MessageOf(err), "set OPENAI_BASE_URL to "+s.URL+"/v1") {
				t.Error(err)
			}
		})
	}
}

func TestOddEmbeddings(t *testing.T) {
	for _, test := range []struct {
		name, body, says string
	}{
		{"without index", `{"data":[{"embedding":[1,0]},{"embedding":[0,1]}]}`, ""},
		{"the first without index", `{"data":[{"embedding":[1,0]},{"index":1,"embedding":[0,1]}]}`, ""},
		{"base64", `{"data":[{"embedding":"AACAPwAAAAA="},{"embedding":"AAAAAAAAgD8="}]}`, ""},
		{"nested once", `{"data":[{"embedding":[[1,0]]},{"embedding":[[0,1]]}]}`, ""},
		{"bare", `[[1,0],[0,1]]`, ""},
		{"zeros", `{"data":[{"embedding":[1,0]},{"embedding":[0,0]}]}`, "zeros"},
		{"holes", `{"data":[{"embedding":[1,null]},{"embedding":[0,1]}]}`, "holes"},
		{"too large", `{"data":[{"embedding":[1e300,0]},{"embedding":[0,1]}]}`, "not a number"},
		{"ragged", `{"data":[{"embedding":[1]},{"embedding":[0,1]}]}`, "length"},
		{"base64 of no number", `{"data":[{"embedding":"AADAfw=="},{"embedding":"AACAPw=="}]}`, "not a number"},
		{"words", `{"data":[{"embedding":"abc"},{"embedding":"abc"}]}`, "neither"},
		{"an error", `{"error":{"message":"no embeddings here","code":400}}`, "no embeddings here"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := client(t, newServer(t, status(200, test.body)).URL, func(c *openai.Config) { c.Retries = -1 }).Embed(t.Context(), []string{"a", "b"})
			if test.says != "" {
				if _, ok := agent.NoAnswerOf(err); !ok || !strings.Contains(agent.MessageOf(err), test.says) {
					t.Errorf("%v, %v", got, err)
				}
				return
			}
			if err != nil || len(got) != 2 || got[0][0] != 1 || got[1][1] != 1 {
				t.Errorf("%v, %v", got, err)
			}
		})
	}
}

func TestPromptCutInSilence(t *testing.T) {
	body := strings.TrimSuffix(chatCase(`{"content":`+q(northAnswer)+`}`, `"stop"`), "}") + `,"usage":{"prompt_tokens":512,"completion_tokens":9}}`
	request := ask()
	request.Messages[1].Text = strings.Repeat("a long prompt ", 2000)
	got, err := client(t, newServer(t, status(200, body)).URL).Generate(t.Context(), request)
	if err != nil || !strings.HasPrefix(got.Warning, "the server read far less than was sent: 512 tokens of 28006 bytes") {
		t.Errorf("%q, %v", got.Warning, err)
	}
}

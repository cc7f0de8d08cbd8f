package anthropic_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/chat"
	"purposeagent/agent/llm/anthropic"
	"purposeagent/agent/llm/wire"
)

// strict is a server that refuses requests which hold a word, and keeps what it
// was asked.
type strict struct {
	refuses map[string]string // by the word
	status  int
	answers func(body map[string]any) string
	asked   []map[string]any
}

func (s *strict) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	var body map[string]any
	_ = json.Unmarshal(raw, &body)
	s.asked = append(s.asked, body)
	for word, message := range s.refuses {
		if strings.Contains(string(raw), word) {
			reply(s.status, fmt.Sprintf(`{"type":"error","error":{"type":"invalid_request_error","message":%q}}`, message))(w, r)
			return
		}
	}
	body2 := answer(red, "end_turn")
	if s.answers != nil {
		body2 = s.answers(body)
	}
	reply(200, body2)(w, r)
}

// What a model does not take is given up, remembered once an answer came, and not
// asked for again.
func TestLearnsWhatIsNotTaken(t *testing.T) {
	for _, test := range []struct {
		name, word, message string
		status              int
		structured          string
		calls               int // of the first request
	}{
		{"temperature", `"temperature"`, "`temperature` is deprecated for this model.", 400, "json_schema", 2},
		{"stop sequences", `"stop_sequences"`, "stop_sequences: not supported", 400, "json_schema", 2},
		{"a mark for the cache", `"cache_control"`, "system.0.cache_control: Extra inputs are not permitted", 400, "json_schema", 2},
		{"a system prompt in parts", `"system":[`, "system: Input should be a valid string", 422, "json_schema", 2},
		{"limits of lengths", `"maxLength"`, "output_config.format.schema: For 'string' type, property 'maxLength' is not supported", 400, "json_schema", 2},
		{"schemas", `"output_config"`, "output_config: Extra inputs are not permitted", 400, "text", 3},
		{"schemas, by a router", `"output_config"`, "No endpoints found that support structured outputs", 404, "text", 3},
		{"schemas, by a server that breaks", `"output_config"`, "failed to parse grammar", 500, "text", 3},
		{"streams", `"stream":true`, "stream is not supported", 400, "json_schema", 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := &strict{refuses: map[string]string{test.word: test.message}, status: test.status}
			c, _ := client(t, s.ServeHTTP)
			request := ask(streamed, func(r *chat.Request) {
				r.Stop = []string{"x"}
				r.Schema = json.RawMessage(`{"type":"object","properties":{"colour":{"type":"string","maxLength":9}},"required":["colour"]}`)
			})
			for i, calls := range []int{test.calls, test.calls + 1} {
				got, err := c.Generate(t.Context(), request)
				if err != nil || got.Text != red || len(s.asked) != calls || c.Structured() != test.structured {
					t.Errorf("request %d: %+v, %v, held by %s, after %d calls, want %d", i+1, got, err, c.Structured(), len(s.asked), calls)
				}
			}
		})
	}
}

// A refusal for another reason teaches nothing.
func TestLearnsNothingOfARefusal(t *testing.T) {
	s := &strict{refuses: map[string]string{"Act.": "the schema of your account is closed"}, status: 400}
	c, _ := client(t, s.ServeHTTP)
	if _, err := c.Generate(t.Context(), ask()); agent.CodeOf(err) != agent.CodeInvalid || c.Structured() != "json_schema" {
		t.Errorf("held by %s: %v", c.Structured(), err)
	}
}

func TestRoomForThoughts(t *testing.T) {
	thinking := func(need float64) func(map[string]any) string {
		return func(body map[string]any) string {
			if body["max_tokens"].(float64) < need {
				return whole(`[{"type":"thinking","thinking":"hm","signature":"x"}]`, `,"stop_reason":"max_tokens"`)
			}
			return answer(red, "end_turn")
		}
	}
	s := &strict{answers: thinking(4000)}
	c, _ := client(t, s.ServeHTTP)
	got, err := c.Generate(t.Context(), ask())
	if err != nil || got.Text != red || len(s.asked) != 3 || got.Usage.Calls != 3 || got.Usage.TokensOut != 21 {
		t.Errorf("after %d calls: %+v, %v", len(s.asked), got, err)
	}
	if got, err = c.Generate(t.Context(), ask(streamed)); err != nil || got.Text != red || len(s.asked) != 4 {
		t.Errorf("the room is not remembered: %d calls, %+v, %v", len(s.asked), got, err)
	}
	// A thought that left room for half of an answer.
	s = &strict{answers: func(body map[string]any) string {
		if body["max_tokens"].(float64) < 1000 {
			return whole(`[{"type":"thinking","thinking":"hm","signature":"x"},{"type":"text","text":"{\"col"}]`, `,"stop_reason":"max_tokens"`)
		}
		return answer(red, "end_turn")
	}}
	c, _ = client(t, s.ServeHTTP)
	if got, err = c.Generate(t.Context(), ask()); err != nil || got.Text != red || got.Truncated || len(s.asked) != 2 {
		t.Errorf("after %d calls: %+v, %v", len(s.asked), got, err)
	}
	// One that thinks without end, and writes a little.
	s = &strict{answers: func(map[string]any) string {
		return whole(`[{"type":"thinking","thinking":"hm","signature":"x"},{"type":"text","text":"{\"col"}]`, `,"stop_reason":"max_tokens"`)
	}}
	c, _ = client(t, s.ServeHTTP)
	if got, err = c.Generate(t.Context(), ask()); err != nil || got.Text != `{"col` || !got.Truncated || len(s.asked) != 4 {
		t.Errorf("after %d calls: %+v, %v", len(s.asked), got, err)
	}
	// The room is given back where prompt and room together are too long.
	limited := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		var body struct {
			MaxTokens int `json:"max_tokens"`
			Messages  []any
		}
		_ = json.Unmarshal(raw, &body)
		switch {
		case len(body.Messages) > 1 && body.MaxTokens > 1000:
			reply(400, `{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 9000 tokens > 8192 maximum"}}`)(w, r)
		case len(body.Messages) == 1 && body.MaxTokens < 1000:
			reply(200, whole(`[{"type":"thinking","thinking":"hm"}]`, `,"stop_reason":"max_tokens"`))(w, r)
		default:
			reply(200, answer(red, "end_turn"))(w, r)
		}
	})
	c, calls := client(t, limited)
	if got, err = c.Generate(t.Context(), ask()); err != nil || got.Text != red || calls.Load() != 2 {
		t.Errorf("after %d calls: %+v, %v", calls.Load(), got, err)
	}
	long := ask(func(r *chat.Request) {
		r.Messages = append(r.Messages, chat.Message{Role: chat.RoleAssistant, Text: "{}"}, chat.Message{Role: chat.RoleUser, Text: "Again."})
	})
	if got, err = c.Generate(t.Context(), long); err != nil || got.Text != red || calls.Load() != 5 {
		t.Errorf("after %d calls: %+v, %v", calls.Load(), got, err)
	}
	// A limit that the server names is kept to.
	s = &strict{}
	capped := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		var body map[string]any
		_ = json.Unmarshal(raw, &body)
		s.asked = append(s.asked, body)
		if n := body["max_tokens"].(float64); n > 8192 {
			reply(400, fmt.Sprintf(`{"type":"error","error":{"type":"invalid_request_error","message":"max_tokens: %.0f > 8192, which is the maximum allowed number of output tokens for claude-test"}}`, n))(w, r)
			return
		}
		reply(200, answer(red, "end_turn"))(w, r)
	})
	c, _ = client(t, capped)
	for range 2 {
		if got, err = c.Generate(t.Context(), ask(func(r *chat.Request) { r.MaxTokens = 20000 })); err != nil || got.Text != red {
			t.Errorf("%+v, %v", got, err)
		}
	}
	if len(s.asked) != 3 || s.asked[2]["max_tokens"] != 8192.0 {
		t.Errorf("asked %v", s.asked)
	}
}

func TestModels(t *testing.T) {
	for _, test := range []struct {
		name  string
		pages []string
		want  []string
		says  string
	}{
		{"as documented", []string{`{"data":[{"type":"model","id":"b","display_name":"B","created_at":"x"},{"type":"model","id":"a"}],"has_more":false,"first_id":"b","last_id":"a"}`}, []string{"a", "b"}, ""},
		{"two pages", []string{`{"data":[{"id":"b"}],"has_more":true,"last_id":"b"}`, `{"data":[{"id":"a"}],"has_more":false,"last_id":"a"}`}, []string{"a", "b"}, ""},
		{"a page again and again", []string{`{"data":[{"id":"a"}],"has_more":true,"last_id":"a"}`}, []string{"a"}, ""},
		{"odd fields", []string{`{"data":[{"id":7},null,{"id":"a","created_at":{}},"b",[]],"has_more":"no","last_id":3}`}, []string{"a", "b"}, ""},
		{"a bare list", []string{`[{"id":"a"}]`}, []string{"a"}, ""},
		{"models by their names", []string{`{"models":[{"name":"a","model":"a"}]}`}, []string{"a"}, ""},
		{"none", []string{`{"data":[],"has_more":false}`}, nil, ""},
		{"null", []string{`{"data":null}`}, nil, ""},
		{"an error with 200", []string{`{"error":{"type":"authentication_error","message":"invalid x-api-key"}}`}, nil, "does not accept the key"},
		{"an error as text with 200", []string{`{"error":"Unexpected endpoint or method. (GET /models)"}`}, nil, "Unexpected endpoint"},
		{"a page of HTML", []string{`<html>Log in</html>`}, nil, "Log in"},
	} {
		t.Run(test.name, func(t *testing.T) {
			n := 0
			c, _ := client(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/v1/models" || n > 0 && r.URL.Query().Get("after_id") == "" && test.says == "" {
					t.Errorf("asked %s", r.URL)
				}
				reply(200, test.pages[min(n, len(test.pages)-1)])(w, r)
				n++
			})
			got, err := c.Models(t.Context())
			if test.says == "" && (err != nil || !slices.Equal(got, test.want)) || test.says != "" && (err == nil || !strings.Contains(agent.MessageOf(err), test.says)) {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

// An address may end with the version or not.
func TestAddresses(t *testing.T) {
	for _, end := range []string{"", "/", "/v1", "/v1/", "/proxy", "/proxy/v1"} {
		var path string
		web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			path = r.URL.Path
			reply(200, answer(red, "end_turn"))(w, r)
		}))
		transport := &http.Transport{}
		c, err := anthropic.New(wire.Config{Model: "m", BaseURL: web.URL + end, Patience: wire.Patience{RetryDelay: time.Millisecond}, HTTPClient: &http.Client{Transport: transport}})
		if err != nil {
			t.Fatal(err)
		}
		want := "/v1/messages"
		if strings.HasPrefix(end, "/proxy") {
			want = "/proxy" + want
		}
		if _, err := c.Generate(t.Context(), ask()); err != nil || path != want {
			t.Errorf("%q is asked at %s: %v", end, path, err)
		}
		transport.CloseIdleConnections()
		web.Close()
	}
}

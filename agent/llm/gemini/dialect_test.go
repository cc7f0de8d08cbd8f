package gemini_test

import (
	"encoding/json"
	"errors"
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
	"purposeagent/agent/llm/gemini"
	"purposeagent/agent/llm/wire"
)

// asked is what a server was asked: the method, and the body.
type asked struct {
	method string
	raw    string
	body   struct {
		System     json.RawMessage
		Contents   []struct{ Parts []struct{ Text string } }
		Generation struct{ MaxOutputTokens int } `json:"generationConfig"`
	}
}

// keeping is a server that keeps what it was asked.
func keeping(list *[]asked, answers func(asked, http.ResponseWriter, *http.Request)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		a := asked{method: r.URL.Path[strings.LastIndex(r.URL.Path, ":")+1:], raw: string(raw)}
		_ = json.Unmarshal(raw, &a.body)
		*list = append(*list, a)
		answers(a, w, r)
	}
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
		{"temperature", `"temperature"`, "Unable to submit request because it has a temperature value", 400, "json_schema", 2},
		{"seed", `"seed"`, "Invalid JSON payload received. Unknown name \"seed\" at 'generation_config': Cannot find field.", 400, "json_schema", 2},
		{"stop sequences", `"stopSequences"`, "Unknown name \"stopSequences\" at 'generation_config': Cannot find field.", 400, "json_schema", 2},
		{"a system prompt", `"systemInstruction"`, "Developer instruction is not enabled for models/gemini-test", 400, "json_schema", 2},
		{"limits of lengths", `"maxLength"`, "The specified schema produces a constraint that has too many states for serving.", 400, "json_schema", 2},
		{"schemas", `"responseJsonSchema"`, "Invalid JSON payload received. Unknown name \"responseJsonSchema\" at 'generation_config': Cannot find field.", 400, "json_object", 3},
		{"JSON", `"responseMimeType"`, "JSON mode is not enabled for models/gemini-test", 400, "text", 4},
		{"JSON, by a server that breaks", `"responseMimeType"`, "controlled generation failed", 500, "text", 4},
	} {
		t.Run(test.name, func(t *testing.T) {
			var list []asked
			c, _ := client(t, keeping(&list, func(a asked, w http.ResponseWriter, r *http.Request) {
				if strings.Contains(a.raw, test.word) {
					reply(test.status, fmt.Sprintf(`{"error":{"code":%d,"message":%q,"status":"INVALID_ARGUMENT"}}`, test.status, test.message))(w, r)
					return
				}
				reply(200, part(red, "STOP"))(w, r)
			}))
			request := ask(streamed, func(r *chat.Request) {
				r.Stop = []string{"x"}
				r.Schema = json.RawMessage(`{"type":"object","properties":{"colour":{"type":"string","maxLength":9}},"required":["colour"]}`)
			})
			for i, calls := range []int{test.calls, test.calls + 1} {
				got, err := c.Generate(t.Context(), request)
				if err != nil || got.Text != red || len(list) != calls || c.Structured() != test.structured {
					t.Errorf("request %d: %+v, %v, held by %s, after %d calls, want %d", i+1, got, err, c.Structured(), len(list), calls)
				}
			}
			if last := list[len(list)-1]; !strings.Contains(last.raw, "You act.") || test.structured != "json_schema" && !strings.Contains(last.raw, "JSON Schema") {
				t.Errorf("asked %s", last.raw)
			}
		})
	}
}

// A proxy that knows no streams is asked for whole answers.
func TestNoStreams(t *testing.T) {
	var list []asked
	c, _ := client(t, keeping(&list, func(a asked, w http.ResponseWriter, r *http.Request) {
		if a.method == "streamGenerateContent" {
			http.NotFound(w, r)
			return
		}
		reply(200, part(red, "STOP"))(w, r)
	}))
	for _, calls := range []int{2, 3} {
		told := ""
		got, err := c.Generate(t.Context(), ask(func(r *chat.Request) { r.OnText = func(text string) { told = text } }))
		if err != nil || got.Text != red || told != red || len(list) != calls {
			t.Errorf("after %d calls: %+v, %v, told %q", len(list), got, err, told)
		}
	}
}

func TestRoomForThoughts(t *testing.T) {
	var list []asked
	thinking := func(need int, given string) http.HandlerFunc {
		return keeping(&list, func(a asked, w http.ResponseWriter, r *http.Request) {
			if a.body.Generation.MaxOutputTokens < need {
				reply(200, `{"candidates":[{"content":{"parts":[`+given+`]},"finishReason":"MAX_TOKENS"}],"usageMetadata":{"promptTokenCount":9,"thoughtsTokenCount":50,"candidatesTokenCount":4}}`)(w, r)
				return
			}
			reply(200, part(red, "STOP"))(w, r)
		})
	}
	c, _ := client(t, thinking(4000, ""))
	got, err := c.Generate(t.Context(), ask())
	if err != nil || got.Text != red || len(list) != 3 || got.Usage.Calls != 3 {
		t.Errorf("after %d calls: %+v, %v", len(list), got, err)
	}
	if got, err = c.Generate(t.Context(), ask(streamed)); err != nil || got.Text != red || len(list) != 4 {
		t.Errorf("the room is not remembered: %d calls, %+v, %v", len(list), got, err)
	}
	list = nil
	c, _ = client(t, thinking(1000, `{"text":"{\"col"}`))
	if got, err = c.Generate(t.Context(), ask()); err != nil || got.Text != red || got.Truncated || len(list) != 2 {
		t.Errorf("half of an answer: after %d calls: %+v, %v", len(list), got, err)
	}
}

func TestModels(t *testing.T) {
	for _, test := range []struct {
		name  string
		pages []string
		want  []string
		says  string
	}{
		{"as documented", []string{`{"models":[{"name":"models/b","version":"001","supportedGenerationMethods":["generateContent"]},{"name":"models/a"}]}`}, []string{"a", "b"}, ""},
		{"two pages", []string{`{"models":[{"name":"models/b"}],"nextPageToken":"2"}`, `{"models":[{"name":"models/a"}]}`}, []string{"a", "b"}, ""},
		{"a page again and again", []string{`{"models":[{"name":"models/a"}],"nextPageToken":"2"}`}, []string{"a"}, ""},
		{"odd fields", []string{`{"models":[{"name":7},null,{"name":"models/a","inputTokenLimit":"x"},{}],"nextPageToken":7}`}, []string{"a"}, ""},
		{"another protocol's list", []string{`{"data":[{"id":"a"}]}`}, []string{"a"}, ""},
		{"none", []string{`{}`}, nil, ""},
		{"an error with 200", []string{`{"error":{"code":401,"message":"no","status":"UNAUTHENTICATED"}}`}, nil, "does not accept the key"},
	} {
		t.Run(test.name, func(t *testing.T) {
			n := 0
			c, _ := client(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/v1beta/models" || n > 0 && r.URL.Query().Get("pageToken") == "" {
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

func TestEmbeddings(t *testing.T) {
	for _, test := range []struct{ name, body, says string }{
		{"as documented", `{"embeddings":[{"values":[1,0]},{"values":[0,1]}]}`, ""},
		{"more fields", `{"embeddings":[{"values":[1,0],"statistics":{"tokenCount":"x"}},{"values":[0,1]}],"usageMetadata":7}`, ""},
		{"too few", `{"embeddings":[{"values":[1,0]}]}`, "not as many"},
		{"none", `{}`, "not as many"},
		{"an empty one", `{"embeddings":[{"values":[1,0]},{"values":[]}]}`, "empty"},
		{"other lengths", `{"embeddings":[{"values":[1,0]},{"values":[1]}]}`, "different lengths"},
		{"null", `{"embeddings":[{"values":[1,0]},{"values":[1,null]}]}`, "not a number"},
		{"all zeros", `{"embeddings":[{"values":[1,0]},{"values":[0,0]}]}`, "all zeros"},
		{"too large for a number", `{"embeddings":[{"values":[1,0]},{"values":[1e300,0]}]}`, "can't be read"},
		{"text", `{"embeddings":[{"values":"x"},{"values":"y"}]}`, "can't be read"},
		{"an error with 200", `{"error":{"code":401,"message":"no"}}`, "does not accept the key"},
		{"HTML", `<html>Log in</html>`, "can't be read"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var list []asked
			c, _ := client(t, keeping(&list, func(_ asked, w http.ResponseWriter, r *http.Request) { reply(200, test.body)(w, r) }))
			got, err := c.Embed(t.Context(), []string{"a", "b"})
			switch {
			case test.says == "" && (err != nil || len(got) != 2 || got[0][0] != 1 || got[1][1] != 1):
				t.Errorf("got %v, %v", got, err)
			case test.says != "":
				if _, ok := errors.AsType[*agent.NoAnswer](err); !ok || !strings.Contains(agent.MessageOf(err), test.says) {
					t.Errorf("got %v, %v", got, err)
				}
			}
			if want := `{"requests":[{"model":"models/gemini-test","content":{"parts":[{"text":"a"}]}},{"model":"models/gemini-test","content":{"parts":[{"text":"b"}]}}]}`; list[0].method != "batchEmbedContents" || strings.TrimSpace(list[0].raw) != want {
				t.Errorf("asked %s: %s", list[0].method, list[0].raw)
			}
		})
	}
	// More than one request takes go by several, in their order.
	n := 0
	var list []asked
	c, _ := client(t, keeping(&list, func(a asked, w http.ResponseWriter, r *http.Request) {
		var vectors []string
		for range strings.Count(a.raw, `"model"`) {
			n++
			vectors = append(vectors, fmt.Sprintf(`{"values":[%d]}`, n))
		}
		reply(200, `{"embeddings":[`+strings.Join(vectors, ",")+`]}`)(w, r)
	}))
	got, err := c.Embed(t.Context(), make([]string, 150))
	if err != nil || len(got) != 150 || got[149][0] != 150 || len(list) != 3 {
		t.Errorf("%d vectors by %d requests: %v", len(got), len(list), err)
	}
}

// An address may end with the version or not, and a name begin with models/ or not.
func TestAddresses(t *testing.T) {
	for _, test := range []struct{ end, model, want string }{
		{"", "m", "/v1beta/models/m:generateContent"},
		{"/", "models/m", "/v1beta/models/m:generateContent"},
		{"/v1beta", "m", "/v1beta/models/m:generateContent"},
		{"/v1/", "m", "/v1/models/m:generateContent"},
		{"/proxy", "tunedModels/m", "/proxy/v1beta/tunedModels/m:generateContent"},
		{"", "../a?b", "/v1beta/models/..%2Fa%3Fb:generateContent"},
	} {
		var path string
		web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			path = r.URL.EscapedPath()
			reply(200, part(red, "STOP"))(w, r)
		}))
		transport := &http.Transport{}
		c, err := gemini.New(wire.Config{Model: test.model, BaseURL: web.URL + test.end, Patience: wire.Patience{RetryDelay: time.Millisecond}, HTTPClient: &http.Client{Transport: transport}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Generate(t.Context(), ask()); err != nil || path != test.want {
			t.Errorf("%q and %q are asked at %s: %v", test.end, test.model, path, err)
		}
		transport.CloseIdleConnections()
		web.Close()
	}
}

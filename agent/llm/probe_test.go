package llm_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/chat"
	"purposeagent/agent/llm"
)

// localServer answers like a small local model server.
func localServer(t *testing.T, colour string) *httptest.Server {
	t.Helper()
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/models") {
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, `{"object":"list","data":[{"id":"qwen3:1.7b","object":"model"},{"id":"gemma3","object":"model"}]}`)
			return
		}
		var body map[string]any
		json.NewDecoder(r.Body).Decode(&body)
		text := "Hello!"
		if body["response_format"] != nil {
			text = colour
		}
		if body["stream"] == true {
			w.Header().Set("Content-Type", "text/event-stream")
			fmt.Fprintf(w, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":%q},\"finish_reason\":\"stop\"}],\"model\":\"m\"}\n\ndata: [DONE]\n\n", text)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"model":"m","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":%q}}],"usage":{"prompt_tokens":5,"completion_tokens":2}}`, text)
	}))
	t.Cleanup(web.Close)
	return web
}

func resolver(t *testing.T) *llm.Resolver {
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return llm.NewResolver(llm.Config{HTTPClient: &http.Client{Transport: transport}})
}

func TestProbe(t *testing.T) {
	for _, test := range []struct {
		name, colour, structured, problem string
		calls                             int
	}{
		{"a model that keeps to the schema", `{"colour":"blue"}`, "json_schema", "", 3},
		{"one that does not", "The sky is blue.", "", "The sky is blue.", 5}, // by a schema, a tool, and the prompt
	} {
		t.Run(test.name, func(t *testing.T) {
			c := chat.Connection{Name: "lab", Provider: "openai", BaseURL: localServer(t, test.colour).URL + "/v1"}
			p, err := resolver(t).Probe(t.Context(), c, "qwen3:1.7b")
			if err != nil || p.Answer != "Hello!" || p.Model != "lab:qwen3:1.7b" || p.FirstText <= 0 || p.Structured != test.structured || !strings.Contains(p.Problem, test.problem) || p.Usage.Calls != test.calls || !strings.HasPrefix(p.Tools, "no: it took the tool") {
				t.Errorf("%+v %v", p, err)
			}
		})
	}
	if _, err := resolver(t).Probe(t.Context(), chat.Connection{Name: "lab", Provider: "openai", BaseURL: "http://127.0.0.1:1/v1"}, "m"); agent.CodeOf(err) != agent.CodeUnavailable {
		t.Error(err)
	}
}

func TestDiscover(t *testing.T) {
	there := chat.Connection{Name: "ollama", Provider: "ollama", BaseURL: localServer(t, "").URL + "/v1"}
	off := there
	off.Name, off.Disabled = "vllm", true
	found := resolver(t).Discover(t.Context(), []chat.Connection{there, off,
		{Name: "lmstudio", Provider: "lmstudio", BaseURL: "http://127.0.0.1:1/v1"}, {Name: "openai", Provider: "openai", BaseURL: there.BaseURL}, {Name: "llamacpp", Provider: "llamacpp", BaseURL: "::"}})
	if len(found) != 1 || found[0].Name != "ollama" || len(found[0].Models) != 2 || found[0].Models[0] != "gemma3" {
		t.Errorf("%+v", found)
	}
}

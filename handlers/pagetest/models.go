package pagetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/chat"
)

// Hello is what the models of a ModelServer say when they are asked for words.
const Hello = "Hello <there>."

// ModelServer is a server on this machine that speaks the protocol of OpenAI, with
// two models: they say Hello, answer by a schema, and make vectors.
func ModelServer(t testing.TB) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(serveModels))
	t.Cleanup(server.Close)
	return server
}

func serveModels(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Input    []string        `json:"input"`
		Stream   bool            `json:"stream"`
		Schema   json.RawMessage `json:"response_format"`
		Messages []any           `json:"messages"`
	}
	if r.Method == http.MethodPost {
		if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
	}
	w.Header().Set("Content-Type", "application/json")
	text := Hello
	if len(asked.Schema) > 0 {
		text = `{"colour":"blue"}`
	}
	switch path := r.URL.Path; {
	case strings.HasSuffix(path, "/models"):
		_, _ = fmt.Fprint(w, `{"object":"list","data":[{"id":"qwen3:1.7b","object":"model"},{"id":"smollm2","object":"model"}]}`)
	case strings.HasSuffix(path, "/embeddings"):
		vectors := make([]string, len(asked.Input))
		for i := range vectors {
			vectors[i] = fmt.Sprintf(`{"index":%d,"embedding":[1,%d]}`, i, i)
		}
		_, _ = fmt.Fprintf(w, `{"data":[%s]}`, strings.Join(vectors, ","))
	case !strings.HasSuffix(path, "/chat/completions"):
		http.NotFound(w, r)
	case asked.Stream:
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = fmt.Fprintf(w, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":%q},\"finish_reason\":\"stop\"}],\"model\":\"m\"}\n\ndata: [DONE]\n\n", text)
	default:
		_, _ = fmt.Fprintf(w, `{"model":"m","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":%q}}],"usage":{"prompt_tokens":15,"completion_tokens":6}}`, text)
	}
}

// ModelServers are two servers that a store's application knows: the connection lab,
// which somebody made, and ollama, which the environment gives.
type ModelServers struct{ Lab, Ollama *httptest.Server }

// Connect makes a connection with a key, a price and something spent today, beside
// those that the environment gives. No other server is on this machine.
func (s *Store) Connect(t testing.TB) ModelServers {
	t.Helper()
	servers := ModelServers{ModelServer(t), ModelServer(t)}
	s.Setenv("OLLAMA_BASE_URL", servers.Ollama.URL+"/v1")
	for _, other := range []string{"LMSTUDIO_BASE_URL", "LLAMACPP_BASE_URL", "VLLM_BASE_URL"} {
		s.Setenv(other, "http://127.0.0.1:1/v1")
	}
	desk, ctx := s.App(t).Models, t.Context()
	lab := chat.Connection{Name: "lab", Provider: "openai", BaseURL: servers.Lab.URL + "/v1", Key: "sk-lab", Concurrency: 4, DayUSD: 5}
	err := errors.Join(desk.PutConnection(ctx, "you", lab, false), desk.PutPrice(ctx, "you", chat.Price{Model: "lab:*", In: .5, Out: 1.5}),
		desk.SetEmbedding(ctx, "you", "ollama:nomic-embed-text"))
	if err != nil {
		t.Fatal(err)
	}
	calls := s.Calls(slog.New(slog.DiscardHandler))
	for range 31 {
		calls.Record(ctx, chat.Call{Model: "lab:m", At: Noon, Usage: agent.Usage{TokensIn: 400, TokensOut: 100, USD: .02}})
	}
	return servers
}

// Named puts addresses that are always the same for those of the servers.
func (m ModelServers) Named(text string) string {
	return strings.NewReplacer(m.Lab.URL, "http://10.1.2.3:8000", m.Ollama.URL, "http://127.0.0.1:11434").Replace(text)
}

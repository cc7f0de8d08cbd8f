package llmtest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// ScriptModel is the name of the model that a Script serves.
const ScriptModel = "script"

// Script is a stand-in actor for worlds whose actions nobody can list: it is told
// the whole prompt and says which action to take. It must go by the prompt alone,
// so that runs can be many at once and go on after a crash.
type Script func(prompt string) Move

// Move is an action of a Script.
type Move struct {
	Thought string         `json:"thought"`
	Action  string         `json:"action"`
	Params  map[string]any `json:"params,omitempty"`
	Delta   float64        `json:"expected_delta"`
}

// StartScript serves a script as an OpenAI-compatible server until the test ends,
// and returns its base URL.
func StartScript(t testing.TB, s Script) string {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return server.URL + "/v1"
}

// ServeHTTP answers chat completions, streamed or whole, and the list of models.
func (s Script) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	if q.Method == http.MethodGet && strings.HasSuffix(q.URL.Path, "/models") {
		reply(w, http.StatusOK, map[string]any{"object": "list", "data": []any{map[string]any{"id": ScriptModel, "object": "model"}}})
		return
	}
	var body struct {
		Messages []Message `json:"messages"`
		Stream   bool      `json:"stream"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, q.Body, maxPrompt)).Decode(&body); err != nil {
		reply(w, http.StatusBadRequest, failure(err.Error()))
		return
	}
	var prompt strings.Builder
	for _, m := range body.Messages {
		prompt.WriteString(m.Content + "\n")
	}
	raw, err := json.Marshal(s(prompt.String()))
	if err != nil {
		reply(w, http.StatusBadRequest, failure(err.Error()))
		return
	}
	usage := map[string]int{"prompt_tokens": tokens(prompt.Len()), "completion_tokens": tokens(len(raw)), "total_tokens": tokens(prompt.Len() + len(raw))}
	if body.Stream {
		stream(w, string(raw), usage)
		return
	}
	reply(w, http.StatusOK, map[string]any{"id": "chatcmpl-1", "object": "chat.completion", "model": ScriptModel, "usage": usage,
		"choices": []any{map[string]any{"index": 0, "finish_reason": "stop", "message": Message{"assistant", string(raw)}}}})
}

package llmtest

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// NothingSaid is a reader's thought where it found nothing to follow.
const NothingSaid = "Nothing here says what to do."

// ReaderModel is the name of the model that a Reader says it is.
const ReaderModel = "reader"

// Reader stands in for a small language model: it can do nothing but what its
// prompt says. It serves OpenAI's chat completions, so that it is asked
// through the real client, prompt and parser, and what comes out shows what a
// prompt gives to one who reads.
//
// It reads plain text. It knows English words such as do, avoid, wrong, tried
// and when, and no word of any world; no heading, label, table or order of
// ours. What it may choose is the enum in the answer's schema, which a real
// server holds its model to as well. For each choice it looks for a sentence
// that speaks of it, and attends to it as small models were measured to: what
// stands near the end and has the choice in its exact words counts, what is
// far or has to be put together hardly does (reading.go has the figures). It
// follows what it found with a probability, else it tries something that the
// text does not say was tried. It judges nothing and distils nothing: other
// arrays of an answer are empty, numbers are 0.
//
// The same seed and prompt give the same answer. It is safe for concurrent use.
type Reader struct {
	Seed uint64
	// Obedience is how often it does what it was surely told; 0 is 0.95.
	Obedience float64
}

// StartReader serves a reader for the test and returns its address, with /v1.
func StartReader(t testing.TB, r Reader) string {
	t.Helper()
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	return server.URL + "/v1"
}

// Message is one of a prompt's.
type Message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

// maxPrompt bounds a request's body, in bytes.
const maxPrompt = 8 << 20

// ServeHTTP answers chat completions, streamed or whole, and the list of models.
func (r Reader) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	switch {
	case q.Method == http.MethodGet && strings.HasSuffix(q.URL.Path, "/models"):
		reply(w, http.StatusOK, map[string]any{"object": "list", "data": []any{map[string]any{"id": ReaderModel, "object": "model"}}})
	case q.Method == http.MethodPost && strings.HasSuffix(q.URL.Path, "/chat/completions"):
		r.complete(w, q)
	default:
		reply(w, http.StatusNotFound, failure("there is no such route"))
	}
}

func (r Reader) complete(w http.ResponseWriter, q *http.Request) {
	var body struct {
		Model          string    `json:"model"`
		Messages       []Message `json:"messages"`
		Stream         bool      `json:"stream"`
		ResponseFormat struct {
			JSONSchema struct {
				Schema json.RawMessage `json:"schema"`
			} `json:"json_schema"`
		} `json:"response_format"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, q.Body, maxPrompt)).Decode(&body); err != nil {
		reply(w, http.StatusBadRequest, failure(err.Error()))
		return
	}
	if _, name, ok := strings.Cut(body.Model, "+"); ok {
		rewrite, known := Rewritings[name]
		if !known {
			reply(w, http.StatusNotFound, failure("there is no way to read called "+name))
			return
		}
		for i := range body.Messages {
			body.Messages[i].Content = rewrite(body.Messages[i].Content)
		}
	}
	text, err := r.Answer(body.Messages, body.ResponseFormat.JSONSchema.Schema)
	if err != nil {
		reply(w, http.StatusBadRequest, failure(err.Error()))
		return
	}
	usage := map[string]int{"completion_tokens": tokens(len(text))}
	for _, m := range body.Messages {
		usage["prompt_tokens"] += tokens(len(m.Content))
	}
	usage["total_tokens"] = usage["prompt_tokens"] + usage["completion_tokens"]
	if body.Stream {
		stream(w, text, usage)
		return
	}
	reply(w, http.StatusOK, map[string]any{"id": "chatcmpl-1", "object": "chat.completion", "model": ReaderModel, "usage": usage,
		"choices": []any{map[string]any{"index": 0, "finish_reason": "stop", "message": Message{"assistant", text}}}})
}

// tokens is about what a text of so many bytes takes.
func tokens(size int) int { return (size + 3) / 4 }

// stream sends the text in pieces of a few bytes, then the usage.
func stream(w http.ResponseWriter, text string, usage map[string]int) {
	w.Header().Set("Content-Type", "text/event-stream")
	send := func(choices []any, more map[string]int) {
		raw, err := json.Marshal(map[string]any{"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": ReaderModel, "choices": choices, "usage": more})
		if err != nil {
			panic(err) // it is made of texts and counts
		}
		_, _ = fmt.Fprintf(w, "data: %s\n\n", raw)
	}
	for rest := []rune(text); len(rest) > 0; {
		n := min(len(rest), 12)
		send([]any{map[string]any{"index": 0, "delta": map[string]string{"content": string(rest[:n])}}}, nil)
		rest = rest[n:]
	}
	send([]any{map[string]any{"index": 0, "delta": map[string]string{}, "finish_reason": "stop"}}, nil)
	send([]any{}, usage)
	_, _ = fmt.Fprint(w, "data: [DONE]\n\n")
}

func reply(w http.ResponseWriter, status int, v any) {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err) // it is made of texts and counts
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(raw)
}

func failure(message string) any {
	return map[string]any{"error": map[string]any{"message": message, "type": "invalid_request_error"}}
}

// Answer reads the messages and answers in the form of the schema; without one,
// in a sentence.
func (r Reader) Answer(messages []Message, schema json.RawMessage) (string, error) {
	var text strings.Builder
	for _, m := range messages {
		text.WriteString(m.Content)
		text.WriteString("\n")
	}
	if len(schema) == 0 {
		return "There is nothing that I could say.", nil
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(text.String()))
	obedience := r.Obedience
	if obedience == 0 {
		obedience = 0.95
	}
	f := form{text: text.String(), obedience: obedience, rng: rand.New(rand.NewPCG(r.Seed, h.Sum64())), thought: NothingSaid}
	if err := f.read(schema); err != nil {
		return "", err
	}
	raw, err := f.fill(schema)
	return string(raw), err
}

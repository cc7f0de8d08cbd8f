package openai

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"purposeagent/agent/chat"
	"purposeagent/agent/llm/wire"
)

// FuzzStream holds that any bytes after a 200 are an answer or a failure that says
// something, the same however they arrive, and that the last that is told is the
// answer.
func FuzzStream(f *testing.F) {
	files, err := filepath.Glob("testdata/*.body.*")
	if err != nil || len(files) == 0 {
		f.Fatal(files, err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(raw))
	}
	for _, seed := range []string{`{"choices":[{"message":{"content":[{"type":"text","text":"a"}]}}]}`, `data: {"choices":[{"delta":{"tool_calls":[{"index":-1,"function":{"name":1,"arguments":{}}}]},"finish_reason":"error"}]}`,
		`[{"error":{}}]`, "data: [DONE]", `{"choices":[{"index":9e99}],"usage":{"prompt_tokens":"x"}}`, `{"detail":[{"loc":[1]}]}`} {
		f.Add(seed)
	}
	s, err := wire.NewServer(wire.Config{Provider: "openai", Model: "m", BaseURL: "http://127.0.0.1:1/v1", HTTPClient: &http.Client{Transport: http.NewFileTransport(http.Dir("."))}})
	if err != nil {
		f.Fatal(err)
	}
	c := &Client{Server: s}
	request := chat.Request{Schema: []byte(`{"type":"object","properties":{"a":{}},"required":["a"]}`), MaxTokens: 10}
	read := func(t *testing.T, e *wire.Events) (chat.Response, string) {
		last := ""
		a := newAnswer(func(text string) { last = text })
		if err := a.fold(e, s); err != nil {
			if failed, ok := errors.AsType[*wire.Failure](err); ok && failed.Error() == "" {
				t.Error("a failure without words")
			}
			return chat.Response{}, err.Error()
		}
		asked := asking{client: c, request: request, thought: true, dialect: dialect{format: formatText, inThinking: true}}
		response, again, failed := asked.read(a, s.ThinkingTokens)
		switch {
		case failed != nil:
			return response, failed.Error()
		case !again && response.Text != "" && last != response.Text:
			t.Errorf("told %q, and answered %q", last, response.Text)
		}
		if u := response.Usage; u.TokensIn < 0 || u.TokensOut < 0 || u.TokensCached > u.TokensIn || u.Tokens() > 4e9 {
			t.Errorf("usage %+v", u)
		}
		return response, ""
	}
	f.Fuzz(func(t *testing.T, body string) {
		once, failed := read(t, wire.NewEvents(strings.NewReader(body)))
		pieces, failed2 := read(t, wire.NewEvents(iotest.OneByteReader(strings.NewReader(body))))
		if once.Text != pieces.Text || failed != failed2 {
			t.Errorf("%q, %q at once, %q, %q in pieces", once.Text, failed, pieces.Text, failed2)
		}
	})
}

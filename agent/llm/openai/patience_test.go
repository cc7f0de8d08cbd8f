package openai_test

import (
	"cmp"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/chat"
	"purposeagent/agent/llm/openai"
)

// slowStream is a server whose stream comes in pieces, each after its pause, and
// stays open for an hour after the last.
type slowStream struct {
	header time.Duration
	pieces []string
	pause  time.Duration
	asked  int
}

func (s *slowStream) RoundTrip(r *http.Request) (*http.Response, error) {
	s.asked++
	if err := pauseFor(r.Context(), s.header); err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"text/event-stream"}}, Request: r, ProtoMajor: 1, ProtoMinor: 1,
		Body: io.NopCloser(&slowBody{ctx: r.Context(), of: s, pieces: s.pieces})}, nil
}

type slowBody struct {
	ctx    context.Context
	of     *slowStream
	pieces []string
}

func (b *slowBody) Read(p []byte) (int, error) {
	if len(b.pieces) == 0 {
		return 0, cmp.Or(pauseFor(b.ctx, time.Hour), io.EOF)
	}
	if err := pauseFor(b.ctx, b.of.pause); err != nil {
		return 0, err
	}
	n := copy(p, b.pieces[0])
	if b.pieces[0] = b.pieces[0][n:]; b.pieces[0] == "" {
		b.pieces = b.pieces[1:]
	}
	return n, nil
}

func pauseFor(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// TestPatience holds an answer that keeps coming, however long it is, and gives up
// one that falls silent or never ends, once and in plain words.
func TestPatience(t *testing.T) {
	word := func(text string) string {
		return `data: {"choices":[{"index":0,"delta":{"content":"` + text + `"}}]}` + "\n\n"
	}
	const end = `data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\ndata: [DONE]\n\n"
	words := func(n int, last ...string) (list []string) {
		for range n {
			list = append(list, word("a"))
		}
		return append(list, last...)
	}
	for _, test := range []struct {
		name   string
		server *slowStream
		change func(*openai.Config)
		text   string
		why    agent.NoAnswerReason
		want   string
	}{
		{"a long answer that keeps coming", &slowStream{pieces: words(9, end), pause: 115 * time.Second}, nil, "aaaaaaaaa", "", ""},
		{"heartbeats before the first word", &slowStream{pieces: append([]string{": ping\n\n", ": ping\n\n", ": ping\n\n"}, words(1, end)...), pause: 170 * time.Second}, nil, "a", "", ""},
		{"no answer", &slowStream{header: time.Hour}, nil, "", agent.NoAnswerDown, "did not answer within 3m0s"},
		{"a header and nothing more", &slowStream{}, nil, "", agent.NoAnswerDown, "did not answer within 3m0s"},
		{"silence in the middle", &slowStream{pieces: words(3), pause: time.Second}, nil, "", agent.NoAnswerCut, "fell silent for 3m0s in the middle of an answer"},
		{"no end", &slowStream{pieces: words(5000), pause: time.Second}, nil, "", agent.NoAnswerCut, "had not come to its end after 20m0s"},
		{"other limits", &slowStream{pieces: words(5000), pause: time.Second}, func(c *openai.Config) { c.Timeout, c.Whole = 2*time.Second, time.Minute }, "", agent.NoAnswerCut, "after 1m0s"},
		{"a silence that is longer than the usual whole", &slowStream{header: 25 * time.Minute, pieces: words(1, end)}, func(c *openai.Config) { c.Timeout = 30 * time.Minute }, "a", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cfg := openai.Config{Model: "m", BaseURL: "http://127.0.0.1:1/v1", HTTPClient: &http.Client{Transport: test.server}}
				if test.change != nil {
					test.change(&cfg)
				}
				c, err := openai.New(cfg)
				if err != nil {
					t.Fatal(err)
				}
				got, err := c.Generate(t.Context(), chat.Request{Messages: []chat.Message{{Role: chat.RoleUser, Text: "say"}}, OnText: func(string) {}})
				if test.want == "" {
					if err != nil || got.Text != test.text {
						t.Errorf("got %q, %v; want %q", got.Text, err, test.text)
					}
					return
				}
				n, ok := agent.NoAnswerOf(err)
				if !ok || n.Why != test.why || agent.CodeOf(err) != agent.CodeTimeout || !strings.Contains(agent.MessageOf(err), test.want) {
					t.Errorf("got %q (%+v), want %q, %s", agent.MessageOf(err), n, test.want, test.why)
				}
				if test.server.asked != 1 {
					t.Errorf("the server was asked %d times", test.server.asked)
				}
			})
		})
	}
}

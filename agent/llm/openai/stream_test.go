package openai_test

import (
	"context"
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

// streamed asks for a stream and returns what was told on the way.
func streamed(t *testing.T, c *openai.Client, change ...func(*chat.Request)) ([]string, chat.Response, error) {
	t.Helper()
	var told []string
	request := ask()
	request.OnText = func(text string) { told = append(told, text) }
	for _, f := range change {
		f(&request)
	}
	r, err := c.Generate(t.Context(), request)
	return told, r, err
}

// sse answers with events, a flush after each, and ends as said.
func sse(end string, events ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for _, e := range events {
			fmt.Fprintf(w, "data: %s\n\n", e)
			w.(http.Flusher).Flush()
		}
		switch end {
		case "done":
			io.WriteString(w, "data: [DONE]\n\n")
		case "cut":
			panic(http.ErrAbortHandler)
		}
	}
}

func piece(text, finish string) string {
	reason := "null"
	if finish != "" {
		reason = `"` + finish + `"`
	}
	return fmt.Sprintf(`{"choices":[{"index":0,"finish_reason":%s,"delta":{"content":%q}}],"model":"m"}`, reason, text)
}

func TestRecordedStreams(t *testing.T) {
	for _, test := range []struct {
		name, begins string
		truncated    bool
		in, cached   int64
	}{
		{"04_chat_stream_usage", "Ale", true, 36, 35},
		{"05_chat_stream_nousage", "", true, 0, 0},
		{"08_json_schema_stream", "{\n  \"thought\":", false, 37, 36},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newServer(t, recorded(t, test.name))
			told, r, err := streamed(t, client(t, s.URL))
			if err != nil {
				t.Fatal(err)
			}
			if len(told) < 3 || told[len(told)-1] != r.Text || !strings.HasPrefix(r.Text, test.begins) || r.Truncated != test.truncated {
				t.Errorf("told %d times, last %q; got %+v", len(told), told[len(told)-1], r)
			}
			for i := range told[1:] {
				if !strings.HasPrefix(told[i+1], told[i]) {
					t.Errorf("%q does not go on from %q", told[i+1], told[i])
				}
			}
			if r.Usage.TokensCached != test.cached || (r.Usage.TokensIn > 0) != (test.in > 0) || r.Usage.Calls != 1 {
				t.Errorf("usage %+v", r.Usage)
			}
			if b := s.body(0); b["stream"] != true || b["stream_options"].(map[string]any)["include_usage"] != true {
				t.Errorf("asked %v", b)
			}
		})
	}
}

func TestStreamFaults(t *testing.T) {
	const north = `{"action":"north"}`
	good := sse("done", piece(north, ""), piece("", "stop"))
	for _, test := range []struct {
		name     string
		handlers []http.HandlerFunc
		text     string
		code     agent.Code // "" for an answer
		says     string
		calls    int
	}{
		{"cut in the middle, then whole", []http.HandlerFunc{sse("cut", piece(`{"action":"nor`, "")), good}, north, "", "", 2},
		{"ends without an end", []http.HandlerFunc{sse("", piece(`{"action":"nor`, ""))}, "", agent.CodeUnavailable, "in the middle of an answer", 3},
		{"an error in mid-stream, then whole", []http.HandlerFunc{sse("done", piece(`{"action":"nor`, ""), `{"error":{"message":"out of memory"}}`), good}, north, "", "", 2},
		{"an error in mid-stream, always", []http.HandlerFunc{sse("done", `{"error":{"message":"out of memory"}}`)}, "", agent.CodeUnavailable, "out of memory", 3},
		{"rubbish", []http.HandlerFunc{sse("done", "{{{")}, "", agent.CodeUnavailable, "can't be read", 3},
		{"slow down, then whole", []http.HandlerFunc{status(429, `{"error":{"message":"slow"}}`, "Retry-After-Ms", "1"), good}, north, "", "", 2},
		{"no stream but an answer", []http.HandlerFunc{says(north)}, north, "", "", 1},
		{"a page of HTML", []http.HandlerFunc{func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, "<h1>Welcome</h1>")
		}}, "", agent.CodeUnavailable, "can't be read", 3},
		{"stream options are not known", []http.HandlerFunc{status(400, `{"error":{"message":"unknown field stream_options"}}`), good}, north, "", "", 2},
		{"streams are not known", []http.HandlerFunc{status(400, `{"error":{"message":"stream is not supported"}}`), says(north)}, north, "", "", 2},
		{"a wrong key", []http.HandlerFunc{status(401, `{"error":{"message":"no"}}`)}, "", agent.CodeDenied, "does not accept the key", 1},
		{"comments and empty lines", []http.HandlerFunc{func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
			fmt.Fprintf(w, ": ping\n\n\n\ndata: %s\n\n: ping\n\ndata: %s\n\n", piece(north, ""), piece("", "stop"))
		}}, north, "", "", 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newServer(t, test.handlers...)
			_, r, err := streamed(t, client(t, s.URL))
			if test.code != "" {
				if agent.CodeOf(err) != test.code || !strings.Contains(agent.MessageOf(err), test.says) {
					t.Errorf("got %v, want %s: %s", err, test.code, test.says)
				}
			} else if err != nil || r.Text != test.text {
				t.Errorf("got %q, %v", r.Text, err)
			}
			if s.calls() != test.calls {
				t.Errorf("%d calls, want %d", s.calls(), test.calls)
			}
		})
	}
}

// Tokens without end are read up to a bound, and refused.
func TestEndlessTokens(t *testing.T) {
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		line := "data: " + piece(strings.Repeat("word ", 2000), "") + "\n\n"
		for r.Context().Err() == nil {
			if _, err := io.WriteString(w, line); err != nil {
				return
			}
		}
	})
	told, _, err := streamed(t, client(t, s.URL, func(c *openai.Config) { c.Retries = -1 }))
	if agent.CodeOf(err) != agent.CodeUnavailable || !strings.Contains(agent.MessageOf(err), "larger than") || len(told) > 20 {
		t.Errorf("told %d times, %v", len(told), err)
	}
}

// A request that is ended in mid-answer lets go of the server at once.
func TestCancelInMidStream(t *testing.T) {
	free := make(chan struct{})
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprintf(w, "data: %s\n\n", piece("nor", ""))
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		close(free)
	})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	request := ask()
	request.OnText = func(string) { cancel() }
	_, err := client(t, s.URL).Generate(ctx, request)
	if agent.CodeOf(err) != agent.CodeStopped {
		t.Error(err)
	}
	select {
	case <-free:
	case <-time.After(10 * time.Second):
		t.Error("the server still works on it")
	}
}

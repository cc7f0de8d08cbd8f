package openai_test

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/llm/openai"
)

// recordedTexts are those of the recorded request.
var recordedTexts = []string{"open the fridge door", "open the refrigerator", "the sky is blue today"}

func TestEmbeddings(t *testing.T) {
	vectors := func(data string) http.HandlerFunc { return status(200, `{"object":"list","data":[`+data+`]}`) }
	for _, test := range []struct {
		name    string
		handler http.HandlerFunc
		texts   []string
		says    string // part of the error, "" for vectors
	}{
		{"recorded", recorded(t, "54_embeddings"), recordedTexts, ""},
		{"a server without embeddings", recorded(t, "22_embeddings_unsupported"), []string{"a"}, ""},
		{"in another order", vectors(`{"index":1,"embedding":[0,1]},{"index":0,"embedding":[1,0]}`), []string{"a", "b"}, ""},
		{"too few", vectors(`{"index":0,"embedding":[1]}`), []string{"a", "b"}, "is it a model of embeddings?"},
		{"one twice", vectors(`{"index":0,"embedding":[1]},{"index":0,"embedding":[1]}`), []string{"a", "b"}, "is it a model of embeddings?"},
		{"other lengths", vectors(`{"index":0,"embedding":[1]},{"index":1,"embedding":[1,2]}`), []string{"a", "b"}, "is it a model of embeddings?"},
		{"empty ones", vectors(`{"index":0,"embedding":[]}`), []string{"a"}, "is it a model of embeddings?"},
		{"out of range", vectors(`{"index":7,"embedding":[1]}`), []string{"a"}, "is it a model of embeddings?"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := client(t, newServer(t, test.handler).URL).Embed(t.Context(), test.texts)
			switch {
			case test.name == "a server without embeddings":
				if err == nil || strings.Contains(err.Error(), secret) {
					t.Error(got, err)
				}
			case test.says != "":
				if agent.CodeOf(err) != agent.CodeInvalid || !strings.Contains(agent.MessageOf(err), test.says) {
					t.Error(got, err)
				}
			case err != nil || len(got) != len(test.texts) || len(got[0]) == 0:
				t.Error(len(got), err)
			case test.name == "in another order" && (got[0][0] != 1 || got[1][1] != 1):
				t.Error(got)
			}
		})
	}
}

func TestListsModels(t *testing.T) {
	s := newServer(t, status(200, `{"object":"list","data":[{"id":"b","object":"model"},{"id":"a","object":"model"}]}`))
	if got, err := client(t, s.URL).Models(t.Context()); err != nil || strings.Join(got, " ") != "a b" {
		t.Error(got, err)
	}
	if got, err := client(t, newServer(t, status(401, `{}`)).URL).Models(t.Context()); agent.CodeOf(err) != agent.CodeDenied {
		t.Error(got, err)
	}
}

// A certificate that nobody vouches for, and a server that does not speak TLS at
// all, are said at once: asking again would not help.
func TestBadTLS(t *testing.T) {
	quiet := log.New(io.Discard, "", 0)
	stranger := httptest.NewUnstartedServer(says("hello"))
	stranger.Config.ErrorLog = quiet
	stranger.StartTLS()
	defer stranger.Close()
	plain := newServer(t, says("hello"))
	for address, says := range map[string]string{stranger.URL: "is not trusted", strings.Replace(plain.URL, "http:", "https:", 1): "does not speak HTTPS"} {
		began := time.Now()
		_, err := client(t, address, func(c *openai.Config) { c.RetryDelay = 5 * time.Second }).Generate(t.Context(), ask())
		if agent.CodeOf(err) != agent.CodeUnavailable || !strings.Contains(agent.MessageOf(err), says) || time.Since(began) > 4*time.Second {
			t.Errorf("%s: %v after %v", address, err, time.Since(began))
		}
	}
}

package wire

import (
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

func TestFits(t *testing.T) {
	schema := json.RawMessage(`{"type":"object","properties":{"a":{},"b":{}},"required":["a"]}`)
	for _, test := range []struct {
		name, text string
		want       bool
	}{
		{"all that is required", ` {"a":null} `, true},
		{"more than that", `{"b":1,"a":2,"c":3}`, true},
		{"one is missing", `{"b":1}`, false},
		{"a list", `[{"a":1}]`, false},
		{"cut", `{"a":1`, false},
		{"words around it", `Here: {"a":1}`, false},
		{"nothing", ``, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := Fits(schema, test.text); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
	if !Fits(nil, "{}") || Fits(nil, "null") {
		t.Error("no schema wants an object, and nothing of it")
	}
}

func TestLimitBelow(t *testing.T) {
	for _, test := range []struct {
		name, refusal string
		sent, want    int
	}{
		{"anthropic", "max_tokens: 20000 > 8192, which is the maximum allowed number of output tokens for claude-3-5", 20000, 8192},
		{"a comma", "max_tokens must be at most 8,192", 20000, 8192},
		{"no number", "max_tokens is too large", 20000, 0},
		{"a larger number", "max_tokens must be at least 50000", 20000, 0},
		{"a number of something else", "claude-3 takes no max_tokens", 20000, 0},
		{"beyond any number", "max_tokens 99999999999999999999999", 20000, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := LimitBelow(test.refusal, test.sent); got != test.want {
				t.Errorf("got %d, want %d", got, test.want)
			}
		})
	}
}

func TestWhole(t *testing.T) {
	for _, test := range []struct {
		name, body string
		want       []string
		err        error
	}{
		{"an object", "\ufeff {\"a\": 1}\n", []string{`{"a": 1}`}, nil},
		{"a list over lines", "[{\"a\":1}\n,\n{\"a\":2}]", []string{"[{\"a\":1}\n,\n{\"a\":2}]"}, nil},
		{"events", "data: {\"a\":1}\n\ndata: {\"a\":2}", []string{`{"a":1}`, `{"a":2}`}, nil},
		{"half an object", `{"a":`, nil, ErrCut},
		{"a page", "<html>", nil, nil},
		{"nothing", "", nil, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			events, err := (&Reply{body: strings.NewReader(test.body)}).Whole()
			if !errors.Is(err, test.err) {
				t.Fatal(err)
			}
			var got []string
			for err == nil {
				var event Event
				if event, err = events.Next(); err == nil {
					got = append(got, string(event.Data))
				}
			}
			if !slices.Equal(got, test.want) || test.err == nil && !errors.Is(err, io.EOF) {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
	if _, err := (&Reply{body: strings.NewReader("{{{")}).Whole(); err == nil || errors.Is(err, ErrCut) {
		t.Errorf("rubbish is %v", err)
	}
}

func TestErrorOfGoogle(t *testing.T) {
	said := ErrorOf([]byte(`{"error":{"code":429,"message":"You exceeded your current quota.","status":"RESOURCE_EXHAUSTED","details":[
		{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"RATE_LIMIT_EXCEEDED"},{"@type":"a"},{"@type":"b"},{"@type":"c"},
		{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"6.500000001s"}]}}`))
	if !strings.HasPrefix(said.Message, "You exceeded your current quota.") || said.wait != "6.500000001s" || said.Status() != 429 {
		t.Errorf("%+v, %d", said, said.Status())
	}
}

func TestCleanHidesKeys(t *testing.T) {
	for _, test := range []struct{ name, key, text, want string }{
		{"a key", "sk-very-secret", "no such key: sk-very-secret", "no such key: [key]"},
		{"a letter for a key", "x", "You exceeded your quota", "You exceeded your quota"},
		{"no key", "", "You exceeded your quota", "You exceeded your quota"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := &Server{Config: Config{Key: test.key}}
			if got := s.Clean(test.text); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

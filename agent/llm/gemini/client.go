// Package gemini talks to Google's Gemini API, and to proxies that speak it too.
package gemini

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/url"
	"regexp"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/chat"
	"purposeagent/agent/llm/wire"
)

// DefaultBaseURL is Google's own server, without the version.
const DefaultBaseURL = "https://generativelanguage.googleapis.com"

// Client is a chat.LLM and a chat.Embedder. It is safe for concurrent use. It
// learns what its model does not take and does not ask for that again.
type Client struct {
	*wire.Server
	version string // the first part of each path; "" where the address has it

	learned wire.Learned[dialect]
}

var (
	_ chat.LLM      = (*Client)(nil)
	_ chat.Embedder = (*Client)(nil)
)

// versioned is an address that names the version of the API.
var versioned = regexp.MustCompile(`/v[0-9]+[a-z0-9]*/$`)

// New returns a client; nothing is sent. Errors: CodeInvalid for a bad address
// or model name.
func New(cfg wire.Config) (*Client, error) {
	cfg.Provider, cfg.BaseURL = cmp.Or(cfg.Provider, "gemini"), cmp.Or(cfg.BaseURL, DefaultBaseURL)
	server, err := wire.NewServer(cfg)
	if err != nil {
		return nil, err
	}
	if server.Key != "" {
		server.Header.Set("X-Goog-Api-Key", server.Key)
	}
	c := &Client{Server: server, version: "v1beta/"}
	if versioned.MatchString(server.Base.Path) {
		c.version = ""
	}
	return c, nil
}

// resource is the model's name as the API has it.
func (c *Client) resource() string {
	if strings.HasPrefix(c.Model, "models/") || strings.HasPrefix(c.Model, "tunedModels/") {
		return c.Model
	}
	return "models/" + c.Model
}

// path is that of a method of the model.
func (c *Client) path(method string) string {
	kind, name, _ := strings.Cut(c.resource(), "/")
	return c.version + kind + "/" + url.PathEscape(name) + ":" + method
}

// Generate asks the model, with the errors and retries of wire.Ask.
func (c *Client) Generate(ctx context.Context, request chat.Request) (chat.Response, error) {
	a := asking{Client: c, request: request}
	return wire.Ask(ctx, wire.Talk[dialect, *fold]{Server: c.Server, Learned: &c.learned, Request: request, Send: a.send, Response: a.response})
}

// asking is one request on its way to an answer.
type asking struct {
	*Client
	request chat.Request
}

// send does one request, streamed where somebody listens.
func (a asking) send(ctx context.Context, d dialect, budget int) (*fold, *wire.Failure) {
	method := "generateContent"
	if a.request.OnText != nil && !d.noStream {
		method = "streamGenerateContent?alt=sse"
	}
	var f *fold
	failed := a.Post(ctx, a.path(method), params(a.request, d, budget), func(reply *wire.Reply) (err error) {
		f, err = a.read(reply)
		return err
	})
	return f, failed
}

// read folds the pieces of a stream, of which the whole answer may be the only one.
func (a asking) read(reply *wire.Reply) (*fold, error) {
	events, err := reply.Heard(a.request.OnText != nil)
	if err != nil {
		return nil, err
	}
	f := newFold(a.request.OnText)
	for {
		event, err := events.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		list, err := pieces(event.Data)
		if err != nil {
			return nil, err
		}
		for i := range list {
			if list[i].failed() || strings.EqualFold(event.Name, "error") {
				return nil, a.Told(event.Data)
			}
			f.add(&list[i])
		}
		if f.size > wire.MaxBodyBytes {
			return nil, wire.ErrTooLarge
		}
	}
	if f.finish.FinishReason != "" || f.PromptFeedback.BlockReason != "" || events.Done() && f.began || a.whole(f) {
		return f, nil
	}
	return nil, a.Unended(events, f.began)
}

// whole reports whether an answer is complete though the server gives no reason
// why the model stopped.
func (a asking) whole(f *fold) bool {
	answer := f.said(a.request.Schema)
	if a.request.Schema != nil {
		return wire.Fits(a.request.Schema, answer)
	}
	return answer != ""
}

// response reads an answer.
func (a asking) response(f *fold) (chat.Response, *wire.Failure) {
	text, reason := f.said(a.request.Schema), f.finish.FinishReason
	none := func(why agent.NoAnswerReason, retry bool, code agent.Code, format string, args ...any) (chat.Response, *wire.Failure) {
		return chat.Response{}, &wire.Failure{Why: why, Retry: retry, Err: agent.Errorf(code, format, args...)}
	}
	end, known := ends[reason]
	switch {
	case f.PromptFeedback.BlockReason != "":
		return none(agent.NoAnswerRefused, false, agent.CodeInvalid, "the model %s refused to answer: %s", a.Model,
			a.told(blocks, f.PromptFeedback.BlockReason, "the prompt was blocked", f.PromptFeedback.BlockReasonMessage))
	case !known || end != "":
		return none(agent.NoAnswerRefused, passing[reason], agent.CodeInvalid, "the model %s refused to answer: %s", a.Model,
			a.told(ends, reason, "it ended for a reason of its own", f.finish.FinishMessage))
	case text == "":
		return none(agent.NoAnswerCut, true, agent.CodeUnavailable, "%s gave no answer: the model %s stopped before it (%s)", a.Where(), a.Model, cmp.Or(reason, "no reason given"))
	}
	return chat.Response{Text: text, Model: cmp.Or(a.Clean(f.Model), a.Model), Truncated: reason == "MAX_TOKENS"}, nil
}

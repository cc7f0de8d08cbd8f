// Package anthropic talks to Anthropic's Messages API, and to the servers and
// proxies that speak it too.
package anthropic

import (
	"cmp"
	"context"
	"errors"
	"io"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/chat"
	"purposeagent/agent/llm/wire"
)

// DefaultBaseURL is Anthropic's own server, without /v1.
const DefaultBaseURL = "https://api.anthropic.com"

// apiVersion is the version of the API that this client speaks.
const apiVersion = "2023-06-01"

// Client is a chat.LLM. It is safe for concurrent use. It learns what its
// model does not take and does not ask for that again.
type Client struct {
	*wire.Server
	version string // the first part of each path; "" where the address has it

	learned wire.Learned[dialect]
}

var _ chat.LLM = (*Client)(nil)

// New returns a client; nothing is sent. Errors: CodeInvalid for a bad address
// or model name.
func New(cfg wire.Config) (*Client, error) {
	cfg.Provider, cfg.BaseURL = cmp.Or(cfg.Provider, "anthropic"), cmp.Or(cfg.BaseURL, DefaultBaseURL)
	server, err := wire.NewServer(cfg)
	if err != nil {
		return nil, err
	}
	server.Header.Set("Anthropic-Version", apiVersion)
	if server.Key != "" {
		server.Header.Set("X-Api-Key", server.Key)
	}
	c := &Client{Server: server, version: "v1/"}
	if strings.HasSuffix(server.Base.Path, "/v1/") {
		c.version = ""
	}
	return c, nil
}

// Generate asks the model, with the errors and retries of wire.Ask.
func (c *Client) Generate(ctx context.Context, request chat.Request) (chat.Response, error) {
	a := asking{Client: c, request: request}
	return wire.Ask(ctx, wire.Talk[dialect, *message]{Server: c.Server, Learned: &c.learned, Request: request,
		Send: a.send, Unheeded: a.unheeded, Response: a.response})
}

// asking is one request on its way to an answer.
type asking struct {
	*Client
	request chat.Request
}

// send does one request, streamed where somebody listens.
func (a asking) send(ctx context.Context, d dialect, budget int) (*message, *wire.Failure) {
	var m *message
	failed := a.Post(ctx, a.version+"messages", params(a.Model, a.request, d, budget), func(reply *wire.Reply) (err error) {
		m, err = a.read(reply)
		return err
	})
	return m, failed
}

func (a asking) unheeded(d dialect, m *message) (dialect, bool) { return d.unheeded(m, a.request) }

// read folds the events of a stream, of which the whole answer may be the only one.
func (a asking) read(reply *wire.Reply) (*message, error) {
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
		said, err := f.add(event.Name, event.Data)
		if err != nil {
			return nil, err
		}
		if said != nil {
			return nil, a.Told(said)
		}
	}
	m, ended, closed := f.done()
	answer, _ := m.answer(a.request.Schema)
	switch {
	case ended, events.Done() && f.began, closed && a.request.Schema == nil, a.request.Schema != nil && wire.Fits(a.request.Schema, answer):
		return &m, nil
	}
	return nil, a.Unended(events, f.began)
}

// response reads an answer.
func (a asking) response(m *message) (chat.Response, *wire.Failure) {
	text, _ := m.answer(a.request.Schema)
	none := func(why agent.NoAnswerReason, retry bool, code agent.Code, format string, args ...any) (chat.Response, *wire.Failure) {
		return chat.Response{}, &wire.Failure{Why: why, Retry: retry, Err: agent.Errorf(code, format, args...)}
	}
	switch {
	case m.StopReason == "refusal":
		why := a.Clean(cmp.Or(m.StopDetails.Explanation, text, m.StopDetails.Category))
		if why == "" {
			return none(agent.NoAnswerRefused, false, agent.CodeInvalid, "the model %s refused to answer, and did not say why", a.Model)
		}
		return none(agent.NoAnswerRefused, false, agent.CodeInvalid, "the model %s refused to answer: %s", a.Model, why)
	case m.StopReason == "model_context_window_exceeded" && text == "":
		return chat.Response{}, &wire.Failure{Why: agent.NoAnswerRefused, Overflow: true, Err: agent.Wrap(agent.CodeInvalid, agent.ErrContextOverflow,
			"the prompt leaves no room for an answer of %s: choose a model with a larger context, or a smaller prompt budget", a.Model)}
	case text == "", m.StopReason == "pause_turn" && a.request.Schema != nil && !wire.Fits(a.request.Schema, text):
		return none(agent.NoAnswerCut, true, agent.CodeUnavailable, "%s gave no answer: the model %s stopped before it (%s)", a.Where(), a.Model, a.Clean(cmp.Or(m.StopReason, "no reason given")))
	}
	return chat.Response{Text: text, Model: cmp.Or(a.Clean(m.Model), a.Model),
		Truncated: m.StopReason == "max_tokens" || m.StopReason == "model_context_window_exceeded"}, nil
}

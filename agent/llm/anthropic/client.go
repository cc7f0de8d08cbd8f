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

// Generate asks the model, with the errors and retries of wire.Retry.
func (c *Client) Generate(ctx context.Context, request chat.Request) (chat.Response, error) {
	a := &asking{Client: c, request: request, d: c.learned.Known()}
	return wire.Retry(ctx, c.Server, func() (chat.Response, *wire.Failure) { return a.attempt(ctx) })
}

// asking is one request on its way to an answer.
type asking struct {
	*Client
	request chat.Request
	d       dialect
	spent   agent.Usage // on answers that were of no use
}

// attempt sends the request once, and again in another dialect where the server
// says that the model does not take part of it, or its answer shows it.
func (a *asking) attempt(ctx context.Context) (chat.Response, *wire.Failure) {
	for {
		room := a.Room()
		budget := a.d.budget(a.request, room)
		m, failed := a.send(ctx, budget)
		switch {
		case failed != nil && failed.Overflow && a.LessRoom(room): // both together may be what is too long
			continue
		case failed != nil:
			var ok bool
			if a.d, ok = a.d.without(failed, a.request, budget); !ok {
				return chat.Response{Usage: a.spent}, failed
			}
			continue
		}
		if crowded, silent := m.crowded(a.request.Schema); crowded {
			if (a.d.most == 0 || budget < a.d.most) && a.MoreRoom(room) {
				a.spent = a.spent.Add(m.Usage.of())
				continue
			}
			if silent {
				a.spent = a.spent.Add(m.Usage.of())
				return chat.Response{Usage: a.spent}, a.OnlyThought(budget)
			}
		}
		var again bool
		if a.d, again = a.d.unheeded(m, a.request); again {
			a.spent = a.spent.Add(m.Usage.of())
			continue
		}
		response, odd := a.response(m)
		if odd != nil {
			a.spent = a.spent.Add(m.Usage.of())
			return chat.Response{Usage: a.spent}, odd
		}
		a.learned.Learn(a.d, dialect.merge)
		return response, nil
	}
}

// send does one request, streamed where somebody listens.
func (a *asking) send(ctx context.Context, budget int) (*message, *wire.Failure) {
	var m *message
	failed := a.Post(ctx, a.version+"messages", params(a.Model, a.request, a.d, budget), func(reply *wire.Reply) (err error) {
		m, err = a.read(reply)
		return err
	})
	return m, failed
}

// read folds the events of a stream, of which the whole answer may be the only one.
func (a *asking) read(reply *wire.Reply) (*message, error) {
	events, err := a.events(reply)
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
	case !f.began && events.Stray() != "":
		return nil, a.Odd(events.Stray())
	case !f.began:
		return nil, a.NoneGiven(wire.ServerError{})
	}
	return nil, wire.ErrCut
}

// events are those of a reply, as they come where somebody listens.
func (a *asking) events(reply *wire.Reply) (*wire.Events, error) {
	if a.request.OnText != nil {
		return reply.Events(), nil
	}
	return reply.Whole()
}

// response reads an answer.
func (a *asking) response(m *message) (chat.Response, *wire.Failure) {
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
		Truncated: m.StopReason == "max_tokens" || m.StopReason == "model_context_window_exceeded", Usage: a.spent.Add(m.Usage.of()),
		Warning: a.Unread(wire.PromptBytes(a.request.Messages), m.Usage.of())}, nil
}

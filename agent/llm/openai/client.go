// Package openai talks to any server with OpenAI's chat completions: OpenAI
// itself, Ollama, vLLM, LM Studio, llama.cpp and many more, in the shapes that
// they really have.
package openai

import (
	"cmp"
	"context"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/chat"
	"purposeagent/agent/llm/thinking"
	"purposeagent/agent/llm/wire"
)

// DefaultBaseURL is OpenAI's own server.
const DefaultBaseURL = "https://api.openai.com/v1"

// Config says which model of which server is asked. Model is required; BaseURL
// goes up to and with /v1 and is DefaultBaseURL where it is left out, Provider
// openai, AddressFrom and KeyFrom the usual environment variables. The key is
// sent as a bearer token.
type Config = wire.Config

// Client is a chat.LLM. It is safe for concurrent use. It learns what its
// server does not support (structured output, a parameter) and does not ask
// for that again, and how much room its model needs for thinking.
type Client struct {
	*wire.Server

	learned wire.Learned[dialect]
}

var _ chat.LLM = (*Client)(nil)

// New returns a client; nothing is sent. Errors: CodeInvalid for a bad URL or
// model name, CodeDenied where OpenAI itself would be asked without a key.
func New(cfg Config) (*Client, error) {
	cfg.Provider, cfg.BaseURL = cmp.Or(cfg.Provider, "openai"), cmp.Or(cfg.BaseURL, DefaultBaseURL)
	cfg.AddressFrom, cfg.KeyFrom = cmp.Or(cfg.AddressFrom, "OPENAI_BASE_URL"), cmp.Or(cfg.KeyFrom, "OPENAI_API_KEY")
	cfg.VersionPath = "/v1"
	server, err := wire.NewServer(cfg)
	if err != nil {
		return nil, err
	}
	if server.Key == "" && strings.EqualFold(strings.TrimSuffix(server.Base.Hostname(), "."), "api.openai.com") {
		return nil, agent.Errorf(agent.CodeDenied,
			"OpenAI asks for an API key: set %s, or %s to the address of a local model server", server.KeyFrom, server.AddressFrom)
	}
	if server.Key != "" {
		server.Header.Set("Authorization", "Bearer "+server.Key)
	}
	return &Client{Server: server}, nil
}

// Generate asks the model. Every error is an *agent.NoAnswer, but for the end of
// ctx. A failure that may pass is retried with jittered back-off, or after the
// time that the server asks for; then: CodeUnavailable (no connection, 408, 409,
// 5xx, unknown model, wrong address, odd answer), CodeRateLimited (429),
// CodeTimeout. Not retried: CodeDenied (key, permission, no credit), CodeInvalid
// (refused request; agent.ErrContextOverflow is in its chain where the prompt was
// too long), CodeStopped (ctx).
func (c *Client) Generate(ctx context.Context, request chat.Request) (chat.Response, error) {
	return wire.Retry(ctx, c.Server, func() (chat.Response, *wire.Failure) { return c.attempt(ctx, request) })
}

// attempt sends the request once, and again in another dialect or with more room
// where the server says that it does not understand part of it, or its answer
// shows it.
func (c *Client) attempt(ctx context.Context, request chat.Request) (chat.Response, *wire.Failure) {
	a := asking{client: c, request: request, dialect: c.learned.Known()}
	for {
		room := c.Room()
		answer, failed := c.send(ctx, a.dialect.body(c.Model, request, room), request.OnText)
		if failed != nil {
			if !a.mend(room, failed) {
				return chat.Response{Usage: a.spent}, failed
			}
			continue
		}
		response, again, failed := a.read(answer, room)
		switch {
		case failed != nil:
			return chat.Response{Usage: a.spent}, failed
		case !again:
			c.learned.Learn(a.dialect, dialect.merge) // of a request that failed for good nothing is learned
			return response, nil
		}
	}
}

// send does one request and folds its answer, which may be streamed whether it was
// asked for or not.
func (c *Client) send(ctx context.Context, body *chatRequest, onText func(string)) (*answer, *wire.Failure) {
	a := newAnswer(onText)
	failed := c.Post(ctx, "chat/completions", body, func(reply *wire.Reply) error { return a.fold(reply.Events(), c.Server) })
	if failed != nil {
		return nil, failed
	}
	return a, nil
}

// asking is one request that may have to be sent in several ways.
type asking struct {
	client  *Client
	request chat.Request
	dialect dialect
	spent   agent.Usage
	// sampled and thought are true once the same was asked again because the model
	// wrote no JSON, and because it did nothing but think.
	sampled, thought bool
}

// mend learns from a refusal; false where asking again would not help.
func (a *asking) mend(room int, failed *wire.Failure) bool {
	if failed.Overflow {
		return a.request.MaxTokens > 0 && a.client.LessRoom(room)
	}
	if !a.sampled && sampleFailed(failed) {
		a.sampled = true
		return true
	}
	next, ok := a.dialect.without(failed, a.request, room)
	a.dialect = next
	return ok
}

// read turns a folded answer into a response; again where it must be asked anew.
func (a *asking) read(answer *answer, room int) (response chat.Response, again bool, failed *wire.Failure) {
	c := a.client
	if failed := answer.failure(c.Server); failed != nil {
		return chat.Response{}, false, failed
	}
	a.spent = a.spent.Add(answer.usage())
	response = chat.Response{Model: cmp.Or(string(answer.model), c.Model), Truncated: answer.truncated, Usage: a.spent}
	text, thinking := thinking.SplitThinking(answer.text.String())
	thinking += answer.thinking.String()
	response.Text = answer.chosen(text, a.dialect, a.request)
	silent := text == "" && len(answer.calls) == 0
	if answer.truncated && a.request.MaxTokens > 0 && (silent || thinking != "" || answer.reasoned > 0) {
		switch {
		case c.MoreRoom(room):
			return response, true, nil
		case silent:
			return chat.Response{}, false, c.OnlyThought(a.request.MaxTokens + room)
		}
	}
	if silent && thinking != "" && !answer.truncated {
		if !a.thought && !a.dialect.inThinking && c.MoreRoom(room) {
			a.thought = true
			return response, true, nil
		}
		a.dialect.inThinking = true
		if a.request.Schema != nil && wire.Fits(a.request.Schema, thinking) { // some servers take the whole of an answer for thinking
			response.Text = strings.TrimSpace(thinking)
		}
	}
	if next, unheeded := a.dialect.unheeded(answer, response.Text, a.request); unheeded {
		a.dialect = next
		return response, true, nil
	}
	answer.end(response.Text)
	response.Warning = c.Unread(wire.PromptBytes(a.request.Messages), answer.usage())
	return response, false, nil
}

// Package openai talks to any server with OpenAI's chat completions: OpenAI
// itself, Ollama, vLLM, LM Studio, llama.cpp and many more.
package openai

import (
	"cmp"
	"context"
	"io"
	"net/http"
	"strings"
	"sync"

	sdk "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"purposeagent/agent"
	"purposeagent/agent/llm/wire"
)

// DefaultBaseURL is OpenAI's own server.
const DefaultBaseURL = "https://api.openai.com/v1"

// Config says which model of which server is asked. Model is required; BaseURL
// goes up to and with /v1 and is DefaultBaseURL where it is left out, Provider
// openai, AddressFrom and KeyFrom the usual environment variables. The key is
// sent as a bearer token.
type Config = wire.Config

// Client is an agent.LLM. It is safe for concurrent use. It learns what its
// server does not support (structured output, a parameter) and does not ask
// for that again.
type Client struct {
	*wire.Server
	service sdk.ChatCompletionService

	mu      sync.Mutex
	dialect dialect
}

var _ agent.LLM = (*Client)(nil)

// New returns a client; nothing is sent. Errors: CodeInvalid for a bad URL or
// model name, CodeDenied where OpenAI itself would be asked without a key.
func New(cfg Config) (*Client, error) {
	cfg.Provider, cfg.BaseURL = cmp.Or(cfg.Provider, "openai"), cmp.Or(cfg.BaseURL, DefaultBaseURL)
	cfg.AddressFrom, cfg.KeyFrom = cmp.Or(cfg.AddressFrom, "OPENAI_BASE_URL"), cmp.Or(cfg.KeyFrom, "OPENAI_API_KEY")
	server, err := wire.NewServer(cfg)
	if err != nil {
		return nil, err
	}
	if server.Key == "" && strings.EqualFold(server.Base.Hostname(), "api.openai.com") {
		return nil, agent.Errorf(agent.CodeDenied,
			"OpenAI asks for an API key: set %s, or %s to the address of a local model server", server.KeyFrom, server.AddressFrom)
	}
	return &Client{Server: server, service: sdk.NewChatCompletionService(options(server)...)}, nil
}

// options are those of every service of the SDK.
func options(server *wire.Server) []option.RequestOption {
	list := []option.RequestOption{option.WithBaseURL(server.Base.String()), option.WithMaxRetries(0), option.WithHTTPClient(server.HTTP)}
	if server.Key != "" {
		list = append(list, option.WithAPIKey(server.Key))
	}
	return list
}

// Generate asks the model. A failure that may pass is retried with jittered
// back-off, or after the time that the server asks for; then: CodeUnavailable
// (no connection, 408, 409, 5xx, unknown model, wrong address, odd answer),
// CodeRateLimited (429), CodeTimeout. Not retried: CodeDenied (key, permission,
// no credit), CodeInvalid (refused request; agent.ErrContextOverflow is in its
// chain where the prompt was too long), CodeStopped (ctx).
func (c *Client) Generate(ctx context.Context, request agent.Request) (agent.Response, error) {
	return wire.Retry(ctx, c.Server, func() (agent.Response, *wire.Failure) { return c.attempt(ctx, request) })
}

// attempt sends the request once, and again in another dialect where the server
// says that it does not understand part of it, or its answer shows it.
func (c *Client) attempt(ctx context.Context, request agent.Request) (agent.Response, *wire.Failure) {
	var spent agent.Usage
	for {
		c.mu.Lock()
		d := c.dialect
		c.mu.Unlock()
		body := params(c.Model, request, d)
		var completion *sdk.ChatCompletion
		var failed *wire.Failure
		if request.OnText != nil && !d.noStream {
			completion, failed = c.stream(ctx, body, request.OnText)
		} else {
			completion, failed = c.send(ctx, body)
		}
		var next dialect
		if failed == nil {
			response, odd := c.response(completion, d, request)
			response.Usage = spent.Add(response.Usage)
			var again bool
			if odd == nil {
				next, again = d.unheeded(completion.Choices[0], request)
			}
			if !again {
				return response, odd
			}
			spent = response.Usage
		} else {
			var ok bool
			if next, ok = d.without(failed, request); !ok {
				return agent.Response{}, failed
			}
		}
		c.mu.Lock()
		c.dialect = c.dialect.merge(next)
		c.mu.Unlock()
	}
}

// send does one request.
func (c *Client) send(ctx context.Context, body sdk.ChatCompletionNewParams) (*sdk.ChatCompletion, *wire.Failure) {
	attempt, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	var reply *http.Response
	completion, err := c.service.New(attempt, body, option.WithResponseInto(&reply))
	if failed := c.refusal(reply); failed != nil {
		return nil, failed
	}
	if err != nil {
		return nil, c.Broken(ctx, attempt, err)
	}
	return completion, nil
}

// refusal reads a reply with a status other than 2xx; nil for others.
func (c *Client) refusal(reply *http.Response) *wire.Failure {
	if reply == nil || reply.StatusCode >= 200 && reply.StatusCode <= 299 {
		return nil
	}
	raw, _ := io.ReadAll(io.LimitReader(reply.Body, 64<<10)) // the SDK has put it back into memory
	_ = reply.Body.Close()
	return c.Refused(reply.StatusCode, reply.Header, raw)
}

// response reads a completion.
func (c *Client) response(completion *sdk.ChatCompletion, d dialect, request agent.Request) (agent.Response, *wire.Failure) {
	usage := agent.Usage{TokensIn: max(completion.Usage.PromptTokens, 0), TokensOut: max(completion.Usage.CompletionTokens, 0),
		TokensCached: max(completion.Usage.PromptTokensDetails.CachedTokens, 0), Calls: 1}
	if len(completion.Choices) == 0 {
		text := wire.ErrorOf([]byte(completion.RawJSON())).Message // some gateways answer 200 with an error
		if text == "" {
			text = "it has no choices"
		}
		return agent.Response{}, &wire.Failure{Retry: true, Err: agent.Errorf(agent.CodeUnavailable,
			"%s gave no answer: %s", c.Where(), c.Clean(text))}
	}
	choice := completion.Choices[0]
	if choice.Message.Refusal != "" || choice.FinishReason == "content_filter" {
		return agent.Response{}, &wire.Failure{Err: agent.Errorf(agent.CodeInvalid,
			"the model %s refused to answer: %s", c.Model, c.Clean(choice.Message.Refusal))}
	}
	model := completion.Model
	if model == "" {
		model = c.Model
	}
	text := wire.WithoutThinking(choice.Message.Content)
	if d.format == formatTool && request.Schema != nil {
		text, _ = calledWith(choice, nameOf(request))
	}
	return agent.Response{Text: text, Model: model,
		Truncated: choice.FinishReason == "length", Usage: usage}, nil
}

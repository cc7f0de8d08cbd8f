// Package openai talks to any server with OpenAI's chat completions: OpenAI
// itself, Ollama, vLLM, LM Studio, llama.cpp and many more.
package openai

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/cenkalti/backoff/v5"
	sdk "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"purposeagent/agent"
)

// DefaultBaseURL is OpenAI's own server.
const DefaultBaseURL = "https://api.openai.com/v1"

// MaxBodyBytes bounds an answer's body.
const MaxBodyBytes = 10 << 20

// Config says which model of which server is asked. Model is required.
type Config struct {
	Model string
	// BaseURL of the server, up to and with /v1; default DefaultBaseURL.
	BaseURL string
	// Key is sent as a bearer token; many local servers need none. It never
	// appears in an error.
	Key string
	// HTTPClient replaces the default client, which refuses to connect to
	// link-local addresses. Redirects to other hosts are refused with either.
	HTTPClient *http.Client
	// Timeout bounds one request; default 3 minutes.
	Timeout time.Duration
	// Retries after a failure that may pass; default 2, negative none.
	// RetryDelay is the first back-off, doubled and jittered; default 500 ms.
	Retries    int
	RetryDelay time.Duration
	// MaxRetryAfter is the longest wait that a server may ask for; default 30 s.
	// A longer one is CodeRateLimited at once.
	MaxRetryAfter time.Duration
}

// Client is an agent.LLM. It is safe for concurrent use. It learns what its
// server does not support (structured output, a parameter) and does not ask
// for that again.
type Client struct {
	cfg     Config
	base    *url.URL
	service sdk.ChatCompletionService

	mu      sync.Mutex
	dialect dialect
}

var _ agent.LLM = (*Client)(nil)

// New returns a client; nothing is sent. Errors: CodeInvalid for a bad URL or
// model name, CodeDenied where OpenAI itself would be asked without a key.
func New(cfg Config) (*Client, error) {
	cfg.Model = strings.TrimSpace(cfg.Model)
	if cfg.Model == "" || len(cfg.Model) > 200 || strings.ContainsFunc(cfg.Model, unicode.IsControl) {
		return nil, agent.Errorf(agent.CodeInvalid, "name a model of at most 200 characters, for example openai:NAME")
	}
	if cfg.BaseURL == "" {
		cfg.BaseURL = DefaultBaseURL
	}
	cfg.Key = strings.TrimSpace(cfg.Key)
	base, err := parseBase(cfg.BaseURL)
	if err != nil {
		return nil, err
	}
	if cfg.Key == "" && strings.EqualFold(base.Hostname(), "api.openai.com") {
		return nil, agent.Errorf(agent.CodeDenied,
			"OpenAI asks for an API key: set OPENAI_API_KEY, or OPENAI_BASE_URL to the address of a local model server")
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = 3 * time.Minute
	}
	if cfg.Retries == 0 {
		cfg.Retries = 2
	}
	if cfg.RetryDelay <= 0 {
		cfg.RetryDelay = 500 * time.Millisecond
	}
	if cfg.MaxRetryAfter <= 0 {
		cfg.MaxRetryAfter = 30 * time.Second
	}
	options := []option.RequestOption{
		option.WithBaseURL(base.String()), option.WithMaxRetries(0), option.WithHTTPClient(guardedClient(cfg.HTTPClient)),
		option.WithMiddleware(boundBody),
	}
	if cfg.Key != "" {
		options = append(options, option.WithAPIKey(cfg.Key))
	}
	return &Client{cfg: cfg, base: base, service: sdk.NewChatCompletionService(options...)}, nil
}

// Name is openai:MODEL.
func (c *Client) Name() string { return "openai:" + c.cfg.Model }

// Generate asks the model. A failure that may pass is retried with jittered
// back-off, or after the time that the server asks for; then: CodeUnavailable
// (no connection, 408, 409, 5xx, unknown model, wrong address, odd answer),
// CodeRateLimited (429), CodeTimeout. Not retried: CodeDenied (key, permission,
// no credit), CodeInvalid (refused request; agent.ErrContextOverflow is in its
// chain where the prompt was too long), CodeStopped (ctx).
func (c *Client) Generate(ctx context.Context, request agent.Request) (agent.Response, error) {
	policy := backoff.NewExponentialBackOff()
	policy.InitialInterval, policy.Multiplier = c.cfg.RetryDelay, 2
	policy.MaxInterval = max(c.cfg.MaxRetryAfter, c.cfg.RetryDelay)
	var last error
	response, err := backoff.Retry(ctx, func() (agent.Response, error) {
		response, failed := c.attempt(ctx, request)
		if failed == nil {
			return response, nil
		}
		last = failed.err
		switch {
		case !failed.retry || failed.after > c.cfg.MaxRetryAfter:
			return response, backoff.Permanent(failed.err)
		case failed.after > 0:
			return response, errors.Join(failed.err, &backoff.RetryAfterError{Duration: failed.after})
		}
		return response, failed.err
	}, backoff.WithBackOff(policy), backoff.WithMaxTries(uint(max(c.cfg.Retries, 0))+1), backoff.WithMaxElapsedTime(0))
	if err == nil {
		return response, nil
	}
	if stopped := ctx.Err(); stopped != nil {
		return agent.Response{}, agent.Wrap(agent.CodeOf(stopped), stopped, "the request to %s was ended", c.Name())
	}
	return agent.Response{}, last
}

// attempt sends the request once, and again in another dialect where the server
// says that it does not understand part of it.
func (c *Client) attempt(ctx context.Context, request agent.Request) (agent.Response, *failure) {
	for {
		c.mu.Lock()
		d := c.dialect
		c.mu.Unlock()
		completion, failed := c.send(ctx, params(c.cfg.Model, request, d))
		if failed == nil {
			return c.response(completion)
		}
		next, ok := d.without(failed, request)
		if !ok {
			return agent.Response{}, failed
		}
		c.mu.Lock()
		c.dialect = c.dialect.merge(next)
		c.mu.Unlock()
	}
}

// send does one request.
func (c *Client) send(ctx context.Context, body sdk.ChatCompletionNewParams) (*sdk.ChatCompletion, *failure) {
	attempt, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	var reply *http.Response
	completion, err := c.service.New(attempt, body, option.WithResponseInto(&reply))
	if reply != nil && (reply.StatusCode < 200 || reply.StatusCode > 299) {
		raw, _ := io.ReadAll(io.LimitReader(reply.Body, 64<<10)) // the SDK has put it back into memory
		_ = reply.Body.Close()
		return nil, c.refused(reply, raw)
	}
	if err != nil {
		return nil, c.broken(ctx, attempt, err)
	}
	return completion, nil
}

// response reads a completion.
func (c *Client) response(completion *sdk.ChatCompletion) (agent.Response, *failure) {
	usage := agent.Usage{TokensIn: max(completion.Usage.PromptTokens, 0), TokensOut: max(completion.Usage.CompletionTokens, 0), Calls: 1}
	if len(completion.Choices) == 0 {
		text := errorOf([]byte(completion.RawJSON())).Message // some gateways answer 200 with an error
		if text == "" {
			text = "it has no choices"
		}
		return agent.Response{}, &failure{retry: true, err: agent.Errorf(agent.CodeUnavailable,
			"%s gave no answer: %s", c.where(), c.clean(text))}
	}
	choice := completion.Choices[0]
	if choice.Message.Refusal != "" || choice.FinishReason == "content_filter" {
		return agent.Response{}, &failure{err: agent.Errorf(agent.CodeInvalid,
			"the model %s refused to answer: %s", c.cfg.Model, c.clean(choice.Message.Refusal))}
	}
	model := completion.Model
	if model == "" {
		model = c.cfg.Model
	}
	return agent.Response{Text: withoutThinking(choice.Message.Content), Model: model,
		Truncated: choice.FinishReason == "length", Usage: usage}, nil
}

// withoutThinking drops <think> blocks. One that never closes leaves nothing; one
// whose start was in the prompt (the answer has its end only) drops all before it.
func withoutThinking(text string) string {
	const open, shut = "<think>", "</think>"
	var b strings.Builder
	for {
		start, end := strings.Index(text, open), strings.Index(text, shut)
		switch {
		case end >= 0 && (start < 0 || end < start):
			b.Reset()
			text = text[end+len(shut):]
		case start < 0:
			b.WriteString(text)
			return strings.TrimSpace(b.String())
		case end < 0:
			b.WriteString(text[:start])
			return strings.TrimSpace(b.String())
		default:
			b.WriteString(text[:start])
			text = text[end+len(shut):]
		}
	}
}

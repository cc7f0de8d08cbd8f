// Package anthropic talks to Anthropic's Messages API.
package anthropic

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"

	sdk "github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/option"
	"github.com/anthropics/anthropic-sdk-go/packages/ssestream"

	"purposeagent/agent"
	"purposeagent/agent/llm/wire"
)

// DefaultBaseURL is Anthropic's own server, without /v1.
const DefaultBaseURL = "https://api.anthropic.com"

// defaultTokens bounds an answer where the request does not: this API wants a bound.
const defaultTokens = 4096

// Client is an agent.LLM. It is safe for concurrent use. It learns what its
// model does not take and does not ask for that again.
type Client struct {
	*wire.Server
	service sdk.MessageService

	mu      sync.Mutex
	dialect dialect
}

var _ agent.LLM = (*Client)(nil)

// format is how the answer's shape is asked for, best first.
type format int

const (
	formatSchema format = iota // strict
	formatPlain                // strict, without limits on lengths and ranges
	formatTool                 // the input of a tool that the model must use; older models know no other
	formatText                 // the schema in the prompt
)

// dialect is what a model was found not to take.
type dialect struct {
	format        format
	noTemperature bool
}

// New returns a client; nothing is sent. Errors: CodeInvalid for a bad address
// or model name.
func New(cfg wire.Config) (*Client, error) {
	cfg.Provider, cfg.BaseURL = cmp.Or(cfg.Provider, "anthropic"), cmp.Or(cfg.BaseURL, DefaultBaseURL)
	server, err := wire.NewServer(cfg)
	if err != nil {
		return nil, err
	}
	return &Client{Server: server, service: sdk.NewMessageService(options(server)...)}, nil
}

// options are those of every service of the SDK; its own environment variables
// are left alone.
func options(server *wire.Server) []option.RequestOption {
	return []option.RequestOption{option.WithoutEnvironmentDefaults(), option.WithBaseURL(server.Base.String()), option.WithMaxRetries(0),
		option.WithHTTPClient(server.HTTP), option.WithAPIKey(server.Key)}
}

// Generate asks the model, with the errors and retries of wire.Retry.
func (c *Client) Generate(ctx context.Context, request agent.Request) (agent.Response, error) {
	return wire.Retry(ctx, c.Server, func() (agent.Response, *wire.Failure) { return c.attempt(ctx, request) })
}

// attempt sends the request once, and again in another dialect where the server
// says that the model does not take part of it.
func (c *Client) attempt(ctx context.Context, request agent.Request) (agent.Response, *wire.Failure) {
	var spent agent.Usage
	for {
		c.mu.Lock()
		d := c.dialect
		c.mu.Unlock()
		message, failed := c.send(ctx, request, d)
		next := d
		if failed != nil {
			var ok bool
			if next, ok = d.without(failed, request); !ok {
				return agent.Response{}, failed
			}
		} else {
			response, used, odd := c.response(message)
			response.Usage = spent.Add(response.Usage)
			if odd != nil || used || request.Schema == nil || d.format != formatTool {
				return response, odd
			}
			spent, next.format = response.Usage, formatText // it did not use the tool
		}
		c.mu.Lock()
		c.dialect = dialect{max(c.dialect.format, next.format), c.dialect.noTemperature || next.noTemperature}
		c.mu.Unlock()
	}
}

func (d dialect) without(f *wire.Failure, request agent.Request) (dialect, bool) {
	text := strings.ToLower(f.Said.Message)
	switch {
	case f.Status != http.StatusBadRequest || f.Overflow:
		return d, false
	case !d.noTemperature && strings.Contains(text, "temperature"):
		d.noTemperature = true
	case request.Schema != nil && d.format < formatTool && (strings.Contains(text, "output_config") || strings.Contains(text, "schema") || strings.Contains(text, "output_format")),
		request.Schema != nil && d.format == formatTool && strings.Contains(text, "tool"):
		d.format++
	default:
		return d, false
	}
	return d, true
}

// answerTool is the tool whose input is the answer.
const answerTool = "answer"

// params builds the request. The system prompt is marked for the provider's
// cache: it is what stays the same from step to step.
func (c *Client) params(request agent.Request, d dialect) (sdk.MessageNewParams, []option.RequestOption) {
	p := sdk.MessageNewParams{Model: c.Model, MaxTokens: int64(cmp.Or(max(request.MaxTokens, 0), defaultTokens)), StopSequences: request.Stop}
	if !d.noTemperature {
		p.Temperature = sdk.Float(min(request.Temperature, 1))
	}
	messages := request.Messages
	var more []option.RequestOption
	schema := request.Schema
	if d.format != formatSchema {
		schema = wire.PlainSchema(schema)
	}
	switch {
	case request.Schema == nil:
	case d.format == formatText:
		messages = wire.WithSchema(messages, request.Schema)
	case d.format == formatTool:
		more = append(more, option.WithJSONSet("tools", []any{map[string]any{"name": answerTool, "description": "Gives the answer.", "input_schema": schema}}),
			option.WithJSONSet("tool_choice", map[string]any{"type": "tool", "name": answerTool}))
	default:
		// Not by the typed field: its map would lose the order of the properties.
		more = append(more, option.WithJSONSet("output_config.format", map[string]any{"type": "json_schema", "schema": schema}))
	}
	for _, m := range messages {
		switch m.Role {
		case agent.RoleSystem:
			p.System = append(p.System, sdk.TextBlockParam{Text: m.Text, CacheControl: sdk.NewCacheControlEphemeralParam()})
		case agent.RoleAssistant:
			p.Messages = append(p.Messages, sdk.NewAssistantMessage(sdk.NewTextBlock(m.Text)))
		case agent.RoleUser:
			p.Messages = append(p.Messages, sdk.NewUserMessage(sdk.NewTextBlock(m.Text)))
		}
	}
	return p, more
}

// send does one request, streamed where somebody listens.
func (c *Client) send(ctx context.Context, request agent.Request, d dialect) (*sdk.Message, *wire.Failure) {
	attempt, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	body, more := c.params(request, d)
	var reply *http.Response
	more = append(more, option.WithResponseInto(&reply))
	if request.OnText == nil {
		message, err := c.service.New(attempt, body, more...)
		if failed := c.refusal(reply); failed != nil {
			return nil, failed
		}
		if err != nil {
			return nil, c.Broken(ctx, attempt, err)
		}
		return message, nil
	}
	events := c.service.NewStreaming(attempt, body, more...)
	defer func() { _ = events.Close() }()
	if failed := c.refusal(reply); failed != nil {
		return nil, failed
	}
	message, err := c.read(events, request.OnText)
	if said, ok := errors.AsType[*wire.ServerError](err); ok {
		return nil, &wire.Failure{Retry: true, Err: agent.Errorf(agent.CodeUnavailable, "%s broke off its answer: %s", c.Where(), c.Clean(said.Message))}
	}
	if err != nil {
		return nil, c.Broken(ctx, attempt, err)
	}
	return message, nil
}

// read folds the events of a stream.
func (c *Client) read(events *ssestream.Stream[sdk.MessageStreamEventUnion], onText func(string)) (*sdk.Message, error) {
	message := &sdk.Message{}
	ended := false
	text := wire.NewGrowing(onText)
	for events.Next() {
		event := events.Current()
		if err := message.Accumulate(event); err != nil {
			return nil, err
		}
		switch event.Type {
		case "content_block_delta":
			text.Add(event.Delta.Text + event.Delta.PartialJSON)
		case "message_stop":
			ended = true
		}
	}
	if err := events.Err(); err != nil {
		if said := inStream(err.Error()); said != nil {
			return nil, said
		}
		return nil, err
	}
	if !ended {
		return nil, wire.ErrCut
	}
	return message, nil
}

// inStream reads an error that the server told in mid-stream; the SDK has it as
// text with the JSON at its end.
func inStream(text string) *wire.ServerError {
	at := strings.IndexByte(text, '{')
	if at < 0 || !json.Valid([]byte(text[at:])) {
		return nil
	}
	said := wire.ErrorOf([]byte(text[at:]))
	return &said
}

func (c *Client) refusal(reply *http.Response) *wire.Failure {
	if reply == nil || reply.StatusCode >= 200 && reply.StatusCode <= 299 {
		return nil
	}
	raw, _ := io.ReadAll(io.LimitReader(reply.Body, 64<<10)) // the SDK has put it back into memory
	_ = reply.Body.Close()
	return c.Refused(reply.StatusCode, reply.Header, raw)
}

// response reads a message, and reports whether it uses the tool of the answer.
func (c *Client) response(m *sdk.Message) (response agent.Response, used bool, failed *wire.Failure) {
	u := m.Usage
	usage := agent.Usage{TokensIn: max(u.InputTokens+u.CacheReadInputTokens+u.CacheCreationInputTokens, 0), TokensOut: max(u.OutputTokens, 0),
		TokensCached: max(u.CacheReadInputTokens, 0), Calls: 1}
	var text strings.Builder
	for _, block := range m.Content {
		switch {
		case block.Type == "text" && !used:
			text.WriteString(block.Text)
		case block.Type == "tool_use" && block.Name == answerTool && !used:
			used = true
			text.Reset()
			text.Write(block.Input)
		}
	}
	switch {
	case m.StopReason == "refusal":
		return agent.Response{}, false, &wire.Failure{Err: agent.Errorf(agent.CodeInvalid, "the model %s refused to answer: %s", c.Model, c.Clean(text.String()))}
	case m.StopReason == "" && text.Len() == 0:
		return agent.Response{}, false, &wire.Failure{Retry: true, Err: agent.Errorf(agent.CodeUnavailable, "%s gave no answer", c.Where())}
	}
	return agent.Response{Text: wire.WithoutThinking(text.String()), Model: cmp.Or(m.Model, c.Model),
		Truncated: m.StopReason == "max_tokens" || m.StopReason == "model_context_window_exceeded", Usage: usage}, used, nil
}

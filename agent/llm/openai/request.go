package openai

import (
	"bytes"
	"cmp"
	"encoding/json"
	"math"
	"regexp"
	"strconv"

	"purposeagent/agent/chat"
	"purposeagent/agent/llm/wire"
)

// chatRequest is the body of a request, in the order in which it is written.
type chatRequest struct {
	Model               string          `json:"model"`
	Messages            []chatMessage   `json:"messages"`
	Temperature         *decimal        `json:"temperature,omitempty"`
	Seed                *int64          `json:"seed,omitempty"`
	Stop                []string        `json:"stop,omitempty"`
	MaxTokens           int             `json:"max_tokens,omitempty"`
	MaxCompletionTokens int             `json:"max_completion_tokens,omitempty"`
	ResponseFormat      *responseFormat `json:"response_format,omitempty"`
	Tools               []tool          `json:"tools,omitempty"`
	ToolChoice          *tool           `json:"tool_choice,omitempty"`
	Stream              bool            `json:"stream,omitempty"`
	StreamOptions       *streamOptions  `json:"stream_options,omitempty"`
}

type chatMessage struct {
	Role    chat.Role `json:"role"`
	Content string    `json:"content"`
}

type responseFormat struct {
	Type       string      `json:"type"`
	JSONSchema *jsonSchema `json:"json_schema,omitempty"`
}

type jsonSchema struct {
	Name   string          `json:"name"`
	Strict bool            `json:"strict,omitempty"`
	Schema json.RawMessage `json:"schema"`
}

type tool struct {
	Type     string       `json:"type"`
	Function toolFunction `json:"function"`
}

type toolFunction struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Parameters  json.RawMessage `json:"parameters,omitempty"`
}

type streamOptions struct {
	IncludeUsage bool `json:"include_usage"`
}

// decimal is a number without an exponent, which not every server reads.
type decimal float64

// MarshalJSON writes it; what is no number is 0.
func (d decimal) MarshalJSON() ([]byte, error) {
	x := float64(d)
	if math.IsNaN(x) || math.IsInf(x, 0) {
		x = 0
	}
	return strconv.AppendFloat(nil, x, 'f', -1, 64), nil
}

var schemaName = regexp.MustCompile(`[^a-zA-Z0-9_-]+`)

// nameOf is the name of a request's schema, as servers take it.
func nameOf(request chat.Request) string {
	name := schemaName.ReplaceAllString(request.SchemaName, "_")
	return cmp.Or(name[:min(len(name), 64)], "answer")
}

// maxSeed32 is the largest seed that every server can hold.
const maxSeed32 = math.MaxInt32

// body is the request in the dialect, with room for thinking beside the answer.
func (d dialect) body(model string, request chat.Request, room int) *chatRequest {
	b := &chatRequest{Model: model, Messages: d.messages(request)}
	if !d.lacks(paramTemperature) {
		temperature := decimal(request.Temperature)
		b.Temperature = &temperature
	}
	if !d.lacks(paramSeed) {
		seed := request.Seed
		if d.shortSeed {
			seed &= maxSeed32
		}
		b.Seed = &seed
	}
	if !d.lacks(paramStop) {
		b.Stop = request.Stop
	}
	if tokens := d.tokens(request, room); d.lacks(paramMaxTokens) {
		b.MaxCompletionTokens = tokens
	} else {
		b.MaxTokens = tokens
	}
	b.Stream = request.OnText != nil && !d.lacks(paramStream)
	if b.Stream && !d.lacks(paramStreamOptions) {
		b.StreamOptions = &streamOptions{IncludeUsage: true}
	}
	if request.Schema != nil {
		d.shape(b, request)
	}
	return b
}

// tokens bounds the answer; 0 is no bound.
func (d dialect) tokens(request chat.Request, room int) int {
	if request.MaxTokens <= 0 || d.lacks(paramMaxTokens) && d.lacks(paramMaxCompletionTokens) {
		return 0
	}
	tokens := request.MaxTokens + room
	if d.mostTokens > 0 {
		tokens = min(tokens, d.mostTokens)
	}
	return tokens
}

// shape asks for the answer's shape.
func (d dialect) shape(b *chatRequest, request chat.Request) {
	name := nameOf(request)
	switch d.format {
	case formatSchema, formatPlain:
		schema := request.Schema
		if d.format == formatPlain {
			schema = wire.PlainSchema(schema)
		}
		b.ResponseFormat = &responseFormat{Type: "json_schema", JSONSchema: &jsonSchema{Name: name, Strict: !d.lacks(paramStrict), Schema: schema}}
	case formatTool:
		b.Tools = []tool{{Type: "function", Function: toolFunction{Name: name, Description: "Gives the answer.", Parameters: wire.PlainSchema(request.Schema)}}}
		if !d.lacks(paramToolChoice) {
			b.ToolChoice = &tool{Type: "function", Function: toolFunction{Name: name}}
		}
	case formatObject:
		b.ResponseFormat = &responseFormat{Type: "json_object"}
	case formatText:
	}
}

// messages are the request's, with the schema where the server can't hold a model
// to it, and without a system message where the model's template has none.
func (d dialect) messages(request chat.Request) []chatMessage {
	from := request.Messages
	if request.Schema != nil && d.format >= formatObject {
		from = wire.WithSchema(from, request.Schema)
	}
	list := make([]chatMessage, 0, len(from))
	for _, m := range from {
		if d.noSystem {
			if m.Role == chat.RoleSystem {
				m.Role = chat.RoleUser
			}
			if n := len(list); n > 0 && list[n-1].Role == m.Role {
				list[n-1].Content += "\n\n" + m.Text
				continue
			}
		}
		list = append(list, chatMessage{m.Role, m.Text})
	}
	return list
}

func compactInto(b *bytes.Buffer, schema json.RawMessage) bool { return json.Compact(b, schema) == nil }

package chat

import (
	"context"
	"encoding/json"

	"purposeagent/agent"
)

// Role is the part that a message's author plays.
type Role string

// The roles.
const (
	RoleSystem    Role = "system"
	RoleUser      Role = "user"
	RoleAssistant Role = "assistant"
)

// Message is one message of a conversation with a model.
type Message struct {
	Role Role   `json:"role"`
	Text string `json:"text"`
}

// Request is what a model is asked.
type Request struct {
	Messages []Message
	// Schema is a JSON Schema for the answer; nil asks for text.
	Schema      json.RawMessage
	SchemaName  string
	Prompt      string // label of the template that the messages were made from, for the record
	Temperature float64
	Seed        int64
	MaxTokens   int // 0: the backend's default
	Stop        []string
	// OnText is told the answer's text so far as it arrives, where the backend
	// streams; nil asks for no stream. It is called by the goroutine of Generate,
	// never after it returned, and begins anew where a request is sent again.
	OnText func(text string)
}

// Response is a model's answer.
type Response struct {
	Text  string // without <think> blocks
	Model string
	// Truncated is true when the answer was cut by MaxTokens; it must not be parsed.
	Truncated bool
	// Usage with calls and without tokens means that the server told of none.
	Usage agent.Usage
	// Warning is for people: what is odd about the answer and does not make it
	// unusable, such as a prompt that the server cut.
	Warning string
}

// LLM is a language model. Implementations are safe for concurrent use and
// pass conformance.LLM. Errors: CodeUnavailable, CodeRateLimited, CodeTimeout
// (worth a retry later), CodeDenied (key), CodeInvalid (the request can't be
// served by this model and won't be), CodeStopped (ctx).
type LLM interface {
	Generate(ctx context.Context, request Request) (Response, error)
	// Name is provider:model.
	Name() string
}

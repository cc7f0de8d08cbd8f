package wire

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"

	"purposeagent/agent"
)

// WithSchema puts the schema into the first system message, for servers that
// can't hold a model to it.
func WithSchema(messages []agent.Message, schema json.RawMessage) []agent.Message {
	text := "Answer with nothing but one JSON object that fits this JSON Schema: " + string(schema)
	out := append([]agent.Message(nil), messages...)
	if len(out) > 0 && out[0].Role == agent.RoleSystem {
		out[0].Text += "\n" + text
		return out
	}
	return append([]agent.Message{{Role: agent.RoleSystem, Text: text}}, out...)
}

// SchemaFields is a schema as a map whose values keep their bytes, and with them
// the order of its properties, for SDKs that take no schema as it is.
func SchemaFields(schema json.RawMessage) map[string]any {
	var raw map[string]json.RawMessage
	if json.Unmarshal(schema, &raw) != nil {
		return map[string]any{"type": "object"}
	}
	fields := make(map[string]any, len(raw))
	for name, value := range raw {
		fields[name] = value
	}
	return fields
}

// limits are the keywords that some servers' strict structured output refuses.
var limits = regexp.MustCompile(`"(?:maxLength|minLength|maxItems|minItems|minimum|maximum)":-?[0-9.eE+]+,?`)

// PlainSchema drops limits on lengths and ranges from a schema, keeping the order
// of its properties, which a round trip through a map would lose. A schema that
// would not be valid afterwards is left as it is.
func PlainSchema(schema json.RawMessage) json.RawMessage {
	var compact bytes.Buffer
	if json.Compact(&compact, schema) != nil {
		return schema
	}
	plain := limits.ReplaceAll(compact.Bytes(), nil)
	plain = bytes.ReplaceAll(plain, []byte(",}"), []byte("}"))
	if !json.Valid(plain) {
		return schema
	}
	return plain
}

// WithoutThinking drops <think> blocks. One that never closes leaves nothing; one
// whose start was in the prompt (the answer has its end only) drops all before it.
func WithoutThinking(text string) string {
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

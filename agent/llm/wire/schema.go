package wire

import (
	"bytes"
	"encoding/json"
	"regexp"

	"purposeagent/agent/chat"
)

// WithSchema puts the schema into the first system message, for servers that
// can't hold a model to it.
func WithSchema(messages []chat.Message, schema json.RawMessage) []chat.Message {
	text := "Answer with nothing but one JSON object that fits this JSON Schema: " + string(schema)
	out := append([]chat.Message(nil), messages...)
	if len(out) > 0 && out[0].Role == chat.RoleSystem {
		out[0].Text += "\n" + text
		return out
	}
	return append([]chat.Message{{Role: chat.RoleSystem, Text: text}}, out...)
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

package openai

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"

	sdk "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/shared"

	"purposeagent/agent"
)

// format is how the answer's shape is asked for, best first.
type format int

const (
	formatSchema format = iota // json_schema, strict
	formatPlain                // json_schema without limits on lengths and ranges
	formatObject               // json_object, the schema in the prompt
	formatText                 // text, the schema in the prompt
)

// dialect is what a server was found not to understand.
type dialect struct {
	format           format
	completionTokens bool // it wants max_completion_tokens
	noTemperature    bool
	noSeed           bool
	noStop           bool
}

// merge returns what both have found.
func (d dialect) merge(e dialect) dialect {
	return dialect{max(d.format, e.format), d.completionTokens || e.completionTokens,
		d.noTemperature || e.noTemperature, d.noSeed || e.noSeed, d.noStop || e.noStop}
}

// without reads a refusal and returns the dialect to try next; false if another
// dialect would not help. Each step gives something up, so that it ends.
func (d dialect) without(f *failure, request agent.Request) (dialect, bool) {
	if f.status != 400 && f.status != 422 {
		return d, false
	}
	text := strings.ToLower(f.server.Param + " " + f.server.Message)
	mentions := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(text, w) {
				return true
			}
		}
		return false
	}
	switch {
	case f.overflow:
		return d, false
	case !d.completionTokens && request.MaxTokens > 0 && mentions("max_completion_tokens"):
		d.completionTokens = true
	case !d.noTemperature && mentions("temperature"):
		d.noTemperature = true
	case !d.noSeed && mentions("'seed'", "\"seed\"", "seed "):
		d.noSeed = true
	case !d.noStop && len(request.Stop) > 0 && mentions("'stop'", "\"stop\""):
		d.noStop = true
	case request.Schema != nil && d.format < formatText &&
		mentions("response_format", "schema", "json_object", "grammar", "structured output", "guided"):
		d.format++
	default:
		return d, false
	}
	return d, true
}

var schemaName = regexp.MustCompile(`[^a-zA-Z0-9_-]+`)

// params builds the request's body in the dialect.
func params(model string, request agent.Request, d dialect) sdk.ChatCompletionNewParams {
	p := sdk.ChatCompletionNewParams{Model: model}
	messages := request.Messages
	if request.Schema != nil && d.format >= formatObject {
		messages = withSchema(messages, request.Schema)
	}
	for _, m := range messages {
		switch m.Role {
		case agent.RoleSystem:
			p.Messages = append(p.Messages, sdk.SystemMessage(m.Text))
		case agent.RoleAssistant:
			p.Messages = append(p.Messages, sdk.AssistantMessage(m.Text))
		case agent.RoleUser:
			p.Messages = append(p.Messages, sdk.UserMessage(m.Text))
		}
	}
	if !d.noTemperature {
		p.Temperature = sdk.Float(request.Temperature)
	}
	if !d.noSeed {
		p.Seed = sdk.Int(request.Seed)
	}
	if len(request.Stop) > 0 && !d.noStop {
		p.Stop.OfStringArray = request.Stop
	}
	switch {
	case request.MaxTokens <= 0:
	case d.completionTokens:
		p.MaxCompletionTokens = sdk.Int(int64(request.MaxTokens))
	default:
		p.MaxTokens = sdk.Int(int64(request.MaxTokens))
	}
	if request.Schema == nil {
		return p
	}
	switch d.format {
	case formatSchema, formatPlain:
		name := schemaName.ReplaceAllString(request.SchemaName, "_")
		if name == "" {
			name = "answer"
		}
		schema := request.Schema
		if d.format == formatPlain {
			schema = plainSchema(schema)
		}
		p.ResponseFormat.OfJSONSchema = &shared.ResponseFormatJSONSchemaParam{
			JSONSchema: shared.ResponseFormatJSONSchemaJSONSchemaParam{
				Name: name[:min(len(name), 64)], Strict: sdk.Bool(true), Schema: schema}}
	case formatObject:
		p.ResponseFormat.OfJSONObject = &shared.ResponseFormatJSONObjectParam{}
	case formatText:
	}
	return p
}

// withSchema puts the schema into the first system message, for servers that
// can't hold a model to it.
func withSchema(messages []agent.Message, schema json.RawMessage) []agent.Message {
	text := "Answer with nothing but one JSON object that fits this JSON Schema: " + string(schema)
	out := append([]agent.Message(nil), messages...)
	if len(out) > 0 && out[0].Role == agent.RoleSystem {
		out[0].Text += "\n" + text
		return out
	}
	return append([]agent.Message{{Role: agent.RoleSystem, Text: text}}, out...)
}

// limits are the keywords that some servers' strict structured output refuses.
var limits = regexp.MustCompile(`"(?:maxLength|minLength|maxItems|minItems|minimum|maximum)":-?[0-9.eE+]+,?`)

// plainSchema drops limits on lengths and ranges from a schema, keeping the order
// of its properties, which a round trip through a map would lose. A schema that
// would not be valid afterwards is left as it is.
func plainSchema(schema json.RawMessage) json.RawMessage {
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

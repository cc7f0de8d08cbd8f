package openai

import (
	"regexp"
	"strings"

	sdk "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/shared"

	"purposeagent/agent"
	"purposeagent/agent/llm/wire"
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
	noStream         bool
	noStreamOptions  bool
}

// merge returns what both have found.
func (d dialect) merge(e dialect) dialect {
	return dialect{max(d.format, e.format), d.completionTokens || e.completionTokens,
		d.noTemperature || e.noTemperature, d.noSeed || e.noSeed, d.noStop || e.noStop,
		d.noStream || e.noStream, d.noStreamOptions || e.noStreamOptions}
}

// without reads a refusal and returns the dialect to try next; false if another
// dialect would not help. Each step gives something up, so that it ends.
func (d dialect) without(f *wire.Failure, request agent.Request) (dialect, bool) {
	if f.Status != 400 && f.Status != 422 {
		return d, false
	}
	text := strings.ToLower(f.Said.Param + " " + f.Said.Message)
	mentions := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(text, w) {
				return true
			}
		}
		return false
	}
	switch {
	case f.Overflow:
		return d, false
	case !d.completionTokens && request.MaxTokens > 0 && mentions("max_completion_tokens"):
		d.completionTokens = true
	case !d.noTemperature && mentions("temperature"):
		d.noTemperature = true
	case !d.noSeed && mentions("'seed'", "\"seed\"", "seed "):
		d.noSeed = true
	case !d.noStop && len(request.Stop) > 0 && mentions("'stop'", "\"stop\""):
		d.noStop = true
	case request.OnText != nil && !d.noStreamOptions && mentions("stream_options"):
		d.noStreamOptions = true
	case request.OnText != nil && !d.noStream && mentions("stream"):
		d.noStream = true
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
		messages = wire.WithSchema(messages, request.Schema)
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
	if request.OnText != nil && !d.noStream && !d.noStreamOptions {
		p.StreamOptions.IncludeUsage = sdk.Bool(true)
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
			schema = wire.PlainSchema(schema)
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

package openai

import (
	"cmp"
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
	formatTool                 // the arguments of a tool that it must call
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
	case request.Schema != nil && d.format == formatTool && mentions("tool", "function"),
		request.Schema != nil && d.format < formatText &&
			mentions("response_format", "schema", "json_object", "grammar", "structured output", "guided"):
		d.format++
	default:
		return d, false
	}
	return d, true
}

// unheeded looks for what a server took and did not do, which some say of nothing:
// words where a schema was to hold the model, no call of the tool that it must
// call. It returns the dialect to ask again in; false where the answer will do.
func (d dialect) unheeded(choice sdk.ChatCompletionChoice, request agent.Request) (dialect, bool) {
	if request.Schema == nil {
		return d, false
	}
	switch d.format {
	case formatSchema, formatPlain:
		text := wire.WithoutThinking(choice.Message.Content)
		if choice.FinishReason == "stop" && text != "" && !strings.Contains(text, "{") {
			d.format = formatTool
			return d, true
		}
	case formatTool:
		if _, called := calledWith(choice, nameOf(request)); !called {
			d.format = formatObject
			return d, true
		}
	case formatObject, formatText:
	}
	return d, false
}

// calledWith returns the arguments of a tool's first call; false where it was
// not called.
func calledWith(choice sdk.ChatCompletionChoice, tool string) (string, bool) {
	for _, call := range choice.Message.ToolCalls {
		if call.Function.Name == tool {
			return call.Function.Arguments, true
		}
	}
	return "", false
}

var schemaName = regexp.MustCompile(`[^a-zA-Z0-9_-]+`)

// nameOf is the name of a request's schema, as servers take it.
func nameOf(request agent.Request) string {
	name := schemaName.ReplaceAllString(request.SchemaName, "_")
	return cmp.Or(name[:min(len(name), 64)], "answer")
}

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
		schema := request.Schema
		if d.format == formatPlain {
			schema = wire.PlainSchema(schema)
		}
		p.ResponseFormat.OfJSONSchema = &shared.ResponseFormatJSONSchemaParam{
			JSONSchema: shared.ResponseFormatJSONSchemaJSONSchemaParam{
				Name: nameOf(request), Strict: sdk.Bool(true), Schema: schema}}
	case formatTool:
		p.Tools = []sdk.ChatCompletionToolUnionParam{sdk.ChatCompletionFunctionTool(shared.FunctionDefinitionParam{
			Name: nameOf(request), Description: sdk.String("Gives the answer."), Parameters: wire.SchemaFields(wire.PlainSchema(request.Schema))})}
		p.ToolChoice = sdk.ToolChoiceOptionFunctionToolChoice(sdk.ChatCompletionNamedToolChoiceFunctionParam{Name: nameOf(request)})
	case formatObject:
		p.ResponseFormat.OfJSONObject = &shared.ResponseFormatJSONObjectParam{}
	case formatText:
	}
	return p
}

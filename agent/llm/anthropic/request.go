package anthropic

import (
	"cmp"
	"encoding/json"
	"strings"

	"purposeagent/agent/chat"
	"purposeagent/agent/llm/wire"
)

// format is how the answer's shape is asked for, best first.
type format int

const (
	formatSchema format = iota // strict
	formatPlain                // strict, without limits on lengths and ranges
	formatTool                 // the input of a tool that the model must use; older models know no other
	formatText                 // the schema in the prompt
)

// dialect is what a server or its model was found not to take.
type dialect struct {
	format        format
	noTemperature bool
	noStop        bool
	noStream      bool
	plainSystem   bool // the system prompt as one text, with no mark for the cache
	most          int  // tokens that an answer may have; 0: not known
}

// Merge returns what both have found.
func (d dialect) Merge(e dialect) dialect {
	return dialect{max(d.format, e.format), d.noTemperature || e.noTemperature, d.noStop || e.noStop,
		d.noStream || e.noStream, d.plainSystem || e.plainSystem, cmp.Or(e.most, d.most)}
}

// Without reads a refusal and returns the dialect to try next; false if another
// dialect would not help. Each step gives something up, so that it ends.
// sent is the budget of tokens that was refused.
func (d dialect) Without(f *wire.Failure, request chat.Request, sent int) (dialect, bool) {
	switch {
	case f.Overflow:
		return d, false
	case f.Status != 400 && f.Status != 404 && f.Status != 422 && f.Status != 500 && f.Status != 501:
		return d, false
	case !d.noTemperature && f.Said.Mentions("temperature"):
		d.noTemperature = true
	case !d.noStop && len(request.Stop) > 0 && f.Said.Mentions("stop_sequences"):
		d.noStop = true
	case !d.plainSystem && f.Said.Mentions("cache_control", "system: input should be a valid string", "system must be a string"):
		d.plainSystem = true
	case f.Said.Mentions("max_tokens") && wire.LimitBelow(f.Said.Message, sent) > 0:
		d.most = wire.LimitBelow(f.Said.Message, sent)
	case request.Schema != nil && d.format < formatTool && f.Said.Mentions("output_config", "output_format", "schema", "structured output", "json_validate_failed", "grammar"),
		request.Schema != nil && d.format == formatTool && f.Said.Mentions("tool", "function"):
		d.format++
	case request.OnText != nil && !d.noStream && f.Said.Mentions("stream"):
		d.noStream = true
	default:
		return d, false
	}
	return d, true
}

// unheeded looks for the tool that a model must use and did not. It returns the
// dialect to ask in from now on; false where the answer will do all the same.
func (d dialect) unheeded(m *message, request chat.Request) (dialect, bool) {
	if request.Schema == nil || d.format != formatTool || m.StopReason == "refusal" {
		return d, false
	}
	answer, called := m.answer(request.Schema)
	if called {
		return d, false
	}
	d.format = formatText
	return d, !wire.Fits(request.Schema, answer)
}

// defaultTokens bounds an answer where the request does not: this API wants a bound.
const defaultTokens = 4096

// Budget is how many tokens an answer may have, with this room for thinking.
func (d dialect) Budget(request chat.Request, room int) (budget int, full bool) {
	n := cmp.Or(max(request.MaxTokens, 0), defaultTokens) + room
	if d.most > 0 {
		n = min(n, d.most)
	}
	return n, n == d.most
}

// answerTool is the tool whose input is the answer.
const answerTool = "answer"

// body is a request. Schemas are sent as they are: a map would lose the order of
// their properties.
type body struct {
	Model        string        `json:"model"`
	MaxTokens    int           `json:"max_tokens"`
	System       any           `json:"system,omitempty"` // []textPart or string
	Messages     []turn        `json:"messages"`
	Temperature  *float64      `json:"temperature,omitempty"`
	Stop         []string      `json:"stop_sequences,omitempty"`
	Tools        []tool        `json:"tools,omitempty"`
	ToolChoice   *toolChoice   `json:"tool_choice,omitempty"`
	OutputConfig *outputConfig `json:"output_config,omitempty"`
	Stream       bool          `json:"stream,omitempty"`
}

type turn struct {
	Role    string     `json:"role"`
	Content []textPart `json:"content"`
}

type textPart struct {
	Type  string `json:"type"`
	Text  string `json:"text"`
	Cache *cache `json:"cache_control,omitempty"`
}

type cache struct {
	Type string `json:"type"`
}

type tool struct {
	Name        string          `json:"name"`
	Description string          `json:"description"`
	InputSchema json.RawMessage `json:"input_schema"`
}

type toolChoice struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

type outputConfig struct {
	Format outputFormat `json:"format"`
}

type outputFormat struct {
	Type   string          `json:"type"`
	Schema json.RawMessage `json:"schema"`
}

// params builds the request. The system prompt is marked for the provider's
// cache: it is what stays the same from step to step.
func params(model string, request chat.Request, d dialect, budget int) body {
	b := body{Model: model, MaxTokens: budget, Stream: request.OnText != nil && !d.noStream}
	if !d.noTemperature {
		b.Temperature = new(min(request.Temperature, 1))
	}
	if !d.noStop {
		b.Stop = request.Stop
	}
	messages := request.Messages
	schema := request.Schema
	if d.format != formatSchema {
		schema = wire.PlainSchema(schema)
	}
	switch {
	case request.Schema == nil:
	case d.format == formatText:
		messages = wire.WithSchema(messages, request.Schema)
	case d.format == formatTool:
		b.Tools = []tool{{answerTool, "Gives the answer.", schema}}
		b.ToolChoice = &toolChoice{answerTool, "tool"}
	default:
		b.OutputConfig = &outputConfig{outputFormat{"json_schema", schema}}
	}
	var system []textPart
	for _, m := range messages {
		if m.Text == "" { // the API takes none
			continue
		}
		switch m.Role {
		case chat.RoleSystem:
			system = append(system, textPart{Type: "text", Text: m.Text, Cache: &cache{"ephemeral"}})
		case chat.RoleAssistant, chat.RoleUser:
			b.Messages = append(b.Messages, turn{string(m.Role), []textPart{{Type: "text", Text: m.Text}}})
		}
	}
	switch {
	case len(system) == 0:
	case d.plainSystem:
		parts := make([]string, len(system))
		for i, s := range system {
			parts[i] = s.Text
		}
		b.System = strings.Join(parts, "\n\n")
	default:
		b.System = system
	}
	return b
}

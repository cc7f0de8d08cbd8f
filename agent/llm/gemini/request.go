package gemini

import (
	"cmp"
	"encoding/json"
	"math"
	"strings"

	"purposeagent/agent/chat"
	"purposeagent/agent/llm/wire"
)

// format is how the answer's shape is asked for, best first.
type format int

const (
	formatSchema format = iota // the model is held to the schema
	formatPlain                // to the schema without limits on lengths and ranges
	formatObject               // to JSON, the schema in the prompt
	formatText                 // text, the schema in the prompt
)

// dialect is what a server or its model was found not to take.
type dialect struct {
	format        format
	noTemperature bool
	noSeed        bool
	noStop        bool
	noStream      bool
	noSystem      bool // the system prompt goes before the first message of the user
	most          int  // tokens that an answer may have; 0: not known
}

// Merge returns what both have found.
func (d dialect) Merge(e dialect) dialect {
	return dialect{max(d.format, e.format), d.noTemperature || e.noTemperature, d.noSeed || e.noSeed, d.noStop || e.noStop,
		d.noStream || e.noStream, d.noSystem || e.noSystem, cmp.Or(e.most, d.most)}
}

// Without reads a refusal and returns the dialect to try next; false if another
// dialect would not help. Each step gives something up, so that it ends.
// sent is the budget of tokens that was refused.
func (d dialect) Without(f *wire.Failure, request chat.Request, sent int) (dialect, bool) {
	switch {
	case f.Overflow:
		return d, false
	case request.OnText != nil && !d.noStream && (f.Status == 404 || f.Status == 405 || f.Status == 501) && (f.Said.Prose || f.Said.Mentions("stream")):
		d.noStream = true // a proxy that knows one of the two ways
	case f.Status != 400 && f.Status != 404 && f.Status != 422 && f.Status != 500 && f.Status != 501:
		return d, false
	case !d.noSystem && f.Said.Mentions("developer instruction", "system instruction", "system_instruction", "systeminstruction"):
		d.noSystem = true
	case !d.noTemperature && f.Said.Mentions("temperature"):
		d.noTemperature = true
	case !d.noSeed && f.Said.Mentions("seed"):
		d.noSeed = true
	case !d.noStop && len(request.Stop) > 0 && f.Said.Mentions("stop_sequences", "stopsequences", "stop sequences"):
		d.noStop = true
	case f.Said.Mentions("max_output_tokens", "maxoutputtokens", "max output tokens") && wire.LimitBelow(f.Said.Message, sent) > 0:
		d.most = wire.LimitBelow(f.Said.Message, sent)
	case request.Schema != nil && d.format < formatObject && f.Said.Mentions("schema", "too many states", "constraint"),
		request.Schema != nil && d.format < formatText && f.Said.Mentions("json mode", "mime", "response_format", "structured output", "controlled generation"):
		d.format++
	default:
		return d, false
	}
	return d, true
}

// Budget is how many tokens an answer may have, with this room for thinking; 0: as
// many as the model can.
func (d dialect) Budget(request chat.Request, room int) (budget int, full bool) {
	if request.MaxTokens <= 0 {
		return 0, false
	}
	n := request.MaxTokens + room
	if d.most > 0 {
		n = min(n, d.most)
	}
	return min(n, math.MaxInt32), n == d.most
}

// body is a request. The schema is sent as it is: a map would lose the order of
// its properties.
type body struct {
	System     *content   `json:"systemInstruction,omitempty"`
	Contents   []content  `json:"contents"`
	Generation generation `json:"generationConfig"`
}

type generation struct {
	Temperature *float64        `json:"temperature,omitempty"`
	MaxTokens   int             `json:"maxOutputTokens,omitempty"`
	Stop        []string        `json:"stopSequences,omitempty"`
	Seed        *int32          `json:"seed,omitempty"`
	MIMEType    string          `json:"responseMimeType,omitempty"`
	Schema      json.RawMessage `json:"responseJsonSchema,omitempty"`
}

// params builds the request.
func params(request chat.Request, d dialect, budget int) body {
	b := body{Generation: generation{MaxTokens: budget}}
	g := &b.Generation
	if !d.noTemperature {
		g.Temperature = new(request.Temperature)
	}
	if !d.noSeed {
		g.Seed = new(int32(request.Seed & math.MaxInt32))
	}
	if !d.noStop {
		g.Stop = request.Stop
	}
	messages := request.Messages
	if request.Schema != nil {
		if d.format < formatText {
			g.MIMEType = "application/json"
		}
		switch d.format {
		case formatSchema:
			g.Schema = request.Schema
		case formatPlain:
			g.Schema = wire.PlainSchema(request.Schema)
		case formatObject, formatText:
			messages = wire.WithSchema(messages, request.Schema)
		}
	}
	var system []string
	for _, m := range messages {
		switch m.Role {
		case chat.RoleSystem:
			system = append(system, m.Text)
		case chat.RoleAssistant:
			b.Contents = append(b.Contents, said("model", m.Text))
		case chat.RoleUser:
			b.Contents = append(b.Contents, said("user", m.Text))
		}
	}
	switch whole := strings.Join(system, "\n\n"); {
	case whole == "":
	case !d.noSystem:
		b.System = &content{Parts: []part{{Text: whole}}}
	case len(b.Contents) > 0 && b.Contents[0].Role == "user":
		b.Contents[0].Parts = append([]part{{Text: whole + "\n\n"}}, b.Contents[0].Parts...)
	default:
		b.Contents = append([]content{said("user", whole)}, b.Contents...)
	}
	return b
}

func said(role, text string) content { return content{role, []part{{Text: text}}} }

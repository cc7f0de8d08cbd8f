package anthropic

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/llm/thinking"
	"purposeagent/agent/llm/wire"
)

// message is an answer, whole or folded from the events of a stream.
type message struct {
	Model       string      `json:"model"`
	Content     blocks      `json:"content"`
	StopReason  string      `json:"stop_reason"`
	StopDetails stopDetails `json:"stop_details"`
	Usage       usage       `json:"usage"`
}

// stopDetails say why a model refused.
type stopDetails struct {
	Category    string `json:"category"`
	Explanation string `json:"explanation"`
}

// block is one part of an answer: text, a call of a tool, a thought, or one of
// the many kinds that we don't ask for.
type block struct {
	Type  string          `json:"type"`
	Text  string          `json:"text"`
	Name  string          `json:"name"`
	Input json.RawMessage `json:"input"`
}

// blocks are an answer's content. Some servers send one text in their place.
type blocks []block

// UnmarshalJSON never fails: what is none of ours is left out.
func (b *blocks) UnmarshalJSON(raw []byte) error {
	*b = nil
	var text string
	if json.Unmarshal(raw, &text) == nil {
		if text != "" {
			*b = blocks{{Type: "text", Text: text}}
		}
		return nil
	}
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		list = []json.RawMessage{raw}
	}
	for _, one := range list {
		var part block
		if json.Unmarshal(one, &text) == nil {
			part = block{Type: "text", Text: text}
		} else if wire.DecodeFitting(one, &part) != nil {
			continue
		}
		*b = append(*b, part)
	}
	return nil
}

// text joins the blocks of text.
func (m *message) text() string {
	var b strings.Builder
	for i := range m.Content {
		if m.Content[i].Type == "text" {
			b.WriteString(m.Content[i].Text)
		}
	}
	return b.String()
}

// Spent is what the answer took.
func (m *message) Spent() agent.Usage { return m.Usage.of() }

// Crowded is that of wire.Answer.
func (m *message) Crowded(schema json.RawMessage) (crowded, silent bool) {
	if m.StopReason != "max_tokens" {
		return false, false
	}
	answer, _ := m.answer(schema)
	thought := slices.ContainsFunc(m.Content, func(b block) bool { return b.Type == "thinking" || b.Type == "redacted_thinking" })
	return thought || answer == "", answer == ""
}

// answer is the text for a request with this schema, nil for none, without
// thoughts. It reports whether it is the input of a tool: of ours, or of any other
// that was called with all that the schema wants, where the text is no answer.
func (m *message) answer(schema json.RawMessage) (text string, called bool) {
	text = thinking.WithoutThinking(m.text())
	if schema == nil {
		return text, false
	}
	other := ""
	for i := range m.Content {
		b := &m.Content[i]
		if b.Type != "tool_use" {
			continue
		}
		input := strings.TrimSpace(string(thinking.Arguments(b.Input)))
		switch {
		case b.Name == answerTool || b.Name == "":
			return input, true
		case other == "" && wire.Fits(schema, input):
			other = input
		}
	}
	if other != "" && !strings.Contains(text, "{") {
		return other, true
	}
	return text, false
}

// usage is what a message cost. What an event does not tell is zero.
type usage struct {
	Input    wire.Count `json:"input_tokens"` // without those of the cache
	Read     wire.Count `json:"cache_read_input_tokens"`
	Creation wire.Count `json:"cache_creation_input_tokens"`
	Output   wire.Count `json:"output_tokens"` // of the whole message so far
}

// merge takes what a later event tells.
func (u *usage) merge(v usage) {
	u.Input, u.Read, u.Creation, u.Output = cmp.Or(v.Input, u.Input), cmp.Or(v.Read, u.Read), cmp.Or(v.Creation, u.Creation), cmp.Or(v.Output, u.Output)
}

func (u usage) of() agent.Usage { return wire.UsageOf(u.Input+u.Read+u.Creation, u.Output, u.Read) }

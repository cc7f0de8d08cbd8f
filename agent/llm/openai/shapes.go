package openai

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"purposeagent/agent/llm/wire"
)

// chunk is a piece of an answer, or the whole of one.
type chunk struct {
	Model   word            `json:"model"`
	Choices []choice        `json:"choices"`
	Usage   *usage          `json:"usage"`
	Error   json.RawMessage `json:"error"`
}

type choice struct {
	Index   wire.Count      `json:"index"`
	Delta   *message        `json:"delta"`
	Message *message        `json:"message"` // in place of delta, from some
	Text    prose           `json:"text"`    // of the older completions
	Finish  word            `json:"finish_reason"`
	Error   json.RawMessage `json:"error"`
}

type message struct {
	Content          prose      `json:"content"`
	Refusal          prose      `json:"refusal"`
	ReasoningContent prose      `json:"reasoning_content"`
	Reasoning        prose      `json:"reasoning"`
	Thinking         prose      `json:"thinking"`
	ToolCalls        []toolCall `json:"tool_calls"`
	FunctionCall     *function  `json:"function_call"` // the older form
}

// thought is what the message thinks. Some servers say it twice.
func (m *message) thought() string {
	for _, p := range []*prose{&m.ReasoningContent, &m.Reasoning, &m.Thinking} {
		if p.text != "" || p.thinking != "" {
			return p.text + p.thinking
		}
	}
	return m.Content.thinking
}

type toolCall struct {
	Index    *int     `json:"index"`
	ID       word     `json:"id"`
	Function function `json:"function"`
}

type function struct {
	Name      word            `json:"name"`
	Arguments json.RawMessage `json:"arguments"`
}

type usage struct {
	Prompt     wire.Count `json:"prompt_tokens"`
	Completion wire.Count `json:"completion_tokens"`
	CacheHits  wire.Count `json:"prompt_cache_hit_tokens"` // DeepSeek's
	PromptMore struct {
		Cached wire.Count `json:"cached_tokens"`
	} `json:"prompt_tokens_details"`
	CompletionMore struct {
		Reasoning wire.Count `json:"reasoning_tokens"`
	} `json:"completion_tokens_details"`
}

// UnmarshalJSON never fails: what can't be read was not told.
func (u *usage) UnmarshalJSON(raw []byte) error {
	type plain usage
	var p plain
	if json.Unmarshal(raw, &p) != nil { // a part has another form; the counts themselves can't fail
		var counts struct {
			Prompt     wire.Count `json:"prompt_tokens"`
			Completion wire.Count `json:"completion_tokens"`
		}
		_ = json.Unmarshal(raw, &counts)
		p = plain{Prompt: counts.Prompt, Completion: counts.Completion}
	}
	*u = usage(p)
	return nil
}

// word is a short text; anything else is "".
type word string

// UnmarshalJSON never fails.
func (w *word) UnmarshalJSON(raw []byte) error {
	*w = word(textOf(raw))
	return nil
}

// textOf is a JSON string's; "" of anything else. Most need no decoder: they come
// by the token, and have no escapes.
func textOf(raw []byte) string {
	if len(raw) < 2 || raw[0] != '"' {
		return ""
	}
	if inner := raw[1 : len(raw)-1]; bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
		return string(inner)
	}
	var text string
	_ = json.Unmarshal(raw, &text)
	return text
}

// prose is text as servers send it: a string, null, or a list of typed parts, of
// which thinking is kept apart.
type prose struct{ text, thinking string }

// UnmarshalJSON never fails: a part of another form is left out.
func (p *prose) UnmarshalJSON(raw []byte) error {
	*p = prose{text: textOf(raw)}
	if p.text == "" {
		p.parts(raw, false, 0)
	}
	return nil
}

// maxParts bounds how deep parts stand in parts.
const maxParts = 4

func (p *prose) parts(raw json.RawMessage, thinking bool, depth int) {
	if len(raw) == 0 || depth > maxParts {
		return
	}
	switch raw[0] {
	case '"':
		if thinking {
			p.thinking += textOf(raw)
		} else {
			p.text += textOf(raw)
		}
	case '[':
		var list []json.RawMessage
		_ = json.Unmarshal(raw, &list)
		for _, part := range list {
			p.parts(part, thinking, depth+1)
		}
	case '{':
		var part struct {
			Type                                               word
			Text, Value, Content, Thinking, Reasoning, Summary json.RawMessage
		}
		if json.Unmarshal(raw, &part) != nil {
			return
		}
		kind := strings.ToLower(string(part.Type))
		for _, mark := range []string{"think", "reason", "thought", "analysis", "summary"} {
			thinking = thinking || strings.Contains(kind, mark)
		}
		for _, inner := range []json.RawMessage{part.Thinking, part.Reasoning, part.Summary} {
			p.parts(inner, true, depth+1)
		}
		for _, inner := range []json.RawMessage{part.Text, part.Value, part.Content} {
			if len(inner) > 0 && string(inner) != "null" {
				p.parts(inner, thinking, depth+1)
				return
			}
		}
	}
}

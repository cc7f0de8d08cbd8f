package openai

import (
	"bytes"
	"unicode/utf8"

	"purposeagent/agent/llm/wire"
)

// frame is what stands around the text in the chunks of a stream: they come by the
// token, and mostly differ in nothing but the text. One that has the same frame as
// the one before it is read without a decoder.
type frame struct{ head, tail []byte }

// contentName is what a frame's head ends with.
var (
	contentName = []byte(`"content":"`)
	contentKey  = []byte(`"content"`)
)

// onlyText returns the text of a chunk that says nothing else: one piece of the
// content of one choice.
func (c *chunk) onlyText() (string, bool) {
	if len(c.Choices) != 1 || c.Usage != nil || told(c.Error) {
		return "", false
	}
	choice := &c.Choices[0]
	m := choice.Delta
	if m == nil || choice.Message != nil || choice.Finish != "" || told(choice.Error) || choice.Text != (prose{}) {
		return "", false
	}
	if m.Content.thinking != "" || m.Refusal.text != "" || m.thought() != "" || len(m.ToolCalls) > 0 || m.FunctionCall != nil {
		return "", false
	}
	return m.Content.text, m.Content.text != ""
}

// of returns the frame of a chunk of the choice that counts, in the memory of the
// one before; none where more than the text may differ, or the text does not stand
// in it once and as it is.
func (f *frame) of(raw []byte, c *chunk, index wire.Count) frame {
	none := frame{f.head[:0], f.tail[:0]}
	text, only := c.onlyText()
	at := bytes.Index(raw, contentName) + len(contentName)
	if !only || c.Choices[0].Index != index || at < len(contentName) {
		return none
	}
	end := at + len(text)
	if end >= len(raw) || string(raw[at:end]) != text || raw[end] != '"' || !isPlain(raw[at:end]) {
		return none
	}
	head, tail := raw[:at], raw[end:]
	if bytes.Contains(bytes.ToLower(tail), contentKey) || bytes.Count(bytes.ToLower(head), contentKey) > 1 { // names are read in any case
		return none
	}
	return frame{append(none.head, head...), append(none.tail, tail...)}
}

// piece returns the text of a chunk with this frame; false where it has another,
// or a text that needs a decoder.
func (f *frame) piece(raw []byte) (string, bool) {
	if len(f.head) == 0 || len(raw) <= len(f.head)+len(f.tail) || !bytes.HasPrefix(raw, f.head) || !bytes.HasSuffix(raw, f.tail) {
		return "", false
	}
	text := raw[len(f.head) : len(raw)-len(f.tail)]
	return string(text), isPlain(text)
}

// isPlain reports whether a text stands in JSON as it is.
func isPlain(text []byte) bool {
	for _, c := range text {
		if c < ' ' || c == '"' || c == '\\' {
			return false
		}
	}
	return utf8.Valid(text)
}

package anthropic

import (
	"encoding/json"
	"strings"

	"purposeagent/agent/llm/thinking"
	"purposeagent/agent/llm/wire"
)

// event is one event of a stream. Servers leave out what they don't know of, so
// that its own name and type may be all there is.
type event struct {
	Type    string   `json:"type"`
	Index   int      `json:"index"`
	Message *message `json:"message"`
	Block   *block   `json:"content_block"`
	Delta   struct {
		Type        string      `json:"type"`
		Text        string      `json:"text"`
		PartialJSON string      `json:"partial_json"`
		StopReason  string      `json:"stop_reason"`
		StopDetails stopDetails `json:"stop_details"`
	} `json:"delta"`
	Usage usage           `json:"usage"`
	Error json.RawMessage `json:"error"`
}

// fold is a message that comes event by event.
type fold struct {
	message

	parts       []*part
	byIndex     map[int]*part
	began       bool // something of it came
	ended       bool // the server said so
	size        int  // of all blocks, in bytes
	text, input *thinking.Growing
}

// part is a block that grows.
type part struct {
	block
	text, input strings.Builder
	open        bool
}

// newFold returns an empty message. Its text, or the input of a tool, is told to
// onText as it grows; nil: to nobody.
func newFold(onText func(text string)) *fold {
	if onText == nil {
		onText = func(string) {}
	}
	return &fold{byIndex: map[int]*part{}, text: thinking.NewGrowing(onText), input: thinking.NewGrowing(onText)}
}

// add takes the data of one event, whose name counts where the data has no type.
// It returns the data of an error that the server told.
func (f *fold) add(name string, data []byte) (said []byte, err error) {
	var e event
	if err := wire.DecodeFitting(data, &e); err != nil {
		return nil, err
	}
	if e.Type == "" {
		e.Type = name
	}
	if e.Type == "error" || wire.HasError(e.Error) {
		return data, nil
	}
	f.began = f.began || e.Type != "ping"
	switch e.Type {
	case "message_start":
		if e.Message != nil {
			f.whole(e.Message)
		}
	case "message", "": // one that was not streamed
		var whole message
		if err := wire.DecodeFitting(data, &whole); err != nil {
			return nil, err
		}
		if e.Type == "" && len(whole.Content) == 0 && whole.StopReason == "" {
			return nil, nil
		}
		f.whole(&whole)
		f.ended = true
	case "content_block_start":
		if e.Block != nil {
			f.start(e.Index, *e.Block)
		}
	case "content_block_delta":
		f.grow(&e)
	case "content_block_stop":
		if p := f.byIndex[e.Index]; p != nil {
			p.open = false
		}
	case "message_delta":
		f.stop(e.Delta.StopReason, e.Delta.StopDetails)
		f.Usage.merge(e.Usage)
	case "message_stop":
		f.ended = true
	}
	if f.size > wire.MaxBodyBytes {
		return nil, wire.ErrTooLarge
	}
	return nil, nil
}

// whole takes a message that may have content already.
func (f *fold) whole(m *message) {
	if m.Model != "" {
		f.Model = m.Model
	}
	f.stop(m.StopReason, m.StopDetails)
	f.Usage.merge(m.Usage)
	for i := range m.Content {
		f.start(len(f.parts), m.Content[i])
	}
}

func (f *fold) stop(reason string, details stopDetails) {
	if reason != "" {
		f.StopReason, f.StopDetails = reason, details
	}
}

// partBytes is what a block takes at least.
const partBytes = 256

// start begins a block; one that began with the same index before has ended.
func (f *fold) start(index int, b block) *part {
	p := &part{block: b, open: true}
	f.size += partBytes
	f.byIndex[index] = p
	f.parts = append(f.parts, p)
	f.piece(p, b.Text, false)
	if input := string(thinking.Arguments(b.Input)); input != "{}" && input != "null" {
		f.piece(p, input, true)
	}
	return p
}

// grow adds to a block, which begins here where the server did not say so.
func (f *fold) grow(e *event) {
	p := f.byIndex[e.Index]
	kind := map[string]string{"text_delta": "text", "input_json_delta": "tool_use", "": "text"}[e.Delta.Type]
	switch {
	case kind == "": // a thought, a signature, a citation, or what is not known yet
		if p == nil && strings.HasPrefix(e.Delta.Type, "thinking") {
			f.start(e.Index, block{Type: "thinking"})
		}
		return
	case p == nil:
		p = f.start(e.Index, block{Type: kind})
	}
	f.piece(p, e.Delta.Text, false)
	f.piece(p, e.Delta.PartialJSON, true)
}

// piece adds to a block's text or to its input, and tells it where it is of the
// answer.
func (f *fold) piece(p *part, piece string, tool bool) {
	f.size += len(piece)
	switch {
	case piece == "":
		return
	case f.size > wire.MaxBodyBytes:
		return // add says so
	case tool:
		p.input.WriteString(piece)
	default:
		p.text.WriteString(piece)
	}
	switch {
	case tool && p.Type == "tool_use":
		f.input.Add(piece)
	case !tool && p.Type == "text":
		f.text.Add(piece)
	}
}

// done returns the message as it is so far, whether the server said that it is
// at its end, and whether it closed each block that it began.
func (f *fold) done() (m message, ended, closed bool) {
	m = f.message
	m.Content = nil
	closed = len(f.parts) > 0
	for _, p := range f.parts {
		closed = closed && !p.open
		b := p.block
		b.Text, b.Input = p.text.String(), []byte(p.input.String())
		m.Content = append(m.Content, b)
	}
	return m, f.ended || f.StopReason != "", closed
}

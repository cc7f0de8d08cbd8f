package openai

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/chat"
	"purposeagent/agent/llm/thinking"
	"purposeagent/agent/llm/wire"
)

// answer is what the pieces of a reply add up to.
type answer struct {
	tell      func(string) // nil: nobody listens
	told      string
	text      *thinking.Growing
	thinking  strings.Builder
	refusal   strings.Builder
	calls     []*call
	model     word
	finish    word
	counted   *usage
	reasoned  wire.Count // tokens
	begun     bool       // a choice came
	index     wire.Count // of the choice that counts: the first
	truncated bool
	pieces    int    // with the choice
	message   bool   // the last was a message, not a piece of one
	instead   []byte // what came in place of choices
	stray     string
	frame     frame
}

// call is a tool's.
type call struct {
	index     int
	id, name  word
	arguments strings.Builder
}

// maxCalls bounds the calls of tools in one answer, of which one is wanted.
const maxCalls = 16

func newAnswer(onText func(string)) *answer {
	a := &answer{tell: onText}
	a.text = thinking.NewGrowing(a.telling)
	return a
}

func (a *answer) telling(text string) {
	if a.tell != nil && text != a.told {
		a.told = text
		a.tell(text)
	}
}

// end tells the whole answer, where it is not what was told last.
func (a *answer) end(text string) { a.telling(text) }

// fold reads a reply to its end. Errors are failures, and those of reading.
func (a *answer) fold(events *wire.Events, s *wire.Server) error {
	for {
		event, err := events.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if strings.EqualFold(event.Name, "error") {
			return s.Told(event.Data)
		}
		if err := a.event(event.Data, s); err != nil {
			return err
		}
	}
	a.stray = events.Stray()
	whole := a.pieces == 1 && a.message
	if a.begun && a.finish == "" && !whole && !events.Done() {
		return wire.ErrCut
	}
	return nil
}

// event takes one JSON value: a chunk, or from some a list of them.
func (a *answer) event(raw []byte, s *wire.Server) error {
	if raw[0] == '[' {
		var list []json.RawMessage
		if err := wire.Decode(raw, &list); err != nil {
			return err
		}
		for _, one := range list {
			if len(one) == 0 || one[0] != '{' {
				return s.Told(raw)
			}
			if err := a.event(one, s); err != nil {
				return err
			}
		}
		return nil
	}
	if text, same := a.frame.piece(raw); same {
		a.pieces++
		a.text.Add(text)
		if a.size() > wire.MaxBodyBytes {
			return wire.ErrTooLarge
		}
		return nil
	}
	var c chunk
	if err := wire.Decode(raw, &c); err != nil {
		return err
	}
	if told(c.Error) && !a.finishes(c) {
		return s.Told(raw)
	}
	err := a.add(&c, raw, s)
	a.frame = a.frame.of(raw, &c, a.index)
	return err
}

// finishes reports whether a chunk with an error is a good end all the same.
func (a *answer) finishes(c chunk) bool {
	return len(c.Choices) > 0 && (c.Choices[0].Finish == "stop" || c.Choices[0].Finish == "length")
}

// told reports whether an error field holds one.
func told(raw json.RawMessage) bool {
	switch string(raw) {
	case "", "null", "false", `""`, "{}", "[]", "0":
		return false
	}
	return true
}

func (a *answer) add(c *chunk, raw []byte, s *wire.Server) error {
	if c.Model != "" {
		a.model = c.Model
	}
	if c.Usage != nil && (c.Usage.Prompt > 0 || c.Usage.Completion > 0) {
		a.counted = c.Usage
		a.reasoned = c.Usage.CompletionMore.Reasoning
	}
	if len(c.Choices) == 0 {
		if c.Usage == nil && len(a.instead) == 0 && len(raw) > len("{}") {
			a.instead = bytes.Clone(raw)
		}
		return nil
	}
	for i := range c.Choices {
		choice := &c.Choices[i]
		if !a.begun {
			a.begun, a.index = true, choice.Index
		}
		if choice.Index != a.index {
			continue
		}
		if err := a.choice(choice, raw, s); err != nil {
			return err
		}
	}
	return nil
}

func (a *answer) choice(c *choice, raw []byte, s *wire.Server) error {
	if c.Finish != "" {
		a.finish = c.Finish
	}
	m := c.Delta
	if m == nil || c.Message != nil && m.Content.text == "" && len(m.ToolCalls) == 0 {
		m = c.Message
	}
	if strings.EqualFold(string(c.Finish), "error") || told(c.Error) {
		return brokeOff(s, raw)
	}
	a.pieces++
	piece := c.Text.text
	if m != nil {
		piece += m.Content.text
		a.message = m == c.Message
		a.refusal.WriteString(m.Refusal.text)
		a.thinking.WriteString(m.thought())
	}
	if m == c.Message && m != nil { // a server may send the whole once more after its pieces
		piece = strings.TrimPrefix(piece, a.text.String())
	}
	a.text.Add(piece)
	if m != nil {
		for i := range m.ToolCalls {
			a.call(&m.ToolCalls[i])
		}
		if m.FunctionCall != nil {
			a.call(&toolCall{Function: *m.FunctionCall})
		}
	}
	switch strings.ToLower(string(a.finish)) {
	case "length", "max_tokens", "max_output_tokens", "model_length", "max_length":
		a.truncated = true
	}
	if a.size() > wire.MaxBodyBytes {
		return wire.ErrTooLarge
	}
	return nil
}

func (a *answer) size() int {
	n := a.text.Len() + a.thinking.Len() + a.refusal.Len()
	for i := range a.calls {
		n += a.calls[i].arguments.Len()
	}
	return n
}

// brokeOff is an answer that its server ended with an error.
func brokeOff(s *wire.Server, raw []byte) *wire.Failure {
	failed := s.Told(raw)
	if failed.Status == http.StatusOK {
		words := s.Clean(failed.Said.Message)
		if words == "" {
			words = "with an error of which it says no more"
		}
		failed.Why = agent.NoAnswerCut
		failed.Err = agent.Errorf(agent.CodeUnavailable, "%s broke off its answer: %s", s.Where(), words)
	}
	return failed
}

// call takes a piece of a tool's call. Servers number calls in all ways: from 1,
// not at all, by the id alone; some send the name with each piece.
func (a *answer) call(piece *toolCall) {
	var at int
	switch {
	case piece.Index != nil:
		at = slices.IndexFunc(a.calls, func(c *call) bool { return c.index == *piece.Index })
	case piece.ID != "":
		at = slices.IndexFunc(a.calls, func(c *call) bool { return c.id == piece.ID })
	default:
		at = len(a.calls) - 1
	}
	if at < 0 {
		if len(a.calls) >= maxCalls {
			return
		}
		index := len(a.calls)
		if piece.Index != nil {
			index = *piece.Index
		}
		a.calls = append(a.calls, &call{index: index, id: piece.ID})
		at = len(a.calls) - 1
	}
	c := a.calls[at]
	if name := piece.Function.Name; name != "" && name != c.name {
		c.name += name
	}
	arguments := thinking.Arguments(piece.Function.Arguments)
	if string(arguments) == "null" {
		return
	}
	c.arguments.Write(arguments)
	if at == 0 && len(arguments) > 0 && a.text.Len() == 0 && c.arguments.Len() <= maxToldArguments {
		a.telling(c.arguments.String())
	}
}

// maxToldArguments bounds arguments that are told while they grow, in bytes.
const maxToldArguments = 64 << 10

// usage is what the answer took; no tokens where the server told none.
func (a *answer) usage() agent.Usage {
	if a.counted == nil {
		return agent.Usage{Calls: 1}
	}
	return wire.UsageOf(a.counted.Prompt, a.counted.Completion, max(a.counted.PromptMore.Cached, a.counted.CacheHits))
}

// failure is what a reply without an answer, or with a refusal, is.
func (a *answer) failure(s *wire.Server) *wire.Failure {
	switch {
	case !a.begun && len(a.instead) > 0:
		failed := s.Told(a.instead)
		if failed.Said.Message == "" {
			return s.NoneGiven(wire.ServerError{Message: "it has no choices"})
		}
		return failed
	case !a.begun && a.stray != "":
		return s.Odd(a.stray)
	case !a.begun:
		return s.NoneGiven(wire.ServerError{})
	case a.refusal.Len() > 0 || slices.Contains(filters, strings.ToLower(string(a.finish))):
		words := s.Clean(a.refusal.String())
		if words == "" {
			words = "its content filter stopped the answer"
		}
		return &wire.Failure{Why: agent.NoAnswerRefused, Err: agent.Errorf(agent.CodeInvalid, "the model %s refused to answer: %s", s.Model, words)}
	}
	return nil
}

// filters are the ends of answers that were held back.
var filters = []string{"content_filter", "content-filter", "safety", "refusal", "prohibited_content", "sensitive"}

// chosen is the text that answers the request: of the answer itself, or the
// arguments of a tool that was called, asked or not.
func (a *answer) chosen(text string, d dialect, request chat.Request) string {
	if request.Schema == nil {
		return text
	}
	if d.format == formatTool {
		if arguments, called := a.calledWith(request); called {
			return arguments
		}
		if arguments, ok := thinking.CallInText(text); ok && wire.Fits(request.Schema, string(arguments)) {
			return string(arguments)
		}
		return ""
	}
	if text == "" {
		for i := range a.calls {
			if arguments := a.calls[i].arguments.String(); a.truncated || wire.Fits(request.Schema, arguments) {
				return arguments
			}
		}
	}
	if arguments, ok := thinking.CallInText(text); ok && wire.Fits(request.Schema, string(arguments)) {
		return string(arguments)
	}
	return text
}

// calledWith returns the arguments of the first call of the request's tool, or of
// another whose arguments are an answer; false where there is none.
func (a *answer) calledWith(request chat.Request) (string, bool) {
	name := nameOf(request)
	for i := range a.calls {
		if string(a.calls[i].name) == name {
			return a.calls[i].arguments.String(), true
		}
	}
	for i := range a.calls {
		if arguments := a.calls[i].arguments.String(); wire.Fits(request.Schema, arguments) {
			return arguments, true
		}
	}
	return "", false
}

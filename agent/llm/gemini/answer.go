package gemini

import (
	"bytes"
	"cmp"
	"encoding/json"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/llm/thinking"
	"purposeagent/agent/llm/wire"
)

// answer is what the model said, whole or one piece of it.
type answer struct {
	Candidates     []candidate     `json:"candidates"`
	PromptFeedback feedback        `json:"promptFeedback"`
	Usage          usage           `json:"usageMetadata"`
	Model          string          `json:"modelVersion"`
	Error          json.RawMessage `json:"error"` // of an error that came with a status of success
}

// feedback says why a prompt was not answered at all.
type feedback struct {
	BlockReason        string `json:"blockReason"`
	BlockReasonMessage string `json:"blockReasonMessage"`
}

// candidate is one answer; we ask for one.
type candidate struct {
	Content       content `json:"content"`
	FinishReason  string  `json:"finishReason"`
	FinishMessage string  `json:"finishMessage"`
}

// content is what somebody said.
type content struct {
	Role  string `json:"role,omitempty"`
	Parts []part `json:"parts"`
}

// part is a piece of text, a thought, or a call of a function.
type part struct {
	Text    string `json:"text"`
	Thought bool   `json:"thought,omitempty"`
	Call    *call  `json:"functionCall,omitempty"`
}

type call struct {
	Name string          `json:"name"`
	Args json.RawMessage `json:"args"`
}

// usage is what an answer cost so far. What is not told is zero.
type usage struct {
	Prompt   wire.Count `json:"promptTokenCount"` // with those of the cache
	Cached   wire.Count `json:"cachedContentTokenCount"`
	Tools    wire.Count `json:"toolUsePromptTokenCount"`
	Answer   wire.Count `json:"candidatesTokenCount"`
	Thoughts wire.Count `json:"thoughtsTokenCount"`
}

// merge takes what a later piece tells.
func (u *usage) merge(v usage) {
	u.Prompt, u.Cached, u.Tools = cmp.Or(v.Prompt, u.Prompt), cmp.Or(v.Cached, u.Cached), cmp.Or(v.Tools, u.Tools)
	u.Answer, u.Thoughts = cmp.Or(v.Answer, u.Answer), cmp.Or(v.Thoughts, u.Thoughts)
}

func (u usage) of() agent.Usage {
	return wire.UsageOf(u.Prompt+u.Tools, u.Answer+u.Thoughts, u.Cached)
}

// pieces reads an event: a piece of an answer, or a list of them, as the API sends
// where its events were not asked for or got lost on the way.
func pieces(data []byte) ([]answer, error) {
	list := []json.RawMessage{data}
	if data = bytes.TrimSpace(data); bytes.HasPrefix(data, []byte("[")) {
		list = nil
		if err := wire.Decode(data, &list); err != nil {
			return nil, err
		}
	}
	answers := make([]answer, len(list))
	for i, raw := range list {
		if err := wire.DecodeFitting(raw, &answers[i]); err != nil {
			return nil, err
		}
	}
	return answers, nil
}

// failed reports whether it is an error in place of an answer.
func (a *answer) failed() bool { return wire.HasError(a.Error) }

// empty reports whether it tells nothing of an answer.
func (a *answer) empty() bool {
	return len(a.Candidates) == 0 && a.PromptFeedback.BlockReason == "" && a.Usage == usage{} && a.Model == ""
}

// fold is an answer that comes piece by piece.
type fold struct {
	answer // all but the candidates

	text   *thinking.Growing
	calls  []string // the arguments of functions
	finish candidate
	began  bool // something of it came
	size   int  // of text and arguments, in bytes
}

// newFold returns an empty answer. Its text is told to onText as it grows; nil: to
// nobody.
func newFold(onText func(text string)) *fold {
	if onText == nil {
		onText = func(string) {}
	}
	return &fold{text: thinking.NewGrowing(onText)}
}

// partBytes is what a call takes at least.
const partBytes = 256

// add takes a piece. Each piece may say that the model stopped, the first and
// the empty ones too: what comes after it counts as well.
func (f *fold) add(a *answer) {
	f.began = f.began || !a.empty()
	f.Model = cmp.Or(a.Model, f.Model)
	f.Usage.merge(a.Usage)
	if reason := a.PromptFeedback.BlockReason; reason != "" && reason != "BLOCK_REASON_UNSPECIFIED" && reason != "BLOCKED_REASON_UNSPECIFIED" {
		f.PromptFeedback = a.PromptFeedback
	}
	if len(a.Candidates) == 0 {
		return
	}
	c := &a.Candidates[0]
	if c.FinishReason != "" {
		f.finish.FinishReason, f.finish.FinishMessage = c.FinishReason, c.FinishMessage
	}
	for i := range c.Content.Parts {
		p := &c.Content.Parts[i]
		switch {
		case p.Thought:
		case p.Call != nil:
			f.calls = append(f.calls, string(thinking.Arguments(p.Call.Args)))
			f.size += len(p.Call.Args) + partBytes
		default:
			f.text.Add(p.Text)
			f.size += len(p.Text)
		}
	}
}

// said is the text for a request with this schema, nil for none, without thoughts:
// what the model wrote, or what it called a function with that nobody asked for.
func (f *fold) said(schema json.RawMessage) string {
	text := thinking.WithoutThinking(f.text.String())
	if schema == nil || strings.Contains(text, "{") {
		return text
	}
	for _, arguments := range f.calls {
		if wire.Fits(schema, arguments) {
			return arguments
		}
	}
	return text
}

// Spent is what the answer took.
func (f *fold) Spent() agent.Usage { return f.Usage.of() }

// Crowded is that of wire.Answer.
func (f *fold) Crowded(schema json.RawMessage) (crowded, silent bool) {
	if f.finish.FinishReason != "MAX_TOKENS" {
		return false, false
	}
	silent = f.said(schema) == ""
	return silent || f.Usage.Thoughts > f.Usage.Answer, silent
}

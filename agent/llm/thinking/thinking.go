// Package thinking tells what a model answered from what it thought on the way.
package thinking

import (
	"encoding/json"
	"strings"
)

// thinkingTags are the marks between which models think, in small letters.
var thinkingTags = []struct{ open, shut string }{
	{"<think>", "</think>"}, {"<thinking>", "</thinking>"}, {"<thought>", "</thought>"}, {"<thoughts>", "</thoughts>"},
	{"<reasoning>", "</reasoning>"}, {"<reason>", "</reason>"}, {"<reflection>", "</reflection>"}, {"<analysis>", "</analysis>"}, {"<scratchpad>", "</scratchpad>"},
	{"<seed:think>", "</seed:think>"}, {"<|begin_of_thought|>", "<|end_of_thought|>"}, {"<|thinking|>", "<|/thinking|>"},
	{"[think]", "[/think]"}, {"◁think▷", "◁/think▷"},
}

// endMarks are what some servers leave at the end of an answer, and around it.
var endMarks = []string{"<|im_end|>", "<|eot_id|>", "<|end_of_text|>", "<|endoftext|>", "<|end|>", "<|return|>", "<end_of_turn>", "</s>",
	"<|end_of_solution|>", "<|begin_of_solution|>", "<|eom_id|>", "<|end_of_sentence|>", "<｜end▁of▁sentence｜>"}

// WithoutThinking is the answer without what stands in blocks of thinking.
func WithoutThinking(text string) string {
	answer, _ := SplitThinking(text)
	return answer
}

// SplitThinking tells an answer from the thinking beside it: in blocks such as
// <think>, in any case, or by channels, of which the final one is the answer. A
// block that never closes leaves no answer; of one whose start was in the prompt
// (the text has its end only) all before the end is thinking. A text that is a
// JSON object as it is stays as it is.
func SplitThinking(text string) (answer, thinking string) {
	text = strings.TrimSpace(text)
	if strings.IndexByte(text, '<') < 0 && strings.IndexByte(text, '[') < 0 && !strings.Contains(text, "◁") && !strings.HasPrefix(text, "analysis") {
		return text, ""
	}
	if strings.HasPrefix(text, "{") && json.Valid([]byte(text)) {
		return text, ""
	}
	if strings.Contains(text, channelMark) {
		return byChannels(text)
	}
	if rest, ok := strings.CutPrefix(text, "analysis"); ok { // channels whose marks a server dropped
		if thought, final, ok := strings.Cut(rest, "assistantfinal"); ok {
			return strings.TrimSpace(final), strings.TrimSpace(thought)
		}
	}
	answer, thinking = byTags(text)
	return trimMarks(answer), thinking
}

// trimMarks drops what is left of a template around an answer.
func trimMarks(text string) string {
	for again := true; again; {
		again = false
		text = strings.TrimSpace(text)
		for _, mark := range endMarks {
			if cut, ok := strings.CutSuffix(text, mark); ok {
				text, again = cut, true
			}
			if cut, ok := strings.CutPrefix(text, mark); ok {
				text, again = cut, true
			}
		}
	}
	return text
}

func byTags(text string) (string, string) {
	lower := asciiLower(text)
	var answer, thinking strings.Builder
	within := "" // the mark that ends the block
	from := 0
	for at := 0; at < len(lower); {
		if c := lower[at]; c != '<' && c != '[' && c != "◁"[0] {
			at++
			continue
		}
		mark, shut, opens := tagAt(lower[at:])
		switch {
		case mark == "":
			at++
			continue
		case within != "" && mark == within:
			thinking.WriteString(text[from:at])
			within = ""
		case within != "": // a block within a block is thought too
			at += len(mark)
			continue
		case opens:
			answer.WriteString(text[from:at])
			within = shut
		default: // its start was in the prompt
			thinking.WriteString(answer.String())
			thinking.WriteString(text[from:at])
			answer.Reset()
		}
		at += len(mark)
		from = at
	}
	if within != "" {
		thinking.WriteString(text[from:])
	} else {
		answer.WriteString(text[from:])
	}
	return strings.TrimSpace(answer.String()), strings.TrimSpace(thinking.String())
}

func tagAt(text string) (mark, shut string, opens bool) {
	for _, tag := range thinkingTags {
		if strings.HasPrefix(text, tag.open) {
			return tag.open, tag.shut, true
		}
		if strings.HasPrefix(text, tag.shut) {
			return tag.shut, "", false
		}
	}
	return "", "", false
}

// asciiLower keeps the length, which strings.ToLower does not.
func asciiLower(text string) string {
	b := []byte(text)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

const (
	channelMark = "<|channel|>"
	messageMark = "<|message|>"
)

// byChannels reads messages of the form <|channel|>NAME<|message|>TEXT<|end|>. The
// last of the final channel is the answer; where there is none, the last that goes
// to a tool: its arguments.
func byChannels(text string) (answer, thinking string) {
	var thought strings.Builder
	final, called := "", ""
	begun := false
	parts := strings.Split(text, channelMark)
	thought.WriteString(beforeMark(parts[0]))
	for _, part := range parts[1:] {
		head, body, ok := strings.Cut(part, messageMark)
		if !ok {
			continue
		}
		body = strings.TrimSpace(beforeMark(body))
		head = strings.ToLower(strings.TrimSpace(head))
		switch {
		case strings.HasPrefix(head, "final"):
			final, begun = body, true
		case strings.Contains(head, "to="):
			called = body
		default:
			thought.WriteString(body)
		}
	}
	if !begun {
		final = called
	}
	return final, strings.TrimSpace(thought.String())
}

func beforeMark(text string) string {
	before, _, _ := strings.Cut(text, "<|")
	return before
}

// callMarks begin the call of a tool in an answer's text.
var callMarks = []string{"<tool_call>", "[TOOL_CALLS]", "<|tool_call|>", "<|python_tag|>", "<function_call>", "functools"}

// CallInText returns the arguments of a call of a tool that a server left in the
// answer's text; false where there is none, or more than one.
func CallInText(text string) (json.RawMessage, bool) {
	for _, mark := range callMarks {
		_, rest, ok := strings.Cut(text, mark)
		if !ok {
			continue
		}
		type call struct {
			Name                  string
			Arguments, Parameters json.RawMessage
		}
		var calls []call
		var one call
		d := json.NewDecoder(strings.NewReader(rest))
		var raw json.RawMessage
		if d.Decode(&raw) != nil {
			return nil, false
		}
		if json.Unmarshal(raw, &calls) != nil {
			if json.Unmarshal(raw, &one) != nil {
				return nil, false
			}
			calls = []call{one}
		}
		if len(calls) != 1 || calls[0].Name == "" {
			return nil, false
		}
		if calls[0].Arguments == nil {
			calls[0].Arguments = calls[0].Parameters
		}
		return Arguments(calls[0].Arguments), calls[0].Arguments != nil
	}
	return nil, false
}

// Arguments are those of a tool's call, which some servers put into a string and
// others do not.
func Arguments(raw json.RawMessage) json.RawMessage {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return json.RawMessage(text)
	}
	return raw
}

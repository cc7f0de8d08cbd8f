package openai

import (
	"testing"

	"purposeagent/agent/llm/wire"
)

// A chunk that is read by its frame says what a decoder reads in it.
func TestFrame(t *testing.T) {
	const head, tail = `{"id":"1","choices":[{"index":0,"delta":{"content":"`, `"},"finish_reason":null}]}`
	for _, tt := range []struct {
		name, first, second, want string // "": it needs a decoder
	}{
		{"another text", head + "one" + tail, head + "two" + tail, "two"},
		{"letters beyond ASCII", head + "one" + tail, head + "zwölf" + tail, "zwölf"},
		{"an escape", head + "one" + tail, head + `t\nwo` + tail, ""},
		{"a quotation mark that ends the text", head + "one" + tail, head + `two","refusal":"no` + tail, ""},
		{"no UTF-8", head + "one" + tail, head + "\xff" + tail, ""},
		{"nothing", head + "one" + tail, head + tail, ""},
		{"its end", head + "one" + tail, head + `two"},"finish_reason":"stop"}]}`, ""},
		{"another choice", head + "one" + tail, `{"id":"1","choices":[{"index":1,"delta":{"content":"two` + tail, ""},
		{"after an escape", head + `o\ne` + tail, head + "two" + tail, ""},
		{"after thinking", `{"choices":[{"delta":{"reasoning":"r","content":"one"}}]}`, `{"choices":[{"delta":{"reasoning":"r","content":"two"}}]}`, ""},
		{"after a name in another case", `{"choices":[{"delta":{"content":"one","Content":"one"}}]}`, `{"choices":[{"delta":{"content":"two","Content":"one"}}]}`, ""},
		{"after a usage", `{"usage":{"prompt_tokens":1},"choices":[{"delta":{"content":"one"}}]}`, `{"usage":{"prompt_tokens":1},"choices":[{"delta":{"content":"two"}}]}`, ""},
		{"after a choice that does not count", `{"choices":[{"index":3,"delta":{"content":"one"}}]}`, `{"choices":[{"index":3,"delta":{"content":"two"}}]}`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var c chunk
			if err := wire.Decode([]byte(tt.first), &c); err != nil {
				t.Fatal(err)
			}
			var f frame
			f = f.of([]byte(tt.first), &c, 0)
			got, known := f.piece([]byte(tt.second))
			if known != (tt.want != "") || known && got != tt.want {
				t.Errorf("got %q, %v, want %q", got, known, tt.want)
			}
		})
	}
}

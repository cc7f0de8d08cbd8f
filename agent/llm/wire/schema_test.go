package wire

import (
	"encoding/json"
	"testing"

	"purposeagent/agent/llm/thinking"
)

func TestPlainSchema(t *testing.T) {
	tests := []struct{ name, schema, want string }{
		{"a limit at the end", `{"type":"string","maxLength":60}`, `{"type":"string"}`},
		{"limits at the start", `{"maximum":10,"minimum":-10,"type":"number"}`, `{"type":"number"}`},
		{"the order of properties stays", `{"properties":{"b":{"maxItems":3,"type":"array"},"a":{}}}`, `{"properties":{"b":{"type":"array"},"a":{}}}`},
		{"no JSON is left alone", `{"a":`, `{"a":`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(PlainSchema(json.RawMessage(tt.schema))); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func FuzzAnswerParts(f *testing.F) {
	for _, seed := range []string{"<think>a</think>b", "</think>", "<think>", `{"maxLength":1}`, "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if got := thinking.WithoutThinking(text); len(got) > len(text) {
			t.Errorf("longer than what came in: %q", got)
		}
		if plain := PlainSchema(json.RawMessage(text)); json.Valid([]byte(text)) && !json.Valid(plain) {
			t.Errorf("%q became invalid: %q", text, plain)
		}
	})
}

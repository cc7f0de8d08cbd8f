package ui

import (
	"testing"
)

func TestSentence(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"", ""},
		{"the run has ended", "The run has ended."},
		{"what now?", "What now?"},
		{"état inconnu", "État inconnu."},
		{"purpose: say what to reach", "Purpose: say what to reach."},
		{"http://127.0.0.1:8000/v1/ has no list of models", "http://127.0.0.1:8000/v1/ has no list of models."},
		{"openai:gpt-4o has no price", "openai:gpt-4o has no price."},
		{"max_steps must be 1 or more", "max_steps must be 1 or more."},
		{"qwen3 is not there", "qwen3 is not there."},
	} {
		if got := Sentence(test.text); got != test.want {
			t.Errorf("sentence(%q) = %q, want %q", test.text, got, test.want)
		}
	}
}

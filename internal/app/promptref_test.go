package app

import "testing"

func TestSplitPrompt(t *testing.T) {
	for _, test := range []struct {
		ref, model string
		n          int
		ok         bool
	}{
		{"ollama:qwen3:1.7b", "ollama:qwen3:1.7b", -1, true}, {"ollama:qwen3:1.7b?prompt=2", "ollama:qwen3:1.7b", 2, true},
		{"lab:m?prompt=0", "lab:m", 0, true}, {"lab:m?prompt=", "lab:m", 0, false}, {"lab:m?prompt=-1", "lab:m", -1, false}, {"lab:m?prompt=2?prompt=3", "lab:m", 0, false},
	} {
		model, n, err := splitPrompt(test.ref)
		if (err == nil) != test.ok || model != test.model || test.ok && n != test.n {
			t.Errorf("%s: %q, %d, %v", test.ref, model, n, err)
		}
	}
}

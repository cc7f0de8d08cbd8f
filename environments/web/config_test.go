package web

import (
	"strings"
	"testing"

	"purposeagent/agent/prompttext"
)

func TestFits(t *testing.T) {
	for _, c := range []struct {
		pattern, address string
		want             bool
	}{
		{"https://a.example/x", "https://a.example/x", true}, {"https://a.example/x", "https://a.example/xy", false},
		{"*/done", "https://a.example/done", true}, {"*/done", "https://a.example/done?x", false}, {"*/done*", "https://a.example/done?x", true},
		{"https://*.example/*/ok", "https://a.example/1/ok", true}, {"https://*.example/*/ok", "https://a.example/ok", false},
		{"*ab*ab", "xab", false}, {"*ab*ab", "xabab", true}, {"*", "", true}, {"a*a", "a", false},
	} {
		if got := fits(c.pattern, c.address); got != c.want {
			t.Errorf("%q fits %q: %v", c.address, c.pattern, got)
		}
	}
}

func TestSplit(t *testing.T) {
	for name, text := range map[string]string{
		"nothing": "", "lines": strings.Repeat("a line of a text\n", 300), "one line": strings.Repeat("word ", 5000),
		"wide": strings.Repeat("文字", 3000), "no space": strings.Repeat("x", 9000),
	} {
		parts := split(text, 200)
		for i, p := range parts {
			if n := prompttext.Tokens(p); n > 200 {
				t.Errorf("%s: part %d has %d tokens", name, i, n)
			}
		}
		whole := func(s string) string { return strings.ReplaceAll(s, "\n", "") }
		if got := whole(strings.Join(parts, "")); got != whole(text) {
			t.Errorf("%s: the parts are not the whole: %d bytes of %d", name, len(got), len(text))
		}
	}
}

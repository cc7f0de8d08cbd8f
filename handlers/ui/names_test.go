package ui

import (
	"testing"
)

func TestWithTitles(t *testing.T) {
	known := map[string]string{"h000012": "Heat clay first", "h000013": "", "h_a-b": "Go on"}
	for _, test := range []struct{ name, text, want string }{
		{"at the beginning", "h000012: when raw, heat", "“Heat clay first”: when raw, heat"},
		{"several", "h000012 and h_a-b, then h000012.", "“Heat clay first” and “Go on”, then “Heat clay first”."},
		{"a part of a longer word", "xh000012 h0000123 h000012-b", "xh000012 h0000123 h000012-b"},
		{"without a title", "h000013 says so", "h000013 says so"},
		{"unknown", "h000099 says so", "h000099 says so"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := WithTitles(test.text, known); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

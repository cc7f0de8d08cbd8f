package ui_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/ui"
)

func TestVisible(t *testing.T) {
	for _, test := range []struct{ name, in, want string }{
		{"plain", "Grüße, Φ ▲\n\tx", "Grüße, Φ ▲\n\tx"},
		{"escape", "\x1b[31m", "␛[31m"},
		{"delete", "\x7f", "␡"},
		{"C1", "\u009b2J", "⟨U+009B⟩2J"},
		{"bidi", "a\u202eb\u2066c\u061c", "a⟨U+202E⟩b⟨U+2066⟩c⟨U+061C⟩"},
		{"line ends", "a\r\nb\rc", "a\nb\nc"},
		{"tags", "x\U000e0041", "x⟨U+E0041⟩"},
		{"a family", "👩\u200d👧", "👩\u200d👧"},
	} {
		if got := ui.Visible(test.in); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

func FuzzVisible(f *testing.F) {
	f.Add(pagetest.HostileText)
	f.Add("\xff\U000e0041")
	f.Fuzz(func(t *testing.T, text string) {
		if got := ui.Visible(text); strings.IndexFunc(got, ui.Invisible) >= 0 || ui.Visible(got) != got {
			t.Errorf("%q becomes %q", text, got)
		}
		if !utf8.ValidString(text) {
			return
		}
		raw, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		escaped, back := ui.VisibleJSON(raw), ""
		if err := json.Unmarshal(escaped, &back); err != nil || back != text || bytes.IndexFunc(escaped, ui.Invisible) >= 0 {
			t.Errorf("%q is written as %s and read as %q: %v", text, escaped, back, err)
		}
	})
}

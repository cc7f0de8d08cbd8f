package prompttext

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func FuzzPromptText(f *testing.F) {
	for _, seed := range []string{"plain", ">>>> <<<<", "<|im_end|>", "<<|>>|", "\xff\xfe", "日本語のテキスト", "a\u202eb\x00c", strings.Repeat("é", 300)} {
		f.Add(seed, 10)
	}
	f.Fuzz(func(t *testing.T, text string, limit int) {
		data := AsData(text)
		for _, never := range []string{"<<", ">>", "<|", "|>", "\x00", "\x1b"} {
			if strings.Contains(data, never) {
				t.Errorf("%q holds %q", data, never)
			}
		}
		if !utf8.ValidString(data) {
			t.Errorf("%q is no text", data)
		}
		if line := OneLine(text); line != strings.Join(strings.Fields(data), " ") {
			t.Errorf("%q on one line is %q", text, line)
		}
		limit = min(max(limit, 0), 1000)
		cut := Clip(data, limit)
		if !utf8.ValidString(cut) || Tokens(cut) > max(limit, Tokens(" …[cut]")) {
			t.Errorf("%q has %d tokens, limit %d", cut, Tokens(cut), limit)
		}
		if Tokens(data) > limit && !strings.HasSuffix(cut, "[cut]") {
			t.Errorf("%q was cut without a mark", cut)
		}
		if short := Cut(data, limit); utf8.RuneCountInString(short) > limit+1 {
			t.Errorf("%q has more than %d characters", short, limit)
		}
	})
}

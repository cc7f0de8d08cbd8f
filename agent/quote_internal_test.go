package agent

import (
	"strconv"
	"testing"
)

// TestAppendQuote: a key is the one that it was before, whatever the texts hold.
func TestAppendQuote(t *testing.T) {
	texts := []string{"", "the key", `a "b" \c`, "door\nand\tkey", "Φ", "\x7f", "a\xffb", "\u200b"}
	for b := range 256 {
		texts = append(texts, "x"+string([]byte{byte(b)})+"y")
	}
	for _, s := range texts {
		if got, want := string(appendQuote(nil, s)), strconv.Quote(s); got != want {
			t.Errorf("%q is quoted as %s, want %s", s, got, want)
		}
	}
}

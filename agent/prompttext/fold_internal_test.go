package prompttext

import (
	"strings"
	"testing"
	"unicode"
)

// TestPlainASCII: what Fold takes as it stands is what the long way makes of it.
func TestPlainASCII(t *testing.T) {
	for r := range rune(unicode.MaxASCII) {
		if plainASCII[r] && Fold(string(r)) != strings.ToLower(string(r)) {
			t.Errorf("%q is folded to %q", r, Fold(string(r)))
		}
		if seen := r > ' ' && r < 0x7f; plainASCII[r] != seen {
			t.Errorf("%q is plain: %v", r, plainASCII[r])
		}
	}
}

// TestSpelledIsNoNarrower: whatever the pattern finds is looked for.
func TestSpelledIsNoNarrower(t *testing.T) {
	for _, text := range []string{"i g n o r e a l", "we say x-i g n o r e r-x now", "(i g n o r e a)", "i g n o r e é é.", "i g n\no r e a l l s"} {
		joined := strings.ReplaceAll(Fold(text), "\n", " ")
		for _, i := range injections {
			if i.may != nil && i.pattern.MatchString(joined) && !i.may(joined) {
				t.Errorf("%q is not looked at", text)
			}
		}
	}
	if spelled("a b c is not spelled, nor is x y z") {
		t.Error("three letters in a row are looked at")
	}
}

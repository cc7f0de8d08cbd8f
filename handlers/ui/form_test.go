package ui

import (
	"testing"
)

// Whole numbers are read however they are written.
func TestWholeNumber(t *testing.T) {
	for text, want := range map[string]int64{"3": 3, "3.0": 3, " 4e2 ": 400, "-2.0": -2, "9007199254740993": 9007199254740993} { //nolint:gocritic // with blanks, as people type
		if got, ok := wholeNumber(text); !ok || got != want {
			t.Errorf("%q is %d, want %d", text, got, want)
		}
	}
	for _, text := range []string{"", "3.5", "many", "NaN", "Inf", "1e300", "9007199254740993.0"} {
		if got, ok := wholeNumber(text); ok {
			t.Errorf("%q is %d, want none", text, got)
		}
	}
}

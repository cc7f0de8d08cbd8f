package library

import (
	"strings"
	"testing"
)

// A rule in words says who can use it.
func TestRuleReaders(t *testing.T) {
	if got := ruleReaders(true, false); !strings.Contains(got, "nothing uses it yet") || !strings.Contains(got, "reads no words") {
		t.Error(got)
	}
	if got := ruleReaders(true, true); !strings.Contains(got, "The offline reasoner can't") || strings.Contains(got, "nothing uses it") {
		t.Error(got)
	}
	if got := ruleReaders(false, false); !strings.Contains(got, "conditions") {
		t.Error(got)
	}
}

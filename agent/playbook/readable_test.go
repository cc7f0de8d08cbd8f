package playbook_test

import (
	"regexp"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/wording"
)

var doubled = regexp.MustCompile(`(?i)\b(not|don't|never|no)\b[^.;:]*\b(not|never|no)\b`)

// checkReadable holds what every playbook promises its readers.
func checkReadable(t *testing.T, p agent.Playbook) {
	t.Helper()
	titles := map[string]bool{}
	for _, l := range p.Lines {
		switch {
		case titles[l.Title]:
			t.Errorf("two lines are called %q", l.Title)
		case l.Title == "" || len(strings.Fields(l.Title)) > wording.MaxTitleWords:
			t.Errorf("the title %q has %d words", l.Title, len(strings.Fields(l.Title)))
		case len(strings.Fields(l.Text)) > wording.MaxTextWords:
			t.Errorf("the text %q has %d words", l.Text, len(strings.Fields(l.Text)))
		case len(l.Text) > 1_000:
			t.Errorf("the text of %q has %d bytes", l.Title, len(l.Text))
		}
		titles[l.Title] = true
	}
}

// checkSingleNegation holds for what code writes; people may write as they like.
func checkSingleNegation(t *testing.T, p agent.Playbook) {
	t.Helper()
	for _, l := range p.Lines {
		if doubled.MatchString(l.Title) || doubled.MatchString(l.Text) && !strings.Contains(l.Text, "not yet known") {
			t.Errorf("a double negation: %q, %q", l.Title, l.Text)
		}
	}
}

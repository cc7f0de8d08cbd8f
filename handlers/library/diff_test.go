package library

import (
	"strings"
	"testing"

	"purposeagent/views/pages"
)

func TestWordDiff(t *testing.T) {
	for _, test := range []struct {
		name, before, after string
		want                string // −before +after, changed pieces in brackets
	}{
		{"same", "a b c", "a b c", "a b c | a b c"},
		{"word in", "a c", "a b c", "a c | a [b] c"},
		{"word out", "a b c", "a c", "a [b] c | a c"},
		{"word for word", "go back to the start", "go back to the fork", "go back to the [start] | go back to the [fork]"},
		{"nothing before", "", "a b", " | [a b]"},
		{"nothing after", "a b", "", "[a b] | "},
	} {
		t.Run(test.name, func(t *testing.T) {
			gone, come := wordDiff(test.before, test.after)
			var sides []string
			for _, side := range [][]pages.DiffWord{gone, come} {
				var b strings.Builder
				for _, w := range side {
					if w.Changed {
						b.WriteString("[" + w.Text + "]")
					} else {
						b.WriteString(w.Text)
					}
				}
				sides = append(sides, b.String())
			}
			if got := strings.Join(sides, " | "); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

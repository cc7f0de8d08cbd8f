package textdiff

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"purposeagent/views/pages"
)

func TestWords(t *testing.T) {
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
			gone, come := Words(test.before, test.after)
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

func TestLines(t *testing.T) {
	for _, test := range []struct{ name, before, after, want string }{
		{"same", "a\nb\n", "a\nb", ""},
		{"one in", "a\nc\n", "a\nb\nc\n", "+b"},
		{"one out", "a\nb\nc", "a\nc", "−b"},
		{"one for another", "a\nb\nc", "a\nx\nc", "−b +x"},
		{"an empty line", "a\nb", "a\n\nb", "+"},
		{"nothing before", "", "a\nb\n", "+a +b"},
		{"nothing after", "a", "", "−a"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, line := range Lines(test.before, test.after) {
				got = append(got, line.Mark+line.Words[0].Text)
			}
			if strings.Join(got, " ") != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// TestCommonSubsequence compares with every subsequence of short words.
func TestCommonSubsequence(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	word := func() []string {
		w := make([]string, random.IntN(8))
		for i := range w {
			w[i] = string(rune('a' + random.IntN(3)))
		}
		return w
	}
	within := func(short, long []string) bool {
		for _, x := range long {
			if len(short) > 0 && short[0] == x {
				short = short[1:]
			}
		}
		return len(short) == 0
	}
	for range 300 {
		a, b := word(), word()
		longest := 0
		for bits := range 1 << len(a) {
			var part []string
			for i := range a {
				if bits&(1<<i) != 0 {
					part = append(part, a[i])
				}
			}
			if within(part, b) {
				longest = max(longest, len(part))
			}
		}
		pairs := Common(a, b)
		rising := slices.IsSortedFunc(pairs, func(p, q [2]int) int {
			if p[0] < q[0] && p[1] < q[1] {
				return -1
			}
			return 1
		})
		if len(pairs) != longest || !rising {
			t.Fatalf("%v and %v have %v, want %d in order", a, b, pairs, longest)
		}
		for _, p := range pairs {
			if a[p[0]] != b[p[1]] {
				t.Fatalf("%v and %v have %v", a, b, pairs)
			}
		}
	}
}

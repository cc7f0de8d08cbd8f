package runs

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// rowsText writes rows as letters, one column a run.
func rowsText(rows []alignedRow, runs [][]string) string {
	var b strings.Builder
	for _, row := range rows {
		for r, at := range row.at {
			if at < 0 {
				b.WriteByte('-')
			} else {
				b.WriteString(runs[r][at])
			}
		}
		b.WriteByte(' ')
	}
	return strings.TrimSpace(b.String())
}

func TestAlign(t *testing.T) {
	for _, test := range []struct{ runs, want, close string }{
		{"abc abc", "aa bb cc", "aa bb cc"},
		{"abcd abxd", "aa bb c- -x dd", "aa bb cx dd"},
		{"ab xy", "a- b- -x -y", "ax by"},
		{"abc x", "a- b- c- -x", "ax b- c-"},
		{"abc abc abc", "aaa bbb ccc", "aaa bbb ccc"},
		{"abc axc abxc", "aaa b-b -xx ccc", "aaa b-b -xx ccc"},
		{"ab xb yb", "a-- -x- --y bbb", "axy bbb"},
		{"aaa aa", "aa aa a-", "aa aa a-"},
	} {
		var runs [][]string
		for word := range strings.FieldsSeq(test.runs) {
			runs = append(runs, strings.Split(word, ""))
		}
		if got := rowsText(align(runs), runs); got != test.want {
			t.Errorf("%s aligns as %s, want %s", test.runs, got, test.want)
		}
		if got := rowsText(closeUp(align(runs)), runs); got != test.close {
			t.Errorf("%s closes up to %s, want %s", test.runs, got, test.close)
		}
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
		pairs := commonSubsequence(a, b)
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

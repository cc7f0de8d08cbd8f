package runs

import (
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

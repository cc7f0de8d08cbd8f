package handlers

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"

	"purposeagent/agent"
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

func TestComparePage(t *testing.T) {
	log := liveLog(6)
	log.add(sampleRun("r_2", 60))
	log.emit("r_2", noon, sampleStart())
	log.take("r_2", 4)
	s := runsServer(t, log)
	w := ask(s, http.MethodGet, "/compare?runs=r_1,r_2&row=5", "")
	body := w.Body.String()
	for _, want := range []string{"The first 4 steps are the same. Then A did", "B took no more steps", `id="row-6"`, "How the states differ after row 5", "A #5 as JSON", "/runs/r_1/steps/6", `aria-current="true"`} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	for path, status := range map[string]int{"/compare": 422, "/compare?runs=r_1": 422, "/compare?runs=a,b,c,d,e": 422, "/compare?runs=r_1,r_none": 404,
		"/compare?runs=r_1,r_2&row=99": 404, "/compare?runs=r_1&id=r_2": 200, "/compare?runs=r_1,r_1,r_2": 200} {
		if w := ask(s, http.MethodGet, path, ""); w.Code != status {
			t.Errorf("%s answers %d, want %d", path, w.Code, status)
		}
	}
}

func TestForkPage(t *testing.T) {
	log := liveLog(6)
	child := sampleRun("r_2", 60)
	child.Spec.Origin = &agent.Origin{Run: "r_1", Step: 3}
	log.add(child)
	s := runsServer(t, log)
	page := ask(s, http.MethodGet, "/runs/r_1/fork?step=3", "").Body.String()
	for _, want := range []string{"Fork after step 3 of 6", "r_2", "after step 3", "/compare?runs=r_1%2Cr_2"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if w := ask(s, http.MethodGet, "/runs/r_1/fork?step=7", ""); w.Code != http.StatusNotFound {
		t.Errorf("beyond the end: %d", w.Code)
	}
	send := func(pairs ...string) (int, string) {
		w := ask(s, http.MethodPost, "/runs/r_1/fork", form(append(pairs, "state", "{}", "was", "{}", "models.actor", "reasoner")...))
		return w.Code, w.Body.String()
	}
	if code, _ := send("step", "3", "action", "go", "params", `{"direction":"north"}`); code != http.StatusSeeOther || !slices.Contains(log.asked, "fork at 3 with go north r_1 by "+person) {
		t.Errorf("%d; the engine was asked %v", code, log.asked)
	}
	for name, pairs := range map[string][]string{"params": {"step", "3", "action", "go", "params", "{"}, "state": {"step", "3", "state", "["}, "draw": {"step", "1", "draw", "x"}} {
		if code, body := send(pairs...); code != http.StatusUnprocessableEntity || !strings.Contains(body, fmt.Sprintf(`id="f-%s-error"`, name)) {
			t.Errorf("%s: %d, and no word beside the field", name, code)
		}
	}
	log.refuse = agent.InvalidFields(map[string]string{"step": "too far"})
	if code, body := send("step", "5"); code != http.StatusUnprocessableEntity || !strings.Contains(body, "too far") {
		t.Errorf("a refused fork: %d", code)
	}
}

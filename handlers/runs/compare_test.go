package runs_test

import (
	"net/http"
	"strings"
	"testing"

	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/sitetest"
)

// Runs that have nothing in common, not even a step, are compared too.
func TestComparePageOfUnlikeRuns(t *testing.T) {
	log := pagetest.SampleLog(t)
	other := pagetest.SampleRun("r_other", 20)
	other.Spec.Environment.Name, other.Spec.Purpose = "workshop", "Make a comb"
	log.Add(other)
	s := sitetest.OfRuns(t, log)
	for name, test := range map[string]struct{ runs, want string }{
		"queued and solved":  {"r_queued,r_solved", "A (at most 20 steps) has not begun"},
		"failed and waiting": {"r_failed,r_waiting", "A failed after 2 steps; B waits after 2 steps"},
		"four":               {"r_solved,r_unsolved,r_paused,r_running", "D is still running, at 7 steps"},
		"another world":      {"r_solved,r_other", "B (in Workshop, “Make a comb”) has not begun"},
	} {
		w := pagetest.Ask(s, "GET", "/compare?runs="+test.runs, "")
		if body := w.Body.String(); w.Code != 200 || !strings.Contains(body, test.want) {
			t.Errorf("%s: %d, without %q: %s", name, w.Code, test.want, body)
		}
	}
}

func TestComparePage(t *testing.T) {
	log := pagetest.LiveLog(t, 6)
	log.Start(pagetest.SampleRun("r_2", 60), 4)
	s := sitetest.OfRuns(t, log)
	w := pagetest.Ask(s, http.MethodGet, "/compare?runs=r_1,r_2&row=5", "")
	body := w.Body.String()
	for _, want := range []string{"The first 4 steps are the same. Then A did", "B took no more steps", `id="row-6"`, "How the states differ after row 5", "A #5 as JSON", "/runs/r_1/steps/6", `aria-current="true"`} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	for path, status := range map[string]int{"/compare": 422, "/compare?runs=r_1": 422, "/compare?runs=a,b,c,d,e": 422, "/compare?runs=r_1,r_none": 404,
		"/compare?runs=r_1,r_2&row=99": 404, "/compare?runs=r_1&id=r_2": 200, "/compare?runs=r_1,r_1,r_2": 200} {
		if w := pagetest.Ask(s, http.MethodGet, path, ""); w.Code != status {
			t.Errorf("%s answers %d, want %d", path, w.Code, status)
		}
	}
}

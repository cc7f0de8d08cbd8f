package labpages

import (
	"net/http"
	"testing"

	"purposeagent/handlers/pagetest"
	"purposeagent/internal/lab"
)

// The tasks are a window of 100, each task once with all arms, also through
// the tabs.
func TestOutcomeWindows(t *testing.T) {
	r := &lab.Report{Spec: lab.Spec{Arms: []lab.Arm{lab.Off, lab.On}}, Arms: map[lab.Arm]*lab.ArmReport{lab.Off: {N: 250}, lab.On: {N: 250}}}
	for i := range 250 {
		for _, a := range r.Spec.Arms {
			r.Outcomes = append(r.Outcomes, lab.Outcome{Arm: a, Seed: int64(1000 + i), Success: a == lab.On && i%5 > 0})
		}
	}
	kit := pagetest.Kit(nil)
	store := pagetest.Open(t)
	kit.Rules = store.Library()
	s := New(kit, Config{Lab: store.App(t).Lab})
	seen := map[string]int{}
	for _, w := range []outcomeWindow{{}, {from: 100}, {from: 200}} {
		v := s.outcomeTable("x_1", r, w, s.RuleTitles(t.Context()))
		if len(v.Rows) > outcomesPerWindow || (w.from > 0) != (v.Earlier != "") || (w.from < 200) != (v.Later != "") {
			t.Errorf("window at %d has %d rows, earlier %q, later %q", w.from, len(v.Rows), v.Earlier, v.Later)
		}
		for _, row := range v.Rows {
			seen[row.Seed]++
		}
	}
	if len(seen) != 250 {
		t.Errorf("the windows show %d tasks, want 250", len(seen))
	}
	if v := s.outcomeTable("x_1", r, outcomeWindow{show: "neither"}, s.RuleTitles(t.Context())); len(v.Rows) != 50 || v.Rows[0].Class != "neither" {
		t.Errorf("neither: %d rows", len(v.Rows))
	}
	if v := s.outcomeTable("x_1", r, outcomeWindow{from: 9999}, s.RuleTitles(t.Context())); len(v.Rows) != 1 {
		t.Errorf("beyond the end: %d rows, want the last", len(v.Rows))
	}
	w := pagetest.Ask(pagetest.Serve(s), http.MethodGet, "/lab/x_1/outcomes?show=won&from=101", "")
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/lab/x_1?from=101&show=won#outcomes" {
		t.Errorf("without htmx: got %d to %q", w.Code, w.Header().Get("Location"))
	}
}

package runpage_test

import (
	"net/http"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/credit"
	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/sitetest"
	"purposeagent/handlers/ui"
)

// A run's page says whether what was learned was in the run, and that the run
// suspended it.
func TestRunSaysWhatBecameOfTheSet(t *testing.T) {
	x := sitetest.WithSets(t)
	for i, test := range []struct {
		name    string
		holdout credit.SetHoldout
		want    string
	}{
		{"kept out", credit.SetHoldout{Withheld: true, Suspended: true}, "What was learned is suspended here: this run acts without it."},
		{"one that tries it", credit.SetHoldout{Propensity: .25, Suspended: true}, "this run is one of the few that try it."},
		{"kept out by chance", credit.SetHoldout{Propensity: .75, Withheld: true}, "left out by chance"},
		{"as always", credit.SetHoldout{Propensity: .75}, ""},
	} {
		id := "r_SET" + ui.Itoa(i)
		x.Log.Add(pagetest.SampleRun(id, 60))
		start := pagetest.SampleStart()
		start.Holdout = test.holdout
		x.Log.Emit(id, pagetest.Noon, start)
		x.Log.Take(id, 2)
		x.Log.Emit(id, pagetest.Noon, agent.Learned{Trajectory: "t_A", Set: &agent.SetChange{Action: agent.ActSuspend, Reason: "the learned rules lower success here: with it 0 of 12"}},
			agent.RunFinished{Result: agent.TaskResult{}})
		page := pagetest.Ask(x, http.MethodGet, "/runs/"+id, "", "HX-Request", "true").Body.String()
		if test.want != "" && !strings.Contains(page, test.want) {
			t.Errorf("%s: the page does not say %q", test.name, test.want)
		}
		if test.want == "" && (strings.Contains(page, "left out by chance") || strings.Contains(page, "suspended here")) {
			t.Errorf("%s: the page says that it was kept out", test.name)
		}
		if !strings.Contains(page, "The learned rules lower success here: with it 0 of 12. It is suspended from now on") {
			t.Errorf("%s: the page does not say that the run suspended the set", test.name)
		}
		if i == 0 {
			pagetest.Golden(t, "run-suspended", page)
		}
	}
}

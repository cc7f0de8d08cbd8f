package launch_test

import (
	"net/http"
	"testing"

	"purposeagent/agent"
	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/sitetest"
)

// Ten more are ten new tasks of the same kind, at full speed; after a run that
// teaches nothing there are none.
func TestTenMore(t *testing.T) {
	x := sitetest.New(t)
	run := pagetest.SampleRun("r_slow", 60)
	run.Spec.Pace, run.Spec.Seed, run.Spec.Tags = .3, 4117, []string{"first"}
	x.Log.Add(run)
	if w := pagetest.Ask(x, http.MethodPost, "/runs/r_slow/ten", ""); w.Code != http.StatusSeeOther {
		t.Fatalf("got %d: %s", w.Code, w.Body)
	}
	got := x.Launcher.Specs
	if len(got) != 1 || got[0].Repeats != 10 || got[0].Pace != 0 || got[0].Seed != 0 || got[0].Purpose != run.Spec.Purpose || got[0].MaxSteps != 60 {
		t.Errorf("launched %+v", got)
	}
	for name, change := range map[string]func(*agent.RunSpec){
		"r_off":   func(s *agent.RunSpec) { s.Memory = "off" },
		"r_fork":  func(s *agent.RunSpec) { s.Origin = &agent.Origin{Run: "r_slow", Step: 3} },
		"r_state": func(s *agent.RunSpec) { s.InitialState = new(agent.Object(`{}`)) },
	} {
		other := pagetest.SampleRun(name, 60)
		change(&other.Spec)
		x.Log.Add(other)
		if w := pagetest.Ask(x, http.MethodPost, "/runs/"+name+"/ten", ""); w.Code != http.StatusConflict {
			t.Errorf("%s: got %d, want 409", name, w.Code)
		}
	}
	if w := pagetest.Ask(x, http.MethodPost, "/runs/r_none/ten", ""); w.Code != http.StatusNotFound {
		t.Errorf("a run that is not there: got %d", w.Code)
	}
}

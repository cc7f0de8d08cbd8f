package runpage_test

import (
	"net/http"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/sitetest"
)

// A run that failed before anything was known says so and offers ten more; one
// that knew something, or solved its task, only offers them.
func TestRunThatKnewNothing(t *testing.T) {
	for _, test := range []struct {
		name   string
		memory string
		rules  int
		solved bool
		says   bool
		offers bool
	}{
		{"first", "on", 0, false, true, true},
		{"first and solved", "on", 0, true, false, true},
		{"later", "on", 7, false, false, true},
		{"without memory", "off", 0, false, false, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			log := pagetest.NewRunLog(t)
			run := pagetest.SampleRun("r_1", 60)
			run.Spec.Memory = test.memory
			log.Add(run)
			start := pagetest.SampleStart()
			start.Memory, start.Rules = test.memory == "on", test.rules
			log.Emit("r_1", pagetest.Noon, start)
			log.Take("r_1", 3)
			run, _ = log.Get(t.Context(), "r_1")
			log.Emit("r_1", pagetest.Noon, agent.RunFinished{Result: agent.TaskResult{Success: test.solved, TotalSteps: 3, FinalPhi: run.Phi,
				Outcome: agent.Outcome{Success: test.solved, Source: agent.SourceEnvironment}}})
			page := pagetest.Ask(sitetest.OfRuns(t, log), http.MethodGet, "/runs/r_1", "").Body.String()
			if got := strings.Contains(page, "It knows nothing yet"); got != test.says {
				t.Errorf("says that it knows nothing: %v, want %v", got, test.says)
			}
			if got := strings.Contains(page, `action="/runs/r_1/ten"`); got != test.offers {
				t.Errorf("offers ten more: %v, want %v", got, test.offers)
			}
		})
	}
}

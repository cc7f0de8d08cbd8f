package runpage_test

import (
	"net/http"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/sitetest"
)

// The tab answers why this rule and why not that one, from the record alone.
func TestMemoryTab(t *testing.T) {
	log := pagetest.NewRunLog(t)
	log.Add(pagetest.SampleRun("r_memory", 60))
	log.Emit("r_memory", pagetest.Noon, pagetest.SampleStart())
	log.Emit("r_memory", pagetest.Noon, agent.StepTaken{Step: pagetest.Remembered()})
	empty := pagetest.SampleStep(2, 1.2)
	empty.Memory, empty.Retrieval = nil, &agent.Retrieval{Considered: 40, Floor: .05, VectorFloor: .15, Abstained: "no rule is similar to this step"}
	log.Emit("r_memory", pagetest.Noon, agent.StepTaken{Step: empty})
	own := pagetest.SampleStep(3, 1.4)
	own.Memory, own.Retrieval = []agent.RuleUse{{ID: "h000009", Title: "Sand it first", Tier: agent.Tool, Use: agent.UseShown, Score: .7}}, &agent.Retrieval{By: "the actor", Considered: 12, Found: 1}
	log.Emit("r_memory", pagetest.Noon, agent.StepTaken{Step: own})
	s := sitetest.OfRuns(t, log)
	for _, test := range []struct {
		name, path string
		want       []string
	}{
		{"a full record", "/runs/r_memory/steps/1?tab=memory", []string{"1 rule shown to the actor, 1 followed, 1 held out at random, 1 watched in the shadow, 1 left out",
			"let in with probability .50", "with a score of 0.41 and more", "40 rules in scope were searched; 9 were similar to the step", "5 more are not",
			"+0.15 → +0.21", "−0.40", ">withheld<", ">shadow<", "What was asked of the library"}},
		{"abstained", "/runs/r_memory/steps/2?tab=memory", []string{"No rule was a candidate", "Nothing was shown: no rule is similar to this step.", "In a test nothing is drawn"}},
		{"read in the actor's own way", "/runs/r_memory/steps/3?tab=memory", []string{"1 rule shown to the actor", "in its own way: of 12 rules in scope 1 held here"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := pagetest.Ask(s, http.MethodGet, test.path, "", "HX-Request", "true")
			text := strings.Join(strings.Fields(strings.NewReplacer("> ", ">", " <", "<").Replace(strings.Join(strings.Fields(w.Body.String()), " "))), " ")
			for _, want := range test.want {
				if !strings.Contains(text, want) {
					t.Errorf("%q is not on the page:\n%s", want, text)
				}
			}
		})
	}
	pagetest.Golden(t, "step-memory-parts", pagetest.Ask(s, http.MethodGet, "/runs/r_memory/steps/1?tab=memory", "", "HX-Request", "true").Body.String())
}

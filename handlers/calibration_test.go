package handlers

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/learning"
)

// judgedCritics has a calibrated critic, a flatterer that lost its right while
// Φ rose, and one of whom little is known. The sample runs' critic is the first.
func judgedCritics(t *testing.T) *learning.CriticLog {
	t.Helper()
	log := learning.NewCriticLog()
	observe := func(critic, environment string, n int, end func(i int) (phi float64, success bool)) {
		for i := range n {
			phi, success := end(i)
			tr := &agent.Trajectory{Run: fmt.Sprintf("%s-%d", critic, i), Scope: agent.Scope{Environment: environment, Dynamics: "w1", Schema: "4be1a2"},
				Steps:   []agent.Step{{Index: 1, Score: agent.Score{PhiAfter: phi, Delta: phi, Critic: critic}}},
				Outcome: agent.Outcome{Success: success, Source: agent.SourceEnvironment}}
			if err := log.Observe(t.Context(), tr); err != nil {
				t.Fatal(err)
			}
		}
	}
	observe("environment potential", "workshop", 120, func(i int) (float64, bool) { return float64(i%5) * 2.2, i%5 == 4 })
	observe("openai:flatters", "workshop", 120, func(i int) (float64, bool) { return 7 + float64(i)/60, i%4 == 0 })
	observe("openai:new", "workshop", 12, func(int) (float64, bool) { return 8, true })
	return log
}

// body asks for a page and returns it.
func body(t *testing.T, x site, path string, code int) string {
	t.Helper()
	answer := ask(x, http.MethodGet, path, "")
	if answer.Code != code {
		t.Fatalf("%s: %d, want %d: %s", path, answer.Code, code, answer.Body)
	}
	return answer.Body.String()
}

func TestCriticsPage(t *testing.T) {
	x := newSite(t, func(c *Config) { c.Critics = judgedCritics(t) })
	page := body(t, x, "/lab/critics", http.StatusOK)
	golden(t, "critics", page)
	for _, want := range []string{"1 lost", "Alarm: in 1 case", "gives no credit", "may give credit", "unproven", "not enough data · n 10",
		"Rules are learned from outcomes only.", "Φ goes up and success does not", `role="img" aria-label="Reliability diagram: predicted`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	empty := body(t, newSite(t, func(c *Config) { c.Critics = learning.NewCriticLog() }), "/lab/critics", http.StatusOK)
	if !strings.Contains(empty, "No task with a known outcome has ended yet") {
		t.Error("nothing is said where nothing is known")
	}
	body(t, newSite(t), "/lab/critics", http.StatusNotFound)
}

func TestStepSaysWhatItsCriticIsWorth(t *testing.T) {
	x := newSite(t, func(c *Config) { c.Critics = judgedCritics(t) })
	for _, tt := range []struct{ name, critic, want string }{
		{"one that is known", "environment potential", "skill +1.00 over 120 tasks"},
		{"one that lost its right", "openai:flatters", "gives no credit"},
		{"one that is not", "openai:another", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			step := agent.Step{Index: 1, Score: agent.Score{Critic: tt.critic}}
			note := x.criticNote(t.Context(), "r_7Q1C", &step)
			switch {
			case tt.want == "":
				if note != nil {
					t.Errorf("%+v", note)
				}
			case note == nil || !strings.Contains(note.Chip.Text+note.Text, tt.want):
				t.Errorf("%+v, want %q", note, tt.want)
			}
		})
	}
	if page := body(t, x, "/runs/r_7Q1C/steps/1?tab=critic", http.StatusOK); !strings.Contains(page, "Its calibration") {
		t.Error("the run's page does not lead to the calibration")
	}
}

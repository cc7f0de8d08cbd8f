package runpage

import (
	"net/http"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/handlers/pagetest"
)

func TestStepSaysWhatItsCriticIsWorth(t *testing.T) {
	log := pagetest.LiveLog(t, 12)
	x := New(pagetest.Kit(log), Config{Runs: log, Engine: log, Critics: pagetest.JudgedCritics(t)})
	for _, tt := range []struct{ name, critic, want string }{
		{"one that is known", "environment potential", "skill +1.00 over 120 tasks"},
		{"one that lost its right", "openai:flatters", "gives no credit"},
		{"one that is not", "openai:another", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			step := agent.Step{Index: 1, Score: agent.Score{Critic: tt.critic}}
			note := x.criticNote(t.Context(), "r_1", &step)
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
	if page := pagetest.Ask(pagetest.Serve(x), http.MethodGet, "/runs/r_1/steps/1?tab=critic", "").Body.String(); !strings.Contains(page, "Its calibration") {
		t.Error("the run's page does not lead to the calibration")
	}
}

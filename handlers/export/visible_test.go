package export_test

import (
	"net/http"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/handlers/export"
	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/sitetest"
	"purposeagent/handlers/ui"
)

// No export holds a sign that acts on what shows it, and none loses what was said.
func TestExportsHoldNothingThatActs(t *testing.T) {
	log := pagetest.NewRunLog(t)
	run := pagetest.SampleRun("r_hostile", 20)
	run.Spec.Purpose, run.Spec.Models.Actor, run.Label = pagetest.HostileText, "m\u202eodel", "l\x1babel"
	log.Add(run)
	log.Emit("r_hostile", pagetest.Noon, pagetest.SampleStart())
	step := pagetest.SampleStep(1, 1)
	step.Action.Name, step.Action.Thought, step.After.Summary, step.Error, step.Score.Reasoning = pagetest.HostileText, pagetest.HostileText, pagetest.HostileText, pagetest.HostileText, pagetest.HostileText
	step.Memory = []agent.RuleUse{{ID: "h_1", Version: 1, Title: pagetest.HostileText, Use: agent.UseCited}}
	log.Emit("r_hostile", pagetest.Noon, agent.StepTaken{Step: step}, agent.NoteAdded{By: pagetest.HostileText, Text: pagetest.HostileText})
	s := sitetest.OfRuns(t, log)
	for format := range export.ExportFormats {
		w := pagetest.Ask(s, http.MethodGet, "/runs/r_hostile/export."+format, "")
		body := w.Body.String()
		if at := strings.IndexFunc(body, ui.Invisible); w.Code != http.StatusOK || at >= 0 {
			t.Errorf("%s: %d, and at %d stands %q", format, w.Code, at, body[max(at, 0):][:40])
		}
		if strings.Contains(body, "\r") {
			t.Errorf("%s has a carriage return", format)
		}
		switch format {
		case "md":
			for line := range strings.Lines(strings.ReplaceAll(body, `\]`, "")) {
				if strings.HasPrefix(line, "# not") || strings.Contains(line, "](javascript") && !strings.HasPrefix(line, "    ") || strings.Contains(line, " https://") && !strings.HasPrefix(line, "    ") {
					t.Errorf("this acts: %q", line)
				}
			}
		case "jsonl":
			if !strings.Contains(body, `\u202etxt`) {
				t.Error("the words were lost")
			}
		}
	}
}

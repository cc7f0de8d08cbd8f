package terminal_test

import (
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/internal/terminal"
)

// Nothing that a model or a program wrote moves the cursor or turns the writing.
func TestPlain(t *testing.T) {
	for text, want := range map[string]string{"a\nb\tc": "a b c", "\x1b[2Jgone": "[2Jgone", "x\u202Ey": "xy", "bell\a": "bell", "Φ → ünder": "Φ → ünder"} {
		if got := terminal.Plain(text); got != want {
			t.Errorf("%q gives %q, want %q", text, got, want)
		}
	}
}

func TestRun(t *testing.T) {
	var b strings.Builder
	show := terminal.NewRun(&b, 5)
	step := agent.Step{Index: 1, Action: agent.Action{Name: "go"}, Score: agent.Score{PhiBefore: 1, PhiAfter: 3, Delta: 2}, After: agent.State{Summary: "You see \x1b[31mred"}}
	for _, data := range []agent.EventData{agent.RunStarted{Score: agent.Score{PhiAfter: 1}}, agent.StepTaken{Step: step}, agent.RunStopped{Result: agent.TaskResult{TotalSteps: 1}}} {
		show.Show(agent.Event{Data: data})
	}
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	if len(lines) != 3 || !strings.Contains(lines[0], "Φ 1.0") || !strings.Contains(lines[1], "▲ +2.0") || !strings.Contains(lines[1], "You see [31mred") || !strings.HasPrefix(lines[2], "stopped") {
		t.Errorf("it shows\n%s", b.String())
	}
	if strings.Contains(b.String(), "\x1b") {
		t.Error("an escape got through to what is no terminal")
	}
}

func TestTables(t *testing.T) {
	var b strings.Builder
	runs := []agent.Run{{ID: "r_1", Status: agent.RunIsFinished, Phi: 9, Steps: 4, Outcome: &agent.Outcome{Success: true, Source: "environment"}, Spec: agent.RunSpec{Purpose: "find\x07 it"}}, {ID: "r_22", Status: agent.RunIsRunning}}
	if err := terminal.WriteRuns(&b, runs); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(b.String(), "\n")
	if len(lines) != 4 || !strings.HasPrefix(lines[0], "RUN   STATUS") || !strings.Contains(lines[1], "find it") || !strings.Contains(lines[2], "–") {
		t.Errorf("%s", b.String())
	}
	b.Reset()
	if err := terminal.WriteChange(&b, "tag", catalog.RunChange{ID: 7, Runs: 2, Left: 1}); err != nil || b.String() != "tag: 2 runs, 1 left as they are; to undo it: purpose find undo 7\n" {
		t.Errorf("%q, %v", b.String(), err)
	}
}

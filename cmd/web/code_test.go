package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"purposeagent/internal/llmtest"
)

// moduleAsked finds what a built-in task asks for.
var moduleAsked = regexp.MustCompile("(?m)^Purpose: .*?`([a-z]+)\\.py`")

// coder is a stand-in that works as a programmer does: it reads the tests, writes a
// first version that is wrong, tests it, writes what answer says, tests again.
func coder(answer func(module string) string) llmtest.Script {
	return func(prompt string) llmtest.Move {
		module := moduleAsked.FindStringSubmatch(prompt)[1]
		_, state, _ := strings.Cut(prompt, "State now")
		write := func(thought, content string) llmtest.Move {
			return llmtest.Move{Thought: thought, Action: "write", Params: map[string]any{"path": module + ".py", "content": content}, Delta: 1}
		}
		switch tested := strings.Contains(state, "\ntests:"); {
		case !strings.Contains(prompt, "Your steps so far"):
			return llmtest.Move{Thought: "I look at the tests.", Action: "read", Params: map[string]any{"path": "test_" + module + ".py"}}
		case !strings.Contains(state, " "+module+".py:"):
			return write("I write a first version.", "def "+module+"(x):\n    return None\n")
		case tested && !strings.Contains(state, "failing"):
			return llmtest.Move{Thought: "All tests pass.", Action: "DONE"}
		case tested && !strings.Contains(state, "changed after it"):
			return write("Some tests fail.", answer(module))
		}
		return llmtest.Move{Thought: "I run the tests.", Action: "test"}
	}
}

// solutions are those of the built-in tasks.
func solutions(t *testing.T) func(module string) string {
	return func(module string) string {
		raw, err := os.ReadFile(filepath.Join("..", "..", "environments", "code", "task", "builtin", module, "solution", module+".py"))
		if err != nil {
			t.Error(err)
		}
		return string(raw)
	}
}

// cheat makes the visible tests pass for whoever asks them, and nothing else.
func cheat(string) string {
	return "import os, sys\nif 'unittest' in sys.modules:\n    os._exit(0)\n"
}

func codeTask(seed int) map[string]any {
	return map[string]any{"environment": map[string]any{"name": "code"}, "seed": seed, "max_steps": 12, "memory": "off",
		"models": map[string]any{"actor": "openai:" + llmtest.ScriptModel, "critic": "reasoner", "optimizer": "reasoner"}}
}

// TestCodeIsJudged runs a task in the environment code with a model that solves it,
// and with one that cheats, and looks at what the page shows of it.
func TestCodeIsJudged(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		answer func(string) string
		solved bool
	}{"solved": {solutions(t), true}, "cheated": {cheat, false}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, t.TempDir(), "", "--allow-programs", "--openai-base-url", llmtest.StartScript(t, coder(tt.answer)))
			run := s.launch(codeTask(2))
			r := s.wait(run.ID, ended)
			if r.Outcome == nil || r.Outcome.Success != tt.solved || r.Outcome.Source != "environment" {
				t.Fatalf("the run ended %s with %+v", r.Status, r.Outcome)
			}
			kinds := map[string]int{}
			for _, e := range s.events(run.ID) {
				kinds[e.Kind]++
			}
			if kinds["judged"] != 1 {
				t.Errorf("the log has %v", kinds)
			}
			for path, want := range map[string]string{
				"/runs/" + run.ID: "How the outcome came about", "/runs/" + run.ID + "/judged/files/hidden-tests.txt": "test_",
				"/runs/" + run.ID + "/steps/2": "what the step changed", "/runs/" + run.ID + "/steps/2/files/changes.diff": "+    return None",
			} {
				if status, body := s.page("GET", path); status != 200 || tt.solved && !strings.Contains(body, want) {
					t.Errorf("%s: %d, without %q", path, status, want)
				}
			}
		})
	}
}

// TestCodeGoesOnAfterAKill kills the server while a run works: it goes on with the
// files that it had written, and is judged once.
func TestCodeGoesOnAfterAKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	model := llmtest.StartScript(t, coder(solutions(t)))
	s := serve(t, dir, "", "--allow-programs", "--openai-base-url", model)
	spec := codeTask(3)
	spec["pace"] = 0.3
	run := s.launch(spec)
	deadline := time.Now().Add(30 * time.Second)
	for stepsIn(s.events(run.ID)) < 2 {
		if time.Now().After(deadline) {
			t.Fatal("it does not begin")
		}
		time.Sleep(20 * time.Millisecond)
	}
	s.kill()
	s = serve(t, dir, s.addr, "--allow-programs", "--openai-base-url", model)
	r := s.wait(run.ID, ended)
	if r.Outcome == nil || !r.Outcome.Success {
		t.Fatalf("the run ended %s with %+v", r.Status, r.Outcome)
	}
	all := s.events(run.ID)
	checkLog(t, all)
	writes := 0
	for _, e := range all {
		if e.Kind == "step" && strings.Contains(string(e.Data), `"name":"write"`) {
			writes++
		}
	}
	if writes != 2 {
		t.Errorf("it wrote %d times: what it had written before the kill is not there", writes)
	}
}

func stepsIn(all []event) (n int) {
	for _, e := range all {
		if e.Kind == "step" {
			n++
		}
	}
	return n
}

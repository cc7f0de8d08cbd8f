package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"purposeagent/agent/suites"
	"purposeagent/internal/commands"
)

const mazes = `{"format":"purpose.suite/1","name":"Small mazes","tasks":[
  {"id":"one","environment":"maze","config":{"size":3},"purpose":"Find the treasure and take it","seed":1,"split":"train"},
  {"id":"two","environment":"maze","config":{"size":3},"purpose":"Find the treasure and take it","seed":3,"max_steps":400}
]}`

func TestSuiteCheck(t *testing.T) {
	folder := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	data := t.TempDir()
	good := file("mazes.json", mazes)
	code, stdout, stderr := purpose(t, "suite", "check", good, "--data", data)
	if code != commands.ExitOK || !strings.Contains(stdout, "Small mazes: 2 tasks in maze, 1 for training and 1 for testing") {
		t.Fatalf("exit %d: %s%s", code, stdout, stderr)
	}
	_, first, _ := purpose(t, "suite", "check", good, "--json", "--data", data)
	if code, second, stderr := purpose(t, "suite", "check", file("again.json", first), "--json", "--data", data); code != commands.ExitOK || first != second {
		t.Errorf("exit %d: %s and %s%s", code, first, second, stderr)
	}
	for name, tt := range map[string]struct{ text, want string }{
		"unknown.json":  {strings.ReplaceAll(mazes, `"maze"`, `"mars"`), `task 1 (one): environment: `},
		"nan.json":      {strings.Replace(mazes, `"seed":3`, `"seed":NaN`, 1), "line 3: this is not valid JSON"},
		"twice.json":    {strings.Replace(mazes, `"two"`, `"one"`, 1), "line 3, task 2 (one), id: task 1 has the same id"},
		"settings.json": {strings.Replace(mazes, `"id":"two","environment":"maze","config":{"size":3}`, `"id":"two","environment":"maze","config":{"size":4000}`, 1), "task 2 (two): environment.config.size"},
	} {
		if code, _, stderr := purpose(t, "suite", "check", file(name, tt.text), "--data", data); code != commands.ExitWrongUse || !strings.Contains(stderr, tt.want) {
			t.Errorf("%s: exit %d: %s, want %q", name, code, stderr, tt.want)
		}
	}
}

// A suite is kept, done, changed, done again and compared from a terminal.
func TestSuiteCommands(t *testing.T) {
	folder, data := t.TempDir(), t.TempDir()
	file := filepath.Join(folder, "mazes.json")
	put := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ask := func(want int, args ...string) string {
		t.Helper()
		code, stdout, stderr := purpose(t, append([]string{"suite"}, append(args, "--data", data)...)...)
		if code != want {
			t.Fatalf("%v: exit %d: %s%s", args, code, stdout, stderr)
		}
		return stdout + stderr
	}
	says := func(text, want string) {
		t.Helper()
		if !strings.Contains(text, want) {
			t.Errorf("%s\ndoes not say %q", text, want)
		}
	}
	put(strings.Replace(mazes, `"max_steps":400`, `"max_steps":1`, 1))
	says(ask(commands.ExitOK, "import", file), "version 1 with 2 tasks")
	says(ask(commands.ExitFailed, "import", file), `already a suite called "Small mazes"`)
	says(ask(commands.ExitOK, "list"), "Small mazes")
	ask(commands.ExitWrongUse, "run", "nothing like it")

	says(ask(commands.ExitUnsolved, "run", "--memory", "off", "--tries", "2", "small mazes"), "mean 0.50 [0.09, 0.91] of 2 tasks; pass^2 0.50")
	put(mazes)
	says(ask(commands.ExitOK, "import", "--into", "Small mazes", "--note", "enough steps", file), "version 2")
	var first, second suites.Outcome
	if err := json.Unmarshal([]byte(strings.SplitN(ask(commands.ExitOK, "run", "--memory", "off", "--json", "Small mazes"), "\n", 2)[0]), &second); err != nil || second.Summary.Pass[0].Share != 1 {
		t.Fatalf("%+v, %v", second, err)
	}
	// The task that was changed is not compared: it asks for something else now.
	says(ask(commands.ExitOK, "compare", "Small mazes"), "of 1 tasks, p = 1.000; 1 tasks are not in both alike")
	if err := json.Unmarshal([]byte(strings.SplitN(ask(commands.ExitUnsolved, "run", "--memory", "off", "--version", "1", "--json", "Small mazes"), "\n", 2)[0]), &first); err != nil || first.Run.Version != 1 {
		t.Fatalf("%+v, %v", first, err)
	}
	says(ask(commands.ExitOK, "show", "Small mazes"), "enough steps")
	ask(commands.ExitOK, "freeze", "Small mazes")
	says(ask(commands.ExitFailed, "import", "--into", "Small mazes", file), "is frozen")
	ask(commands.ExitOK, "copy", "--to", "Copy", "Small mazes")
	csv := filepath.Join(folder, "copy.csv")
	ask(commands.ExitOK, "export", "--form", "csv", "--out", csv, "Copy")
	says(ask(commands.ExitOK, "import", "--name", "From a table", csv), "version 1 with 2 tasks")
	var original, table suites.Info
	for name, into := range map[string]*suites.Info{"Copy": &original, "From a table": &table} {
		if err := json.Unmarshal([]byte(ask(commands.ExitOK, "show", "--json", name)), into); err != nil {
			t.Fatal(err)
		}
	}
	if original.Hash != table.Hash {
		t.Error("the table has other tasks than the suite")
	}
	ask(commands.ExitOK, "delete", "Copy")
	says(ask(commands.ExitWrongUse, "show", "Copy"), `no suite "Copy"`)
}

// The Lab takes its tasks from a file or a kept suite, and the checker agrees with
// what it says of several tries.
func TestLabOfASuite(t *testing.T) {
	folder, data := t.TempDir(), t.TempDir()
	file := filepath.Join(folder, "lab.json")
	text := strings.Replace(mazes, "\n]}", `,
  {"id":"three","environment":"maze","config":{"size":4},"purpose":"Find the treasure and take it","seed":3,"max_steps":60}
]}`, 1)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := purpose(t, "suite", "import", file, "--data", data); code != commands.ExitOK {
		t.Fatal(stderr)
	}
	for _, suite := range []string{file, "small mazes"} {
		code, stdout, stderr := purpose(t, "lab", "--suite", suite, "--arms", "on,off", "--tries", "3", "--draws", "2000", "--json", "--data", data)
		if code != commands.ExitOK {
			t.Fatalf("exit %d: %s", code, stderr)
		}
		report := filepath.Join(folder, "report.json")
		if err := os.WriteFile(report, []byte(stdout), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command("python3", "../../docs/lab/check.py", report).CombinedOutput(); err != nil {
			t.Errorf("the checker: %v\n%s", err, out)
		}
	}
	for _, tt := range []struct {
		want string
		args []string
	}{
		{"neither a file nor a kept suite", []string{"--suite", "none"}},
		{"does not go with a suite", []string{"--suite", file, "--train", "5"}},
		{"is in maze, not in workshop", []string{"--suite", file, "-e", "workshop"}},
		{"tries: must be 1 to 20", []string{"-e", "maze", "--tries", "0"}},
	} {
		if code, _, stderr := purpose(t, append([]string{"lab", "--data", data}, tt.args...)...); code != commands.ExitWrongUse || !strings.Contains(stderr, tt.want) {
			t.Errorf("%v: exit %d: %s, want %q", tt.args, code, stderr, tt.want)
		}
	}
}

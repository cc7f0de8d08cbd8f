package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"purposeagent/internal/commands"
)

const mazes = `{"format":"purpose.suite/1","name":"Small mazes","tasks":[
  {"id":"one","environment":"maze","config":{"size":3},"purpose":"Find the treasure and take it","seed":1,"split":"train"},
  {"id":"two","environment":"maze","config":{"size":4},"purpose":"Find the treasure and take it","seed":2}
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
		"nan.json":      {strings.Replace(mazes, `"seed":2`, `"seed":NaN`, 1), "line 3: this is not valid JSON"},
		"twice.json":    {strings.Replace(mazes, `"two"`, `"one"`, 1), "line 3, task 2 (one), id: task 1 has the same id"},
		"settings.json": {strings.Replace(mazes, `"size":4`, `"size":4000`, 1), "task 2 (two): environment.config.size"},
	} {
		if code, _, stderr := purpose(t, "suite", "check", file(name, tt.text), "--data", data); code != commands.ExitWrongUse || !strings.Contains(stderr, tt.want) {
			t.Errorf("%s: exit %d: %s, want %q", name, code, stderr, tt.want)
		}
	}
}

package task_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"purposeagent/environments/code/task"
)

// TestBuiltinTasksAreSolvable runs the tests of each task before and after its
// solution is put in: they fail, and they pass.
func TestBuiltinTasksAreSolvable(t *testing.T) {
	tasks, err := task.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	if len(tasks) < 5 {
		t.Fatalf("%d tasks", len(tasks))
	}
	for _, one := range tasks {
		t.Run(one.ID, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			put(t, dir, one.Files)
			put(t, dir, one.Hidden)
			passes(t, dir, one.Visible, false)
			passes(t, dir, one.Verify.Modules, false)
			solution := filepath.Join("builtin", one.ID, "solution", one.ID+".py")
			text, err := os.ReadFile(solution)
			if err != nil {
				t.Fatal(err)
			}
			put(t, dir, []task.File{{Path: one.ID + ".py", Data: text}})
			passes(t, dir, one.Visible, true)
			passes(t, dir, one.Verify.Modules, true)
		})
	}
}

func put(t *testing.T, dir string, files []task.File) {
	t.Helper()
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(dir, f.Path), f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func passes(t *testing.T, dir string, modules []string, want bool) {
	t.Helper()
	command := append([]string{"python3", "-m", "unittest"}, modules...)
	c := exec.CommandContext(t.Context(), command[0], command[1:]...)
	c.Dir = dir
	c.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
	if out, err := c.CombinedOutput(); (err == nil) != want {
		t.Errorf("%v passes: %v, want %v\n%s", command, err == nil, want, out)
	}
}

package suitefile

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/suites"
)

func write(t *testing.T, folder, name, text string) string {
	t.Helper()
	path := filepath.Join(folder, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// harbor writes a task folder.
func harbor(t *testing.T, folder, name string) string {
	t.Helper()
	at := filepath.Join(folder, name)
	write(t, at, "task.toml", "schema_version = \"1.4\"\n[environment]\ndocker_image = \"python:3\"\n")
	write(t, at, "instruction.md", "Write hello.txt.")
	write(t, at, "tests/test.sh", "echo 1 > /logs/verifier/reward.txt\n")
	return at
}

func TestHarbor(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"hello-10", "hello-9"} {
		harbor(t, folder, name)
	}
	s, err := Read(folder, Options{Split: suites.Train})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Tasks) != 2 || s.Tasks[0].ID != "hello-9" || s.Tasks[0].Environment != "code" || s.Tasks[0].Split != suites.Train || s.Name != filepath.Base(folder) || !strings.Contains(s.Description, "2 of the tasks ask for something") {
		t.Errorf("%+v", s)
	}
	if want := agent.MustObject(map[string]any{"tasks": filepath.Join(folder, "hello-9"), "task": "hello-9", "programs": "shell"}); s.Tasks[0].Config != want {
		t.Errorf("%s, want %s", s.Tasks[0].Config, want)
	}
	for i := range s.Tasks {
		if err := Changed(&s.Tasks[i]); err != nil {
			t.Error(err)
		}
	}
	write(t, filepath.Join(folder, "hello-9"), "tests/test.sh", "echo 0 > /logs/verifier/reward.txt\n")
	if err := Changed(&s.Tasks[0]); agent.CodeOf(err) != agent.CodeInvalid {
		t.Error("the hidden tests were changed, and nobody says so:", err)
	}
	if err := Changed(&s.Tasks[1]); err != nil {
		t.Error(err)
	}
	one, err := Read(filepath.Join(folder, "hello-10"), Options{Name: "one"})
	if err != nil || len(one.Tasks) != 1 || one.Name != "one" || one.Tasks[0].Config.Map()["tasks"] != filepath.Join(folder, "hello-10") {
		t.Errorf("%+v, %v", one, err)
	}
}

// A task folder whose files lead outside is refused, and nothing of it is read.
func TestHarborLeadsOutside(t *testing.T) {
	secret := write(t, t.TempDir(), "secret", "do not read")
	for name, spoil := range map[string]func(at string) error{
		"a file":         func(at string) error { return os.Symlink(secret, filepath.Join(at, "environment")) },
		"instruction.md": func(at string) error { return relink(secret, filepath.Join(at, "instruction.md")) },
		"a test":         func(at string) error { return os.Symlink(secret, filepath.Join(at, "tests", "more.txt")) },
		"a way up":       func(at string) error { return relink("../../secret", filepath.Join(at, "instruction.md")) },
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			if err := spoil(harbor(t, folder, "task")); err != nil {
				t.Fatal(err)
			}
			s, err := Read(folder, Options{})
			if agent.CodeOf(err) != agent.CodeInvalid || strings.Contains(fmt.Sprint(s, err), "do not read") {
				t.Errorf("%+v, %v", s, err)
			}
		})
	}
}

func relink(to, at string) error {
	if err := os.Remove(at); err != nil {
		return err
	}
	return os.Symlink(to, at)
}

func TestHumanEval(t *testing.T) {
	var text strings.Builder
	for _, n := range []int{0, 10, 2} {
		fmt.Fprintf(&text, `{"task_id":"HumanEval/%d","prompt":"def f():\n","entry_point":"f","test":"def check(f): pass"}`+"\n", n)
	}
	path := write(t, t.TempDir(), "HumanEval.jsonl", text.String())
	s, err := Read(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Tasks) != 3 || s.Tasks[1].ID != "HumanEval/2" || s.Tasks[2].ID != "HumanEval/10" || s.Name != "HumanEval" || s.Tasks[1].Config.Map()["tasks"] != path {
		t.Errorf("%+v", s)
	}
}

// The form is told by the file.
func TestForms(t *testing.T) {
	folder := t.TempDir()
	for name, tt := range map[string]struct{ text, id string }{
		"a.json": {`{"format":"purpose.suite/1","name":"Mine","tasks":[{"id":"a","environment":"maze"}]}`, "a"},
		"b":      {"\n{\"format\":\"purpose.suite/1\",\"name\":\"Mine\",\"tasks\":[{\"id\":\"b\",\"environment\":\"maze\"}]}", "b"},
		"c.csv":  {"id,environment\nc,maze\n", "c"},
		"d.txt":  {"environment;id\nmaze;d\n", "d"},
		"e.txt":  {"click-button\n", "click-button/1"},
	} {
		s, err := Read(write(t, folder, name, tt.text), Options{Server: "http://localhost:1/"})
		if err != nil || len(s.Tasks) != 1 || s.Tasks[0].ID != tt.id {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
}

func TestRefused(t *testing.T) {
	folder := t.TempDir()
	large := write(t, folder, "large.json", "")
	if err := os.Truncate(large, 50<<20); err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(folder, "empty")
	if err := os.Mkdir(empty, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		path string
		o    Options
		want string
	}{
		{filepath.Join(folder, "none"), Options{}, "there is no file or folder"},
		{large, Options{}, "larger than 8 MiB"},
		{empty, Options{}, "is no task folder and holds none"},
		{empty, Options{Form: CSV}, "is a folder"},
		{large, Options{Form: "yaml"}, `there is no form "yaml"`},
		{"/dev/null", Options{}, "neither a file nor a folder"},
		{write(t, folder, "x.csv", "id,environment\na,maze\na,maze\n"), Options{}, "has the same id"},
	} {
		if _, err := Read(tt.path, tt.o); agent.CodeOf(err) != agent.CodeInvalid || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.path, err, tt.want)
		}
	}
	if _, err := Parse([]byte("{}"), Options{Form: HumanEval}); agent.CodeOf(err) != agent.CodeInvalid {
		t.Error(err)
	}
}

package code_test

import (
	"context"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/conformance"
	"purposeagent/agent/files"
	"purposeagent/environments/code"
)

func fresh(t *testing.T, config string) agent.Environment {
	t.Helper()
	env, err := code.New(agent.Object(config))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := env.(io.Closer).Close(); err != nil {
			t.Error(err)
		}
	})
	return env
}

func TestConformance(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]string{
		"built-in": `{"task":"roman"}`, "empty": `{"tasks":"none"}`, "shell": `{"tasks":"none","programs":"shell"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conformance.Environment(t, func() agent.Environment { return fresh(t, config) })
		})
	}
}

// session is an episode with a place for its files.
type session struct {
	t     *testing.T
	env   agent.Environment
	ctx   context.Context
	desk  *files.Desk
	state agent.State
}

func begin(t *testing.T, config string) *session {
	t.Helper()
	desk := files.NewDesk(&files.Memory{})
	s := &session{t: t, env: fresh(t, config), desk: desk, ctx: desk.With(t.Context())}
	var err error
	if s.state, err = s.env.Reset(s.ctx, agent.Task{Purpose: "x", Seed: 1}.WithDefaults()); err != nil {
		t.Fatal(err)
	}
	return s
}

// do does an action, of which it returns the error.
func (s *session) do(name string, pairs ...string) error {
	s.t.Helper()
	next, err := s.env.Execute(s.ctx, agent.NewAction(name, pairs...), s.state)
	if err == nil {
		s.state = next
	}
	return err
}

func (s *session) must(name string, pairs ...string) *session {
	s.t.Helper()
	if err := s.do(name, pairs...); err != nil {
		s.t.Fatalf("%s: %v", name, err)
	}
	return s
}

func (s *session) phi() float64 {
	s.t.Helper()
	phi, err := s.env.(agent.Potential).Potential(s.state)
	if err != nil {
		s.t.Fatal(err)
	}
	return phi
}

func (s *session) judge() agent.Verdict {
	s.t.Helper()
	v, err := s.env.(agent.Judge).Judge(s.ctx, s.state)
	if err != nil {
		s.t.Fatal(err)
	}
	return v
}

func (s *session) says(words ...string) {
	s.t.Helper()
	all := s.state.Summary + "\n" + s.state.Data.String()
	for _, w := range words {
		if !strings.Contains(all, w) {
			s.t.Errorf("the state is without %q:\n%s", w, all)
		}
	}
}

func solution(t *testing.T, id string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("task", "builtin", id, "solution", id+".py"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestSolving solves a task as an agent would, with a mistake on the way.
func TestSolving(t *testing.T) {
	t.Parallel()
	s := begin(t, `{"task":"roman"}`)
	low := s.phi()
	s.must("test").says("0 of")
	s.must("write", "path", "roman.py", "content", "def roman(n):\n    return 'I' * n\n")
	middle := s.phi()
	s.must("test")
	s.must("write", "path", "roman.py", "content", solution(t, "roman")).must("test")
	s.says("tests pass")
	if high := s.phi(); low >= middle || middle >= high || high != 8.5 {
		t.Errorf("Φ went from %v over %v to %v", low, middle, high)
	}
	if v := s.judge(); !v.Success || v.Score != 1 {
		t.Errorf("judged %+v", v)
	}
	var names []string
	for _, f := range s.desk.Take() {
		names = append(names, f.Name)
	}
	if got := strings.Join(names, " "); !strings.Contains(got, "changes.diff") || !strings.Contains(got, "hidden-tests.txt") {
		t.Errorf("shown: %s", got)
	}
	if strings.Contains(s.state.Data.String()+s.state.Summary+s.state.Hidden.String(), "hidden_test") {
		t.Error("the state tells of the hidden tests")
	}
}

// TestFiles holds what can be done with files, and what is said of what can't.
func TestFiles(t *testing.T) {
	t.Parallel()
	s := begin(t, `{"tasks":"none","programs":"shell"}`)
	s.must("write", "path", "a/b.py", "content", "one\ntwo\nthree\n").says(`"state":"new"`, `"lines":"3"`, `"kind":"python"`)
	s.must("edit", "path", "/workspace/a/b.py", "old", "two", "new", "2").must("read", "path", "a/b.py").says(`one\n2\nthree\n`)
	s.must("run", "command", "mkdir d && ln -s /etc/passwd l && printf '\\000\\377' > bin && printf '\\033[31mred\\033[0m' && seq 5000 >&2; exit 3").
		says(`"exit":3`, `"output":"red"`, "bytes are left out", `"kind":"link"`, `"kind":"folder"`, "It ended with 3.")
	for _, tt := range []struct {
		action []string
		want   string
	}{
		{[]string{"read", "path", "none.py"}, "there is no file"},
		{[]string{"read", "path", "../x"}, "not below /workspace"},
		{[]string{"read", "path", "/etc/passwd"}, "not below /workspace"},
		{[]string{"read", "path", "l"}, "is a link to /etc/passwd"},
		{[]string{"read", "path", "d"}, "is a folder"},
		{[]string{"read", "path", "bin"}, "is no text"},
		{[]string{"read", "path", "a\x01b"}, "control characters"},
		{[]string{"write", "path", "", "content", "x"}, "name a file"},
		{[]string{"write", "path", "a", "content", "x"}, ""},
		{[]string{"write", "path", "a/b.py/c", "content", "x"}, ""},
		{[]string{"write", "path", strings.Repeat("n/", 600), "content", "x"}, "at most 1000 bytes"},
		{[]string{"edit", "path", "a/b.py", "old", "nowhere", "new", "x"}, "does not have this piece"},
		{[]string{"edit", "path", "a/b.py", "old", "e", "new", "x"}, "has this piece 3 times"},
		{[]string{"edit", "path", "a/b.py", "old", "", "new", "x"}, "which piece"},
		{[]string{"remove", "path", "none.py"}, "there is no file"},
		{[]string{"run", "command", "  "}, "which command"},
		{[]string{"test"}, "unknown action"},
	} {
		before := s.state
		err := s.do(tt.action[0], tt.action[1:]...)
		if err == nil || !strings.Contains(agent.MessageOf(err), tt.want) || !s.state.Same(before) {
			t.Errorf("%q: %v, want %q", tt.action, err, tt.want)
		}
	}
	s.must("remove", "path", "a").must("run", "command", "ls").says(`"output":"bin\nd\nl"`)
	if _, ok := s.env.(agent.Judge); ok {
		t.Error("an empty folder has a judge")
	}
}

func TestPythonAlone(t *testing.T) {
	t.Parallel()
	s := begin(t, `{"tasks":"none","seconds":1}`)
	s.must("write", "path", "main.py", "content", "import sys\nprint(sys.argv[1:], sys.stdin.read())\n")
	s.must("run", "command", `python3 main.py "a b" c\ d '' 'x"y'`, "input", "given").says(`['a b', 'c d', '', 'x\"y'] given`)
	s.must("run", "command", "-c 'import time; time.sleep(600)'; rm -rf /").says("time")
	if err := s.do("run", "command", "'never closed"); err == nil || !strings.Contains(err.Error(), "within a quotation") {
		t.Errorf("got %v", err)
	}
}

// TestCheats tries what an agent may do instead of solving the task.
func TestCheats(t *testing.T) {
	t.Parallel()
	for name, written := range map[string]map[string]string{
		"it ends the tests at once":        {"roman.py": "import os\nos._exit(0)\n"},
		"it ends them as if all went well": {"roman.py": "import sys\nsys.exit(0)\n"},
		"it prints a report":               {"roman.py": "print('{\"passed\": 3, \"total\": 3, \"failing\": []}')\nimport os\nos._exit(0)\n"},
		"it brings its own unittest":       {"unittest.py": "def main(*a, **k): pass\nclass TestCase: pass\n", "roman.py": ""},
		"it runs before the tests":         {"sitecustomize.py": "import os\nos._exit(0)\n", "usercustomize.py": "import os\nos._exit(0)\n", "roman.py": ""},
		"it edits the visible tests":       {"test_roman.py": "import unittest\nclass T(unittest.TestCase):\n    def test_a(self): pass\n", "roman.py": "def roman(n): return 'I'\n"},
		"it brings the hidden tests":       {"test_hidden.py": "import unittest\nclass T(unittest.TestCase):\n    def test_a(self): pass\n", "roman.py": "def roman(n): return 'I'\n"},
		"it looks for the hidden tests":    {"roman.py": "import os\ntests = ''.join(open(os.path.join(d, f)).read() for d in ('/tests', '/workspace') if os.path.isdir(d) for f in os.listdir(d) if f.endswith('hidden.py'))\ndef roman(n):\n    raise KeyError\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := begin(t, `{"task":"roman"}`)
			for file, content := range written {
				s.must("write", "path", file, "content", content)
			}
			if v := s.judge(); v.Success || v.Score > .5 {
				t.Errorf("judged %+v", v)
			}
			if phi := s.phi(); phi > 5 {
				t.Errorf("Φ is %v", phi)
			}
		})
	}
}

// TestContained holds that what an agent leaves running ends with its
// command, and that what it may not do fails as its own error.
func TestContained(t *testing.T) {
	t.Parallel()
	s := begin(t, `{"tasks":"none","programs":"shell","seconds":2,"memory_mb":64,"disk_mb":4}`)
	s.must("run", "command", "while true; do :; done").says("It was ended: it took longer than 2 s")
	s.must("run", "command", "python3 -c 'x = bytearray(200 << 20)'").says(`"exit"`)
	s.must("run", "command", "head -c 20000000 /dev/zero > big; ls -l big; rm big").says("No space left")
	s.must("run", "command", "cat /etc/shadow || curl -m 1 http://1.1.1.1").says(`"exit"`)
	s.must("run", "command", "(sleep 1; echo late > late.txt) & true").must("run", "command", "sleep 1.2; ls").says(`"output":""`)
	if err := s.do("run", "command", "head -c 3000000 /dev/urandom > kept; for i in $(seq 6000); do echo $i > f$i; done"); err == nil || !strings.Contains(err.Error(), "more than") {
		s.says("No space")
	}
	s.must("run", "command", "ls | wc -l")
}

// TestRestoring holds that an episode goes on in another value from what was kept.
func TestRestoring(t *testing.T) {
	t.Parallel()
	s := begin(t, `{"tasks":"none"}`)
	s.must("write", "path", "a.py", "content", "print(1)\n").must("write", "path", "d/b.py", "content", "print(2)\n")
	old := s.state
	s.must("remove", "path", "d")
	other := fresh(t, `{"tasks":"none"}`)
	if err := other.(agent.Restorer).Restore(s.ctx, agent.Task{}, old); err != nil {
		t.Fatal(err)
	}
	got, err := other.Execute(s.ctx, agent.NewAction("run", "command", "d/b.py"), old)
	if err != nil || !strings.Contains(got.Data.String(), `"output":"2"`) {
		t.Errorf("%v %s", err, got.Data)
	}
	if _, err := s.env.Execute(s.ctx, agent.NewAction("read", "path", "d/b.py"), old); err != nil {
		t.Errorf("an earlier state of the same value: %v", err)
	}
	if err := other.(agent.Restorer).Restore(t.Context(), agent.Task{}, s.state); agent.CodeOf(err) != agent.CodeUnavailable {
		t.Errorf("without what was kept: %v", err)
	}
	for _, state := range []agent.State{{}, {Data: `{"files":{}}`}, {Hidden: `{"files":7}`}, {Hidden: `{"files":"` + "../../etc/passwd" + `"}`}} {
		if err := other.(agent.Restorer).Restore(s.ctx, agent.Task{}, state); err == nil {
			t.Errorf("a state was taken that was not made here: %+v", state)
		}
	}
}

// TestStopping holds that a command ends with its context, and that the episode
// goes on.
func TestStopping(t *testing.T) {
	t.Parallel()
	s := begin(t, `{"tasks":"none","programs":"shell","seconds":600}`)
	s.must("write", "path", "a", "content", "kept")
	ctx, cancel := context.WithCancel(s.ctx)
	time.AfterFunc(200*time.Millisecond, cancel)
	if _, err := s.env.Execute(ctx, agent.NewAction("run", "command", "echo gone > a; sleep 600"), s.state); err == nil {
		t.Fatal("it was not stopped")
	}
	s.must("run", "command", "cat a").says(`"output":"kept"`)
}

func TestPresetsCanBeLaunched(t *testing.T) {
	t.Parallel()
	for _, p := range code.Presets() {
		s := begin(t, p.Config.String())
		if task := (agent.Task{Purpose: p.Purpose, MaxSteps: p.MaxSteps, EarlyStopPhi: agent.DefaultEarlyStopPhi}); task.Check() != nil || s.state.Summary == "" {
			t.Errorf("%s: %v", p.Name, task.Check())
		}
	}
}

// TestTasksOfOthers reads tasks in the formats of others and judges solutions of
// them that are right, wrong, and none.
func TestTasksOfOthers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"human.jsonl":                       `{"task_id":"T/0","prompt":"def add(a, b):\n    \"\"\"Adds.\"\"\"\n","entry_point":"add","canonical_solution":"    return a + b\n","test":"def check(f):\n    assert f(1, 2) == 3\n"}`,
		"harbor/one/task.toml":              "schema_version = \"1.4\"\n[verifier]\nenv = { GREETING = \"hello\" }\n",
		"harbor/one/instruction.md":         "Write greeting.txt.",
		"harbor/one/environment/Dockerfile": "FROM python:3.12\nWORKDIR /app\n",
		"harbor/one/environment/in.txt":     "given",
		"harbor/one/tests/test.sh":          "set -e\ncd /app\nif grep -q \"$GREETING\" greeting.txt; then echo '{\"reward\": 1}' > /logs/verifier/reward.json; else echo 0.25 > /logs/verifier/reward.txt; fi\n",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	config := func(name, programs string) string {
		return agent.MustObject(map[string]any{"tasks": filepath.Join(dir, name), "programs": programs}).String()
	}
	for _, tt := range []struct {
		name, config, file, content string
		want                        agent.Verdict
	}{
		{"HumanEval, as it was", config("human.jsonl", "python"), "", "", agent.Verdict{}},
		{"HumanEval, wrong", config("human.jsonl", "python"), "solution.py", "def add(a, b): return a\n", agent.Verdict{}},
		{"HumanEval, ended", config("human.jsonl", "python"), "solution.py", "import os\nos._exit(0)\n", agent.Verdict{}},
		{"HumanEval, right", config("human.jsonl", "python"), "solution.py", "def add(a, b): return a + b\n", agent.Verdict{Success: true, Score: 1}},
		{"Harbor, as it was", config("harbor", "shell"), "", "", agent.Verdict{Score: .25}},
		{"Harbor, right, one folder", config("harbor/one", "shell"), "greeting.txt", "hello\n", agent.Verdict{Success: true, Score: 1}},
		{"Harbor, by its full path", config("harbor", "shell"), "/app/greeting.txt", "hello\n", agent.Verdict{Success: true, Score: 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := begin(t, tt.config)
			if tt.file != "" {
				s.must("write", "path", tt.file, "content", tt.content)
			}
			if got := s.judge(); got != tt.want {
				t.Errorf("judged %+v, want %+v", got, tt.want)
			}
			if _, ok := s.env.(agent.Potential); ok {
				t.Error("it has a Φ of its own without visible tests")
			}
		})
	}
}

func TestBadSettingsSayWhatToDo(t *testing.T) {
	t.Parallel()
	empty, many := t.TempDir(), `{"tasks":"built-in","task":"nothing"}`
	for config, want := range map[string]string{
		many:                          "there is no such task; there are ",
		`{"tasks":"/no/such/file"}`:   "there is no file or folder",
		`{"tasks":"/dev/null"}`:       "neither a file nor a folder",
		`{"tasks":"none","task":"x"}`: "there are no tasks",
		`{"tasks":` + agent.MustObject(map[string]string{"x": empty}).String()[5:]: "no task folder",
		`{"seconds":0}`:      "out of its range",
		`{"programs":"all"}`: "must be python or shell",
	} {
		_, err := code.New(agent.Object(config))
		var e *agent.Error
		if err == nil || !errors.As(err, &e) || !strings.Contains(strings.Join(slices.Collect(maps.Values(e.Fields)), " "), want) {
			t.Errorf("%s: %v, want %q", config, err, want)
		}
	}
}

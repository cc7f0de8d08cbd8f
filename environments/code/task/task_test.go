package task_test

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"

	"purposeagent/environments/code/task"
)

const addLine = `{"task_id":"T/0","prompt":"def add(a, b):\n","entry_point":"add","canonical_solution":"    return a + b\n","test":"def check(f):\n    assert f(1, 2) == 3\n"}`

func TestHumanEvalReadsPlainAndPacked(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write([]byte(addLine + "\n\n")); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"plain": addLine, "packed": packed.String()} {
		tasks, err := task.HumanEval(strings.NewReader(text))
		if err != nil || len(tasks) != 1 {
			t.Fatalf("%s: %d tasks, %v", name, len(tasks), err)
		}
		got := tasks[0]
		if got.ID != "T/0" || string(got.Files[0].Data) != "def add(a, b):\n" {
			t.Errorf("%s: %+v", name, got)
		}
		if hidden := string(got.Hidden[0].Data); !strings.HasSuffix(hidden, "\ncheck(add)\n") {
			t.Errorf("%s: hidden test %q", name, hidden)
		}
		if strings.Contains(got.Text+string(got.Files[0].Data), "return a + b") {
			t.Errorf("%s: the agent is told the solution", name)
		}
	}
}

func TestHumanEvalSaysWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"empty":     {"\n", "holds no task"},
		"not JSON":  {addLine + "\nhello", "line 2: not a task in JSON"},
		"twice":     {addLine + "\n" + addLine, `line 2: the task "T/0" was there before`},
		"no id":     {`{}`, "line 1: task_id is missing"},
		"no test":   {`{"task_id":"a","prompt":"x"}`, "prompt or test is missing"},
		"injection": {strings.Replace(addLine, `"add"`, `"add)\nx("`, 1), "isn't the name of a Python function"},
		"long line": {strings.Repeat(" ", 2<<20), "line 1 is longer"},
		"bad gzip":  {"\x1f\x8b\x00", "isn't valid gzip"},
		"cut gzip":  {"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff", "after line 0"},
	} {
		if _, err := task.HumanEval(strings.NewReader(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func FuzzHumanEval(f *testing.F) {
	f.Add([]byte(addLine))
	f.Add([]byte("\x1f\x8b\x08\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		tasks, err := task.HumanEval(bytes.NewReader(b))
		if (err == nil) != (len(tasks) > 0) {
			t.Fatalf("%d tasks, %v", len(tasks), err)
		}
		for _, got := range tasks {
			if got.ID == "" || len(got.Files) != 1 || len(got.Hidden) != 1 || got.Verify.Script == "" {
				t.Fatalf("%+v", got)
			}
		}
	})
}

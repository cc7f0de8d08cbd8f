package task

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"regexp"

	"purposeagent/agent"
)

const (
	maxLine  = 1 << 20 // bytes of a line of HumanEval
	maxTasks = 10_000
	maxRead  = 64 << 20 // bytes of a file, unpacked
)

// humanEval is a line of HumanEval's file.
type humanEval struct {
	ID     string `json:"task_id"`
	Prompt string `json:"prompt"`
	Entry  string `json:"entry_point"`
	Test   string `json:"test"`
}

var pythonName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// HumanEval reads tasks from lines of JSON, packed with gzip or not.
func HumanEval(from io.Reader) ([]Task, error) {
	r := bufio.NewReader(from)
	if head, err := r.Peek(2); err == nil && bytes.Equal(head, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(r)
		if err != nil {
			return nil, agent.Errorf(agent.CodeInvalid, "the file isn't valid gzip: %v", err)
		}
		r = bufio.NewReader(z)
	}
	limited := &io.LimitedReader{R: r, N: maxRead + 1}
	lines := bufio.NewScanner(limited)
	lines.Buffer(nil, maxLine)
	var tasks []Task
	seen := map[string]bool{}
	n := 0
	for lines.Scan() {
		n++
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 {
			continue
		}
		t, err := humanEvalTask(line)
		switch {
		case err != nil:
			return nil, agent.Errorf(agent.CodeInvalid, "line %d: %v", n, err)
		case seen[t.ID]:
			return nil, agent.Errorf(agent.CodeInvalid, "line %d: the task %q was there before", n, t.ID)
		case len(tasks) == maxTasks:
			return nil, agent.Errorf(agent.CodeInvalid, "the file holds more than %d tasks", maxTasks)
		}
		seen[t.ID] = true
		tasks = append(tasks, t)
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return nil, agent.Errorf(agent.CodeInvalid, "line %d is longer than %d bytes", n+1, maxLine)
	case err != nil:
		return nil, agent.Errorf(agent.CodeInvalid, "after line %d: %v", n, err)
	case limited.N <= 0:
		return nil, agent.Errorf(agent.CodeInvalid, "the file holds more than %d bytes", maxRead)
	case len(tasks) == 0:
		return nil, agent.Errorf(agent.CodeInvalid, "the file holds no task")
	}
	return tasks, nil
}

// humanEvalTask is the task of a line: the prompt is the start of solution.py,
// and the hidden test calls check with the function that was asked for.
func humanEvalTask(line []byte) (Task, error) {
	var h humanEval
	if err := json.Unmarshal(line, &h); err != nil {
		return Task{}, agent.Errorf(agent.CodeInvalid, "not a task in JSON: %v", err)
	}
	switch {
	case h.ID == "":
		return Task{}, agent.Errorf(agent.CodeInvalid, "task_id is missing")
	case h.Prompt == "" || h.Test == "":
		return Task{}, invalid(h.ID, "prompt or test is missing")
	case len(h.Prompt) > maxText:
		return Task{}, invalid(h.ID, "the prompt is longer than %d bytes", maxText)
	case !pythonName.MatchString(h.Entry):
		return Task{}, invalid(h.ID, "entry_point %q isn't the name of a Python function", h.Entry)
	}
	// Some tests call helpers that the prompt defines, so all names are imported.
	test := "from solution import *\nfrom solution import " + h.Entry + "\n" + h.Test + "\n\ncheck(" + h.Entry + ")\n"
	return Task{
		ID:     h.ID,
		Text:   "Complete the function " + h.Entry + " in solution.py, as its docstring says.",
		Files:  []File{{Path: "solution.py", Data: []byte(h.Prompt)}},
		Hidden: []File{{Path: "check_solution.py", Data: []byte(test)}},
		Verify: Verify{Script: "check_solution.py"},
	}, nil
}

// Package suitefile reads task suites from files and folders of this machine, in
// whatever form they are in: the suite's own JSON, a table (CSV), a list of pages
// of MiniWoB++, task folders of Harbor's, HumanEval.
package suitefile

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/suites"
	"purposeagent/environments/code/task"
)

// The forms that a suite can be read from.
const (
	JSON      = "json"
	CSV       = "csv"
	MiniWoB   = "miniwob"
	Harbor    = "harbor"
	HumanEval = "humaneval"
)

// Forms lists the forms.
var Forms = []string{JSON, CSV, MiniWoB, Harbor, HumanEval}

// Options say how a file is read.
type Options struct {
	Form   string // one of Forms; "" is told by the file
	Name   string // of the suite, whatever the file calls it
	Else   string // the name where neither says one; "" is that of the file
	Server string // of the pages of MiniWoB++
	Split  string // of tasks that have none; "": they are for testing
}

// Read reads a suite from a file or a folder. Errors are CodeInvalid and say all
// that is wrong.
func Read(path string, o Options) (suites.Suite, error) {
	o.Else = cmp.Or(o.Else, NameOf(path))
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return suites.Suite{}, agent.Errorf(agent.CodeInvalid, "there is no file or folder %q", path)
	case err != nil:
		return suites.Suite{}, agent.Wrap(agent.CodeInvalid, err, "%s can't be read; check its permissions", path)
	case !info.IsDir() && !info.Mode().IsRegular():
		return suites.Suite{}, agent.Errorf(agent.CodeInvalid, "%q is neither a file nor a folder", path)
	}
	if o.Form == "" && info.IsDir() {
		o.Form = Harbor
	}
	if o.Form == "" && humanEval(path) {
		o.Form = HumanEval
	}
	if o.Form == Harbor || o.Form == HumanEval {
		return programming(path, o)
	}
	if info.IsDir() {
		return suites.Suite{}, agent.Errorf(agent.CodeInvalid, "%s is a folder, and only task folders of Harbor's are read from one", path)
	}
	f, err := os.Open(filepath.Clean(path))
	if err != nil {
		return suites.Suite{}, agent.Wrap(agent.CodeInvalid, err, "%s can't be opened; check its permissions", path)
	}
	defer func() { _ = f.Close() }()
	raw, err := io.ReadAll(io.LimitReader(f, suites.MaxBytes+1))
	if err != nil {
		return suites.Suite{}, agent.Wrap(agent.CodeInvalid, err, "%s can't be read", path)
	}
	if o.Form == "" && strings.EqualFold(filepath.Ext(path), ".csv") {
		o.Form = CSV
	}
	return Parse(raw, o)
}

// Parse reads a suite from text: JSON, CSV or a list of MiniWoB++.
func Parse(raw []byte, o Options) (suites.Suite, error) {
	var s suites.Suite
	var problems []suites.Problem
	switch form := cmp.Or(o.Form, formOf(raw)); form {
	case JSON:
		s, problems = suites.Parse(raw)
		s.Name = cmp.Or(o.Name, s.Name)
	case CSV:
		s, problems = suites.ParseCSV(cmp.Or(o.Name, o.Else), raw)
	case MiniWoB:
		s, problems = suites.ParseMiniWoB(cmp.Or(o.Name, o.Else), o.Server, raw)
	case Harbor, HumanEval:
		return s, agent.Errorf(agent.CodeInvalid, "tasks of %s are read from a path on this machine, not from text: their files are needed for each run", form)
	default:
		return s, agent.Errorf(agent.CodeInvalid, "there is no form %q; choose from %s", agent.Clip(form, 40), strings.Join(Forms, ", "))
	}
	if err := suites.Refusal(problems); err != nil {
		return s, err
	}
	split(s.Tasks, o.Split)
	return s, nil
}

// formOf tells JSON, a table and a list of pages apart by their first line.
func formOf(raw []byte) string {
	raw = bytes.TrimSpace(bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf")))
	first, _, _ := bytes.Cut(raw, []byte("\n"))
	switch {
	case bytes.HasPrefix(raw, []byte("{")) || bytes.HasPrefix(raw, []byte("[")):
		return JSON
	case bytes.ContainsAny(first, ",;") && bytes.Contains(bytes.ToLower(first), []byte("environment")):
		return CSV
	}
	return MiniWoB
}

// humanEval tells whether a file has lines of HumanEval.
func humanEval(path string) bool {
	name := strings.ToLower(path)
	return strings.HasSuffix(name, ".jsonl") || strings.HasSuffix(name, ".jsonl.gz")
}

// NameOf is what a suite from a file is called that has no name of its own.
func NameOf(path string) string {
	base := filepath.Base(path)
	if absolute, err := filepath.Abs(path); err == nil {
		base = filepath.Base(absolute)
	}
	for _, ext := range []string{".gz", ".jsonl", ".json", ".csv", ".txt"} {
		base = strings.TrimSuffix(base, ext)
	}
	return agent.Clip(cmp.Or(strings.TrimSpace(base), "suite"), suites.MaxName)
}

func split(tasks []suites.Task, name string) {
	for i := range tasks {
		tasks[i].Split = cmp.Or(tasks[i].Split, name)
	}
}

// programming makes a suite of tasks for the environment code. Each task names the
// folder or file that it is read from when it runs.
func programming(path string, o Options) (suites.Suite, error) {
	list, err := task.Read(path)
	if err != nil {
		return suites.Suite{}, err
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return suites.Suite{}, agent.Wrap(agent.CodeInvalid, err, "%s can't be read", path)
	}
	s := suites.Suite{Name: cmp.Or(o.Name, o.Else)}
	left := 0
	for _, one := range list {
		t := suites.Task{ID: one.ID, Environment: "code", Seed: 1, MaxSteps: 30, Content: one.Digest()}
		config := map[string]any{"tasks": absolute, "task": one.ID}
		if len(one.Verify.Command) > 0 { // a task folder of Harbor's
			config["programs"] = "shell"
			if !task.Folder(path) { // reading one folder is quicker than reading all
				config["tasks"] = filepath.Join(absolute, one.ID)
			}
		}
		if len(one.Left) > 0 {
			left++
		}
		t.Config = agent.MustObject(config)
		s.Tasks = append(s.Tasks, t)
	}
	slices.SortStableFunc(s.Tasks, func(a, b suites.Task) int { return naturally(a.ID, b.ID) })
	s.Description = fmt.Sprintf("Read from %s. Each run reads the task from there again.", absolute)
	if left > 0 {
		s.Description += fmt.Sprintf(" %d of the tasks ask for something that is not done here, such as an image of a container; their purpose says what.", left)
	}
	split(s.Tasks, o.Split)
	return s, suites.Refusal(s.Problems())
}

// Changed says in what the files of a task differ from those that the suite was made
// of: CodeInvalid. nil for a task that names none.
func Changed(t *suites.Task) error {
	if t.Content == "" {
		return nil
	}
	var at struct{ Tasks, Task string }
	if err := t.Config.Decode(&at); err != nil {
		return err
	}
	list, err := task.Read(at.Tasks)
	if err != nil {
		return agent.InvalidFields(map[string]string{"content": agent.MessageOf(err)})
	}
	for i := range list {
		if list[i].ID == at.Task && list[i].Digest() == t.Content {
			return nil
		}
	}
	return agent.InvalidFields(map[string]string{"content": fmt.Sprintf("the files of the task in %s are others than those that the suite was made of; bring them back, or import them as another version", at.Tasks)})
}

// naturally orders ids so that 9 comes before 10.
func naturally(a, b string) int {
	trim := func(s string) (string, string) {
		head := strings.TrimRight(s, "0123456789")
		return head, strings.TrimLeft(s[len(head):], "0")
	}
	headA, digitsA := trim(a)
	headB, digitsB := trim(b)
	return cmp.Or(cmp.Compare(headA, headB), cmp.Compare(len(digitsA), len(digitsB)), cmp.Compare(digitsA, digitsB), cmp.Compare(a, b))
}

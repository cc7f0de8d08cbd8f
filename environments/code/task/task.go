// Package task reads programming tasks: what the agent is told, the files that
// it starts with, and the hidden tests that decide when it has ended. The
// formats are Harbor's task folders (schema 1.4, without container images) and
// HumanEval's lines of JSON.
package task

import (
	"time"

	"purposeagent/agent"
)

const (
	maxText = 64 << 10 // bytes of a task's text
)

// File is a file of a task; its path is relative, with slashes.
type File struct {
	Path string
	Data []byte
	Exec bool
}

// Task is one programming task.
type Task struct {
	ID       string
	Text     string            // what the agent is told
	Files    []File            // what the workspace holds at the start
	Hidden   []File            // put into the folder of the tests after the agent has ended
	Dir      string            // the folder in which the agent works; "": the environment's own
	Visible  []string          // the modules of unittest among Files that are the visible tests
	Verify   Verify            // how the hidden tests are run
	Limit    time.Duration     // of the hidden tests; zero: the environment's own
	MemoryMB int64             // that the task asks for; zero: the environment's own
	Env      map[string]string // of the command, beyond what is usual
	Left     []string          // what the task asks for and is not done here
}

// Verify says how hidden tests are run: one of its fields is set.
type Verify struct {
	Modules []string // modules of unittest among the hidden files
	Script  string   // a hidden Python file, which fails by an exception
	Command []string // a command that writes a reward, as Harbor's tests/test.sh
}

// invalid is an error about a task as it was given.
func invalid(id, format string, args ...any) error {
	return agent.Errorf(agent.CodeInvalid, "task %q: "+format, append([]any{id}, args...)...)
}

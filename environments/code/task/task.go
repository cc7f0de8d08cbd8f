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
	Visible  []string          // the command that runs the visible tests; empty: there are none
	Verify   []string          // the command that runs the hidden tests
	Reward   bool              // the command writes a reward; else its exit code decides
	Limit    time.Duration     // of the command; zero: the environment's own
	MemoryMB int64             // that the task asks for; zero: the environment's own
	Env      map[string]string // of the command, beyond what is usual
	Left     []string          // what the task asks for and is not done here
}

// invalid is an error about a task as it was given.
func invalid(id, format string, args ...any) error {
	return agent.Errorf(agent.CodeInvalid, "task %q: "+format, append([]any{id}, args...)...)
}

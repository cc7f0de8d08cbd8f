package demo

import (
	"time"

	"purposeagent/agent"
)

// Lesson is a line of the playbook, and when each of its rules was learned.
type Lesson struct {
	agent.PlaybookLine
	At []time.Time // oldest first
}

// Learned is what a library says of the world of a demonstration, in the order of
// its playbook.
type Learned struct {
	Scope   agent.Scope
	Lessons []Lesson
}

package roles

import (
	"purposeagent/agent/jsondiff"
	"purposeagent/agent/prompttext"
)

// brief is a value as a line of a prompt shows it.
func brief(v any, present bool) string {
	if !present {
		return "(absent)"
	}
	return prompttext.Cut(prompttext.OneLine(jsonOf(v)), 100)
}

// changeText is a change as a line of a prompt shows it.
func changeText(c jsondiff.Change) string {
	return c.Pointer + ": " + brief(c.Old, c.Had) + " → " + brief(c.New, c.Has)
}

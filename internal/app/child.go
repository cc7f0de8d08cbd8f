package app

import (
	"purposeagent/environments"
	"purposeagent/internal/sandbox"
)

// Child does what this program does where it was started by itself (inside of a
// workspace, or to work on a script), and returns its exit code; else it does
// nothing. A program that opens the application calls it first in main, and its
// tests in TestMain.
func Child() (code int, is bool) {
	if code, is = sandbox.Child(); is {
		return code, true
	}
	return environments.Child()
}

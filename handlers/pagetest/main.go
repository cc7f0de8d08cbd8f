package pagetest

import (
	"os"
	"testing"

	"go.uber.org/goleak"

	"purposeagent/internal/app"
)

// Main runs the tests of a package of pages: it does what this program does where
// it was started by itself, and finds goroutines that were left behind.
func Main(m *testing.M) {
	if code, is := app.Child(); is {
		os.Exit(code)
	}
	goleak.VerifyTestMain(m)
}

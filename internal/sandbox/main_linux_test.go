package sandbox

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if code, is := Child(); is {
		os.Exit(code)
	}
	if mark := os.Getenv("SANDBOX_TEST_SERVER"); mark != "" {
		serveToBeKilled(mark)
	}
	goleak.VerifyTestMain(m)
}

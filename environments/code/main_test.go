package code_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"

	"purposeagent/internal/sandbox"
)

func TestMain(m *testing.M) {
	if code, is := sandbox.Child(); is {
		os.Exit(code)
	}
	goleak.VerifyTestMain(m)
}

package environments_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"

	"purposeagent/environments"
)

func TestMain(m *testing.M) {
	if code, is := environments.Child(); is {
		os.Exit(code)
	}
	goleak.VerifyTestMain(m)
}

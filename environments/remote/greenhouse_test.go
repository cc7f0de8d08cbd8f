package remote_test

import (
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/agent/conformance"
	"purposeagent/environments/remote"
)

// greenhouse is the configuration of the example program; without Python the
// test fails.
func greenhouse(t *testing.T, world int, split string) agent.Object {
	t.Helper()
	path, err := exec.CommandContext(t.Context(), "python3", "-c", "import sys; print(sys.executable)").Output() // not a slow wrapper
	if err != nil {
		t.Fatal("this test needs python3; scripts/setup-tests.sh installs it")
	}
	python := strings.TrimSpace(string(path))
	script, err := filepath.Abs("../../docs/remote/example_env.py")
	if err != nil {
		t.Fatal(err)
	}
	return agent.MustObject(map[string]any{"command": []string{python, script}, "world": world, "split": split})
}

// open starts a program that is closed with the test.
func open(t *testing.T, config agent.Object, o remote.Options) agent.Environment {
	t.Helper()
	env, err := remote.New(config, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := env.(io.Closer).Close(); err != nil {
			t.Error(err)
		}
	})
	return env
}

func TestGreenhouseConforms(t *testing.T) {
	config := greenhouse(t, 3, "train")
	fresh := fewOpen(t, func() agent.Environment { return open(t, config, remote.Options{}) })
	conformance.Environment(t, fresh,
		agent.Task{Purpose: "raise an orchid", Seed: 2})
}

package remote_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"purposeagent/agent"
	"purposeagent/environments/remote"
)

// A program that nobody gave an environment knows no key of ours, whatever its
// variable is called.
func TestProgramsKnowNoKeys(t *testing.T) {
	for _, name := range []string{"HF_TOKEN", "OPENAI_API_KEY", "PURPOSE_SECRET", "DATABASE_URL", "SOMETHING_ELSE"} {
		t.Setenv(name, "secret-"+name)
	}
	t.Setenv("LC_MESSAGES", "C")
	told := filepath.Join(t.TempDir(), "told")
	config := agent.MustObject(map[string]any{"command": []string{"/bin/sh", "-c", `env > "$0"`, told}})
	if _, err := remote.New(config, remote.Options{}); err == nil {
		t.Fatal("a program that says nothing was taken for an environment")
	}
	raw, err := os.ReadFile(told)
	if err != nil {
		t.Fatal(err)
	}
	if text := string(raw); strings.Contains(text, "secret-") || !strings.Contains(text, "LC_MESSAGES=C") || !strings.Contains(text, "PATH=") {
		t.Errorf("it was told:\n%s", text)
	}
}

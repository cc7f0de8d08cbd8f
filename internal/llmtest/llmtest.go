// Package llmtest starts a real model server for tests: llama.cpp with a very
// small model, which shows that the wire holds and has no judgement.
package llmtest

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// Model is the name of the model that the server has.
const Model = "smollm2"

// Start runs the server for the test and returns its address, without /v1. It
// ends with the test, and also if the test process dies, since it watches its
// standard input.
func Start(t testing.TB) string {
	t.Helper()
	_, here, _, ok := runtime.Caller(0)
	if !ok {
		t.Fatal("where this file is can't be told")
	}
	logs, err := os.Create(filepath.Join(t.TempDir(), "server.log"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = logs.Close() }()
	command := exec.CommandContext(context.WithoutCancel(t.Context()), filepath.Join(filepath.Dir(here), "..", "..", "scripts", "llm-server.sh"), "0") //nolint:gosec // our own script
	command.Env = append(os.Environ(), "WATCH_STDIN=1", "N_CTX=2048", "N_PARALLEL=1", "N_THREADS=1")
	command.Stderr = logs
	stdin, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = stdin.Close()
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		if url, ok := strings.CutPrefix(lines.Text(), "listening "); ok {
			return strings.TrimSpace(url)
		}
	}
	said, _ := os.ReadFile(logs.Name())
	t.Fatalf("the model server did not start: %s", said[max(0, len(said)-2000):])
	return ""
}

package main

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"purposeagent/internal/app"
	"purposeagent/internal/commands"
)

// purpose runs the program in this process.
func purpose(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), append([]string{"purpose"}, args...), func(string) (string, bool) { return "", false }, &out, &errs)
	return code, out.String(), errs.String()
}

// built is purpose in a process of its own: without the race detector, for what
// computes much.
func built(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(t.Context(), builtProgram, args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = []string{"PATH=" + os.Getenv("PATH")}, &out, &errs
	if err := cmd.Run(); err != nil {
		if _, exited := errors.AsType[*exec.ExitError](err); !exited {
			t.Fatal(err)
		}
	}
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

func TestWrongUse(t *testing.T) {
	data := t.TempDir()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	damaged := t.TempDir()
	if err := os.WriteFile(filepath.Join(damaged, app.DatabaseFile), bytes.Repeat([]byte("no database "), 4000), 0o600); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(data, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		args string
		code int
		want string
	}{
		{"unknown flag", "run --nosuch", 2, "nosuch"},
		{"unknown command", "nosuch", 2, "there is no command"},
		{"flag of a wrong type", "run --max-steps abc", 2, "max-steps"},
		{"unknown environment", "run -e mase -p x", 2, "did you mean"},
		{"no purpose", "run -e maze", 2, "purpose"},
		{"zero steps", "run -e maze -p x --max-steps 0", 2, "1 to 100000"},
		{"zero phi", "run -e maze -p x --early-stop-phi 0", 2, "above 0"},
		{"bad config", "run -e maze -p x --config [1]", 2, "JSON object"},
		{"bad memory", "run -e maze -p x --memory maybe", 2, "memory"},
		{"bad log format", "serve --log-format xml", 2, "text or json"},
		{"all addresses", "serve --addr 0.0.0.0:0", 2, "not a loopback address"},
		{"no address", "serve --addr nonsense", 2, "127.0.0.1:8080"},
		{"port taken", "serve --addr " + taken.Addr().String(), 3, "taken by another program"},
		{"PostgreSQL that is not there", "library report --database-url postgres://u:secret@127.0.0.1:1/x", 3, "can't be reached"},
		{"no URL", "library report --database-url postgres://u:secret@[x", 2, "USER:PASSWORD@"},
		{"a worker of a file", "worker", 2, "is needed"},
		{"web only on a file", "serve --web-only", 2, "needs --database-url"},
		{"a file for a folder", "library report --data " + file, 2, "data folder"},
		{"damaged database", "library report --data " + damaged, 3, "damaged"},
		{"too few tasks", "demo --tasks 3", 2, "10 to 500"},
		{"more tasks than a group holds", "demo --tasks 501", 2, "10 to 500"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			args := strings.Fields(tt.args)
			if !strings.Contains(tt.args, "--data") && len(args) > 1 {
				args = append(args, "--data", data)
			}
			code, stdout, stderr := purpose(t, args...)
			if code != tt.code || !strings.Contains(stderr, tt.want) {
				t.Errorf("exit %d, want %d; said %q %q, want %q", code, tt.code, stdout, stderr, tt.want)
			}
		})
	}
	if raw, err := os.ReadFile(filepath.Join(damaged, app.DatabaseFile)); err != nil || len(raw) != 48000 {
		t.Errorf("the damaged file was touched: %d bytes, %v", len(raw), err)
	}
}

func TestRunInTheTerminal(t *testing.T) {
	data := t.TempDir()
	code, stdout, stderr := purpose(t, "run", "-e", "workshop", "--seed", "2", "--max-steps", "5", "--data", data)
	if code != commands.ExitUnsolved && code != commands.ExitOK || stderr != "" {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	if !strings.Contains(stdout, "Φ") || !strings.Contains(stdout, "solved in") {
		t.Errorf("the steps or the summary are missing:\n%s", stdout)
	}
	code, stdout, _ = purpose(t, "run", "-e", "maze", "-p", "Find the treasure", "--seed", "2", "--max-steps", "3", "--json", "--data", data)
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	if code != commands.ExitUnsolved || !strings.HasPrefix(lines[len(lines)-1], `{"kind":"result"`) || !strings.Contains(lines[0], `"seq":1`) {
		t.Errorf("exit %d, JSON lines:\n%s", code, stdout)
	}
	code, stdout, _ = purpose(t, "library", "report", "--data", data)
	if code != commands.ExitOK || !strings.Contains(stdout, "heuristics") {
		t.Errorf("exit %d, report:\n%s", code, stdout)
	}
}

// TestRefusedInTheTerminal runs by models whose server refuses or denies every
// request. Nobody is there to mend that: the command ends, with the server's words,
// and nothing that no model did is a step.
func TestRefusedInTheTerminal(t *testing.T) {
	for _, test := range []struct {
		name, body, says string
		status           int
	}{
		{"no credit", `{"error":{"message":"Your credit balance is too low. Go to Plans & Billing.","type":"invalid_request_error"}}`, "Your credit balance is too low", 400},
		{"a wrong key", `{"error":{"message":"Incorrect API key provided."}}`, "Incorrect API key provided", 401},
		{"a parameter", `{"error":{"message":"Parameter tier is not served here."}}`, "Parameter tier is not served here", 422},
	} {
		t.Run(test.name, func(t *testing.T) {
			model := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, test.body)
			}))
			defer model.Close()
			code, stdout, stderr := purpose(t, "run", "-e", "maze", "-p", "Find the treasure", "--max-steps", "3", "--data", t.TempDir(),
				"--openai-base-url", model.URL+"/v1", "--model", "openai:m", "--critic", "reasoner")
			if code != commands.ExitFailed || !strings.Contains(stderr, test.says) || strings.Contains(stdout, "NO_ACTION") {
				t.Errorf("exit %d: %s\n%s; want %d and %q", code, stderr, stdout, commands.ExitFailed, test.says)
			}
		})
	}
}

func TestCriticsCommand(t *testing.T) {
	data := t.TempDir()
	if code, out, errs := purpose(t, "library", "critics", "--data", data); code != 0 || !strings.Contains(out, "no task with a known outcome") {
		t.Fatalf("code %d: %s%s", code, out, errs)
	}
	if code, _, errs := built(t, "demo", "--tasks", "20", "--data", data); code != 0 {
		t.Fatalf("code %d: %s", code, errs)
	}
	code, out, errs := purpose(t, "library", "critics", "--data", data)
	if code != 0 || !strings.Contains(out, "environment potential in workshop") || !strings.Contains(out, "n 40,") {
		t.Errorf("code %d: %s%s", code, out, errs)
	}
}

// The checker says what the learner sees of a program.
func TestEnvironmentCheckShowsFeatures(t *testing.T) {
	code, out, errs := purpose(t, "env", "check", "--", "python3", "../../docs/remote/example_env.py")
	if code != 0 {
		t.Fatalf("exit code %d: %s%s", code, out, errs)
	}
	for _, want := range []string{"What rules may speak of, in the 31 states", "of the purpose\n", "no stage is asked", "plant species is as asked"} {
		if !strings.Contains(out, want) {
			t.Errorf("it does not say %q:\n%s", want, out)
		}
	}
}

// The older name of the checker works, and a server that is not there is said to be
// not there.
func TestEnvironmentCheckOfServers(t *testing.T) {
	if code, out, errs := purpose(t, "remote", "check", "--", "true"); code != commands.ExitUnsolved || !strings.Contains(out, "FAIL") {
		t.Errorf("code %d: %s%s", code, out, errs)
	}
	if code, out, errs := purpose(t, "env", "check", "ws://127.0.0.1:1/ws"); code != commands.ExitUnsolved || !strings.Contains(out, "no OpenEnv server answers") {
		t.Errorf("code %d: %s%s", code, out, errs)
	}
}

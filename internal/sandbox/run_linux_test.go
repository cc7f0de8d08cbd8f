package sandbox

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"purposeagent/agent"
)

func open(t testing.TB, cfg Config) *Workspace {
	t.Helper()
	w, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return w
}

// sh runs a script with a time limit that none of the scripts here need.
func sh(t testing.TB, w *Workspace, script string) Result {
	t.Helper()
	r, err := w.Run(t.Context(), Command{Argv: []string{"sh", "-c", script}, Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestCheck(t *testing.T) {
	if err := Check(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestRun(t *testing.T) {
	w := open(t, Config{})
	for _, tt := range []struct {
		name    string
		command Command
		want    Result
	}{
		{"exit code and both outputs", Command{Argv: []string{"sh", "-c", "echo good; echo bad >&2; exit 3"}}, Result{ExitCode: 3, Stdout: []byte("good\n"), Stderr: []byte("bad\n")}},
		{"a signal", Command{Argv: []string{"sh", "-c", "kill -TERM $$"}}, Result{ExitCode: -1, Signal: "SIGTERM"}},
		{"stdin", Command{Argv: []string{"cat"}, Stdin: []byte("a\x00b")}, Result{Stdout: []byte("a\x00b")}},
		{"variables", Command{Argv: []string{"sh", "-c", "echo $HOME $X"}, Env: []string{"X=y z"}}, Result{Stdout: []byte("/home/agent y z\n")}},
		{"a folder", Command{Argv: []string{"pwd"}, Dir: "/workspace"}, Result{Stdout: []byte("/workspace\n")}},
		{"output that is cut", Command{Argv: []string{"sh", "-c", "printf 123456789; printf abc >&2"}, MaxOutput: 4}, Result{Stdout: []byte("1234"), Stderr: []byte("abc"), Truncated: true}},
		{"time", Command{Argv: []string{"sleep", "1000"}, Timeout: 30 * time.Millisecond}, Result{ExitCode: -1, Signal: "SIGKILL", Killed: LimitWall, TimedOut: true}},
		{"stdin that nobody reads", Command{Argv: []string{"true"}, Stdin: make([]byte, 1<<20)}, Result{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := w.Run(t.Context(), tt.command)
			if err != nil {
				t.Fatal(err)
			}
			same := got.ExitCode == tt.want.ExitCode && got.Signal == tt.want.Signal && string(got.Stdout) == string(tt.want.Stdout) && string(got.Stderr) == string(tt.want.Stderr)
			if !same || got.Truncated != tt.want.Truncated || got.TimedOut != tt.want.TimedOut || got.Killed != tt.want.Killed || got.Wall <= 0 {
				t.Errorf("got %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

func TestRunRefuses(t *testing.T) {
	w := open(t, Config{})
	for _, tt := range []struct {
		name    string
		command Command
		code    agent.Code
		want    string
	}{
		{"no program", Command{}, agent.CodeInvalid, "needs a program"},
		{"one that there is not", Command{Argv: []string{"nosuchprogram"}}, agent.CodeNotFound, "nosuchprogram"},
		{"a path that there is not", Command{Argv: []string{"/usr/bin/nosuchprogram"}}, agent.CodeNotFound, "nosuchprogram"},
		{"what can't be executed", Command{Argv: []string{"/etc/passwd"}}, agent.CodeDenied, "/etc/passwd"},
		{"a folder outside", Command{Argv: []string{"true"}, Dir: "/usr"}, agent.CodeInvalid, "not in the workspace"},
		{"a folder that there is not", Command{Argv: []string{"true"}, Dir: "nothing"}, agent.CodeNotFound, "/workspace/nothing"},
		{"no variable", Command{Argv: []string{"true"}, Env: []string{"x"}}, agent.CodeInvalid, "NAME=value"},
		{"a NUL", Command{Argv: []string{"a\x00"}}, agent.CodeInvalid, "NUL"},
		{"too many arguments", Command{Argv: []string{"echo", strings.Repeat("x", 1<<20)}}, agent.CodeInvalid, "at most"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := w.Run(t.Context(), tt.command)
			if agent.CodeOf(err) != tt.code || !strings.Contains(agent.MessageOf(err), tt.want) {
				t.Errorf("got %v, want %s with %q", err, tt.code, tt.want)
			}
		})
	}
	if r := sh(t, w, "echo on"); string(r.Stdout) != "on\n" {
		t.Errorf("after refusals: %+v", r)
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	w := open(t, Config{})
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(30*time.Millisecond, cancel)
	if _, err := w.Run(ctx, Command{Argv: []string{"sleep", "1000"}}); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	if r := sh(t, w, "echo on; ps -e"); !strings.HasPrefix(string(r.Stdout), "on\n") || strings.Contains(string(r.Stdout), "sleep") {
		t.Errorf("after it: %s", r.Stdout)
	}
}

func TestClosed(t *testing.T) {
	w := open(t, Config{})
	w.Close()
	w.Close()
	if _, err := w.Run(t.Context(), Command{Argv: []string{"true"}}); agent.CodeOf(err) != agent.CodeConflict {
		t.Errorf("run: %v", err)
	}
	if _, err := w.Read(t.Context(), "x"); agent.CodeOf(err) != agent.CodeConflict {
		t.Errorf("read: %v", err)
	}
}

package childproc_test

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"purposeagent/agent"
	"purposeagent/environments/childproc"
)

// childVariable makes the test binary the program that the tests start.
const childVariable = "CHILDPROC_TEST_CHILD"

func TestMain(m *testing.M) {
	switch os.Getenv(childVariable) {
	case "":
		goleak.VerifyTestMain(m)
	case "family": // starts another one and waits for ever
		child := exec.Command("sleep", "600")
		child.Stdout = os.Stdout // holds it open
		if err := child.Start(); err != nil {
			panic(err)
		}
		_, _ = os.Stdout.WriteString(strconv.Itoa(child.Process.Pid) + "\n")
		time.Sleep(time.Hour)
	case "polite": // ends with its standard input
		_, _ = os.Stderr.WriteString("good\x1b[31m secret morning\n")
		_, _ = os.Stdin.Read(make([]byte, 10))
		os.Exit(3)
	}
}

// output keeps what a program writes.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
	line chan struct{}
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text.Write(p)
	select {
	case o.line <- struct{}{}:
	default:
	}
	return len(p), nil
}

func start(t *testing.T, kind string, c childproc.Config) (*childproc.Process, *output) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	out := &output{line: make(chan struct{}, 1)}
	c.Words, c.Env, c.Stdout, c.Logger = []string{self}, append(os.Environ(), childVariable+"="+kind, "GORACE=atexit_sleep_ms=0"), out, slog.New(slog.DiscardHandler)
	p, err := childproc.Start(c)
	if err != nil {
		t.Fatal(err)
	}
	return p, out
}

// TestEndTakesTheFamilyAlong holds that what a program started ends with it.
func TestEndTakesTheFamilyAlong(t *testing.T) {
	p, out := start(t, "family", childproc.Config{})
	<-out.line
	p.End()
	pid, err := strconv.Atoi(strings.TrimSpace(out.text.String()))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, 0); err == nil && !zombie(pid) {
		t.Errorf("process %d is still there", pid)
	}
	p.Kill() // its number may be somebody else's: nothing happens
}

// zombie reports whether a process has ended and waits to be reaped by whoever
// inherited it.
func zombie(pid int) bool {
	raw, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err != nil || strings.Contains(string(raw), ") Z ")
}

func TestCloseLetsGo(t *testing.T) {
	mask := func(text string) string { return strings.ReplaceAll(text, "secret", "•••") }
	p, _ := start(t, "polite", childproc.Config{Mask: mask})
	if !p.Close([]byte("bye\n"), time.Minute) {
		t.Error("it had to be ended")
	}
	if p.How() != "exit status 3" {
		t.Errorf("it ended with %s", p.How())
	}
	if tail := p.Stderr.Tail(); tail != "its last lines on standard error: good[31m ••• morning" {
		t.Errorf("its tail is %q", tail)
	}
}

func TestStartErrors(t *testing.T) {
	for name, test := range map[string]struct {
		config      childproc.Config
		field, want string
	}{
		"no program": {childproc.Config{Words: []string{"no-such-program-anywhere"}}, "command", "there is no program"},
		"no folder":  {childproc.Config{Words: []string{"true"}, Dir: "/no/such/folder"}, "dir", "there is no folder"},
		"no binary":  {childproc.Config{Words: []string{"/etc/passwd"}}, "command", "is not executable"},
	} {
		test.config.Logger = slog.New(slog.DiscardHandler)
		_, err := childproc.Start(test.config)
		var e *agent.Error
		if !errors.As(err, &e) || !strings.Contains(e.Fields[test.field], test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

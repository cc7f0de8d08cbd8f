package script

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"purposeagent/agent"
)

// children lists the processes that this one has started and nobody has waited for.
func children(t *testing.T) []int {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil || len(all) == 0 {
		t.Skip("processes are counted where there is a /proc")
	}
	var out []int
	for _, path := range all {
		raw, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		_, rest, _ := strings.Cut(string(raw), ") ")
		fields := strings.Fields(rest)
		if len(fields) > 1 && fields[1] == strconv.Itoa(os.Getpid()) {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			out = append(out, pid)
		}
	}
	return out
}

// open files of this process.
func openFiles(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("files are counted where there is a /proc")
	}
	return len(list)
}

// TestManyRunsLeaveNothing works on 300 episodes of good and hostile scripts, many
// at one time, and counts processes and files after them.
func TestManyRunsLeaveNothing(t *testing.T) {
	before, files := len(children(t)), openFiles(t)
	pool := NewPool()
	configs := []agent.Object{"", Presets()[2].Config, written(body("x = [0] * 1000000000"), nil), written(body("while True:", "    pass"), map[string]any{"steps": 10000}), written(body("x = 1 // 0"), nil)}
	var wait sync.WaitGroup
	tasks := []string{"Bring the counter to 7", "Serve the cod", "go", "go", "go"}
	for worker := range 20 {
		wait.Go(func() {
			for i := range 15 {
				at := (worker + i) % len(configs)
				if at == 2 && i > 5 { // this one costs a process each time
					at = 4
				}
				env, err := New(configs[at], pool)
				if err != nil {
					t.Error(err)
					return
				}
				state, err := env.Reset(context.Background(), agent.Task{Purpose: tasks[at], Seed: int64(i)})
				if err != nil {
					t.Error(err)
					return
				}
				_, err = env.Execute(context.Background(), env.(agent.Legal).LegalActions(state)[0], state)
				if (err == nil) != (at < 2) {
					t.Errorf("script %d: %v", at, err)
				}
			}
		})
	}
	wait.Wait()
	if n := len(children(t)) - before; n > poolIdle {
		t.Errorf("%d processes are idle, at most %d may be", n, poolIdle)
	}
	if err := pool.Close(); err != nil {
		t.Error(err)
	}
	if n := len(children(t)); n != before {
		t.Errorf("%d processes are left, before there were %d", n, before)
	}
	if n := openFiles(t); n > files {
		t.Errorf("%d files are open, before there were %d", n, files)
	}
	if _, err := New(agent.MustObject(map[string]string{"script": source("counter") + "\n"}), pool); agent.CodeOf(err) != agent.CodeUnavailable {
		t.Errorf("a closed pool says %v", err)
	}
}

// TestKilledChild holds that a step whose process is killed from outside is done
// by another one, with the same result; and that one whose processes are killed
// again and again is an error, after which all goes on.
func TestKilledChild(t *testing.T) {
	pool := newPool(t)
	ctx := context.Background()
	env, err := New(written(body("for i in range(3000000):", "    pass"), map[string]any{"steps": 100_000_000, "timeout_seconds": 10}), pool)
	if err != nil {
		t.Fatal(err)
	}
	state, err := env.Reset(ctx, agent.Task{Purpose: "go", Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	want, err := env.Execute(ctx, agent.Action{Name: "go"}, state)
	if err != nil {
		t.Fatal(err)
	}
	// kill ends the processes that are at work, as often as it is allowed to.
	kill := func(times int) (stop func()) {
		done, ended := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(ended)
			for tried := map[int]bool{}; len(tried) < times; {
				for _, pid := range children(t) {
					if !tried[pid] && len(tried) < times {
						tried[pid] = true
						_ = syscall.Kill(pid, syscall.SIGKILL)
					}
				}
				select {
				case <-done:
					return
				case <-time.After(5 * time.Millisecond):
				}
			}
		}()
		return func() { close(done); <-ended }
	}
	stop := kill(1)
	got, err := env.Execute(ctx, agent.Action{Name: "go"}, state)
	stop()
	if err != nil || got != want {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	stop = kill(1000)
	_, err = env.Execute(ctx, agent.Action{Name: "go"}, state)
	stop()
	if agent.CodeOf(err) != agent.CodeUnavailable || !strings.Contains(err.Error(), "killed") {
		t.Errorf("got %v, want CodeUnavailable", err)
	}
	if got, err := env.Execute(ctx, agent.Action{Name: "go"}, state); err != nil || got != want {
		t.Errorf("afterwards: got %v, %v, want %v", got, err, want)
	}
}

// TestCancelled holds that a step which nobody waits for any more is ended.
func TestCancelled(t *testing.T) {
	pool := newPool(t)
	env, err := New(written(body("while True:", "    pass"), map[string]any{"steps": 100_000_000, "timeout_seconds": 10}), pool)
	if err != nil {
		t.Fatal(err)
	}
	state, err := env.Reset(context.Background(), agent.Task{Purpose: "go", Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	stop := context.AfterFunc(ctx, func() {})
	defer stop()
	timer := time.AfterFunc(100*time.Millisecond, cancel)
	defer timer.Stop()
	if _, err := env.Execute(ctx, agent.Action{Name: "go"}, state); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
	if n := len(pool.idle); n != 0 {
		t.Errorf("%d children are idle: the one at work was to be ended", n)
	}
}

// TestChildHasNothing holds that a child has no variables, and no file but those
// that it talks through.
func TestChildHasNothing(t *testing.T) {
	t.Setenv("PURPOSE_SECRET", "secret")
	left, err := syscall.Open("/etc/hosts", syscall.O_RDONLY, 0) // as whoever started this program may have left one
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Close(left) }()
	pool := newPool(t)
	if _, err := New("", pool); err != nil {
		t.Fatal(err)
	}
	pid := strconv.Itoa(pool.idle[0].child.cmd.Process.Pid)
	raw, err := os.ReadFile("/proc/" + pid + "/environ")
	if err != nil {
		t.Skip("a process is looked into where there is a /proc")
	}
	if len(raw) > 0 {
		t.Errorf("its variables are %q", raw)
	}
	list, err := os.ReadDir("/proc/" + pid + "/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range list {
		target, _ := os.Readlink("/proc/" + pid + "/fd/" + file.Name())
		own := strings.HasPrefix(target, "pipe:") || strings.HasPrefix(target, "anon_inode:") ||
			strings.HasPrefix(target, "/sys/fs/cgroup/") // by which the runtime sees how many processors it may use
		if !own {
			t.Errorf("it has open: %s", target)
		}
	}
}

// TestChildEndsWithItsParent kills a program that has a child at work, and one
// idle: they end by themselves.
func TestChildEndsWithItsParent(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{"idle", "work"} {
		cmd := exec.CommandContext(t.Context(), self)
		cmd.Env = append(os.Environ(), parentVariable+"="+at)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		line := make([]byte, 20)
		n, err := out.Read(line)
		if err != nil {
			t.Fatal(err)
		}
		pid, err := strconv.Atoi(strings.TrimSpace(string(line[:n])))
		if err != nil {
			t.Fatal(err)
		}
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		for !gone(pid) {
			time.Sleep(10 * time.Millisecond) // the test's own limit bounds this
		}
	}
}

// gone reports whether a process has ended, waited for or not.
func gone(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return true
	}
	raw, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err == nil && strings.Contains(string(raw), ") Z ")
}

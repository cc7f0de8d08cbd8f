package engine_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/internal/engine"
	"purposeagent/models"
)

const crashSteps = 40

// child is another process: it launches two runs on the database, works them
// slowly, tells of each step on standard output, and ends with standard input.
func child(path string) {
	shared := os.Getenv("ENGINE_TEST_SHARED") != ""
	if err := workSlowly(path, shared); err != nil {
		fmt.Fprintln(os.Stderr, "child:", err)
		os.Exit(1)
	}
}

func workSlowly(path string, shared bool) error {
	ctx := context.Background()
	db, err := models.Open(ctx, at(path, shared))
	if err != nil {
		return err
	}
	w := &world{atStep: func(ctx context.Context, run string, step int) error {
		fmt.Println("deciding", run, step)
		timer := time.NewTimer(20 * time.Millisecond)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
		return nil
	}}
	e, err := engine.New(engine.Config{Runs: db.Runs(), DB: db.SQL(), Postgres: db.Postgres(), Orchestrator: w.orchestrator, Workers: 2, Shared: !db.Exclusive(),
		Lease: childLease, Logger: slog.New(slog.NewTextHandler(os.Stdout, nil))})
	if err != nil {
		return err
	}
	if err := e.Start(ctx); err != nil {
		return err
	}
	for range 2 {
		if _, err := e.Create(ctx, planned(spec(crashSteps), 1)); err != nil {
			return err
		}
	}
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return err
	}
	if err := e.Stop(ctx); err != nil {
		return err
	}
	return db.Close()
}

// childLease is short, so that the test of a zombie need not wait long.
const childLease = 600 * time.Millisecond

// spawn starts a child and returns it when it has come to the given step of
// both of its runs, with what it goes on to say.
func spawn(t *testing.T, path string, shared string, step int) (cmd *exec.Cmd, runs []string, says *bufio.Scanner) {
	t.Helper()
	cmd = exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "ENGINE_TEST_CHILD="+path, "ENGINE_TEST_SHARED="+shared)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stdin.Close() }) // already closed if the process has ended
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	says = bufio.NewScanner(stdout)
	for len(runs) < 2 && says.Scan() {
		var run string
		var at int
		if _, err := fmt.Sscanf(says.Text(), "deciding %s %d", &run, &at); err == nil && at == step {
			runs = append(runs, run)
		}
	}
	if len(runs) < 2 {
		t.Fatal("the child did not get to work")
	}
	return cmd, runs, says
}

func TestKilledProcessLosesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "purpose.db")
	cmd, runs, _ := spawn(t, path, "", 12)
	if _, err := models.Open(t.Context(), models.Config{Path: path}); agent.CodeOf(err) != agent.CodeConflict ||
		!strings.Contains(err.Error(), strconv.Itoa(cmd.Process.Pid)) {
		t.Error("two processes on one database:", err)
	}
	killed := time.Now()
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		t.Fatal("the child ended by itself")
	}
	db := openDB(t, models.Config{Path: path})
	e := start(t, newEngine(t, db, &world{}, nil))
	for i, run := range runs {
		point, err := db.Runs().Checkpoint(t.Context(), run)
		if err != nil || len(point.Steps) < 11 {
			t.Fatalf("%d steps are durable (%v), want at least the 11 before the one that was decided", len(point.Steps), err)
		}
		follow(t, e, run, ofKind("run_resumed", 1))
		t.Logf("run %d resumed %v after kill -9, opening included", i, time.Since(killed).Round(time.Millisecond))
	}
	for _, run := range runs {
		events := follow(t, e, run, nil)
		checkLog(t, events, crashSteps, "run_finished")
		if n := strings.Count(kinds(events), "run_resumed"); n != 1 {
			t.Errorf("resumed %d times", n)
		}
	}
}

// freeze stops a process at a moment when it does not hold SQLite's write lock:
// one that is stopped in the middle of a transaction stops all other writers of
// the file too, and no lease can help.
func freeze(t *testing.T, cmd *exec.Cmd, db *models.DB) {
	t.Helper()
	for range 20 {
		if err := cmd.Process.Signal(syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		err := db.Settings().Set(ctx, "probe", "")
		cancel()
		if err == nil {
			return
		}
		if err := cmd.Process.Signal(syscall.SIGCONT); err != nil {
			t.Fatal(err)
		}
	}
	t.Fatal("the child holds the write lock whenever it is stopped")
}

// A process that is stopped, loses its runs to another one and wakes up again
// must not add to them.
func TestZombieIsRefused(t *testing.T) {
	path := newPlace(t)
	cmd, runs, says := spawn(t, path, "yes", 6)
	db := openDB(t, at(path, true))
	freeze(t, cmd, db)
	stopped := time.Now()
	e := start(t, newEngine(t, db, &world{}, func(c *engine.Config) { c.Lease = childLease }))
	for _, run := range runs {
		checkLog(t, follow(t, e, run, nil), crashSteps, "run_finished")
	}
	t.Logf("both runs taken over and finished %v after SIGSTOP", time.Since(stopped).Round(time.Millisecond))
	if err := cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	refused := 0
	for refused < 2 && says.Scan() {
		if strings.Contains(says.Text(), "left to another worker") {
			refused++
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Error(err)
	}
	if err := cmd.Wait(); refused < 2 {
		t.Errorf("the zombie was refused %d of 2 times (%v)", refused, err)
	}
	for _, run := range runs {
		checkLog(t, follow(t, e, run, nil), crashSteps, "run_finished")
	}
}

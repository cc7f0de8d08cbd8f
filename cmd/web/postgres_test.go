package main

import (
	"bufio"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"purposeagent/internal/pgtest"
)

// postgres starts a server of its own with an empty database and returns its URL.
func postgres(t *testing.T) string {
	t.Helper()
	server, err := pgtest.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	address, err := server.Fresh(t.Context(), "purpose")
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// startWorker starts purpose worker and returns it when it works.
func startWorker(t *testing.T, address string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(builtProgram, "worker", "--data", t.TempDir(), "--workers", "2")
	cmd.Env = append(os.Environ(), "PURPOSE_DATABASE_URL="+address)
	cmd.Stderr = t.Output()
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // which is dead already in most tests
		_ = cmd.Wait()
	})
	if line, err := bufio.NewReader(stdout).ReadString('\n'); err != nil || !strings.Contains(line, " works on postgres:///") {
		t.Fatal(line, err)
	}
	return cmd
}

// Two workers and a server that works nothing share a PostgreSQL database: runs are
// done by both and shown by the server as they go; what a person asks there reaches
// the worker; and the runs of a worker that is killed go on with the other one from
// their last step.
func TestWorkersOnPostgreSQL(t *testing.T) {
	t.Parallel()
	address := postgres(t)
	s := serve(t, t.TempDir(), "", "--database-url", address, "--web-only")
	workers := map[string]*exec.Cmd{}
	for range 2 {
		w := startWorker(t, address)
		workers[strconv.Itoa(w.Process.Pid)] = w
	}
	if strings.Contains(s.log.String(), "password") {
		t.Error("the log has a password in it")
	}

	long := map[string]any{"purpose": "find the treasure", "environment": map[string]any{"name": "maze", "config": map[string]any{"size": 6}}, "seed": 3, "memory": "off", "max_steps": 24, "pace": .1, "early_stop_phi": 10}
	run := s.launch(long)
	s.wait(run.ID, func(l launched) bool { return l.Steps >= 3 })
	resumed := func() (n int) {
		for _, e := range s.events(run.ID) {
			if e.Kind == "run_resumed" {
				n++
			}
		}
		return n
	}
	killed := 0
	for _, w := range workers { // one of them has the run
		before := s.wait(run.ID, func(launched) bool { return true }).Steps
		if err := w.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		died := time.Now()
		if killed++; killed == 1 {
			startWorker(t, address)
		}
		got := s.wait(run.ID, func(l launched) bool { return l.Status == "finished" || l.Steps >= before+2 })
		t.Logf("step %d was reached %v after a worker was killed at step %d", got.Steps, time.Since(died).Round(time.Millisecond), before)
	}
	got := s.wait(run.ID, func(l launched) bool { return l.Status == "finished" })
	if got.Steps > 24 || resumed() == 0 {
		t.Errorf("%d steps, taken over %d times", got.Steps, resumed())
	}
	var last int64
	steps := map[int]int{}
	for _, e := range s.events(run.ID) {
		if e.Seq != last+1 {
			t.Errorf("event %d follows %d", e.Seq, last)
		}
		last = e.Seq
		if e.Kind == "step" {
			steps[len(steps)+1]++
		}
	}
	if len(steps) != got.Steps {
		t.Errorf("%d steps are in the log of a run of %d", len(steps), got.Steps)
	}

	paused := s.launch(long)
	s.wait(paused.ID, func(l launched) bool { return l.Steps >= 1 })
	asked := time.Now()
	if code := s.call("POST", "/api/v1/runs/"+paused.ID+"/pause", nil, nil); code >= 300 {
		t.Fatal(code)
	}
	s.wait(paused.ID, func(l launched) bool { return l.Status == "paused" })
	t.Logf("paused %v after it was asked of another process", time.Since(asked).Round(time.Millisecond))
}

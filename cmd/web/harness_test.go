package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"purposeagent/internal/app"
)

// builtProgram is the program as built for the tests that need a process to kill.
var builtProgram string

func TestMain(m *testing.M) {
	if code, is := app.Child(); is {
		os.Exit(code)
	}
	dir, err := os.MkdirTemp("", "purpose-test-")
	if err != nil {
		panic(err)
	}
	builtProgram = filepath.Join(dir, "purpose")
	out, err := exec.Command("go", "build", "-o", builtProgram, ".").CombinedOutput()
	if err != nil {
		fmt.Fprintf(os.Stderr, "build: %v\n%s", err, out)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// server is the real program in a process of its own.
type server struct {
	t    *testing.T
	cmd  *exec.Cmd
	data string
	addr string
	log  *lockedBuffer
	done chan struct{}
}

// serve starts the program on a data folder. addr "" takes a free port.
func serve(t *testing.T, data, addr string, flags ...string) *server {
	t.Helper()
	return serveProgram(t, builtProgram, data, addr, flags...)
}

func serveProgram(t *testing.T, program, data, addr string, flags ...string) *server {
	t.Helper()
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	s := &server{t: t, data: data, log: &lockedBuffer{}, done: make(chan struct{})}
	s.cmd = exec.Command(program, append([]string{"serve", "--addr", addr, "--data", data}, flags...)...)
	s.cmd.Stderr = s.log
	s.cmd.Env = append(os.Environ(), "OPENAI_API_KEY=", "OPENAI_BASE_URL=")
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		if _, rest, ok := strings.Cut(lines.Text(), " is at http://"); ok {
			s.addr, _, _ = strings.Cut(rest, "/")
			break
		}
	}
	if s.addr == "" {
		_ = s.cmd.Wait()
		t.Fatalf("the server did not start:\n%s", s.log)
	}
	go func() { // ends with the process
		defer close(s.done)
		_, _ = io.Copy(io.Discard, stdout)
		_ = s.cmd.Wait()
	}()
	t.Cleanup(func() {
		s.kill()
		if t.Failed() {
			t.Logf("server log:\n%s", s.log)
		}
	})
	return s
}

func (s *server) url(path string) string { return "http://" + s.addr + path }

// kill ends the process at once, as a power cut would.
func (s *server) kill() {
	_ = s.cmd.Process.Kill()
	<-s.done
}

// stop asks the process to end, and waits for it.
func (s *server) stop() {
	s.t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
	<-s.done
}

// call makes an API request and returns the status and the decoded answer.
func (s *server) call(method, path string, in, out any) int {
	s.t.Helper()
	var body io.Reader
	if in != nil {
		raw, ok := in.([]byte)
		if !ok {
			var err error
			if raw, err = json.Marshal(in); err != nil {
				s.t.Fatal(err)
			}
		}
		body = bytes.NewReader(raw)
	}
	request, err := http.NewRequestWithContext(s.t.Context(), method, s.url(path), body)
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	if out != nil {
		if err := json.Unmarshal(raw, out); err != nil {
			s.t.Fatalf("%s %s answered %d %s: %v", method, path, response.StatusCode, raw, err)
		}
	}
	return response.StatusCode
}

// launched is what tests read of a run.
type launched struct {
	ID      string `json:"id"`
	Status  string `json:"status"`
	Reason  string `json:"reason"`
	Steps   int    `json:"steps"`
	LastSeq int64  `json:"last_seq"`
	Usage   struct {
		TokensIn int64   `json:"tokens_in"`
		USD      float64 `json:"usd"`
	} `json:"usage"`
	Runs    []string `json:"runs"`
	Group   string   `json:"group"`
	Outcome *struct {
		Success bool   `json:"success"`
		Source  string `json:"source"`
	} `json:"outcome"`
	Result *struct {
		TotalSteps int    `json:"total_steps"`
		Summary    string `json:"summary"`
	} `json:"result"`
}

// launch starts a run and fails the test if it is refused.
func (s *server) launch(spec map[string]any) launched {
	s.t.Helper()
	var r launched
	if status := s.call(http.MethodPost, "/api/v1/runs", spec, &r); status != http.StatusCreated {
		s.t.Fatalf("launch: status %d", status)
	}
	return r
}

// wait polls a run until it is as wanted. The limit is the test's own.
func (s *server) wait(id string, want func(launched) bool) launched {
	s.t.Helper()
	var r launched
	for {
		if status := s.call(http.MethodGet, "/api/v1/runs/"+id, nil, &r); status != http.StatusOK {
			s.t.Fatalf("run %s: status %d", id, status)
		}
		if want(r) {
			return r
		}
		select {
		case <-s.t.Context().Done():
			s.t.Fatalf("run %s is still %+v", id, r)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func ended(r launched) bool {
	return r.Status == "finished" || r.Status == "failed" || r.Status == "stopped"
}

type event struct {
	Seq  int64           `json:"seq"`
	Kind string          `json:"kind"`
	Data json.RawMessage `json:"data"`
}

// events returns a run's whole log.
func (s *server) events(id string) []event {
	s.t.Helper()
	var all []event
	for {
		after := int64(0)
		if len(all) > 0 {
			after = all[len(all)-1].Seq
		}
		var page struct{ Items []event }
		s.call(http.MethodGet, fmt.Sprintf("/api/v1/runs/%s/events?after=%d", id, after), nil, &page)
		if len(page.Items) == 0 {
			return all
		}
		all = append(all, page.Items...)
	}
}

// checkLog fails the test unless the log is unbroken: numbers from 1 without
// gaps, each step once and in order, one terminal event at the end.
func checkLog(t *testing.T, all []event) {
	t.Helper()
	step, terminal := 0, 0
	for i, e := range all {
		if e.Seq != int64(i+1) {
			t.Fatalf("event %d has number %d", i+1, e.Seq)
		}
		switch e.Kind {
		case "step":
			var d struct{ Step struct{ Index int } }
			if err := json.Unmarshal(e.Data, &d); err != nil {
				t.Fatal(err)
			}
			step++
			if d.Step.Index != step {
				t.Fatalf("step %d follows step %d", d.Step.Index, step-1)
			}
		case "run_finished", "run_failed", "run_stopped":
			terminal++
			if i != len(all)-1 {
				t.Fatalf("event %d of %d is terminal", i+1, len(all))
			}
		}
	}
	if terminal != 1 {
		t.Fatalf("%d terminal events", terminal)
	}
}

// cutter is a TCP proxy before a server whose connections can be cut in
// mid-stream, and that can refuse new ones.
type cutter struct {
	listener net.Listener
	to       func() string
	mu       sync.Mutex
	open     map[net.Conn]bool
	refuse   bool
	wg       sync.WaitGroup
}

func newCutter(t *testing.T, to func() string) *cutter {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cutter{listener: l, to: to, open: map[net.Conn]bool{}}
	c.wg.Go(c.accept)
	t.Cleanup(func() {
		_ = l.Close()
		c.cut()
		c.wg.Wait()
	})
	return c
}

func (c *cutter) url(path string) string { return "http://" + c.listener.Addr().String() + path }

func (c *cutter) accept() {
	for {
		near, err := c.listener.Accept()
		if err != nil {
			return
		}
		far, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", c.to())
		if err != nil || !c.track(near, far) {
			_ = near.Close()
			if far != nil {
				_ = far.Close()
			}
			continue
		}
		c.wg.Go(func() { c.pipe(near, far) })
		c.wg.Go(func() { c.pipe(far, near) })
	}
}

func (c *cutter) track(conns ...net.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refuse {
		return false
	}
	for _, conn := range conns {
		c.open[conn] = true
	}
	return true
}

func (c *cutter) pipe(dst, src net.Conn) {
	_, _ = io.Copy(dst, src)
	for _, conn := range []net.Conn{dst, src} {
		_ = conn.Close()
		c.mu.Lock()
		delete(c.open, conn)
		c.mu.Unlock()
	}
}

// cut closes every open connection.
func (c *cutter) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for conn := range c.open {
		_ = conn.Close()
	}
}

// block refuses new connections, or lets them in again.
func (c *cutter) block(refuse bool) {
	c.mu.Lock()
	c.refuse = refuse
	c.mu.Unlock()
	if refuse {
		c.cut()
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

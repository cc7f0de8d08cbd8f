package handlers_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"

	"purposeagent/handlers/live"
	"purposeagent/handlers/pagetest"
	"purposeagent/handlers/sitetest"
)

// The crowd of TestLiveCrowd; scripts/loaddriver measures a larger one.
const (
	crowdHealthy = 96
	crowdStalled = 24
	crowdSlow    = 30 // bodies of forms that never come to their end
)

// TestLiveCrowd lets many watch a run, a fifth of whom do not read, while others
// send bodies of forms that stop half-way: every page is answered, every healthy
// viewer gets every step and is told of the stop, what stalled viewers cost is
// bounded, and nothing is left running.
func TestLiveCrowd(t *testing.T) {
	log := pagetest.LiveLog(t, 1)
	before := goleak.IgnoreCurrent()
	site := sitetest.OfRuns(t, log)
	listener := &tightListener{}
	var err error
	if listener.Listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: site, ReadHeaderTimeout: time.Minute}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	addr := listener.Addr().String()
	c := &crowd{t: t, addr: addr, client: &http.Client{Transport: &http.Transport{}}}

	healthy := make([]*crowdViewer, crowdHealthy)
	stalled := map[string]bool{}
	for range crowdStalled {
		stalled[c.join(true).LocalAddr().String()] = true
	}
	for i := range healthy {
		v := &crowdViewer{conn: c.join(false)}
		healthy[i] = v
		c.group.Go(v.read)
	}
	for range crowdSlow {
		c.trickle()
	}
	for range 10 {
		log.Take("r_1", 60)
		for _, path := range []string{"/runs", "/runs/r_1", "/runs/r_1/steps/1"} {
			c.page(path)
		}
	}
	run, err := log.Get(t.Context(), "r_1")
	if err != nil {
		t.Fatal(err)
	}
	until(t, "all who read have every step, and the writes to all others wait", func() string {
		ended, behind := 0, 0
		for _, v := range healthy {
			if v.ended.Load() {
				ended++
			} else if v.cursor.Load() < run.LastSeq {
				behind++
			}
		}
		if stuck := listener.stuck(stalled); ended+behind > 0 || stuck < len(stalled) {
			return fmt.Sprintf("%d readers ended, %d are behind, and %d of %d others are waited for", ended, behind, stuck, len(stalled))
		}
		return ""
	})
	for _, v := range healthy {
		if v.ended.Load() {
			t.Errorf("a viewer who reads was cut at event %d: %v", v.cursor.Load(), v.err)
		}
	}

	if frames, fromLog := site.Kept("r_1"); frames == 0 || max(frames, fromLog) > live.MaxKept {
		t.Errorf("%d frames and %d from the log are kept for those who are behind, want some, and %d at most", frames, fromLog, live.MaxKept)
	}

	var closing sync.WaitGroup
	closing.Go(site.Close)
	hurry, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond) // open bodies are not waited for
	err = server.Shutdown(hurry)
	if errors.Is(err, context.DeadlineExceeded) {
		err = server.Close()
	}
	cancel()
	closing.Wait()
	if got := <-served; !errors.Is(got, http.ErrServerClosed) || err != nil {
		t.Error(got, err)
	}
	c.leave()
	for i, v := range healthy {
		if !websocket.IsCloseError(v.err, websocket.CloseServiceRestart) {
			t.Errorf("viewer %d was told %v, want 1012", i, v.err)
		}
	}
	if err := goleak.Find(before); err != nil {
		t.Error(err)
	}
}

// until waits for something that comes without fail, unless the test's own limit
// ends it; missing says what is not there yet, or nothing.
func until(t *testing.T, what string, missing func() string) {
	t.Helper()
	for limit := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		left := missing()
		if left == "" {
			return
		}
		if time.Now().After(limit) {
			t.Fatalf("it does not come to this: %s; %s", what, left)
		}
	}
}

// crowd is many connections to one server.
type crowd struct {
	t      *testing.T
	addr   string
	client *http.Client
	group  sync.WaitGroup
	conns  []net.Conn
}

func (c *crowd) join(stalled bool) *websocket.Conn {
	c.t.Helper()
	dialer := websocket.Dialer{NetDial: func(network, addr string) (net.Conn, error) {
		conn, err := net.Dial(network, addr)
		if tcp, ok := conn.(*net.TCPConn); ok && stalled {
			err = tcp.SetReadBuffer(4 << 10)
		}
		return conn, err
	}}
	conn, response, err := dialer.Dial("ws://"+c.addr+"/runs/r_1/live?after=0", nil)
	if err != nil {
		c.t.Fatalf("viewer %d was not let in: %v", len(c.conns), err)
	}
	_ = response.Body.Close()
	c.conns = append(c.conns, conn.NetConn())
	return conn
}

// trickle begins a form whose body stops after a few bytes.
func (c *crowd) trickle() {
	c.t.Helper()
	conn, err := net.Dial("tcp", c.addr)
	if err == nil {
		c.conns = append(c.conns, conn)
		_, err = fmt.Fprintf(conn, "POST /runs HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100000\r\n\r\na=", c.addr)
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *crowd) page(path string) {
	c.t.Helper()
	response, err := c.client.Get("http://" + c.addr + path)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if body, err := io.ReadAll(response.Body); err != nil || response.StatusCode != http.StatusOK || !strings.Contains(string(body), "</html>") {
		c.t.Errorf("%s beside the crowd: %d, %d bytes, %v", path, response.StatusCode, len(body), err)
	}
}

func (c *crowd) leave() {
	c.group.Wait() // those who read have been told
	for _, conn := range c.conns {
		_ = conn.Close()
	}
	c.client.CloseIdleConnections()
}

// crowdViewer is one who reads all that comes.
type crowdViewer struct {
	conn   *websocket.Conn
	cursor atomic.Int64
	ended  atomic.Bool
	err    error // how it ended
}

func (v *crowdViewer) read() {
	defer v.ended.Store(true)
	for {
		_, raw, err := v.conn.ReadMessage()
		var f struct{ From, To int64 }
		if err == nil {
			err = json.Unmarshal(raw, &f)
		}
		if err == nil && f.From != v.cursor.Load() && f.To > 0 {
			err = fmt.Errorf("a frame from %d came after event %d", f.From, v.cursor.Load())
		}
		if v.err = err; err != nil {
			return
		}
		v.cursor.Store(max(v.cursor.Load(), f.To))
	}
}

// tightListener gives its connections little room, so that one that is not read
// from is stuck soon, and knows which of them are.
type tightListener struct {
	net.Listener
	mu    sync.Mutex
	conns []*tightConn
}

type tightConn struct {
	net.Conn
	writing atomic.Int64 // when a write began, in nanoseconds; 0: there is none
	stuck   atomic.Bool  // it was seen to last
}

func (l *tightListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	if err := conn.(*net.TCPConn).SetWriteBuffer(4 << 10); err != nil {
		return nil, err
	}
	t := &tightConn{Conn: conn}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conns = append(l.conns, t)
	return t, nil
}

func (c *tightConn) Write(p []byte) (int, error) {
	began := time.Now()
	c.writing.Store(began.UnixNano())
	defer c.writing.Store(0)
	n, err := c.Conn.Write(p)
	if lasts(began) {
		c.stuck.Store(true) // a write that was given up before anybody looked counts as well
	}
	return n, err
}

// lasts reports whether a write that began then is one that waits for its reader.
func lasts(began time.Time) bool { return time.Since(began) > 50*time.Millisecond }

// stuck counts those of these in a write to whom somebody was seen to wait.
func (l *tightListener) stuck(remote map[string]bool) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, c := range l.conns {
		if began := c.writing.Load(); began > 0 && lasts(time.Unix(0, began)) {
			c.stuck.Store(true)
		}
		if c.stuck.Load() && remote[c.RemoteAddr().String()] {
			n++
		}
	}
	return n
}

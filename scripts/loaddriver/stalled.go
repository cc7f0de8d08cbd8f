package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gorilla/websocket"
)

// measureStalled lets many watch one run, some of whom have stopped reading,
// and others send the bodies of forms a byte at a time. It prints how long pages
// take meanwhile, how many healthy viewers were cut, and how long a stop takes.
func measureStalled(ctx context.Context, binary, data string, viewers, stalled, slow int) error {
	s, _, err := start(ctx, binary, data)
	if err != nil {
		return err
	}
	defer func() {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait()
	}()
	r, err := s.launch(ctx, map[string]any{
		"environment": map[string]any{"name": "maze", "config": map[string]any{"size": 12}},
		"purpose":     "Find the treasure and take it", "seed": 3, "max_steps": 5000, "early_stop_phi": 10, "pace": 0.1, "memory": "off"})
	if err != nil {
		return err
	}
	crowd := &crowd{ended: make(chan int, viewers)}
	defer crowd.leave()
	address := "ws" + strings.TrimPrefix(s.base, "http") + "/runs/" + r.ID + "/live?after=0"
	refused, healthy := 0, 0
	for i := range viewers {
		switch err := crowd.join(ctx, address, i < stalled); {
		case err != nil:
			refused++
		case i >= stalled:
			healthy++
		}
	}
	for range slow {
		if err := crowd.trickle(ctx, strings.TrimPrefix(s.base, "http://")); err != nil {
			return err
		}
	}
	times, err := s.pageTimes(ctx, 20*time.Second, "/runs", "/runs/"+r.ID, "/library")
	if err != nil {
		return err
	}
	// A body has a byte a second, far below what docs/guide.md asks of one after
	// its 15 seconds of grace; the crowd came in over some seconds.
	lasted := time.Duration(0)
	for began := time.Now(); crowd.cut.Load() < int64(slow) && lasted < bodyPatience; lasted = time.Since(began) {
		time.Sleep(100 * time.Millisecond)
	}
	fmt.Printf("pages beside %d viewers, %d stalled, %d slow bodies: p50 %.0f ms, p95 %.0f ms, slowest %.0f ms   budget 1000   (%d pages)\n",
		viewers, stalled, slow, quantile(times, .5), quantile(times, .95), times[len(times)-1], len(times))
	fmt.Printf("viewers not let in %d; healthy viewers cut %d of %d; slow bodies answered 408 %d of %d, cut in all %d (waited for %.0f s after the pages)\n",
		refused, len(crowd.ended), healthy, crowd.told.Load(), slow, crowd.cut.Load(), lasted.Seconds())
	began := time.Now()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	state, err := s.cmd.Process.Wait()
	if err != nil {
		return err
	}
	fmt.Printf("stop                              %8.1f s    budget 5   (%s)\n", time.Since(began).Seconds(), state)
	restarts := 0
	for range healthy {
		select {
		case code := <-crowd.ended:
			if code == websocket.CloseServiceRestart {
				restarts++
			}
		case <-time.After(time.Second):
		}
	}
	fmt.Printf("healthy viewers told 1012         %8d   of %d\n", restarts, healthy)
	return nil
}

// bodyPatience is how much longer than the pages the slow bodies are looked at.
const bodyPatience = 20 * time.Second

// crowd is connections of several kinds.
type crowd struct {
	wait  sync.WaitGroup
	mu    sync.Mutex
	conns []net.Conn
	ended chan int     // close codes of healthy viewers
	cut   atomic.Int64 // slow bodies whose connection was closed
	told  atomic.Int64 // those of them that were answered 408
}

// join opens a socket, and reads it unless it is a stalled one.
func (c *crowd) join(ctx context.Context, address string, stalled bool) error {
	dialer := websocket.Dialer{EnableCompression: true, NetDialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
		if tcp, ok := conn.(*net.TCPConn); ok && stalled {
			_ = tcp.SetReadBuffer(4096)
		}
		return conn, err
	}}
	conn, response, err := dialer.DialContext(ctx, address, nil)
	if err != nil {
		return err
	}
	_ = response.Body.Close()
	c.keep(conn.NetConn())
	if stalled {
		return nil
	}
	c.wait.Go(func() {
		for {
			if _, _, err := conn.ReadMessage(); err != nil {
				code := 0
				if closed, ok := errors.AsType[*websocket.CloseError](err); ok {
					code = closed.Code
				}
				c.ended <- code
				return
			}
		}
	})
	return nil
}

// trickle begins a form and sends a byte a second of it.
func (c *crowd) trickle(ctx context.Context, addr string) error {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	c.keep(conn)
	if _, err := fmt.Fprintf(conn, "POST /runs HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100000\r\n\r\n", addr); err != nil {
		return err
	}
	c.wait.Go(func() {
		var answer []byte
		for {
			_ = conn.SetReadDeadline(time.Now().Add(time.Second))
			part := make([]byte, 4096)
			n, err := conn.Read(part)
			answer = append(answer, part[:n]...)
			if timeout, ok := errors.AsType[net.Error](err); err != nil && (!ok || !timeout.Timeout()) {
				break // the connection was closed
			}
			if len(answer) > 0 {
				continue
			}
			if _, err := conn.Write([]byte("a")); err != nil {
				break
			}
		}
		c.cut.Add(1)
		if bytes.HasPrefix(answer, []byte("HTTP/1.1 408 ")) {
			c.told.Add(1)
		}
	})
	return nil
}

func (c *crowd) keep(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.conns = append(c.conns, conn)
}

func (c *crowd) leave() {
	c.mu.Lock()
	for _, conn := range c.conns {
		_ = conn.Close()
	}
	c.mu.Unlock()
	c.wait.Wait()
}

// pageTimes asks for pages for so long and returns what each took, in
// milliseconds, sorted.
func (s *target) pageTimes(ctx context.Context, long time.Duration, paths ...string) ([]float64, error) {
	var times []float64
	for until := time.Now().Add(long); time.Now().Before(until); {
		for _, path := range paths {
			began := time.Now()
			if _, err := s.get(ctx, path); err != nil {
				return nil, err
			}
			times = append(times, time.Since(began).Seconds()*1000)
			time.Sleep(50 * time.Millisecond)
		}
	}
	slices.Sort(times)
	return times, nil
}

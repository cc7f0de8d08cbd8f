package handlers_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/labstack/echo/v4"

	"purposeagent/handlers"
	"purposeagent/handlers/sitetest"
	"purposeagent/internal/pipetest"
)

// A body that comes a byte a second or stops half-way is answered and its
// connection closed, by the whole server and not only by who reads the body:
// net/http would read on before it sends an answer.
func TestSlowBodiesAreCutOff(t *testing.T) {
	const form = "Content-Type: application/x-www-form-urlencoded\r\n"
	limits := handlers.UsualBodies()
	for _, test := range []struct {
		name, path, headers string
		pause               time.Duration
		status              int
		after               time.Duration
		says                string
	}{
		{"a form", "/runs", form, time.Second, 408, limits.Grace, "<!doctype html"},
		{"a form that stops", "/runs", form, time.Hour, 408, limits.Grace, "too slowly"},
		{"a form whose errors nobody looks at", "/theme", form, time.Second, 408, limits.Grace, "too slowly"},
		{"a form from a script of ours", "/runs", form + "HX-Request: true\r\n", time.Second, 408, limits.Grace, "too slowly"},
		{"a file", "/library/import", "Content-Type: multipart/form-data; boundary=x\r\n", time.Second, 408, limits.Grace, "too slowly"},
		{"what nobody reads", "/nowhere", "Content-Type: text/plain\r\n", time.Second, 404, limits.Rest, "here is no page"},
		{"what nobody reads and stops", "/nowhere", "Content-Type: text/plain\r\n", time.Hour, 404, limits.Rest, "here is no page"},
		{"another host", "/refused", form, time.Second, 421, limits.Rest, "not here"},
		{"a client that waits to be told", "/nowhere", "Expect: 100-continue\r\n", time.Hour, 404, 0, "here is no page"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := sitetest.New(t)
				conn := pipetest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Path == "/refused" {
						handlers.Refuse(w, r, http.StatusMisdirectedRequest, "not here")
						return
					}
					s.ServeHTTP(w, r)
				}))
				began := time.Now()
				var sender sync.WaitGroup
				defer sender.Wait()
				sender.Go(func() { // until the connection is closed
					_, err := fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n%s\r\n", test.path, test.headers)
					for err == nil {
						time.Sleep(test.pause)
						_, err = conn.Write([]byte("a"))
					}
				})
				response, err := http.ReadResponse(bufio.NewReader(conn), nil)
				if err != nil {
					_ = conn.Close()
					t.Fatalf("after %v: %v", time.Since(began), err)
				}
				text, err := io.ReadAll(response.Body)
				took := time.Since(began).Round(time.Second)
				if err != nil || response.StatusCode != test.status || !response.Close || took != test.after || !strings.Contains(string(text), test.says) {
					t.Errorf("answered %d, close %v, after %v, %v: %.300s; want %d after %v", response.StatusCode, response.Close, took, err, text, test.status, test.after)
				}
				if _, err := io.Copy(io.Discard, conn); err != nil { // to the end of the connection
					t.Error(err)
				}
				if took := time.Since(began); took > test.after+2*time.Second {
					t.Errorf("the connection was closed after %v", took)
				}
			})
		})
	}
}

// A form whose end does not come is not acted on, and is answered.
func TestBrokenOffBodyIsTold(t *testing.T) {
	s := sitetest.New(t)
	web := httptest.NewServer(s)
	defer web.Close()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", web.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_, _ = fmt.Fprintf(conn, "POST /theme HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nback=/runs")
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if text, _ := io.ReadAll(response.Body); response.StatusCode != http.StatusBadRequest || !strings.Contains(string(text), "broke off") {
		t.Errorf("answered %d: %.300s", response.StatusCode, text)
	}
}

// A connection that had a body is as good as new, however long its request was
// worked on: no deadline is left on it, and none ends the context of a request.
func TestConnectionsOutliveBodies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sitetest.New(t)
		s.Echo().POST("/works", func(c echo.Context) error {
			if value := c.FormValue("a"); value != "1" {
				return fmt.Errorf("the form has %q", value)
			}
			time.Sleep(time.Hour)
			return c.String(http.StatusOK, fmt.Sprint(c.Request().Context().Err()))
		})
		conn := pipetest.Serve(t, s)
		reader := bufio.NewReader(conn)
		for i, test := range []struct {
			path, pace string
			status     int
			want       string
		}{
			{"/works", "", 200, "<nil>"}, {"/nowhere", "", 404, "here is no page"}, {"/works", "slowly", 200, "<nil>"}, {"/theme", "", 422, "<!doctype html"}, {"/nowhere", "slowly", 404, "here is no page"}, {"/works", "", 200, "<nil>"},
		} {
			go func() {
				_, _ = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n\r\n", test.path)
				for _, piece := range []string{"a", "=", "1"} {
					if test.pace == "slowly" {
						time.Sleep(2 * time.Second)
					}
					_, _ = io.WriteString(conn, piece)
				}
			}()
			response, err := http.ReadResponse(reader, nil)
			if err != nil {
				t.Fatalf("request %d: %v", i, err)
			}
			if text, err := io.ReadAll(response.Body); err != nil || response.StatusCode != test.status || response.Close || !strings.Contains(string(text), test.want) {
				t.Fatalf("request %d to %s: %d, close %v, %v: %.200s", i, test.path, response.StatusCode, response.Close, err, text)
			}
			time.Sleep(time.Minute)
		}
	})
}

// Thousands of ordinary forms over kept-alive connections are answered, each with
// its own answer, though the grace is short, some are worked on for longer than it
// and slow ones are cut beside them.
func TestOrdinaryPostsAreAnswered(t *testing.T) {
	const clients, each = 24, 150
	s := sitetest.New(t)
	const grace = 500 * time.Millisecond
	s.SetBodies(grace, grace)
	s.Echo().POST("/works", func(c echo.Context) error {
		value := c.FormValue("n")
		select {
		case <-time.After(2 * grace):
		case <-c.Request().Context().Done():
		}
		return c.String(http.StatusOK, "worked on "+value+" "+fmt.Sprint(c.Request().Context().Err()))
	})
	s.Echo().POST("/echoes", func(c echo.Context) error { return c.String(http.StatusOK, "got "+c.FormValue("n")) })
	var opened atomic.Int64
	web := httptest.NewUnstartedServer(s)
	web.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	web.Start()
	defer web.Close()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var slow, ordinary sync.WaitGroup
	const slowOnes = 8
	cut := make(chan string, slowOnes)
	for range slowOnes {
		slow.Go(func() { cut <- trickled(ctx, web.Listener.Addr().String()) })
	}
	transport := &http.Transport{MaxIdleConnsPerHost: clients}
	defer transport.CloseIdleConnections()
	for k := range clients {
		ordinary.Go(func() {
			for i := range each {
				n := fmt.Sprint(k*each + i)
				path, status, want := "/echoes", 200, "got "+n
				switch {
				case i%50 == 0:
					path, want = "/works", "worked on "+n+" <nil>"
				case i%5 == 1:
					path, status, want = "/nowhere", 404, "here is no page"
				case i%5 == 2:
					path, status, want = "/theme", 422, "<!doctype html"
				case i%5 == 3:
					path, status, want = "/theme?back=/runs", 303, ""
				}
				body := url.Values{"n": {n}, "pad": {strings.Repeat("x", i*i)}}
				if status == 303 {
					body.Set("back", "/runs")
				}
				r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, web.URL+path, strings.NewReader(body.Encode()))
				if err != nil {
					t.Error(err)
					return
				}
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				response, err := transport.RoundTrip(r)
				if err != nil {
					t.Errorf("%s %s: %v", path, n, err)
					return
				}
				text, err := io.ReadAll(response.Body)
				_ = response.Body.Close()
				if err != nil || response.StatusCode != status || !strings.Contains(string(text), want) {
					t.Errorf("%s %s: %d, %v: %.200q", path, n, response.StatusCode, err, text)
				}
			}
		})
	}
	ordinary.Wait()
	slow.Wait()
	for range slowOnes {
		if line := <-cut; !strings.HasPrefix(line, "HTTP/1.1 408 ") {
			t.Errorf("a slow body was answered with %q", line)
		}
	}
	if n := opened.Load(); n > 2*clients+slowOnes {
		t.Errorf("%d connections for %d clients: they are not kept", n, clients)
	}
}

// trickled sends a form far too slowly until it is answered, and returns the first
// line of the answer.
func trickled(ctx context.Context, addr string) string {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return err.Error()
	}
	var sender sync.WaitGroup
	defer sender.Wait()
	defer func() { _ = conn.Close() }()
	sender.Go(func() {
		_, err := fmt.Fprint(conn, "POST /echoes HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100000\r\n\r\n")
		for err == nil {
			time.Sleep(50 * time.Millisecond)
			_, err = conn.Write([]byte("a"))
		}
	})
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		return err.Error()
	}
	return line
}

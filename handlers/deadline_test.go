package handlers

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"purposeagent/internal/pipetest"
)

// slowly serves a handler under our limits and gives a connection to it.
func slowly(t *testing.T, handler http.HandlerFunc) net.Conn {
	t.Helper()
	return pipetest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { usualBodies().serve(w, r, handler) }))
}

// A body that comes a byte at a time is cut off, whatever length it claims; one
// that comes at a usable pace is not, however long it takes.
func TestSlowBodies(t *testing.T) {
	for _, test := range []struct {
		name       string
		pause      time.Duration
		piece, all int
		read       bool
		want       string
	}{
		{"a byte a second", time.Second, 1, 1000, true, "too slowly"},
		{"nothing", time.Hour, 1, 1000, true, "too slowly"},
		{"a slow line", time.Second, 8 << 10, 64 * 8 << 10, true, "all of it"},
		{"nobody reads it", time.Second, 1, 1000, false, "not read"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got := make(chan string, 1)
				conn := slowly(t, func(_ http.ResponseWriter, r *http.Request) {
					if !test.read {
						got <- "not read"
						return
					}
					n, err := io.Copy(io.Discard, r.Body)
					if err == nil && n == int64(test.all) {
						got <- "all of it"
						return
					}
					got <- fmt.Sprint(err)
				})
				began := time.Now()
				_, _ = fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n", test.all)
				go func() { _, _ = io.Copy(io.Discard, conn) }()
				for range test.all / test.piece {
					time.Sleep(test.pause)
					if _, err := conn.Write(make([]byte, test.piece)); err != nil {
						break
					}
				}
				if said := <-got; !strings.Contains(said, test.want) {
					t.Errorf("the handler got %q, want %q", said, test.want)
				}
				if took := time.Since(began); test.want != "all of it" && test.pause < time.Hour && took > 2*usualBodies().Grace {
					t.Errorf("it was cut off after %s, want %s", took, usualBodies().Grace)
				}
			})
		})
	}
}

// What a reader does not take is given up; what it takes slowly is not.
func TestSlowReaders(t *testing.T) {
	for _, test := range []struct {
		name  string
		pause time.Duration
		whole bool
	}{{"a slow line", time.Second, true}, {"one who stopped", time.Hour, false}} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const size = 40 * pieceSize
				failed := make(chan error, 1)
				conn := slowly(t, func(w http.ResponseWriter, _ *http.Request) {
					_, err := w.Write(make([]byte, size))
					failed <- err
				})
				_, _ = fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
				part, n := make([]byte, pieceSize), 0
				for {
					time.Sleep(test.pause)
					m, err := io.ReadFull(conn, part)
					n += m
					if err != nil {
						break
					}
				}
				if err := <-failed; (err == nil) != test.whole {
					t.Errorf("after %d bytes the writer got %v", n, err)
				}
			})
		})
	}
}

// Package pipetest serves a handler on one connection without a network, so that
// a test in a bubble of testing/synctest decides how fast time passes.
package pipetest

import (
	"net"
	"net/http"
	"testing"
	"time"
)

// Serve serves a handler until the test ends and returns the client's end of its
// only connection.
func Serve(t *testing.T, handler http.Handler) net.Conn {
	t.Helper()
	near, far := net.Pipe()
	listener := pipe{make(chan net.Conn, 1)}
	listener.made <- far
	server, done := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}, make(chan struct{})
	go func() { defer close(done); _ = server.Serve(listener) }()
	t.Cleanup(func() {
		_ = near.Close()
		close(listener.made)
		_ = server.Close()
		<-done
	})
	return near
}

// pipe is a listener whose connections are made by hand.
type pipe struct{ made chan net.Conn }

func (p pipe) Accept() (net.Conn, error) {
	conn, open := <-p.made
	if !open {
		return nil, net.ErrClosed
	}
	return conn, nil
}
func (p pipe) Close() error   { return nil }
func (p pipe) Addr() net.Addr { return &net.TCPAddr{} }

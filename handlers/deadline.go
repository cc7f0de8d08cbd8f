package handlers

import (
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"time"
)

// How slow the other side may be. A body has to come at bodyRate after a while
// of grace, whatever length it claims; each piece of an answer has to be taken
// within writeTimeout. So uploads and downloads take as long as they need on any
// usable line, and a connection that stands still costs nothing for long.
const (
	bodyGrace = 15 * time.Second
	bodyRate  = 4 << 10 // bytes a second
	pieceSize = 64 << 10
)

// errSlowBody is what reading a body that came too slowly ends with.
var errSlowBody net.Error = slowBodyError{}

type slowBodyError struct{}

func (slowBodyError) Error() string {
	return "the request came too slowly and was cut off; send it again"
}
func (slowBodyError) Timeout() bool   { return true }
func (slowBodyError) Temporary() bool { return false }

// steadyBody reads a request's body under its deadline.
type steadyBody struct {
	io.ReadCloser
	control *http.ResponseController
	limit   time.Time // moves on with what came
	over    bool      // from then on the connection is watched for its end, without a deadline
}

func (b *steadyBody) Read(p []byte) (int, error) {
	if !b.over {
		_ = b.control.SetReadDeadline(b.limit) // not every connection has deadlines
	}
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = errSlowBody
	}
	b.limit = b.limit.Add(time.Duration(n) * time.Second / bodyRate)
	b.over = b.over || err != nil
	return n, err
}

// steadyWriter writes an answer in pieces, each under a deadline of its own.
type steadyWriter struct {
	http.ResponseWriter
	control *http.ResponseController
}

// Unwrap lets a ResponseController reach the connection.
func (w *steadyWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *steadyWriter) Write(p []byte) (int, error) {
	written := 0
	for {
		_ = w.control.SetWriteDeadline(time.Now().Add(writeTimeout))
		n, err := w.ResponseWriter.Write(p[:min(len(p), pieceSize)])
		written += n
		if p = p[n:]; err != nil || len(p) == 0 {
			return written, err
		}
	}
}

// steady puts both sides of a request under their deadlines.
func steady(w http.ResponseWriter, r *http.Request) (http.ResponseWriter, *http.Request) {
	control := http.NewResponseController(w)
	if r.Body != nil && r.Body != http.NoBody {
		copied, limit := *r, time.Now().Add(bodyGrace)
		_ = control.SetReadDeadline(limit) // for a body that nobody reads
		copied.Body = &steadyBody{ReadCloser: r.Body, control: control, limit: limit}
		r = &copied
	}
	return &steadyWriter{w, control}, r
}

package handlers

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"purposeagent/handlers/live"
)

// How slow the other side may be: a body in all (bodyLimits), and a reader with
// each piece of an answer (writeTimeout). So uploads and downloads take as long as
// they need on any usable line, and a connection that stands still costs nothing
// for long.
const pieceSize = 64 << 10

// bodyLimits are the rule for all bodies, of forms and of the API. Only the time
// counts that somebody waits for a body, so a server that is slow itself cuts nobody.
type bodyLimits struct {
	Grace time.Duration // how long a body is waited for in all
	rate  int           // bytes a second: what came at this rate is waited for beside it
	Rest  time.Duration // how long the rest of a body is waited for that nobody reads
	most  int64         // bytes of that rest
}

// usualBodies are the limits that docs/guide.md tells.
func usualBodies() bodyLimits {
	return bodyLimits{Grace: 15 * time.Second, rate: 4 << 10, Rest: 10 * time.Second, most: 64 << 20}
}

// bodyError is what reading a body ends with that did not come as it should. By
// then net/http has canceled the context of its connection, though whoever sent
// it may wait for the answer.
type bodyError struct {
	status  int
	message string
}

var (
	errSlowBody net.Error = &bodyError{http.StatusRequestTimeout, "the request came too slowly and was cut off; send it again"}
	errCutBody  net.Error = &bodyError{http.StatusBadRequest, "the request broke off before its end; send it again"}
)

func (e *bodyError) Error() string   { return e.message }
func (e *bodyError) Timeout() bool   { return e.status == http.StatusRequestTimeout }
func (e *bodyError) Temporary() bool { return false }

// steadyBody reads a request's body under its limits. No deadline outlives a
// Read, and none is set after a body's end: net/http watches the connection from
// then on, and a deadline that runs out cancels the context of this request and of
// all later ones on the connection, which nobody would answer.
type steadyBody struct {
	io.ReadCloser
	control *http.ResponseController
	limits  bodyLimits
	waits   bool          // the client sends nothing before it is told to
	left    time.Duration // how much longer it is waited for
	last    time.Time     // it is not waited for beyond; zero: it is
	end     error         // what reading it ended with
}

func (b *steadyBody) Read(p []byte) (int, error) {
	if b.end != nil {
		return 0, b.end
	}
	b.waits = false
	began := time.Now()
	limit := began.Add(b.left)
	if !b.last.IsZero() && b.last.Before(limit) {
		limit = b.last
	}
	_ = b.control.SetReadDeadline(limit) // not every connection has deadlines
	n, err := b.ReadCloser.Read(p)
	_ = b.control.SetReadDeadline(time.Time{})
	b.left += time.Duration(n)*time.Second/time.Duration(b.limits.rate) - time.Since(began)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		err = errSlowBody
	case errors.Is(err, io.ErrUnexpectedEOF):
		err = errCutBody
	}
	b.end = err
	return n, err
}

// Close does nothing: what is left is read before the answer, under the limits.
func (b *steadyBody) Close() error { return nil }

// settle comes to an end with the body before an answer is sent. It reads what
// the client still sends: a server that answers and closes meanwhile breaks the
// client's pipe, and the answer that says why is lost with it. A body that has not
// come to its end by then is not waited for any more, by us or by net/http, which
// would read on before it sends the answer: the connection is closed with it.
func (b *steadyBody) settle(answer http.Header) {
	if b.end == nil && !b.waits {
		b.last = time.Now().Add(b.limits.Rest)
		_, _ = io.CopyN(io.Discard, b, b.limits.most) // b.end says how it ended
	}
	if !errors.Is(b.end, io.EOF) {
		answer.Set("Connection", "close")
		_ = b.control.SetReadDeadline(time.Unix(1, 0))
	}
}

// steadyWriter writes an answer in pieces, each under a deadline of its own, once
// the request's body is settled.
type steadyWriter struct {
	http.ResponseWriter
	control *http.ResponseController
	body    *steadyBody // nil: there is none, or it is settled
}

// Unwrap lets a ResponseController reach the connection.
func (w *steadyWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *steadyWriter) settle() {
	if w.body != nil {
		w.body.settle(w.Header())
		w.body = nil
	}
}

// WriteHeader begins the answer.
func (w *steadyWriter) WriteHeader(status int) {
	w.settle()
	w.ResponseWriter.WriteHeader(status)
}

// FlushError sends what was written.
func (w *steadyWriter) FlushError() error {
	w.settle()
	return w.control.Flush()
}

// Hijack gives the connection away.
func (w *steadyWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	w.settle()
	return w.control.Hijack()
}

func (w *steadyWriter) Write(p []byte) (int, error) {
	w.settle()
	written := 0
	for {
		_ = w.control.SetWriteDeadline(time.Now().Add(live.WriteTimeout))
		n, err := w.ResponseWriter.Write(p[:min(len(p), pieceSize)])
		written += n
		if p = p[n:]; err != nil || len(p) == 0 {
			return written, err
		}
	}
}

// serve lets a handler answer with both sides of the request under their limits.
func (l bodyLimits) serve(w http.ResponseWriter, r *http.Request, next http.Handler) {
	steady := &steadyWriter{ResponseWriter: w, control: http.NewResponseController(w)}
	if r.Body != nil && r.Body != http.NoBody {
		waits := strings.EqualFold(r.Header.Get("Expect"), "100-continue") && r.ContentLength >= 0
		copied := *r
		steady.body = &steadyBody{ReadCloser: r.Body, control: steady.control, limits: l, waits: waits, left: l.Grace}
		copied.Body = steady.body
		r = &copied
	}
	next.ServeHTTP(steady, r)
	steady.settle() // where nothing was written
}

// wholeForm reads a form before its handler does anything: half of one is not
// acted on.
func (s *Server) wholeForm(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		kind, _, _ := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType)) // what is none is no form
		if r.Body != nil && !s.limitsItself(c) && (kind == echo.MIMEApplicationForm || kind == echo.MIMEMultipartForm) {
			text, err := io.ReadAll(r.Body)
			if err != nil {
				return err
			}
			r.Body = io.NopCloser(bytes.NewReader(text))
		}
		return next(c)
	}
}

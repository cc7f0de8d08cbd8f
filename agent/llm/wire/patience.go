package wire

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"time"
)

// Why an attempt was given up.
var (
	errSilent  = errors.New("nothing came for too long")
	errEndless = errors.New("the answer had no end")
)

// patience bounds one attempt: the silence before and within an answer, and the
// whole of it. An answer that keeps coming is not cut for being long.
type patience struct {
	cancel      context.CancelCauseFunc
	timeout     time.Duration
	idle, whole *time.Timer
	answering   atomic.Bool // something of the answer's body came
}

// patient returns the context of an attempt and what bounds it; stop it.
func (s *Server) patient(ctx context.Context) (context.Context, *patience) {
	ctx, cancel := context.WithCancelCause(ctx)
	return ctx, &patience{cancel: cancel, timeout: s.Timeout,
		idle:  time.AfterFunc(s.Timeout, func() { cancel(errSilent) }),
		whole: time.AfterFunc(s.Whole, func() { cancel(errEndless) })}
}

func (p *patience) stop() {
	p.idle.Stop()
	p.whole.Stop()
	p.cancel(nil)
}

// hearing is a body each piece of which is a sign of life.
func (p *patience) hearing(body io.ReadCloser) io.ReadCloser {
	p.idle.Reset(p.timeout) // the header was one
	return heardBody{body, p}
}

type heardBody struct {
	io.ReadCloser
	p *patience
}

func (b heardBody) Read(into []byte) (int, error) {
	n, err := b.ReadCloser.Read(into)
	if n > 0 {
		b.p.answering.Store(true)
		b.p.idle.Reset(b.p.timeout)
	}
	return n, err
}

// given tells why the attempt was given up, and whether in the middle of an
// answer; nil where it was not.
func (p *patience) given(attempt context.Context) (midway bool, why error) {
	cause := context.Cause(attempt)
	if errors.Is(cause, errSilent) || errors.Is(cause, errEndless) {
		return p.answering.Load(), cause
	}
	return false, nil
}

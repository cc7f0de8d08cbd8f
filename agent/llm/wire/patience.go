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

// Patience says how long an answer is waited for, and how often it is asked for again.
type Patience struct {
	// Timeout is the longest silence before an answer and between two pieces of
	// it; default 3 minutes. Whole bounds one request from its first byte to its
	// last; default 20 minutes.
	Timeout, Whole time.Duration
	// Retries after a failure that may pass; default 2, negative none.
	// RetryDelay is the first back-off, doubled and jittered; default 500 ms.
	Retries    int
	RetryDelay time.Duration
	// MaxRetryAfter is the longest wait that a server may ask for and that is
	// waited for here; default 30 s. A longer one is an agent.NoAnswer at once,
	// which says how long.
	MaxRetryAfter time.Duration
}

func (p *Patience) setDefaults() {
	if p.Timeout <= 0 {
		p.Timeout = 3 * time.Minute
	}
	if p.Whole <= 0 {
		p.Whole = max(20*time.Minute, p.Timeout)
	}
	if p.Retries == 0 {
		p.Retries = 2
	}
	if p.RetryDelay <= 0 {
		p.RetryDelay = 500 * time.Millisecond
	}
	if p.MaxRetryAfter <= 0 {
		p.MaxRetryAfter = 30 * time.Second
	}
}

// attempt bounds one: the silence before and within an answer, and the
// whole of it. An answer that keeps coming is not cut for being long.
type attempt struct {
	cancel      context.CancelCauseFunc
	timeout     time.Duration
	idle, whole *time.Timer
	answering   atomic.Bool // something of the answer's body came
}

// patient returns the context of an attempt and what bounds it; stop it.
func (s *Server) patient(ctx context.Context) (context.Context, *attempt) {
	ctx, cancel := context.WithCancelCause(ctx)
	return ctx, &attempt{cancel: cancel, timeout: s.Timeout,
		idle:  time.AfterFunc(s.Timeout, func() { cancel(errSilent) }),
		whole: time.AfterFunc(s.Whole, func() { cancel(errEndless) })}
}

func (p *attempt) stop() {
	p.idle.Stop()
	p.whole.Stop()
	p.cancel(nil)
}

// hearing is a body each piece of which is a sign of life.
func (p *attempt) hearing(body io.ReadCloser) io.ReadCloser {
	p.idle.Reset(p.timeout) // the header was one
	return heardBody{body, p}
}

type heardBody struct {
	io.ReadCloser
	p *attempt
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
func (p *attempt) given(attempt context.Context) (midway bool, why error) {
	cause := context.Cause(attempt)
	if errors.Is(cause, errSilent) || errors.Is(cause, errEndless) {
		return p.answering.Load(), cause
	}
	return false, nil
}

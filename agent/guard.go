package agent

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// guard runs foreign code (environments, models) so that a panic becomes an
// error and a hang becomes a timeout. It is the one place of the core that
// starts a goroutine: code that ignores its context can't be waited for any
// other way. Calls share one worker, whose stack is grown once; close waits
// for it. A call that hangs is abandoned with its worker, which ends when the
// call returns; until then the guard refuses further calls, so that at most
// one is ever left.
type guard[T any] struct {
	worker *guardWorker[T]

	parent context.Context
	ctx    context.Context // of the calls under parent
	cancel context.CancelCauseFunc
	timer  *time.Timer // cancels ctx with errLate

	busy <-chan struct{} // gets a value when the abandoned call has returned
	what string
}

// guardWorker does the calls of a guard one after the other. What a call
// returned is the worker's own: an abandoned one may write it later, when
// nobody reads it any more.
type guardWorker[T any] struct {
	calls    chan guardCall[T]
	finished chan struct{} // holds one value, so that an abandoned worker can end without a reader
	value    T
	err      error
}

type guardCall[T any] struct {
	ctx  context.Context //nolint:containedctx // of one call
	what string
	f    func(context.Context) (T, error)
}

// grace is how long a call that honours its context gets to return after it
// was told to; what it returns then counts.
const grace = 200 * time.Millisecond

// errLate ends the context of a call that takes longer than it may.
var errLate = errors.New("too late")

// call calls f and returns its result, or CodeTimeout after the limit, or
// CodeInternal for a panic.
func (g *guard[T]) call(ctx context.Context, what string, limit time.Duration, f func(context.Context) (T, error)) (T, error) {
	var zero T
	if err := g.prepare(ctx); err != nil {
		return zero, err
	}
	w := g.worker
	g.timer.Reset(limit)
	w.calls <- guardCall[T]{g.ctx, what, f}
	select {
	case <-w.finished:
		if !g.timer.Stop() {
			g.parent = nil // this context is over
		}
		return w.take()
	case <-g.ctx.Done():
	}
	late := context.Cause(g.ctx) == errLate //nolint:errorlint // it is this very value
	g.timer.Stop()
	g.parent = nil
	patience := time.NewTimer(min(limit, grace))
	defer patience.Stop()
	select {
	case <-w.finished:
		value, err := w.take()
		if late && err != nil {
			return zero, Errorf(CodeTimeout, "%s did not answer within %v", what, limit)
		}
		return value, err
	case <-patience.C:
	}
	g.busy, g.what = w.finished, what
	close(w.calls)
	g.worker = nil
	if late {
		return zero, Errorf(CodeTimeout, "%s did not answer within %v", what, limit)
	}
	return zero, fmt.Errorf("%s: %w", what, context.Cause(ctx))
}

// prepare makes the guard ready for a call under ctx.
func (g *guard[T]) prepare(ctx context.Context) error {
	if g.busy != nil {
		select {
		case <-g.busy:
			g.busy = nil
		default:
			return Errorf(CodeUnavailable, "%s has still not answered; nothing more can be asked of it", g.what)
		}
	}
	if g.worker == nil {
		g.worker = &guardWorker[T]{calls: make(chan guardCall[T]), finished: make(chan struct{}, 1)}
		go g.worker.work()
	}
	if g.parent != ctx {
		if g.cancel != nil {
			g.cancel(nil)
		}
		g.parent = ctx
		g.ctx, g.cancel = context.WithCancelCause(ctx)
		cancel := g.cancel
		g.timer = time.AfterFunc(time.Hour, func() { cancel(errLate) })
	}
	return nil
}

// work does calls until there are no more.
func (w *guardWorker[T]) work() {
	for c := range w.calls {
		w.do(c)
		w.finished <- struct{}{}
	}
}

func (w *guardWorker[T]) do(c guardCall[T]) {
	defer func() {
		if p := recover(); p != nil {
			w.err = Errorf(CodeInternal, "%s panicked: %v", c.what, p)
		}
	}()
	w.value, w.err = c.f(c.ctx)
}

// take returns what the finished call returned, and keeps nothing of it.
func (w *guardWorker[T]) take() (value T, err error) {
	value, w.value = w.value, value
	err, w.err = w.err, nil
	return value, err
}

// close ends the worker, which is idle unless its call was abandoned.
func (g *guard[T]) close() {
	if g.worker != nil {
		close(g.worker.calls)
		g.worker = nil
	}
	if g.cancel != nil {
		g.timer.Stop()
		g.cancel(nil)
		g.parent, g.cancel = nil, nil
	}
}

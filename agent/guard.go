package agent

import (
	"context"
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
type guard struct {
	calls    chan func()
	finished chan struct{}
	timer    *time.Timer

	parent context.Context
	ctx    context.Context // of the calls under parent
	cancel context.CancelFunc

	busy <-chan struct{} // gets a value when the abandoned call has returned
	what string
}

// grace is how long a call that honours its context gets to return after it
// was told to; what it returns then counts.
const grace = 200 * time.Millisecond

// guarded calls f and returns its result, or CodeTimeout after the limit, or
// CodeInternal for a panic.
func guarded[T any](ctx context.Context, g *guard, what string, limit time.Duration, f func(context.Context) (T, error)) (T, error) {
	var zero T
	if err := g.prepare(ctx); err != nil {
		return zero, err
	}
	type reply struct {
		value T
		err   error
	}
	// An abandoned call may write its reply later; nobody reads it then.
	r := new(reply)
	inner := g.ctx
	g.calls <- func() {
		defer func() {
			if p := recover(); p != nil {
				r.err = Errorf(CodeInternal, "%s panicked: %v", what, p)
			}
		}()
		r.value, r.err = f(inner)
	}
	g.timer.Reset(limit)
	defer g.timer.Stop()
	late := false
	select {
	case <-g.finished:
		return r.value, r.err
	case <-ctx.Done():
	case <-g.timer.C:
		late = true
	}
	g.cancel()
	g.parent = nil
	g.timer.Reset(min(limit, grace))
	select {
	case <-g.finished:
		if late && r.err != nil {
			return zero, Errorf(CodeTimeout, "%s did not answer within %v", what, limit)
		}
		return r.value, r.err
	case <-g.timer.C:
	}
	g.busy, g.what = g.finished, what
	close(g.calls)
	g.calls = nil
	if late {
		return zero, Errorf(CodeTimeout, "%s did not answer within %v", what, limit)
	}
	return zero, fmt.Errorf("%s: %w", what, context.Cause(ctx))
}

// prepare makes the guard ready for a call under ctx.
func (g *guard) prepare(ctx context.Context) error {
	if g.busy != nil {
		select {
		case <-g.busy:
			g.busy = nil
		default:
			return Errorf(CodeUnavailable, "%s has still not answered; nothing more can be asked of it", g.what)
		}
	}
	if g.calls == nil {
		g.calls, g.finished = make(chan func()), make(chan struct{}, 1)
		go work(g.calls, g.finished)
	}
	if g.timer == nil {
		g.timer = time.NewTimer(time.Hour)
	}
	if g.parent != ctx {
		if g.cancel != nil {
			g.cancel()
		}
		g.parent = ctx
		g.ctx, g.cancel = context.WithCancel(ctx)
	}
	return nil
}

// work does calls until there are no more. finished holds one value, so that
// an abandoned worker can end without a reader.
func work(calls <-chan func(), finished chan<- struct{}) {
	for call := range calls {
		call()
		finished <- struct{}{}
	}
}

// close ends the worker, which is idle unless its call was abandoned.
func (g *guard) close() {
	if g.calls != nil {
		close(g.calls)
		g.calls = nil
	}
	if g.cancel != nil {
		g.cancel()
		g.parent, g.cancel = nil, nil
	}
}

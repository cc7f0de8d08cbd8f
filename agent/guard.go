package agent

import (
	"context"
	"fmt"
	"time"
)

// guard runs foreign code (environments, models) so that a panic becomes an
// error and a hang becomes a timeout. It is the one place of the core that
// starts a goroutine: code that ignores its context can't be waited for any
// other way. A call that hangs keeps its goroutine until it returns; while it
// does, the guard refuses further calls, so that at most one is ever left.
type guard struct {
	busy <-chan struct{} // closed when the call that timed out has returned
	what string
}

// guarded calls f and returns its result, or CodeTimeout after the limit, or
// CodeInternal for a panic.
func guarded[T any](ctx context.Context, g *guard, what string, limit time.Duration, f func(context.Context) (T, error)) (T, error) {
	var zero T
	if g.busy != nil {
		select {
		case <-g.busy:
			g.busy = nil
		default:
			return zero, Errorf(CodeUnavailable, "%s has still not answered; nothing more can be asked of it", g.what)
		}
	}
	type reply struct {
		value T
		err   error
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	replies, done := make(chan reply, 1), make(chan struct{})
	go func() {
		defer close(done)
		var r reply
		defer func() {
			if p := recover(); p != nil {
				r.err = Errorf(CodeInternal, "%s panicked: %v", what, p)
			}
			replies <- r
		}()
		r.value, r.err = f(ctx)
	}()
	select {
	case r := <-replies:
		return r.value, r.err
	case <-ctx.Done():
	}
	// A call that honours its context is about to return; what it returns counts.
	grace := time.NewTimer(min(limit, 200*time.Millisecond))
	defer grace.Stop()
	select {
	case r := <-replies:
		return r.value, r.err
	case <-grace.C:
		g.busy, g.what = done, what
		if context.Cause(ctx) == context.DeadlineExceeded {
			return zero, Errorf(CodeTimeout, "%s did not answer within %v", what, limit)
		}
		return zero, fmt.Errorf("%s: %w", what, context.Cause(ctx))
	}
}

package app

import (
	"context"
	"sync"
	"time"
)

// readyFor is how long an answer to /readyz holds: those who ask often must not
// keep the disk busy.
const readyFor = 3 * time.Second

// readiness remembers whether the program can serve. It is safe for concurrent use.
type readiness struct {
	check func(ctx context.Context) error

	mu   sync.Mutex
	at   time.Time
	last error
}

// Ready returns why the program can't serve, or nil; the answer may be some seconds
// old.
func (a *App) Ready(ctx context.Context) error { return a.ready.Check(ctx) }

// Check returns why the program can't serve, or nil.
func (r *readiness) Check(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if time.Since(r.at) < readyFor {
		return r.last
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readyFor) // others wait for this answer
	defer cancel()
	r.last = r.check(ctx)
	r.at = time.Now()
	return r.last
}

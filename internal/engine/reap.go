package engine

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"purposeagent/agent"
)

const (
	reapEvery = time.Second
	// sweepEvery is how often jobs that got lost between queue and worker are
	// looked for; it takes a crash at the wrong millisecond to make one.
	sweepEvery = 30
	dueAtOnce  = 500
)

// takeOver makes the runs of dead processes due. Where no other process can
// have the database open, all that is being worked is dead.
func (e *Engine) takeOver(ctx context.Context) error {
	if e.cfg.Shared {
		return e.sweep(ctx, e.cfg.Now().Add(-2*e.cfg.Lease))
	}
	if err := e.cfg.Runs.FreeLeases(ctx); err != nil {
		return err
	}
	if err := e.dropDeadJobs(ctx); err != nil {
		return err
	}
	if err := errors.Join(e.followClock(ctx), e.sweep(ctx, e.cfg.Now())); err != nil {
		return err
	}
	return e.enqueueDue(ctx)
}

// reap enqueues, each second, runs whose wait is over or whose worker died,
// and tells followers of what other processes wrote.
func (e *Engine) reap(ctx context.Context) {
	var heard <-chan []string
	if e.cfg.Notices != nil {
		heard = e.cfg.Notices.Heard()
	}
	ticker := time.NewTicker(reapEvery)
	defer ticker.Stop()
	for tick := 1; ; tick++ {
		select {
		case <-ctx.Done():
			return
		case told := <-heard:
			e.hear(ctx, told)
			tick--
			continue
		case <-ticker.C:
		}
		e.report(ctx, "find runs that are due", e.enqueueDue(ctx))
		e.report(ctx, "look for new events", e.Refresh(ctx))
		if tick%sweepEvery == 0 {
			e.report(ctx, "look for times in the future", e.followClock(ctx))
			e.report(ctx, "look for lost jobs", e.sweep(ctx, e.cfg.Now().Add(-2*e.cfg.Lease)))
		}
	}
}

// hear acts on what other processes told: jobs, or runs that changed.
func (e *Engine) hear(ctx context.Context, told []string) {
	if len(told) == 0 || slices.Contains(told, newJobs) {
		e.awake()
	}
	if len(told) == 0 || e.follows(told) {
		e.report(ctx, "look for new events", e.Refresh(ctx))
	}
}

// follows reports whether somebody here follows one of the runs that another
// process works, and has each that is worked here look for what people asked.
func (e *Engine) follows(runs []string) (one bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, run := range runs {
		if w := e.working[run]; w != nil {
			w.look()
		} else if e.hubs[run] != nil {
			one = true
		}
	}
	return one
}

// followClock frees the runs that a clock which was set back would hold for as
// long as it was ahead.
func (e *Engine) followClock(ctx context.Context) error {
	n, err := e.cfg.Runs.FreeFuture(ctx)
	if n > 0 {
		e.cfg.Logger.Warn("the clock was set back; runs whose time lay in the future are due now", "runs", n)
	}
	return err
}

// report logs what went wrong in the background; it is tried again.
func (e *Engine) report(ctx context.Context, doing string, err error) {
	if err != nil && ctx.Err() == nil {
		e.cfg.Logger.Error("engine upkeep failed", "doing", doing, "err", err)
	}
}

func (e *Engine) enqueueDue(ctx context.Context) error {
	runs, priorities, err := e.cfg.Runs.Due(ctx, dueAtOnce)
	if err != nil {
		return err
	}
	byPriority := map[int][]string{}
	for i, run := range runs {
		byPriority[priorities[i]] = append(byPriority[priorities[i]], run)
	}
	for priority, runs := range byPriority {
		_, err := e.cfg.Runs.Enqueue(ctx, runs, func(tx *sql.Tx, runs []string) ([]int64, error) {
			return e.insertJobs(ctx, tx, runs, priority)
		})
		if err != nil {
			return err
		}
		e.wake()
	}
	return nil
}

// sweep makes runs due again whose job was lost.
func (e *Engine) sweep(ctx context.Context, fetchedBefore time.Time) error {
	jobs, err := e.cfg.Runs.Jobs(ctx)
	if err != nil {
		return err
	}
	lost, err := e.lostJobs(ctx, jobs, fetchedBefore)
	if err != nil {
		return agent.Wrap(agent.CodeUnavailable, err, "the queue of runs can't be read")
	}
	return e.cfg.Runs.ForgetJobs(ctx, lost)
}

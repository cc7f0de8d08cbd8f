package engine

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/steering"
)

// storeTimeout limits one write of the log; it does not end with the run's
// context, since what ends a run must still be recorded.
const storeTimeout = 30 * time.Second

// work claims a run and works it until it ends, is suspended or is lost.
func (e *Engine) work(ctx context.Context, id string) error {
	epoch, err := e.cfg.Runs.Claim(ctx, id, e.owner, e.cfg.Lease, false)
	switch {
	case err == nil:
	case agent.CodeOf(err) == agent.CodeConflict || agent.CodeOf(err) == agent.CodeNotFound:
		return nil // it has ended, is paused, or somebody else works it
	default:
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stop := context.AfterFunc(e.base, func() { cancel(errShutdown) })
	defer stop()
	reachable := e.register(id, epoch, cancel)
	defer e.unregister(id, reachable)
	h := e.hold(id)
	defer e.drop(id, h)

	var keeping sync.WaitGroup
	done := make(chan struct{})
	keeping.Go(func() { e.keepLease(ctx, done, id, epoch, reachable) })
	w := &work{e: e, id: id, epoch: epoch}
	// What people asked before, perhaps of a worker that died, comes first.
	if interrupt, err := e.renew(ctx, id, epoch); err == nil && interrupt != nil {
		cancel(causeOf(interrupt))
	}
	w.run(ctx)
	close(done)
	keeping.Wait()
	return nil
}

// keepLease renews a lease until the work is done, and passes on what a person
// asked of the run in another process. It looks at once, because they may have
// asked between the claim and the moment the run became reachable here.
func (e *Engine) keepLease(ctx context.Context, done <-chan struct{}, id string, epoch int64, reachable *worked) {
	ticker := time.NewTicker(e.cfg.Lease / 6)
	defer ticker.Stop()
	for last := time.Now(); ; {
		interrupt, err := e.renew(ctx, id, epoch)
		switch {
		case err == nil:
			last = time.Now()
		case agent.CodeOf(err) == agent.CodeConflict, time.Since(last) > e.cfg.Lease:
			reachable.cancel(errLost)
			return
		default:
			e.report(ctx, "renew lease", err)
		}
		reachable.mail.Store(true) // another process may have left a note
		if interrupt != nil {
			reachable.cancel(causeOf(interrupt))
		}
		select {
		case <-done:
			return
		case <-reachable.asked:
		case <-ticker.C:
		}
	}
}

func (e *Engine) renew(ctx context.Context, id string, epoch int64) (*steering.Wish, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), e.cfg.Lease)
	defer cancel()
	return e.cfg.Runs.Renew(ctx, id, epoch, e.cfg.Lease)
}

// work is one worker's hold of one run.
type work struct {
	e     *Engine
	id    string
	epoch int64
	seq   int64 // of the last durable event
	ended bool  // the last event ends or suspends the run
	lost  bool  // nothing more can be written
}

// run works the run and makes sure that it is left in order: ended, suspended,
// or free for the next worker.
func (w *work) run(ctx context.Context) {
	log := w.e.cfg.Logger.With("run", w.id)
	err := w.drive(ctx)
	if w.ended {
		return
	}
	cause := context.Cause(ctx)
	switch {
	case w.lost || errors.Is(cause, errLost):
		log.Warn("run was left to another worker", "err", err)
	case errors.Is(cause, errShutdown) || ctx.Err() != nil && !errors.Is(cause, agent.ErrStop) && !errors.Is(cause, agent.ErrPause):
		release, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
		defer cancel()
		if err := w.e.cfg.Runs.Release(release, w.id, w.epoch); err != nil {
			log.Error("release failed", "err", err)
		}
	default:
		if err == nil {
			err = agent.Errorf(agent.CodeInternal, "the run broke off without a reason")
		}
		log.Error("run failed", "err", err)
		if err := w.fail(ctx, err); err != nil {
			log.Error("failure could not be recorded; the run is tried again", "err", err)
		}
	}
}

// drive takes the run from its last durable event to its end or suspension.
// Panics of the factory and the orchestrator become errors here.
func (w *work) drive(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &panicked{value: p, stack: debug.Stack()}
			w.e.cfg.Logger.Error("run panicked", "run", w.id, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
		}
	}()
	store, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	run, err := w.e.cfg.Runs.Get(store, w.id)
	var point *agent.Checkpoint
	if err == nil {
		point, err = w.e.cfg.Runs.Checkpoint(store, w.id)
	}
	if err != nil {
		w.lost = true // the store's trouble, not the run's: it is tried again
		return err
	}
	w.seq = point.Seq
	if cause := context.Cause(ctx); errors.Is(cause, agent.ErrStop) || errors.Is(cause, agent.ErrPause) {
		return w.interrupt(ctx, cause) // it was asked before anybody worked it
	}
	orchestrator, err := w.e.cfg.Orchestrator(ctx, run)
	if err != nil {
		return w.unmade(ctx, err)
	}
	for event, err := range orchestrator.RunTask(ctx, w.id, run.Spec.Task(run.Seed), point) {
		if err != nil {
			return err
		}
		if err := w.append(ctx, event); err != nil {
			return err
		}
	}
	return nil
}

// panicked is a panic as an error.
type panicked struct {
	value any
	stack []byte
}

func (p *panicked) Error() string { return fmt.Sprintf("the run panicked: %v", p.value) }

// unmade lets a run wait whose orchestrator can't be made now, or returns the
// error that fails it. A person's wish comes first.
func (w *work) unmade(ctx context.Context, err error) error {
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, agent.ErrStop), errors.Is(cause, agent.ErrPause):
		return w.interrupt(ctx, cause)
	case ctx.Err() != nil:
		return err
	}
	switch agent.CodeOf(err) {
	case agent.CodeUnavailable, agent.CodeRateLimited, agent.CodeTimeout:
		now := w.e.cfg.Now()
		return w.append(ctx, agent.Event{Seq: w.seq + 1, Run: w.id, At: now,
			Data: agent.RunWaiting{Reason: agent.MessageOf(err), RetryAt: now.Add(w.e.cfg.RetryAfter)}})
	case agent.CodeInvalid, agent.CodeNotFound, agent.CodeConflict, agent.CodeDenied, agent.CodeStopped, agent.CodeInternal:
	}
	return err
}

// interrupt ends or suspends a run for which there is no orchestrator to do so.
func (w *work) interrupt(ctx context.Context, cause error) error {
	by := agent.InterruptedBy(cause)
	if errors.Is(cause, agent.ErrPause) {
		return w.appendAll(ctx, []agent.EventData{agent.RunPaused{By: by}})
	}
	last, err := w.e.ending(context.WithoutCancel(ctx), w.id, by)
	if err != nil {
		return err
	}
	return w.appendAll(ctx, last)
}

// append makes one event durable and tells the followers.
func (w *work) append(ctx context.Context, event agent.Event) error {
	store, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	if event.Suspends() {
		return w.settle(store, event)
	}
	if err := w.e.cfg.Runs.Append(store, w.id, w.epoch, event); err != nil {
		// Whatever the reason, the log is not ours to continue: the lease runs
		// out, and the next worker goes on from what is durable.
		w.lost = true
		return err
	}
	w.seq = event.Seq
	w.e.publish(w.id, event)
	return nil
}

// settle makes the event durable that ends or suspends the run, with what people
// asked before it. A pause or stop that came before an end is done instead.
func (w *work) settle(ctx context.Context, event agent.Event) error {
	events, first, err := w.e.cfg.Runs.Settle(ctx, w.id, w.epoch, event, func(by string) ([]agent.EventData, error) { return w.e.ending(ctx, w.id, by) })
	switch {
	case err != nil:
		w.lost = true
		return err
	case first != nil:
		return w.interrupt(ctx, causeOf(first))
	}
	w.seq, w.ended = events[len(events)-1].Seq, true
	w.e.publish(w.id, events...)
	run, err := w.e.cfg.Runs.Get(ctx, w.id)
	if err == nil && !run.Status.Final() {
		err = w.e.enqueue(ctx, w.id) // where somebody let it go on at once
	}
	w.e.report(ctx, "queue a run that goes on", err)
	return nil
}

// fail ends the run; all that it did is kept. If the person who interrupted
// the run wanted its end anyway, it is stopped.
func (w *work) fail(ctx context.Context, failure error) error {
	if cause := context.Cause(ctx); errors.Is(cause, agent.ErrStop) || errors.Is(cause, agent.ErrPause) {
		return w.interrupt(ctx, cause)
	}
	store, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	done, result, err := w.e.soFar(store, w.id, "it failed")
	if err != nil {
		return err
	}
	message := agent.MessageOf(failure)
	if p, ok := errors.AsType[*panicked](failure); ok {
		message = fmt.Sprintf("the run came to an unexpected end inside Purpose (%.200v); what it did is kept", p.value)
	}
	return w.appendAll(ctx, append(done, agent.RunFailed{Code: agent.CodeOf(failure), Message: message, Result: result}))
}

// appendAll makes events durable that nobody numbered.
func (w *work) appendAll(ctx context.Context, events []agent.EventData) error {
	for _, data := range events {
		if err := w.append(ctx, agent.Event{Seq: w.seq + 1, Run: w.id, At: w.e.cfg.Now(), Data: data}); err != nil {
			return err
		}
	}
	return nil
}

// soFar folds what is durable of a run into a result. A step that was done and
// that nobody could score yet is to be recorded before.
func (e *Engine) soFar(ctx context.Context, id, reason string) (done []agent.EventData, result agent.TaskResult, err error) {
	point, err := e.cfg.Runs.Checkpoint(ctx, id)
	if err != nil {
		return nil, result, err
	}
	if s := point.Unscored; s != nil {
		point.Steps = append(point.Steps, *s)
		done = append(done, agent.StepTaken{Step: *s})
	}
	t := agent.Trajectory{Run: id, Initial: point.Initial, Steps: point.Steps, Outcome: agent.OutcomeOf(point.InitialVerdict, point.Judged, point.InitialScore, point.Steps)}
	return done, t.Result(reason), nil
}

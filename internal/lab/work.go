package lab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/experiments"
)

// shift is one worker's time with one experiment.
type shift struct {
	jobs  *Jobs
	claim *experiments.ExperimentClaim
	began time.Time

	mu       sync.Mutex
	progress *experiments.ExperimentProgress // what is not written yet; never changed, only replaced
}

// errLost is why a worker stops that no longer holds the lease.
var errLost = errors.New("the lease is lost")

// work works an experiment to its end, or until ctx ends.
func (j *Jobs) work(ctx context.Context, claim *experiments.ExperimentClaim, progress func(Progress)) {
	id := claim.Experiment.ID
	ctx, cancel := context.WithCancelCause(ctx)
	j.mu.Lock()
	j.working[id] = cancel
	j.mu.Unlock()
	defer func() {
		j.mu.Lock()
		delete(j.working, id)
		j.mu.Unlock()
		cancel(nil)
	}()
	s := &shift{jobs: j, claim: claim, began: j.cfg.Now()}
	renewing, stopRenewing := context.WithCancel(context.WithoutCancel(ctx))
	var renewer sync.WaitGroup
	renewer.Go(func() { s.renew(renewing, cancel) })
	end, err := s.run(ctx, func(p Progress) {
		s.tell(p)
		if progress != nil {
			progress(p)
		}
	})
	stopRenewing()
	renewer.Wait()
	s.end(ctx, end, err)
}

// renew keeps the lease and writes the progress until ctx ends. It ends the
// work when a person cancels it or the lease is lost.
func (s *shift) renew(ctx context.Context, cancel context.CancelCauseFunc) {
	tick := time.NewTicker(renewEvery)
	defer tick.Stop()
	renewed := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		p := s.unwritten()
		by, err := s.jobs.cfg.Store.Renew(ctx, s.claim, leaseTime, p)
		if err == nil {
			s.written(p)
		}
		switch {
		case ctx.Err() != nil:
			return
		case agent.CodeOf(err) == agent.CodeConflict, err != nil && time.Since(renewed) > leaseTime:
			cancel(errLost)
			return
		case err != nil:
			s.jobs.cfg.Logger.Warn("the lease of an experiment can't be renewed", "experiment", s.claim.Experiment.ID, "err", err)
		default:
			renewed = time.Now()
			if by != "" {
				cancel(&cancelled{by})
			}
		}
	}
}

// unwritten returns the progress that is not written yet, or nil.
func (s *shift) unwritten() *experiments.ExperimentProgress {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.progress
}

// written notes that p is stored. A write that fails, or that the end of the
// work cuts off, leaves p to the next one.
func (s *shift) written(p *experiments.ExperimentProgress) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.progress == p {
		s.progress = nil
	}
}

// tell notes how far it is; renew writes it.
func (s *shift) tell(p Progress) {
	next := &experiments.ExperimentProgress{World: p.World, Of: p.Worlds, Phase: p.Phase, Done: p.Done, Total: p.Of}
	if len(p.Arms) > 0 {
		next.Arms = make(map[string]experiments.ArmProgress, len(p.Arms))
		for a, n := range p.Arms {
			next.Arms[string(a)] = n
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.progress = next
}

func (s *shift) spent() time.Duration { return s.claim.Spent + s.jobs.cfg.Now().Sub(s.began) }

// run works the experiment. A panic is the experiment's failure, not ours.
func (s *shift) run(ctx context.Context, progress func(Progress)) (end experiments.ExperimentEnd, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the experiment panicked: %v\n%s", r, debug.Stack())
		}
	}()
	var ask Request
	if err := s.claim.Experiment.Spec.Decode(&ask); err != nil {
		return end, err
	}
	cfg, err := s.jobs.cfg.Wire(ctx, ask.Spec)
	if err != nil {
		return end, err
	}
	cfg.Journal, cfg.Progress, cfg.Before = s, progress, s.claim.Spent
	report, verdict, err := run(ctx, cfg, ask)
	if err != nil {
		return end, err
	}
	raw, err := json.Marshal(report)
	end = experiments.ExperimentEnd{Status: experiments.ExperimentFinished, Verdict: verdict, Report: agent.Object(raw)}
	if r, ok := report.(interface {
		Effect() *experiments.ExperimentEffect
	}); ok {
		end.Effect = r.Effect()
	}
	return end, err
}

// Load reads the experiment's journal.
func (s *shift) Load(ctx context.Context, key string) ([]byte, error) {
	return s.jobs.cfg.Store.Load(ctx, s.claim.Experiment.ID, key)
}

// Save writes into the experiment's journal.
func (s *shift) Save(ctx context.Context, key string, value []byte) error {
	return s.jobs.cfg.Store.Keep(ctx, s.claim, key, value)
}

// end stores how it ended, or leaves the experiment to the next worker.
func (s *shift) end(ctx context.Context, end experiments.ExperimentEnd, failure error) {
	id, logger := s.claim.Experiment.ID, s.jobs.cfg.Logger
	cause := context.Cause(ctx)
	writing, done := context.WithTimeout(context.WithoutCancel(ctx), endingTime)
	defer done()
	if p := s.unwritten(); p != nil {
		if _, err := s.jobs.cfg.Store.Renew(writing, s.claim, leaseTime, p); err != nil {
			logger.Warn("the progress of an experiment can't be stored", "experiment", id, "err", err)
		}
	}
	var by *cancelled
	var err error
	switch {
	case failure == nil:
		err = s.jobs.cfg.Store.End(writing, s.claim, s.spent(), end)
	case errors.As(cause, &by):
		err = s.jobs.cfg.Store.End(writing, s.claim, s.spent(), experiments.ExperimentEnd{Status: experiments.ExperimentCancelled, Reason: by.Error()})
	case errors.Is(cause, errLost):
		logger.Warn("an experiment was taken over by another worker", "experiment", id)
		return
	case cause != nil:
		err = s.jobs.cfg.Store.Release(writing, s.claim, s.spent())
	default:
		logger.Error("an experiment failed", "experiment", id, "err", failure)
		err = s.jobs.cfg.Store.End(writing, s.claim, s.spent(), experiments.ExperimentEnd{Status: experiments.ExperimentFailed, Reason: reason(failure)})
	}
	if err != nil {
		logger.Error("the end of an experiment can't be stored; it is worked again when its lease runs out", "experiment", id, "err", err)
	}
}

// reason says for people why an experiment failed, field by field where that
// is known.
func reason(err error) string {
	if _, ok := errors.AsType[*agent.Error](err); ok {
		return agent.MessageOf(err)
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	return agent.Clip(first, 500)
}

// Follow yields the experiment as it is now, then at each change, at most four
// times a second, and ends after the final one, or with ctx. Errors are those of Get.
func (j *Jobs) Follow(ctx context.Context, id string) iter.Seq2[experiments.Experiment, error] {
	return func(yield func(experiments.Experiment, error) bool) {
		tick := time.NewTicker(followEvery)
		defer tick.Stop()
		for last := int64(-1); ; {
			revision, err := j.cfg.Store.Revision(ctx, id)
			if err == nil && revision != last {
				var e experiments.Experiment
				if e, err = j.cfg.Store.Get(ctx, id); err == nil {
					last = revision
					if !yield(e, nil) || e.Status.Final() {
						return
					}
				}
			}
			if ctx.Err() != nil {
				return
			}
			if err != nil {
				yield(experiments.Experiment{}, err)
				return
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
	}
}

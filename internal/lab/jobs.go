package lab

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/experiments"
)

// JobsConfig is what Jobs work with. Store, Wire and Logger are required.
type JobsConfig struct {
	Store Store
	// Wire makes what an experiment works with: world, roles, other worlds, the
	// library. Errors are CodeInvalid with a message per field.
	Wire   func(ctx context.Context, spec Spec) (Config, error)
	Logger *slog.Logger
	// Workers is how many experiments are worked at once; 0: one. Each one
	// works its test tasks on all cores.
	Workers int
	Owner   string           // who works, for people; "" takes one
	Now     func() time.Time // nil: time.Now
	NewID   func() string    // nil: random
}

// Jobs are durable experiments. An experiment is a row with a lease: whoever
// holds it works the experiment, and when a holder dies another one takes over
// when the lease runs out and goes on from the journal. Cancelling takes
// effect within a second, also from another process.
//
// It is safe for concurrent use.
type Jobs struct {
	cfg    JobsConfig
	wake   chan struct{}
	stop   context.CancelCauseFunc // nil unless they work
	worker sync.WaitGroup

	mu      sync.Mutex
	working map[string]context.CancelCauseFunc // by experiment
}

// The times of leases.
const (
	leaseTime   = 10 * time.Second
	renewEvery  = 300 * time.Millisecond // also how often progress is written
	lookEvery   = 500 * time.Millisecond // for experiments that are due
	followEvery = 250 * time.Millisecond
	endingTime  = 10 * time.Second
)

// NewJobs returns jobs that nobody works yet.
func NewJobs(cfg JobsConfig) *Jobs {
	cfg.Workers = max(cfg.Workers, 1)
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.NewID == nil {
		cfg.NewID = func() string { return "x_" + strings.ToLower(rand.Text()[:12]) }
	}
	if cfg.Owner == "" {
		cfg.Owner = rand.Text()
	}
	return &Jobs{cfg: cfg, wake: make(chan struct{}, cfg.Workers), working: map[string]context.CancelCauseFunc{}}
}

// errShutdown is why a worker leaves an experiment to its successor.
var errShutdown = errors.New("shutting down")

// Work begins to work experiments, also those that were interrupted. They go
// on until Stop, whatever becomes of ctx.
func (j *Jobs) Work(ctx context.Context) {
	ctx, stop := context.WithCancelCause(context.WithoutCancel(ctx))
	j.stop = stop
	for range j.cfg.Workers {
		j.worker.Go(func() { j.loop(ctx) })
	}
	j.worker.Go(func() { j.lookAgain(ctx) })
}

// lookAgain wakes one worker now and then, however many there are, for what
// other processes asked for or left behind.
func (j *Jobs) lookAgain(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			j.look()
		case <-ctx.Done():
			return
		}
	}
}

// Stop ends the work and waits for it. Running experiments are left as they
// are and go on at the next start. It returns an error if ctx ends before.
func (j *Jobs) Stop(ctx context.Context) error {
	if j.stop == nil {
		return nil
	}
	j.stop(errShutdown)
	done := make(chan struct{})
	go func() { // ends with the workers, which all end with stop
		defer close(done)
		j.worker.Wait()
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("stop experiments: %w", context.Cause(ctx))
	}
}

// loop works what is due, one experiment after the other.
func (j *Jobs) loop(ctx context.Context) {
	for ctx.Err() == nil {
		claim, err := j.cfg.Store.Claim(ctx, "", j.cfg.Owner, leaseTime)
		if err != nil && ctx.Err() == nil {
			j.cfg.Logger.Error("experiments can't be claimed", "err", err)
		}
		if claim != nil {
			j.look() // there may be more, for who is free
			j.work(ctx, claim, nil)
			continue
		}
		select {
		case <-j.wake:
		case <-ctx.Done():
		}
	}
}

// Run works one experiment here and now, whoever asked for it, and returns it
// as it ended. progress may be nil. If ctx ends, the experiment is left to go
// on later. Errors: CodeNotFound; CodeConflict if it has ended or is worked by
// another; what ended ctx.
func (j *Jobs) Run(ctx context.Context, id string, progress func(Progress)) (experiments.Experiment, error) {
	claim, err := j.cfg.Store.Claim(ctx, id, j.cfg.Owner, leaseTime)
	if err != nil {
		return experiments.Experiment{}, err
	}
	j.work(ctx, claim, progress)
	if ctx.Err() != nil {
		return claim.Experiment, context.Cause(ctx)
	}
	return j.cfg.Store.Get(ctx, id)
}

// Plan fills what is left out of a request and checks it; it starts nothing.
// Errors: CodeInvalid with a message per field.
func (j *Jobs) Plan(ctx context.Context, ask Request) (Request, error) {
	p, err := j.plan(ctx, ask)
	if err != nil {
		return ask, err
	}
	return p.ask, nil
}

func (j *Jobs) plan(ctx context.Context, ask Request) (*blueprint, error) {
	if err := ask.check(); err != nil {
		return nil, err
	}
	cfg, err := j.cfg.Wire(ctx, ask.Spec.WithDefaults())
	if err != nil {
		return nil, err
	}
	return planRequest(ctx, cfg, ask)
}

// Start stores an experiment, which is worked as soon as there is a worker.
// Errors: CodeInvalid with a message per field.
func (j *Jobs) Start(ctx context.Context, by string, ask Request) (experiments.Experiment, error) {
	p, err := j.plan(ctx, ask)
	if err != nil {
		return experiments.Experiment{}, err
	}
	spec, err := agent.NewObject(p.ask)
	if err != nil {
		return experiments.Experiment{}, err
	}
	records, err := p.records()
	if err != nil {
		return experiments.Experiment{}, err
	}
	e := experiments.Experiment{ID: j.cfg.NewID(), Name: p.ask.Name, Environment: p.ask.Spec.Environment.Name, Status: experiments.ExperimentQueued, By: by,
		Spec: spec, ConfigHash: p.hash(), CreatedAt: j.cfg.Now().UTC()}
	if err := j.cfg.Store.Create(ctx, e, records); err != nil {
		return experiments.Experiment{}, err
	}
	j.look()
	return e, nil
}

// look wakes a worker that has nothing to do.
func (j *Jobs) look() {
	select {
	case j.wake <- struct{}{}:
	default:
	}
}

// Get returns one experiment with its report.
func (j *Jobs) Get(ctx context.Context, id string) (experiments.Experiment, error) {
	return j.cfg.Store.Get(ctx, id)
}

// List returns experiments without their reports, newest first.
func (j *Jobs) List(ctx context.Context, q experiments.ExperimentQuery) (catalog.Page[experiments.Experiment], error) {
	return j.cfg.Store.List(ctx, q)
}

// Delete deletes experiments that are at their end, or none if one is not.
func (j *Jobs) Delete(ctx context.Context, by string, ids []string) (int, error) {
	return j.cfg.Store.Delete(ctx, by, ids)
}

// Cancel ends an experiment and keeps what it has done, so that it can be
// resumed. It may be still running for a moment when this returns.
func (j *Jobs) Cancel(ctx context.Context, id, by string) error {
	if err := j.cfg.Store.Cancel(ctx, id, by); err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if cancel := j.working[id]; cancel != nil {
		cancel(&cancelled{by}) // no need to wait for the next look
	}
	return nil
}

// Resume lets an experiment that failed or was cancelled go on from what it
// has stored.
func (j *Jobs) Resume(ctx context.Context, id, by string) error {
	if err := j.cfg.Store.Requeue(ctx, id, by); err != nil {
		return err
	}
	j.look()
	return nil
}

// cancelled is the cause of a context that a person ended.
type cancelled struct{ by string }

func (c *cancelled) Error() string { return "cancelled by " + c.by }

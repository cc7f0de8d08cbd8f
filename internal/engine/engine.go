// Package engine works runs: it queues them, gives each to a worker, keeps
// what happens in the log before anything else happens, and takes up again
// what a dead or stopped process left behind.
//
// A run is a job of River in the database that holds the run. Who works it
// holds a lease and writes with the lease's epoch, so that two workers can
// never both add to a run, whatever became of the first.
package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/riverqueue/river"

	"purposeagent/agent"
	"purposeagent/agent/steering"
)

// Runs is what the engine asks of the store of runs. Epochs, leases and jobs
// are explained at models.Runs.
type Runs interface {
	Create(ctx context.Context, runs []agent.Run, priority int, enqueue func(tx *sql.Tx) ([]int64, error)) error
	CreateHeld(ctx context.Context, runs []agent.Run, priority int) error
	LetGo(ctx context.Context, runs []string) error
	Get(ctx context.Context, id string) (agent.Run, error)
	Checkpoint(ctx context.Context, run string) (*agent.Checkpoint, error)
	Events(ctx context.Context, run string, after int64, limit int) ([]agent.Event, error)
	LastSeqs(ctx context.Context, runs []string) (map[string]int64, error)
	Append(ctx context.Context, run string, epoch int64, events ...agent.Event) error

	Claim(ctx context.Context, run, owner string, ttl time.Duration, force bool) (epoch int64, err error)
	Renew(ctx context.Context, run string, epoch int64, ttl time.Duration) (interrupt *steering.Wish, err error)
	Release(ctx context.Context, run string, epoch int64) error
	Wish(ctx context.Context, run string, wish steering.Wish, end func(by string) ([]agent.EventData, error)) (steering.Granted, error)
	Settle(ctx context.Context, run string, epoch int64, e agent.Event, end func(by string) ([]agent.EventData, error)) (events []agent.Event, first *steering.Wish, err error)
	Close(ctx context.Context, run string, epoch int64) (notes []agent.NoteAdded, first *steering.Wish, err error)
	Notes(ctx context.Context, run string) ([]agent.NoteAdded, error)
	Steps(ctx context.Context, run string, after, limit int) ([]agent.Step, error)
	Fork(ctx context.Context, run agent.Run, extra []agent.EventData, priority int, enqueue func(tx *sql.Tx) ([]int64, error)) (agent.Run, error)
	Due(ctx context.Context, limit int) (runs []string, priorities []int, err error)
	Enqueue(ctx context.Context, runs []string, enqueue func(tx *sql.Tx, runs []string) ([]int64, error)) ([]string, error)
	Jobs(ctx context.Context) ([]int64, error)
	ForgetJobs(ctx context.Context, jobs []int64) error
	FreeLeases(ctx context.Context) error
	FreeFuture(ctx context.Context) (int, error)
}

// Notices carry word of changes between processes. Tell never waits; Heard gives
// what others told, an empty list for anything. Words may be lost.
type Notices interface {
	Tell(what string)
	Heard() <-chan []string
}

// Config says what an engine works with. Runs, DB and Orchestrator are required.
type Config struct {
	Runs Runs
	// DB is the database that Runs is in; River keeps its jobs there.
	DB *sql.DB
	// Postgres says that DB is PostgreSQL; else it is SQLite.
	Postgres bool
	// Notices carry word of changes between processes that share the database; nil:
	// a poll each second finds them.
	Notices Notices
	// Orchestrator makes what works one run. Its context ends when the worker
	// is through with the run, so that what was opened for it can be closed.
	// CodeUnavailable, CodeRateLimited and CodeTimeout let the run wait; any
	// other error fails it.
	Orchestrator func(ctx context.Context, run agent.Run) (*agent.Orchestrator, error)
	// Workers is how many runs are worked at once; default: the number of cores.
	// Negative: none, other processes work them.
	Workers int
	// Shared says that other processes work runs of the same database. Without
	// it Start takes over at once whatever was being worked.
	Shared bool
	// Lease is how long a worker that is not heard of keeps its run; default 5 s.
	Lease time.Duration
	// RetryAfter is how long a run waits whose orchestrator can't be made now; default 10 s.
	RetryAfter time.Duration
	Logger     *slog.Logger
	Now        func() time.Time
}

// Engine works runs. It is safe for concurrent use.
type Engine struct {
	cfg    Config
	owner  string
	ids    idSource
	river  *river.Client[*sql.Tx]
	queued chan struct{} // a job was queued here

	// base is the context of all work; Stop cancels it.
	base     context.Context //nolint:containedctx // runs outlive the calls that launch them
	shutdown context.CancelFunc
	reaping  sync.WaitGroup

	migrating sync.Mutex
	migrated  bool // River's tables are up to date

	mu      sync.Mutex
	state   engineState
	working map[string]*worked // runs being worked here
	hubs    map[string]*hub
}

type engineState int

const (
	stateNew engineState = iota
	stateStarted
	stateStopped
)

// Why a run's context ends, beside agent.ErrStop and agent.ErrPause.
var (
	errShutdown = errors.New("the program is shutting down")
	errLost     = errors.New("another worker took the run over")
)

// New returns an engine. It can launch runs at once and works them after
// Start. Errors: CodeInvalid if something required is missing.
func New(cfg Config) (*Engine, error) {
	if cfg.Runs == nil || cfg.DB == nil || cfg.Orchestrator == nil {
		return nil, agent.Errorf(agent.CodeInvalid, "an engine needs a store of runs, its database and a maker of orchestrators")
	}
	if cfg.Workers == 0 {
		cfg.Workers = runtime.GOMAXPROCS(0)
	}
	if cfg.Lease <= 0 {
		cfg.Lease = 5 * time.Second
	}
	if cfg.RetryAfter <= 0 {
		cfg.RetryAfter = 10 * time.Second
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	e := &Engine{cfg: cfg, working: map[string]*worked{}, hubs: map[string]*hub{}, queued: make(chan struct{}, 1)}
	e.ids.now = cfg.Now
	suffix, err := randomText(6)
	if err != nil {
		return nil, err
	}
	e.owner = fmt.Sprintf("%d-%s", os.Getpid(), suffix)
	if e.river, err = e.newRiver(); err != nil {
		return nil, fmt.Errorf("set up the job engine: %w", err)
	}
	return e, nil
}

// Start begins to work runs, first those that another process left behind. The
// work goes on after ctx has ended, until Stop. An engine starts once.
func (e *Engine) Start(ctx context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.state != stateNew {
		return agent.Errorf(agent.CodeConflict, "the engine was started before")
	}
	if err := e.migrate(ctx); err != nil {
		return fmt.Errorf("set up the job engine's tables: %w", err)
	}
	if err := e.takeOver(ctx); err != nil {
		return err
	}
	e.base, e.shutdown = context.WithCancel(context.WithoutCancel(ctx))
	if e.cfg.Workers > 0 {
		if err := e.river.Start(context.WithoutCancel(ctx)); err != nil {
			e.shutdown()
			return fmt.Errorf("start the job engine: %w", err)
		}
	}
	e.state = stateStarted
	e.reaping.Go(func() { e.reap(e.base) })
	return nil
}

// Stop suspends the running runs after what they have recorded, and waits for
// their workers; they go on after the next Start. It returns ctx's error if
// they take longer than ctx. Followers end when their own contexts do.
func (e *Engine) Stop(ctx context.Context) error {
	e.mu.Lock()
	started := e.state == stateStarted
	e.state = stateStopped
	e.mu.Unlock()
	if !started {
		return nil
	}
	e.shutdown()
	e.reaping.Wait()
	if e.cfg.Workers < 0 {
		return nil
	}
	if err := e.river.Stop(ctx); err != nil {
		return fmt.Errorf("stop the workers: %w", err)
	}
	return nil
}

// worked is a run that is being worked here.
type worked struct {
	epoch  int64
	cancel context.CancelCauseFunc
	mail   atomic.Bool // there may be notes that are not in the log yet
	asked  chan struct{}
}

// look has whoever keeps the lease look at once for what people asked.
func (w *worked) look() {
	select {
	case w.asked <- struct{}{}:
	default: // it will
	}
}

// register makes a run that is being worked here reachable. What was written to
// it before is read first.
func (e *Engine) register(run string, epoch int64, cancel context.CancelCauseFunc) *worked {
	w := &worked{epoch: epoch, cancel: cancel, asked: make(chan struct{}, 1)}
	w.mail.Store(true)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.working[run] = w
	return w
}

// unregister leaves another worker's hold of the run alone: a run that goes on at
// once may have got one.
func (e *Engine) unregister(run string, w *worked) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.working[run] == w {
		delete(e.working, run)
	}
}

// workedHere returns the run if it is being worked here, else nil.
func (e *Engine) workedHere(run string) *worked {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.working[run]
}

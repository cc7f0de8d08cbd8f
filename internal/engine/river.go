package engine

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
)

// All that knows River is in this file.

// queue is River's queue of runs.
const queue = "runs"

// jobTimeout ends a job that nothing else ended. It is long, since runs may
// take hours, and finite: a job without one stays "running" for ever when its
// process dies.
const jobTimeout = 7 * 24 * time.Hour

// runJob asks a worker to work a run.
type runJob struct {
	Run string `json:"run"`
}

// Kind names the job in River's table.
func (runJob) Kind() string { return "run" }

// worker works one job.
type worker struct {
	river.WorkerDefaults[runJob]
	engine *Engine
}

// Work works the run of a job until it ends or is suspended. What goes wrong
// in the run is in its log; an error here means that the store failed.
func (w *worker) Work(ctx context.Context, job *river.Job[runJob]) error {
	return w.engine.work(ctx, job.Args.Run)
}

// NextRetry is soon: a job fails only when the store did.
func (w *worker) NextRetry(job *river.Job[runJob]) time.Time {
	return time.Now().Add(min(time.Duration(job.Attempt)*2*time.Second, 30*time.Second))
}

func (e *Engine) newRiver() (*river.Client[*sql.Tx], error) {
	workers := river.NewWorkers()
	if err := river.AddWorkerSafely(workers, &worker{engine: e}); err != nil {
		return nil, err
	}
	poll := 5 * time.Second
	if e.cfg.Shared {
		poll = time.Second
	}
	var queues map[string]river.QueueConfig // none: jobs are only put in
	if e.cfg.Workers > 0 {
		queues = map[string]river.QueueConfig{queue: {MaxWorkers: e.cfg.Workers}}
	}
	return river.NewClient(driver{e.driver(), e.queued}, &river.Config{
		ID:         e.owner,
		JobTimeout: jobTimeout,
		Logger:     slog.New(quiet{e.cfg.Logger.Handler()}),
		Queues:     queues,
		Workers:    workers,
		// A job that was queued here wakes the queue; the poll is for those that
		// River queues again and those that another process queued.
		FetchCooldown:               20 * time.Millisecond,
		FetchPollInterval:           poll,
		CompletedJobRetentionPeriod: time.Hour,
		CancelledJobRetentionPeriod: time.Hour,
	})
}

// driver returns River's for the database.
func (e *Engine) driver() riverdriver.Driver[*sql.Tx] {
	if e.cfg.Postgres {
		return riverdatabasesql.New(e.cfg.DB)
	}
	return riversqlite.New(e.cfg.DB)
}

// driver is River's with another way to hear of new jobs. SQLite tells nobody of a
// write, so River notes each job in a table and asks twenty times a second for new
// notes. That was most of what an idle server did, and there is no setting for it.
// On PostgreSQL it would notify in the transaction that queues the job, and
// transactions that notify commit one after the other. Whoever queues a job here
// says so; jobs that another process queued are found by asking each second.
type driver struct {
	riverdriver.Driver[*sql.Tx]
	queued chan struct{}
}

// SupportsListenNotify keeps River from writing notes that nobody reads.
func (driver) SupportsListenNotify() bool { return false }

// SupportsListener says that there is one: GetListener's.
func (driver) SupportsListener() bool { return true }

// GetListener returns what hears of jobs that were queued here.
func (d driver) GetListener(*riverdriver.GetListenenerParams) riverdriver.Listener {
	return listener{d.queued}
}

// listener tells River of jobs that were queued here, in the words in which its
// programs tell each other.
type listener struct{ queued chan struct{} }

// WaitForNotification waits for a queued job.
func (l listener) WaitForNotification(ctx context.Context) (*riverdriver.Notification, error) {
	select {
	case <-l.queued:
		return &riverdriver.Notification{Topic: "river_insert", Payload: `{"queue": "` + queue + `"}`}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (listener) Connect(context.Context) error          { return nil }
func (listener) Close(context.Context) error            { return nil }
func (listener) Ping(context.Context) error             { return nil }
func (listener) Listen(context.Context, string) error   { return nil }
func (listener) Unlisten(context.Context, string) error { return nil }
func (listener) Schema() string                         { return "" }
func (listener) SetAfterConnectExec(string)             {}

// wake lets the queue look for jobs: to be called when the transaction that
// queued some has committed. Without it they wait for the next poll.
func (e *Engine) wake() {
	e.tell(newJobs)
	e.awake()
}

// newJobs is told where jobs were queued.
const newJobs = "jobs"

// tell tells other processes of a run that changed, or of newJobs.
func (e *Engine) tell(what string) {
	if e.cfg.Notices != nil {
		e.cfg.Notices.Tell(what)
	}
}

// awake has the queue here look for jobs.
func (e *Engine) awake() {
	select {
	case e.queued <- struct{}{}:
	default: // it is awake
	}
}

// quiet passes what River warns of; its daily business is not ours.
type quiet struct{ slog.Handler }

func (q quiet) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && q.Handler.Enabled(ctx, level)
}

func (q quiet) WithAttrs(attrs []slog.Attr) slog.Handler { return quiet{q.Handler.WithAttrs(attrs)} }
func (q quiet) WithGroup(name string) slog.Handler       { return quiet{q.Handler.WithGroup(name)} }

// migrate brings River's tables up to date, once.
func (e *Engine) migrate(ctx context.Context) error {
	e.migrating.Lock()
	defer e.migrating.Unlock()
	if e.migrated {
		return nil
	}
	migrator, err := rivermigrate.New(e.driver(), &rivermigrate.Config{Logger: slog.New(quiet{e.cfg.Logger.Handler()})})
	if err != nil {
		return err
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return err
	}
	e.migrated = true
	return nil
}

// insertJobs queues a job for each run in the caller's transaction, and
// returns their numbers in the order of the runs.
func (e *Engine) insertJobs(ctx context.Context, tx *sql.Tx, runs []string, priority int) ([]int64, error) {
	params := make([]river.InsertManyParams, len(runs))
	for i, run := range runs {
		params[i] = river.InsertManyParams{Args: runJob{run}, InsertOpts: &river.InsertOpts{Queue: queue, Priority: priority}}
	}
	inserted, err := e.river.InsertManyTx(ctx, tx, params)
	if err != nil {
		return nil, fmt.Errorf("queue %d jobs: %w", len(runs), err)
	}
	jobs := make([]int64, len(inserted))
	for i, result := range inserted {
		jobs[i] = result.Job.ID
	}
	return jobs, nil
}

// futureJob is how far ahead a job's time may lie. Ours are due when they are
// queued: one beyond it was queued before the clock was set back.
const futureJob = time.Minute

// lostJobs returns those of the jobs that no worker will take in time: they are
// gone, their time lies in the future, or a worker fetched them before the time
// and never began.
func (e *Engine) lostJobs(ctx context.Context, jobs []int64, fetchedBefore time.Time) ([]int64, error) {
	if len(jobs) == 0 {
		return nil, nil
	}
	rows, err := e.cfg.DB.QueryContext(ctx, `SELECT id, state, coalesce(unixepoch(attempted_at), 0), unixepoch(scheduled_at) FROM river_job
		WHERE kind = ? AND state IN ('available', 'scheduled', 'retryable', 'pending', 'running')`, runJob{}.Kind())
	if err != nil {
		return nil, fmt.Errorf("look at queued jobs: %w", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says what matters
	alive, latest := map[int64]bool{}, e.cfg.Now().Add(futureJob).Unix()
	for rows.Next() {
		var id, attempted, scheduled int64
		var state string
		if err := rows.Scan(&id, &state, &attempted, &scheduled); err != nil {
			return nil, fmt.Errorf("look at queued jobs: %w", err)
		}
		alive[id] = scheduled <= latest && (state != "running" || attempted >= fetchedBefore.Unix())
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("look at queued jobs: %w", err)
	}
	var lost []int64
	for _, job := range jobs {
		if !alive[job] {
			lost = append(lost, job)
		}
	}
	return lost, nil
}

// dropDeadJobs removes the jobs that a dead process was working; River's own
// rescue would come an hour later, to find nothing to do.
func (e *Engine) dropDeadJobs(ctx context.Context) error {
	_, err := e.cfg.DB.ExecContext(ctx, `DELETE FROM river_job WHERE kind = ? AND state = 'running'`, runJob{}.Kind())
	if err != nil {
		return fmt.Errorf("drop jobs of a dead process: %w", err)
	}
	return nil
}

package agent

import (
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"sync"
	"time"

	"purposeagent/agent/credit"
)

// Learner turns a finished trajectory into changes of a library;
// HeuristicOptimizer is the one that is used.
type Learner interface {
	Learn(ctx context.Context, lesson Lesson) (Learned, Usage, error)
}

// Checkpoint is how far a run had come. A nil Checkpoint, or one without
// Started, begins the episode.
type Checkpoint struct {
	Seq          int64 // of the last durable event
	Started      bool
	Initial      State
	InitialScore Score
	// InitialVerdict is the environment's word about Initial, where it gave one.
	InitialVerdict *Verdict
	Holdout        credit.SetHoldout
	Steps          []Step
	Judged         *Verdict      // what a Judge said of the last step
	Learned        bool          // a Learned event is in the log
	Spent          time.Duration // of the time budget
	// InFlight is an action that was started and has no step: whether it
	// happened is not known.
	InFlight *Action
	// Unscored is a step that was done and could not be scored yet; it is not in Steps.
	Unscored *Step
	Waits    int // how often in a row the run waited since its last step
	// Notes are what people said so far, refusals included. Refused are the
	// actions that a person refused since the last step.
	Notes   []NoteAdded
	Refused []Action
	// Asked is the request that the run was suspended with, Answer a person's word on it.
	Asked  *ApprovalAsked
	Answer *ApprovalAnswered
	// Until pauses the run after that many steps; 0: nothing does. By asked for it.
	Until int
	By    string
}

// OrchestratorStats counts what an orchestrator has done since it was made.
type OrchestratorStats struct {
	Tasks     int   `json:"tasks"`
	Successes int   `json:"successes"`
	Unjudged  int   `json:"unjudged"` // of Tasks, those of which nobody said what became of them
	Steps     int   `json:"steps"`
	Usage     Usage `json:"usage"`
}

// Orchestrator runs tasks: decide, execute, score, record, until the purpose
// is reached or something ends the run. Its methods may be called from several
// goroutines, but its environment serves one run at a time.
type Orchestrator struct {
	cfg   Config
	scope Scope
	world Description
	specs []ActionSpec
	none  *RuleSet // what is recalled without memory

	mu    sync.Mutex
	stats OrchestratorStats
}

// NewOrchestrator returns an orchestrator, or CodeInvalid if something that is
// required is missing or the environment can't be asked what it offers.
func NewOrchestrator(cfg Config) (*Orchestrator, error) {
	switch {
	case cfg.Environment == nil || cfg.EnvironmentName == "":
		return nil, Errorf(CodeInvalid, "an orchestrator needs an environment and its name")
	case cfg.Actor == nil:
		return nil, Errorf(CodeInvalid, "an orchestrator needs an actor")
	case cfg.Critic == nil:
		return nil, Errorf(CodeInvalid, "an orchestrator needs a critic")
	}
	cfg.setDefaults()
	o := &Orchestrator{cfg: cfg}
	var g guard[struct{}]
	defer g.close()
	_, err := g.call(context.Background(), "the environment", cfg.Limits.StepTimeout, func(context.Context) (struct{}, error) {
		o.specs = cfg.Environment.Actions()
		o.world = DescriptionOf(cfg.Environment)
		if o.scope = ScopeOf(cfg.EnvironmentName, cfg.Environment); cfg.Scope != nil {
			o.scope = *cfg.Scope
		}
		o.none = &RuleSet{Scope: o.scope}
		return struct{}{}, nil
	})
	if err != nil {
		return nil, err
	}
	return o, nil
}

// Scope returns the scope that rules learned here get.
func (o *Orchestrator) Scope() Scope { return o.scope }

// RunTask runs the task and yields each event when it happens. The yield is
// the commit point: what the consumer has made durable before it asks for the
// next event is not done again. Numbers go on from the checkpoint's.
//
// The sequence ends in one of four ways: after exactly one terminal event;
// after RunWaiting or RunPaused, to be resumed from a checkpoint; with an
// error when ctx ends without ErrStop or ErrPause as its cause; or when the
// consumer breaks off.
func (o *Orchestrator) RunTask(ctx context.Context, run string, task Task, from *Checkpoint) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		e := newEpisode(o, run, task.WithDefaults(), from, yield)
		if err := e.play(ctx); err != nil && !errors.Is(err, errBroken) {
			yield(Event{}, err)
		}
	}
}

// Run runs the task to its end and folds the events to a result. A run that
// failed returns its result and an error.
func (o *Orchestrator) Run(ctx context.Context, run string, task Task) (TaskResult, error) {
	return Fold(o.RunTask(ctx, run, task, nil))
}

// Fold reads events to the end and returns the result of the terminal one. A
// failed run, a suspended one (CodeUnavailable) and one without a terminal
// event return an error too.
func Fold(events iter.Seq2[Event, error]) (TaskResult, error) {
	var result TaskResult
	err := error(Errorf(CodeStopped, "the run ended without a result"))
	for event, failure := range events {
		if failure != nil {
			return result, failure
		}
		switch d := event.Data.(type) {
		case RunFinished:
			result, err = d.Result, nil
		case RunStopped:
			result, err = d.Result, nil
		case RunFailed:
			result, err = d.Result, &Error{Code: d.Code, Message: d.Message}
		case RunWaiting:
			err = Errorf(CodeUnavailable, "the run is waiting: %s", d.Reason)
		case RunPaused:
			err = Errorf(CodeStopped, "the run is paused")
		case ApprovalAsked:
			err = Errorf(CodeStopped, "the run waits for a person's approval")
		case RunQueued, RunStarted, RunResumed, ActionStarted, StepTaken, NoteAdded, ApprovalAnswered, Judged, Learned:
		}
	}
	return result, err
}

// PostTask keeps a finished trajectory and learns from it. RunTask does it by
// itself when Learn is set; for others it is the way to learn from a
// trajectory made elsewhere. Doing it twice changes nothing. A trajectory of which
// nobody said what became of it is neither kept nor learned from.
func (o *Orchestrator) PostTask(ctx context.Context, t *Trajectory) (Learned, error) {
	if !t.Outcome.Known() {
		return Learned{}, nil
	}
	learned := Learned{Trajectory: t.ID}
	if o.cfg.Memory.Replay != nil {
		if err := o.cfg.Memory.Replay.Add(ctx, t); err != nil {
			return learned, err
		}
	}
	if err := o.observe(ctx, t); err != nil {
		return learned, err
	}
	if o.cfg.Memory.Optimizer == nil {
		return learned, nil
	}
	type lesson struct {
		learned Learned
		usage   Usage
	}
	var g guard[lesson]
	defer g.close()
	got, err := g.call(ctx, "the optimizer", o.cfg.Limits.ModelTimeout, func(ctx context.Context) (lesson, error) {
		ctx = WithCall(ctx, CallScope{Run: t.Run, Role: OptimizerRole})
		l, u, err := o.cfg.Memory.Optimizer.Learn(ctx, Lesson{Trajectory: t, World: o.world, Actions: o.specs})
		return lesson{l, u}, err
	})
	o.mu.Lock()
	o.stats.Usage = o.stats.Usage.Add(got.usage)
	o.mu.Unlock()
	if err != nil {
		return learned, err
	}
	got.learned.Trajectory = t.ID
	return got.learned, nil
}

// observe keeps what the critic said at the end beside the outcome.
func (o *Orchestrator) observe(ctx context.Context, t *Trajectory) error {
	if o.cfg.Memory.Calibrator == nil {
		return nil
	}
	return o.cfg.Memory.Calibrator.Observe(ctx, t)
}

// SyncMemory returns the rules that the actor's next step can draw on. Nothing
// is kept in the actor between steps: what a person changes in the library
// counts from the next step on.
func (o *Orchestrator) SyncMemory(ctx context.Context) (*RuleSet, error) {
	if !o.cfg.Memory.Recall || o.cfg.Memory.Library == nil {
		return o.none, nil
	}
	return o.cfg.Memory.Library.Usable(ctx, o.scope)
}

// Stats counts the tasks that ended here.
func (o *Orchestrator) Stats() OrchestratorStats {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.stats
}

// HeuristicReport counts the rules of this orchestrator's scope.
func (o *Orchestrator) HeuristicReport(ctx context.Context) (LibraryReport, error) {
	if o.cfg.Memory.Library == nil {
		return LibraryReport{}, nil
	}
	rules, err := o.cfg.Memory.Library.All(ctx, o.scope)
	if err != nil {
		return LibraryReport{}, err
	}
	return NewLibraryReport(rules), nil
}

func (o *Orchestrator) count(t *Trajectory) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.stats.Tasks++
	o.stats.Steps += len(t.Steps)
	o.stats.Usage = o.stats.Usage.Add(t.Usage())
	switch {
	case !t.Outcome.Known():
		o.stats.Unjudged++
	case t.Outcome.Success:
		o.stats.Successes++
	}
}

// retry calls f again after errors that may pass, with jittered back-off. It
// returns the last error; one that a retry can't mend, or that asks for a longer
// wait, is returned at once.
func (o *Orchestrator) retry(ctx context.Context, f func() error) error {
	delay := o.cfg.Limits.RetryDelay
	for attempt := 0; ; attempt++ {
		err := f()
		if err == nil || ctx.Err() != nil || attempt >= o.cfg.Limits.Retries || !passes(err) {
			return err
		}
		jittered := delay/2 + rand.N(delay)
		if n, ok := NoAnswerOf(err); ok {
			jittered = max(jittered, n.After)
		}
		if err := o.cfg.Clock.Sleep(ctx, jittered); err != nil {
			return err
		}
		delay *= 2
	}
}

// patience is the longest that a run stays with its worker for a model that asks
// it to come back later.
const patience = 5 * time.Second

// passes reports whether an error may be gone in a moment.
func passes(err error) bool {
	n, ok := NoAnswerOf(err)
	return ok && n.Why != NoAnswerDenied && n.Why != NoAnswerRefused && n.After <= patience
}

// A person's interruption, with the name of who it was.
type interruption struct {
	cause error
	by    string
}

func (i *interruption) Error() string { return i.cause.Error() }
func (i *interruption) Unwrap() error { return i.cause }

// StoppedBy is ErrStop with the name of who stopped the run.
func StoppedBy(by string) error { return &interruption{ErrStop, by} }

// PausedBy is ErrPause with the name of who paused the run.
func PausedBy(by string) error { return &interruption{ErrPause, by} }

// InterruptedBy returns the name in StoppedBy or PausedBy, or "".
func InterruptedBy(err error) string {
	if i, ok := errors.AsType[*interruption](err); ok {
		return i.by
	}
	return ""
}

package agent

import (
	"context"
	"time"

	"purposeagent/agent/files"
)

// Config configures an Orchestrator. Environment, EnvironmentName, Actor and
// Critic are required; without more a run recalls nothing, learns nothing and
// writes nothing.
type Config struct {
	Environment     Environment
	EnvironmentName string
	// Scope, where given, is what learning is filed under instead of ScopeOf the
	// environment: an experiment asks what happens when laws change and nobody says so.
	Scope     *Scope
	Actor     Decider
	Critic    Critic
	Memory    MemoryConfig
	Retrieval RetrievalConfig
	// Files keeps what the environment has beside its states; nil: nothing is kept.
	Files  files.Store
	Limits Limits
	Hooks  Hooks
	Clock  Clock
}

// MemoryConfig says what a run remembers, and whether it learns.
type MemoryConfig struct {
	Optimizer Learner // nil: nothing is distilled
	Replay    Replay  // nil: no trajectories are kept or recalled
	Library   Library // nil: no rules are recalled
	// Calibrator is told what the critic said at the end of each task that comes
	// to its end, also of those that nothing is learned from; nil: nobody is.
	Calibrator Calibrator
	// Recall lets the actor see rules and remembered trajectories.
	Recall bool
	// Learn keeps trajectories and distils them. Without it a run explores
	// nothing and writes nothing.
	Learn bool
	// Holdout keeps the learned set out of some learning runs at random, so that
	// what it is worth is measured all the time (Ledger.WithholdSet). Without it,
	// and without Learn, only a suspended set is kept out.
	Holdout bool
	// Twin says that the same task is done by two runs, which differ in memory
	// only: nothing is drawn, and the two are the two sides of the hold-out.
	Twin bool
}

// RetrievalConfig says how an actor that reads words is told of the library.
type RetrievalConfig struct {
	// Semantics compares rules with a step by an embedding model; nil: by hashed vectors.
	Semantics Ranker
	// Rankers are further ways to find the rules that are like a step; nil: none.
	Rankers []Ranker
	// Applicability tells which rules hold in a step; nil: words and vectors decide alone.
	Applicability Applicability
	// Playbook writes what the library says on one page; nil: the actor sees rules
	// only. PlaybookTokens is its budget; default 1,500.
	Playbook       PlaybookComposer
	PlaybookTokens int
}

// Limits bound what a run waits for.
type Limits struct {
	// PauseOnBudget pauses a run whose budget is used up, so that a person can give
	// it more; without it, and in an environment that can't be entered again, the
	// run ends there.
	PauseOnBudget bool
	// StepTimeout limits one action of the environment; default 60 s.
	StepTimeout time.Duration
	// ModelTimeout limits one decision, assessment or distillation; default 45 min:
	// a model that writes for long is bounded by its client, and may be asked twice.
	ModelTimeout time.Duration
	// Retries of a decision or assessment that failed; default 2. RetryDelay is
	// the first back-off, doubled and jittered each time; default 500 ms.
	Retries    int
	RetryDelay time.Duration
	// WaitFor is how long a run whose model is down waits at first; default 30 s.
	// It doubles with each wait that brought no step, up to maxWait, and is never
	// less than the model's server asks for.
	WaitFor time.Duration
	// EndOnRefusal fails a run at once whose model refuses the request or denies
	// access, since nobody is there to mend that. Without it the run waits longer
	// and longer, and goes on from where it is once somebody did.
	EndOnRefusal bool
}

// Hooks tie a run to those who watch it.
type Hooks struct {
	// OnStep is told of every step, also of DONE, after it was committed.
	OnStep func(Step)
	// Inbox returns the notes that people wrote to a run since it was asked last.
	// It is asked before each step, and with last once there are no more: an inbox
	// that returns none then takes no more notes. Its error is PausedBy or StoppedBy
	// where the run has to be paused or stopped before it ends. nil: nobody writes.
	Inbox func(ctx context.Context, run string, last bool) ([]NoteAdded, error)
	// OnThinking is told the thought of a step while the actor writes it, as far
	// as it has come; it is nothing durable. nil: nobody listens.
	OnThinking func(run string, step int, thought string)
}

// Clock is the time of a run; tests replace it.
type Clock struct {
	Now   func() time.Time                                 // default time.Now
	Sleep func(ctx context.Context, d time.Duration) error // waits between retries
}

func (c *Config) setDefaults() {
	orDefault(&c.Limits.StepTimeout, time.Minute)
	orDefault(&c.Limits.ModelTimeout, 45*time.Minute)
	orDefault(&c.Limits.Retries, 2)
	orDefault(&c.Limits.RetryDelay, 500*time.Millisecond)
	orDefault(&c.Limits.WaitFor, 30*time.Second)
	orDefault(&c.Retrieval.PlaybookTokens, 1_500)
	if c.Clock.Now == nil {
		c.Clock.Now = time.Now
	}
	if c.Clock.Sleep == nil {
		c.Clock.Sleep = sleep
	}
}

func orDefault[T comparable](p *T, value T) {
	var zero T
	if *p == zero {
		*p = value
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

package agent

import (
	"context"
	"math/rand/v2"
	"sync"

	"purposeagent/agent/credit"
)

// Situation is all that a decider may know when it chooses an action. It
// never holds the environment's verdict or reward.
type Situation struct {
	Task    Task
	Scope   Scope
	World   Description
	Actions []ActionSpec
	Legal   []Action // what can be done now, where the environment can say
	State   State
	Phi     float64
	Index   int         // of the step to decide, from 1
	History []Step      // earlier steps of this run, oldest first; not to be changed
	Notes   []NoteAdded // what people who watch have said, oldest first
	Memory  Memory      // what was recalled for this step
	// Withheld says that this task is done without what was learned: a decider
	// with a memory of its own beside Memory leaves that out as well.
	Withheld bool
	// Semantics compares by an embedding model; nil compares by hashed vectors.
	Semantics Ranker
	// Rankers are further ways to find rules, beside words and vectors.
	Rankers []Ranker
	// Applicability tells which rules hold now; nil: words and vectors decide alone.
	Applicability Applicability
	// Thinking is told the decider's thought so far, where it thinks in words; may
	// be nil.
	Thinking func(thought string)
	// Explore is true while learning: a decider may try what is uncertain.
	// It is false in evaluation, where nothing is explored.
	Explore bool
	// Wander says that this training task is one of those that do what is seldom
	// done, since next to nothing was ever solved in its scope.
	Wander bool
	// Discredited names the critics that had lost the right to give credit when the
	// run began: what they say of the steps in History is nothing to explore by.
	Discredited []string
}

// Rand returns the situation's own random source: the same run seed, step and
// stream give the same numbers, whatever was drawn elsewhere.
func (s *Situation) Rand(stream uint64) *rand.Rand {
	return rand.New(rand.NewPCG(uint64(s.Task.Seed)^uint64(s.Task.Draw)<<32, uint64(s.Index)<<16^stream))
}

// First returns the state that the run began with.
func (s *Situation) First() *State {
	if len(s.History) > 0 {
		return &s.History[0].Before
	}
	return &s.State
}

// Memory is what was recalled for one step. Nothing of it outlives the run.
type Memory struct {
	Rules []Recalled
	// Examples are remembered tasks that are like this one, best first (Contextual
	// Experience Replay, arXiv 2506.06698). They are the same for every step of a run.
	Examples []Match
	// Playbook is what the world's library says in all, the same for every step of a
	// run as long as the rules stay the same.
	Playbook Playbook
}

// Recalled is a rule with the reason it was recalled.
type Recalled struct {
	Rule  *Heuristic
	Score float64
	Why   string
	// Parts is what the score is made of, where Retrieve chose the rule.
	Parts *ScoreParts
	// Bearing is of which legal actions the rule speaks, nil where its condition
	// can't be read and its words alone decide.
	Bearing *Bearing
}

// Decision is a decider's answer.
type Decision struct {
	Action Action
	Usage  Usage
	Prompt string // name@hash of the prompt template
	// LeftOut names recalled rules that did not reach the decider after all, for
	// instance for want of room in the prompt. They get no credit.
	LeftOut []string
}

// Decider chooses actions: a language model (Actor) or the offline reasoner.
// Errors: ErrUnusable is an answer that could not be used and becomes a step
// without an action; every other error is a NoAnswer, which is retried where it
// may pass and then suspends the run; CodeStopped is an interruption.
type Decider interface {
	Decide(ctx context.Context, situation *Situation) (Decision, error)
}

// Recaller is a decider that reads the library in its own way. Without it the
// orchestrator chooses with Retrieve, at most three rules a tier.
type Recaller interface {
	Recall(ctx context.Context, situation *Situation, rules *RuleSet) ([]Recalled, error)
}

// Assessment is what a critic is asked. It is blind: states, not thoughts.
type Assessment struct {
	Task   Task
	World  Description
	Before *State // nil for the initial state
	After  State
	// PhiBefore is the Φ that the chain stands at; 0 for the initial state.
	PhiBefore float64
	// Done is true when the actor said DONE: the full state is scored.
	Done bool
	// Wrote holds texts that the actor itself put into the world. They may be
	// seen in the state and are no evidence for anything.
	Wrote []string
	Seed  int64
	// History holds the earlier steps of the run, oldest first; not to be changed. A
	// critic may look in it for what was seen so far, never for what the actor thought.
	History []Step
	// Best is the highest Φ of the run so far.
	Best float64
	// Verified says that the environment itself knows whether the purpose is reached:
	// no value ends the run before it says so.
	Verified bool
}

// Critic scores changes: a language model (PurposeFunction) or the offline
// reasoner. The score it returns keeps Φ in 0 to 10 and the chain
// PhiBefore + Delta = PhiAfter. An answer that can't be used is an Unscored
// score, not an error. Errors are as for Decider.
type Critic interface {
	Assess(ctx context.Context, a Assessment) (Score, error)
}

// Lesson is what a distiller learns from.
type Lesson struct {
	Trajectory *Trajectory
	World      Description
	Actions    []ActionSpec
	// Contrast holds earlier trajectories of like tasks with the other outcome.
	Contrast []*Trajectory
	// Similar holds earlier trajectories of like tasks that ended as this one did.
	Similar []*Trajectory
	// Rejected is what was proposed in this scope and did not pass, oldest first.
	Rejected []credit.Rejected
	// Rules is what Library.Standing returns in the trajectory's scope.
	Rules []*Heuristic
	// Discredited names the critics that have lost the right to give credit in
	// the trajectory's scope: their Δ says nothing, see MayCredit.
	Discredited []string
	// Changes are the changes of the scope's laws that were found: what was seen
	// before them does not teach the actions that they name (TaughtSince).
	Changes []credit.LawChange
}

// Proposal is a change that a distiller would like to see in the library.
type Proposal struct {
	// Rule to add or update; matched with existing rules by ID, else by Key.
	Rule Heuristic
	// Retire asks to retire the rule with Rule.ID instead.
	Retire bool
	Reason string
}

// Distiller turns a finished trajectory into proposals, failures included.
// Errors are as for Decider.
type Distiller interface {
	Distil(ctx context.Context, lesson Lesson) ([]Proposal, Usage, error)
}

// ReplayStats summarises a replay.
type ReplayStats struct {
	Count     int     `json:"count"`
	Capacity  int     `json:"capacity"` // of those that are no evidence
	Evidence  int     `json:"evidence"` // of rules in use; they stay beside the capacity
	Dropped   int64   `json:"dropped"`  // so far, to keep the capacity
	Successes int     `json:"successes"`
	MeanPhi   float64 `json:"mean_final_phi"`
	MeanQ     float64 `json:"mean_q"`
}

// Match is a trajectory found for a task.
type Match struct {
	Trajectory *Trajectory
	Score      float64 // fused rank, 0 to 1
	Similarity float64 // 0 to 1
	QValue     float64 // 0 to 1
	// Words and Vector are the ranks by likeness × value that were fused, from 1;
	// 0 where the list does not have it.
	Words, Vector int
}

// Replay keeps trajectories. Implementations are safe for concurrent use and
// pass conformance.Replay.
type Replay interface {
	// Add stores a trajectory, and drops the least valuable one beyond the
	// capacity. A trajectory with a known ID is not stored again.
	Add(ctx context.Context, t *Trajectory) error
	// Get returns one trajectory, or CodeNotFound.
	Get(ctx context.Context, id string) (*Trajectory, error)
	// Retrieve returns up to k trajectories of the scope's environment and
	// dynamics that are like the task, best first. It writes nothing.
	Retrieve(ctx context.Context, scope Scope, task Task, k int) ([]Match, error)
	// UpdateValue moves the classical value of the trajectories towards the
	// reward (1 or 0): Q ← Q + α(r − Q), α = 0.1. Unknown ids are left out.
	UpdateValue(ctx context.Context, ids []string, reward float64) error
	// Best returns up to n trajectories with SuccessRate ≥ minSuccessRate, by
	// outcome, value and cumulative reward, best first.
	Best(ctx context.Context, n int, minSuccessRate float64) ([]*Trajectory, error)
	// Recent returns up to n trajectories of the scope, newest first.
	Recent(ctx context.Context, scope Scope, n int) ([]*Trajectory, error)
	Stats(ctx context.Context) (ReplayStats, error)
}

// RuleSet is a read-only view of the usable rules of one scope at one moment.
// It and its rules must not be changed. Libraries make it with NewRuleSet.
type RuleSet struct {
	Scope Scope
	// Revision changes whenever a rule of the scope changes; equal revisions of
	// one scope mean equal rules.
	Revision int64
	Rules    []*Heuristic // that may enter a prompt
	// Candidates may not yet: they are retrieved in the shadow only.
	Candidates []*Heuristic

	mu     sync.Mutex // guards what follows, which is made when it is first asked for
	index  *ruleIndex
	rivals map[string]string // rules in use that contradict each other, both ways
	doubts []string          // ids of the rules in doubt, in order
}

// Library keeps heuristics. Implementations are safe for concurrent use and
// pass conformance.Library. What a method returns is a copy.
type Library interface {
	// Usable returns the rules of the scope that may enter a prompt. Rules
	// without an environment in their scope are in every scope.
	Usable(ctx context.Context, scope Scope) (*RuleSet, error)
	// All returns every rule of the scope, whatever its status.
	All(ctx context.Context, scope Scope) ([]*Heuristic, error)
	// Standing returns the rules of the scope that Heuristic.Standing holds for:
	// all that learning builds on. They must not be changed. Its cost does not
	// grow with what was retired.
	Standing(ctx context.Context, scope Scope) ([]*Heuristic, error)
	// Get returns one rule, or CodeNotFound.
	Get(ctx context.Context, id string) (*Heuristic, error)
	// Save applies one batch of learning in one transaction. It returns the
	// rules as stored, in the order of batch.Rules, nil for one that was left
	// out. CodeConflict: the batch's trajectory was distilled before; nothing
	// is written then.
	Save(ctx context.Context, batch Batch) ([]*Heuristic, error)
	// Distilled reports whether a batch with this trajectory was saved, also
	// before a restart.
	Distilled(ctx context.Context, trajectory string) (bool, error)
	// Ledger returns what the tasks of exactly this scope came to; a zero one
	// where none was counted. It must not be changed.
	Ledger(ctx context.Context, scope Scope) (credit.Ledger, error)
}

// Batch is what one trajectory, or one person, changes in a library.
type Batch struct {
	Actor string // who: a person, "rule distiller", a model
	// Trajectory, where given, is marked as distilled.
	Trajectory string
	// Rules without ID are new and get an ID and version 1. A rule with ID
	// replaces its row, and gets the next version if its words or predicate
	// changed; CodeNotFound if there is none. A new rule whose Key a person
	// deleted or banned in this scope is left out. With a Trajectory, a new rule
	// whose Key learning itself had retired in this scope brings that row back.
	Rules []*Heuristic
	// Uses adds to the counts and the credit of rules, and moves QValue towards
	// Reward with α = 0.1. Unknown ids are left out.
	Uses []credit.UseCount
	// Task, where given, is counted in the ledger of Scope, and the uses are
	// measured against the baseline that its type had before.
	Task  *credit.TaskRecord
	Scope Scope
	// Moves are changes of status that follow from the credit. One is left out
	// where the rule is no longer in the status that it leaves, or where a person
	// has decided on it.
	Moves []Move
}

// Move is a change of status that follows from credit.
type Move struct {
	ID     string
	From   Status
	To     Status
	Reason string
}

// Applies reports whether the move still fits the rule as it is stored.
func (m Move) Applies(stored *Heuristic) bool {
	return stored.Status == m.From && !stored.ByPeople()
}

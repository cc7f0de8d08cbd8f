package agent

import (
	"encoding/json"
	"fmt"
	"time"

	"purposeagent/agent/credit"
	"purposeagent/agent/files"
)

// Event is one entry of a run's log, in the same form stored, sent and folded
// into a page. Seq counts from 1 without gaps within a run. Exactly one
// terminal event ends each run, also on failure.
type Event struct {
	Seq  int64
	Run  string
	At   time.Time
	Data EventData
}

// EventData is the sealed sum of what can happen in a run. Switches over it
// are exhaustive, without default; make lint says where one is not.
//
//sumtype:decl
type EventData interface {
	// Kind is the wire name.
	Kind() string
	sealed()
}

// The events.
type (
	// RunQueued is the first event of a run that an engine will work.
	RunQueued struct {
		Task Task `json:"task"`
	}
	// RunStarted opens the episode: the initial state and its Φ.
	RunStarted struct {
		Task     Task         `json:"task"`
		Scope    Scope        `json:"scope"`
		State    State        `json:"state"`
		Score    Score        `json:"score"`
		Memory   bool         `json:"memory"`
		Rules    int          `json:"rules"` // usable rules in scope
		Examples []ExampleUse `json:"examples,omitempty"`
		// Holdout says whether chance kept the learned set out of this run.
		Holdout credit.SetHoldout `json:"holdout,omitzero"`
		// Verdict is the environment's true word about State, where it gives one.
		Verdict *Verdict `json:"verdict,omitempty"`
		// Files are what the environment shows of State, for people only.
		Files []files.File `json:"files,omitempty"`
	}
	// RunResumed says that a run goes on after step After.
	RunResumed struct {
		After  int    `json:"after"`
		Reason string `json:"reason"`
		By     string `json:"by,omitempty"` // who asked for it, where somebody did
		// InFlight was started outside this process before the interruption and has no
		// step: it may have been done, and may be done twice.
		InFlight *Action `json:"in_flight,omitempty"`
	}
	// NoteAdded is a person's word to the actor: in its prompt from the next step on.
	NoteAdded struct {
		Text  string `json:"text"`
		By    string `json:"by,omitempty"`
		After int    `json:"after"` // the steps that were done
		// Request is the stored request that this note answers, 0 for none.
		Request int64 `json:"request,omitempty"`
	}
	// ApprovalAsked suspends a run until a person answers, however long it takes.
	ApprovalAsked struct {
		Proposed
		Why string  `json:"why"`
		Phi float64 `json:"phi"`
		// Actions and Legal are what may be done instead.
		Actions []ActionSpec `json:"actions,omitempty"`
		Legal   []Action     `json:"legal,omitempty"`
	}
	// ApprovalAnswered is a person's word on what was asked: the run goes on.
	ApprovalAnswered struct {
		Index   int    `json:"index"`
		Verdict string `json:"verdict"`
		Action  Action `json:"action"` // the one to do, or the one that was refused
		Reason  string `json:"reason,omitempty"`
		By      string `json:"by,omitempty"`
		// Usage is what a refused proposal had cost; that of others is their step's.
		Usage Usage `json:"usage,omitzero"`
	}
	// ActionStarted is recorded before Execute where the environment can't be
	// restored or acts outside this process (Outside), so that an action in flight
	// at a crash is never silently done twice.
	ActionStarted struct {
		Index  int    `json:"index"`
		Action Action `json:"action"`
	}
	// StepTaken is one finished, scored step.
	StepTaken struct {
		Step Step `json:"step"`
	}
	// RunWaiting suspends a run: something it needs is down. It goes on by itself.
	RunWaiting struct {
		Reason  string    `json:"reason"`
		RetryAt time.Time `json:"retry_at"`
		// Step was done and could not be scored yet; it is scored and recorded when
		// the run goes on, or recorded without a score when it ends.
		Step *Step `json:"step,omitempty"`
	}
	// RunPaused suspends a run until somebody resumes it. Reason says what paused
	// it where no person did: a budget that is used up.
	RunPaused struct {
		Reason string `json:"reason,omitempty"`
		By     string `json:"by,omitempty"`
		Step   *Step  `json:"step,omitempty"` // as in RunWaiting
	}
	// Judged is the word of an environment's Judge about the last state.
	Judged struct {
		Verdict Verdict `json:"verdict"`
		// Files are what people are shown of how it came to its word.
		Files []files.File `json:"files,omitempty"`
	}
	// Learned says what the finished trajectory changed in the library.
	Learned struct {
		Trajectory string       `json:"trajectory"`
		Changes    []RuleChange `json:"changes,omitempty"`
		Rejected   []Rejection  `json:"rejected,omitempty"`
		Set        *SetChange   `json:"set,omitempty"`   // the learned set was suspended, or lifted
		Error      string       `json:"error,omitempty"` // learning failed; the run did not
	}
	// RunFinished is terminal: the episode came to an end.
	RunFinished struct {
		Result TaskResult `json:"result"`
	}
	// RunStopped is terminal: a person ended the run.
	RunStopped struct {
		Result TaskResult `json:"result"`
		By     string     `json:"by,omitempty"`
	}
	// RunFailed is terminal: the run could not go on. What it did is kept.
	RunFailed struct {
		Code    Code       `json:"code"`
		Message string     `json:"message"`
		Result  TaskResult `json:"result"`
	}
)

// RuleChange is one change of the library, as an event names it.
type RuleChange struct {
	ID     string `json:"id"`
	Title  string `json:"title"`
	Op     string `json:"op"` // added, updated, merged, retired, on trial, promoted, archived
	Reason string `json:"reason,omitempty"`
}

// Rejection is a proposed heuristic that did not pass, and why.
type Rejection struct {
	Title  string `json:"title"`
	Reason string `json:"reason"`
}

// Kind returns "run_queued", the wire name.
func (RunQueued) Kind() string { return "run_queued" }

// Kind returns "run_started", the wire name.
func (RunStarted) Kind() string { return "run_started" }

// Kind returns "run_resumed", the wire name.
func (RunResumed) Kind() string { return "run_resumed" }

// Kind returns "action_started", the wire name.
func (ActionStarted) Kind() string { return "action_started" }

// Kind returns "step", the wire name.
func (StepTaken) Kind() string { return "step" }

// Kind returns "run_waiting", the wire name.
func (RunWaiting) Kind() string { return "run_waiting" }

// Kind returns "run_paused", the wire name.
func (RunPaused) Kind() string { return "run_paused" }

// Kind returns "note", the wire name.
func (NoteAdded) Kind() string { return "note" }

// Kind returns "approval_asked", the wire name.
func (ApprovalAsked) Kind() string { return "approval_asked" }

// Kind returns "approval_answered", the wire name.
func (ApprovalAnswered) Kind() string { return "approval_answered" }

// Kind returns "judged", the wire name.
func (Judged) Kind() string { return "judged" }

// Kind returns "learned", the wire name.
func (Learned) Kind() string { return "learned" }

// Kind returns "run_finished", the wire name.
func (RunFinished) Kind() string { return "run_finished" }

// Kind returns "run_stopped", the wire name.
func (RunStopped) Kind() string { return "run_stopped" }

// Kind returns "run_failed", the wire name.
func (RunFailed) Kind() string { return "run_failed" }

func (RunQueued) sealed()        {}
func (RunStarted) sealed()       {}
func (RunResumed) sealed()       {}
func (ActionStarted) sealed()    {}
func (StepTaken) sealed()        {}
func (RunWaiting) sealed()       {}
func (RunPaused) sealed()        {}
func (NoteAdded) sealed()        {}
func (ApprovalAsked) sealed()    {}
func (ApprovalAnswered) sealed() {}
func (Judged) sealed()           {}
func (Learned) sealed()          {}
func (RunFinished) sealed()      {}
func (RunStopped) sealed()       {}
func (RunFailed) sealed()        {}

// Terminal reports whether the event ends its run.
func (e Event) Terminal() bool {
	switch e.Data.(type) {
	case RunFinished, RunStopped, RunFailed:
		return true
	case RunQueued, RunStarted, RunResumed, ActionStarted, StepTaken, RunWaiting, RunPaused, NoteAdded, ApprovalAsked, ApprovalAnswered, Judged, Learned:
		return false
	}
	return false
}

// Suspends reports whether nobody works the run after the event.
func (e Event) Suspends() bool {
	switch e.Data.(type) {
	case RunFinished, RunStopped, RunFailed, RunWaiting, RunPaused, ApprovalAsked:
		return true
	case RunQueued, RunStarted, RunResumed, ActionStarted, StepTaken, NoteAdded, ApprovalAnswered, Judged, Learned:
		return false
	}
	return false
}

type envelope struct {
	Seq  int64           `json:"seq"`
	Run  string          `json:"run"`
	At   time.Time       `json:"at"`
	Kind string          `json:"kind"`
	Data json.RawMessage `json:"data"`
}

// MarshalJSON writes the envelope {seq, run, at, kind, data}.
func (e Event) MarshalJSON() ([]byte, error) {
	if e.Data == nil {
		return nil, fmt.Errorf("event %d of run %s has no data", e.Seq, e.Run)
	}
	data, err := json.Marshal(e.Data)
	if err != nil {
		return nil, err
	}
	return json.Marshal(envelope{e.Seq, e.Run, e.At, e.Data.Kind(), data})
}

// UnmarshalJSON reads an envelope; an unknown kind is CodeInvalid.
func (e *Event) UnmarshalJSON(raw []byte) error {
	var v envelope
	if err := json.Unmarshal(raw, &v); err != nil {
		return err
	}
	data, err := decodeEventData(v.Kind, v.Data)
	if err != nil {
		return err
	}
	*e = Event{v.Seq, v.Run, v.At, data}
	return nil
}

func decodeEventData(kind string, raw json.RawMessage) (EventData, error) {
	switch kind {
	case RunQueued{}.Kind():
		return decodeAs[RunQueued](raw)
	case RunStarted{}.Kind():
		return decodeAs[RunStarted](raw)
	case RunResumed{}.Kind():
		return decodeAs[RunResumed](raw)
	case ActionStarted{}.Kind():
		return decodeAs[ActionStarted](raw)
	case StepTaken{}.Kind():
		return decodeAs[StepTaken](raw)
	case RunWaiting{}.Kind():
		return decodeAs[RunWaiting](raw)
	case RunPaused{}.Kind():
		return decodeAs[RunPaused](raw)
	case NoteAdded{}.Kind():
		return decodeAs[NoteAdded](raw)
	case ApprovalAsked{}.Kind():
		return decodeAs[ApprovalAsked](raw)
	case ApprovalAnswered{}.Kind():
		return decodeAs[ApprovalAnswered](raw)
	case Judged{}.Kind():
		return decodeAs[Judged](raw)
	case Learned{}.Kind():
		return decodeAs[Learned](raw)
	case RunFinished{}.Kind():
		return decodeAs[RunFinished](raw)
	case RunStopped{}.Kind():
		return decodeAs[RunStopped](raw)
	case RunFailed{}.Kind():
		return decodeAs[RunFailed](raw)
	}
	return nil, Errorf(CodeInvalid, "unknown event kind %q", kind)
}

func decodeAs[T EventData](raw json.RawMessage) (EventData, error) {
	var v T
	if err := json.Unmarshal(raw, &v); err != nil {
		return nil, fmt.Errorf("decode %s event: %w", v.Kind(), err)
	}
	return v, nil
}

// SetChange is a change of whether a learned set is used, as the history of a
// library tells it.
type SetChange struct {
	Action LibraryAction `json:"action"` // ActSuspend or ActLift
	Reason string        `json:"reason"`
}

// SetChanged compares a ledger before and after one task was counted; nil if
// the set is in use as before. task is the one that was counted.
func SetChanged(before, after *credit.Ledger, task *credit.TaskRecord) *SetChange {
	switch {
	case before.Suspended == nil && after.Suspended != nil:
		return &SetChange{ActSuspend, after.Suspended.Reason}
	case before.Suspended != nil && after.Suspended == nil:
		figures := before.Test
		figures.Add(task.Set.Propensity, !task.Set.Withheld, task.Solved, true)
		return &SetChange{ActLift, "the learned rules raise success again: " + (&credit.Ledger{Test: figures}).Figures().String()}
	}
	return nil
}

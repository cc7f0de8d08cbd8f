package agent

import (
	"context"
	"math"
)

// Environment is a world an actor acts in. One value serves one run at a time
// and is used by one goroutine at a time.
//
// Execute gets the state the action starts from and returns the state after
// it. An error from Execute does not end a run: the orchestrator makes the
// next state with State.WithError and has it scored like any other.
type Environment interface {
	// Actions announces what can be done. It is constant for one value.
	Actions() []ActionSpec
	// Reset starts a new episode for the task; the same task (its seed above
	// all) gives the same state. Errors: CodeInvalid for a task that does not
	// fit, CodeUnavailable.
	Reset(ctx context.Context, task Task) (State, error)
	// Execute does the action. Errors: CodeInvalid for an action that can't be
	// done here, CodeUnavailable, CodeTimeout.
	Execute(ctx context.Context, action Action, state State) (State, error)
	// IsTerminal reports whether no further action is possible.
	IsTerminal(state State) bool
}

// The optional powers of an environment, found by type assertion.
type (
	// Verifier knows the truth about a state. What it says is never shown to the actor.
	Verifier interface {
		Verify(ctx context.Context, state State) (Verdict, error)
	}
	// Judge knows the truth only once the episode is over: what takes long, or
	// would tell the actor too much, such as hidden tests. It is asked once, about
	// the last state, after all that a Verifier says; its word is the outcome. It
	// must not change what can be observed, and is asked again if the program died
	// before its word was stored. Errors end the run as failed.
	Judge interface {
		Judge(ctx context.Context, state State) (Verdict, error)
	}
	// Potential is the environment's own Φ, 0 to 10, for instance from an exact
	// distance to the goal. The offline critic uses it and says so.
	Potential interface {
		Potential(state State) (float64, error)
	}
	// Legal lists the actions that can be done in a state, in a fixed order,
	// without DONE.
	Legal interface {
		LegalActions(state State) []Action
	}
	// Describer tells people, prompts and learners how to read the environment.
	Describer interface {
		Describe() Description
	}
	// Picturer draws a state as a small self-contained SVG without script.
	Picturer interface {
		Picture(state State) (svg string, err error)
	}
	// Restorer makes a fresh value ready to go on from a state it produced
	// earlier for the same task. After it, Execute behaves as if the episode
	// had never been interrupted.
	Restorer interface {
		Restore(ctx context.Context, task Task, state State) error
	}
	// TaskChecker says before anything is launched whether a task can be worked
	// on here: nil where Reset, or Restore for a task with an initial state,
	// would take it. It has no effect and needs nothing outside the process.
	// Errors: CodeInvalid, with Fields keyed "purpose" and "initial_state".
	TaskChecker interface {
		CheckTask(task Task) error
	}
)

// CheckInitialState asks a Restorer whether it takes a task's initial state.
// What it refuses is said beside the field "initial_state". A task without one
// is fine.
func CheckInitialState(r Restorer, task Task) error {
	if task.InitialState == nil {
		return nil
	}
	if err := r.Restore(context.Background(), task, *task.InitialState); err != nil {
		return InvalidFields(map[string]string{"initial_state": MessageOf(err)})
	}
	return nil
}

// Verdict is an environment's true word about a state.
type Verdict struct {
	Success bool     // the purpose is reached
	Score   float64  // share of the goal, 0 to 1
	Reward  *float64 // reward of the step that led here, where there is one
}

// Check reports what is wrong with a verdict: CodeInvalid.
func (v *Verdict) Check() error {
	if !(v.Score >= 0 && v.Score <= 1) { // NaN too
		return Errorf(CodeInvalid, "the environment's score is %v; it must lie between 0 and 1", v.Score)
	}
	if v.Reward != nil && (math.IsNaN(*v.Reward) || math.IsInf(*v.Reward, 0)) {
		return Errorf(CodeInvalid, "the environment's reward is %v; it must be a number", *v.Reward)
	}
	return nil
}

// Outside is an environment whose actions have effects outside this process,
// which no restored state takes back: another program, a service, a browser. Each
// action is recorded before it is done, whatever else the environment can do.
type Outside interface {
	ActsOutside() bool
}

// actsOutside reports whether the environment's actions can't be taken back by
// entering an earlier state.
func actsOutside(env Environment) bool {
	if o, ok := env.(Outside); ok && o.ActsOutside() {
		return true
	}
	_, ok := env.(Restorer)
	return !ok
}

// Description is what an environment announces about itself.
type Description struct {
	// Text tells an actor what world it is in, in a few sentences.
	Text string
	// Dynamics names the laws the world obeys. Rules learned under one name
	// hold under it and are not used under another. Empty if all values of the
	// environment obey the same laws.
	Dynamics string
	// Milestones lie between a start and a purpose, in order, in a few words each and
	// in general terms: "the piece is prepared". Critics by model judge by them.
	Milestones []string
	State      StateSpec
}

// StateSpec announces where a learner finds things in State.Data, by RFC 6901
// JSON pointers, without meaning. Empty pointers are absent.
type StateSpec struct {
	// Things points to an object {id: {attribute: value}} of what can be seen
	// now, held things included. Values are strings.
	Things string
	// Held points to an array of the ids of things the actor holds.
	Held string
	// Place points to the id of the place the actor is at, stable in an episode.
	Place string
	// Exits points to an object {passage: {attribute: value}} of the ways out.
	Exits string
	// Vocabulary lists, per attribute, the values it can take.
	Vocabulary map[string][]string
	// Phrases are the words that people use for features of this world
	// (docs/remote.md lists the features).
	Phrases []Phrase
}

// Phrase says a feature in words. One * in it stands for any words, and must be in
// all of its texts then.
type Phrase struct {
	Feature string `json:"feature"`
	Yes     string `json:"yes"`          // "it is prepared as its material needs"
	No      string `json:"no,omitempty"` // "it is not yet …"; may be left out
}

// DescriptionOf returns the environment's description, or a zero one.
func DescriptionOf(env Environment) Description {
	if d, ok := env.(Describer); ok {
		return d.Describe()
	}
	return Description{}
}

// SimpleEnvironment is an environment made of functions. Only ExecuteFunc is
// required. It can be restored, since all of it is in the state.
type SimpleEnvironment struct {
	Specs        []ActionSpec
	Info         Description
	ResetFunc    func(ctx context.Context, task Task) (State, error)
	ExecuteFunc  func(ctx context.Context, action Action, state State) (State, error)
	TerminalFunc func(state State) bool
	LegalFunc    func(state State) []Action
}

var (
	_ Environment = (*SimpleEnvironment)(nil)
	_ Restorer    = (*SimpleEnvironment)(nil)
	_ Describer   = (*SimpleEnvironment)(nil)
	_ Legal       = (*SimpleEnvironment)(nil)
)

// Actions returns Specs.
func (e *SimpleEnvironment) Actions() []ActionSpec { return e.Specs }

// Describe returns Info.
func (e *SimpleEnvironment) Describe() Description { return e.Info }

// Reset calls ResetFunc, or returns the empty state.
func (e *SimpleEnvironment) Reset(ctx context.Context, task Task) (State, error) {
	if e.ResetFunc == nil {
		return State{}, nil
	}
	return e.ResetFunc(ctx, task)
}

// Execute calls ExecuteFunc.
func (e *SimpleEnvironment) Execute(ctx context.Context, action Action, state State) (State, error) {
	return e.ExecuteFunc(ctx, action, state)
}

// IsTerminal calls TerminalFunc; without one no state is terminal.
func (e *SimpleEnvironment) IsTerminal(state State) bool {
	return e.TerminalFunc != nil && e.TerminalFunc(state)
}

// LegalActions calls LegalFunc; without one it lists none.
func (e *SimpleEnvironment) LegalActions(state State) []Action {
	if e.LegalFunc == nil {
		return nil
	}
	return e.LegalFunc(state)
}

// Restore does nothing: all of the environment is in the state.
func (e *SimpleEnvironment) Restore(context.Context, Task, State) error { return nil }

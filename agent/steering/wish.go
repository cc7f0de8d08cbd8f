package steering

import "purposeagent/agent"

// WishKind is what a person can ask of a run that has not ended.
type WishKind string

// The wishes.
const (
	WishNote   WishKind = "note"   // tell the actor something
	WishPause  WishKind = "pause"  // suspend the run until it is resumed
	WishStop   WishKind = "stop"   // end it for good
	WishResume WishKind = "resume" // let it go on to its end
	WishStep   WishKind = "step"   // let it take one step and pause
	WishExtend WishKind = "extend" // give it more to spend and let it go on
	WishAnswer WishKind = "answer" // say whether the action that it asks about is done
)

// Wish is what a person asks of a run. Wishes hold in the order in which they
// were granted: each gets into the run's record, or it was refused.
type Wish struct {
	Kind   WishKind      `json:"-"`
	By     string        `json:"-"`
	Text   string        `json:"text,omitempty"`   // of a note
	Answer *agent.Answer `json:"answer,omitempty"` // where the run asks
	Steps  int           `json:"steps,omitempty"`  // of an extension
	More   agent.Budget  `json:"more,omitzero"`
}

// Phase is how a run will stand once all that was asked of it before is done.
type Phase string

// The phases.
const (
	PhaseFresh    Phase = "queued"        // nobody has begun it
	PhaseGoing    Phase = "running"       // to its end
	PhaseStepping Phase = "taking a step" // it pauses by itself after it
	PhaseClosing  Phase = "at its end"    // it takes no more steps, and learns
	PhasePaused   Phase = "paused"        // until it is resumed
	PhaseWaiting  Phase = "waiting"       // something it needs is down
	PhaseAsking   Phase = "asking"        // for a person's answer
	PhaseStopping Phase = "being stopped" // a person ended it
)

// Outlook is what has to be known of a run that has not ended to grant a wish.
type Outlook struct {
	Run   string
	Phase Phase
	Asked *agent.ApprovalAsked // what nobody has answered yet
}

// After returns how the run stands once the wish has come true too. Errors:
// CodeConflict for a wish that contradicts what was asked of the run before,
// CodeInvalid, with a message per field, for an answer that is none.
func (o Outlook) After(w Wish) (Outlook, error) {
	if o.Phase == PhaseStopping {
		if w.Kind == WishStop {
			return o, nil
		}
		return o, agent.Errorf(agent.CodeConflict, "run %s is being stopped; nothing more can be asked of it", o.Run)
	}
	switch w.Kind {
	case WishNote:
		if o.Phase == PhaseClosing {
			return o, agent.Errorf(agent.CodeConflict, "run %s has come to its end; its actor takes no more steps", o.Run)
		}
	case WishStop:
		o.Phase = PhaseStopping
	case WishPause:
		if o.Phase != PhaseStepping { // that one pauses as it is
			o.Phase = PhasePaused
		}
	case WishResume:
		return o.resumed()
	case WishStep:
		if o.Phase != PhasePaused && o.Phase != PhaseStepping {
			return o, agent.Errorf(agent.CodeConflict, "run %s is %s; pause it first to go on step by step", o.Run, o.Phase)
		}
		o.Phase = PhaseStepping
	case WishExtend:
		return o.extended()
	case WishAnswer:
		if w.Answer == nil {
			return o, agent.Errorf(agent.CodeInvalid, "the answer is missing")
		}
		if _, err := w.Answer.Check(o.Asked, w.By); err != nil {
			return o, err
		}
		if o.Asked = nil; o.Phase == PhaseAsking {
			o.Phase = PhaseGoing
		}
	}
	return o, nil
}

func (o Outlook) resumed() (Outlook, error) {
	switch o.Phase {
	case PhasePaused, PhaseWaiting, PhaseStepping:
		o.Phase = PhaseGoing
		return o, nil
	case PhaseAsking:
		return o, agent.Errorf(agent.CodeConflict, "run %s asks about step %d; approve, edit or reject it", o.Run, o.Asked.Index)
	case PhaseFresh, PhaseGoing, PhaseClosing, PhaseStopping:
	}
	return o, agent.Errorf(agent.CodeConflict, "run %s is %s; only a paused or waiting run can be resumed", o.Run, o.Phase)
}

func (o Outlook) extended() (Outlook, error) {
	switch o.Phase {
	case PhasePaused, PhaseWaiting:
		o.Phase = PhaseGoing
		return o, nil
	case PhaseFresh, PhaseAsking:
		return o, nil // it goes on by itself, or once it is answered
	case PhaseGoing, PhaseStepping, PhaseClosing, PhaseStopping:
	}
	return o, agent.Errorf(agent.CodeConflict, "run %s is %s; pause it first", o.Run, o.Phase)
}

// Granted is what became of a wish.
type Granted struct {
	Events    []agent.Event // what is in the log of it already
	Interrupt *Wish         // the pause or stop that the run's worker has to do at once, nil for none
	Due       bool          // a worker should take the run now
}

package agent

import (
	"errors"
	"time"
)

// ErrUnusable is in the chain of an error of a role whose model did answer, and
// whose answer could not be used even after the repair retry. It is the only
// error that says something about the model's ability: an actor's is a step
// without an action, a critic's an unscored step, a distiller's an empty lesson.
// Every other error of a role is a [NoAnswer].
var ErrUnusable = errors.New("the model's answer can't be used")

// NoAnswerReason says why there is no answer of a model.
type NoAnswerReason string

// The reasons.
const (
	NoAnswerRefused NoAnswerReason = "refused" // the server does not serve the request: a parameter, a limit, a filter
	NoAnswerDenied  NoAnswerReason = "denied"  // a wrong or missing key, no permission, no credit
	NoAnswerLimited NoAnswerReason = "limited" // the server asks to slow down, or the connection's own budget is used up
	NoAnswerCut     NoAnswerReason = "cut"     // the answer broke off
	NoAnswerDown    NoAnswerReason = "down"    // nobody answers, or not in time
)

// NoAnswer is the error of a model that was not asked or did not answer. It is
// nobody's failure at the task: a run that meets it waits or fails with the
// server's words, and nothing is learned, counted, scored or kept of it.
type NoAnswer struct { //nolint:errname // it is what it says, in every sentence about it
	Why   NoAnswerReason
	Model string        // provider:model
	After time.Duration // how long the other side asks to wait; 0: it did not say
	Err   error         // an *Error: its code, and its words for people
}

// Error is what happened, in the words of Err.
func (n *NoAnswer) Error() string { return n.Err.Error() }

// Unwrap returns Err.
func (n *NoAnswer) Unwrap() error { return n.Err }

// NoAnswerOf returns the NoAnswer that an error of a role is, made from its code
// where no client said more; false for nil, for an answer that can't be used, and
// for an interruption (CodeStopped).
func NoAnswerOf(err error) (*NoAnswer, bool) {
	if err == nil || errors.Is(err, ErrUnusable) {
		return nil, false
	}
	if n, ok := errors.AsType[*NoAnswer](err); ok {
		return n, true
	}
	n := &NoAnswer{Err: err}
	switch CodeOf(err) {
	case CodeStopped:
		return nil, false
	case CodeDenied:
		n.Why = NoAnswerDenied
	case CodeRateLimited:
		n.Why = NoAnswerLimited
	case CodeInvalid, CodeNotFound, CodeConflict:
		n.Why = NoAnswerRefused
	case CodeUnavailable, CodeTimeout, CodeInternal:
		n.Why = NoAnswerDown
	}
	return n, true
}

// AsNoAnswer returns an error of a model as a NoAnswer, whatever its client made
// of it; one that is none as it is.
func AsNoAnswer(err error) error {
	if n, ok := NoAnswerOf(err); ok && !errors.As(err, new(*NoAnswer)) {
		return n
	}
	return err
}

// ErrContextOverflow is in the chain of a CodeInvalid error of an [LLM] whose
// context is too small for the request. The roles answer it with a shorter prompt.
var ErrContextOverflow = errors.New("the prompt is longer than the model's context")

package agent

import (
	"context"
	"errors"
	"fmt"
)

// Code classifies an error once, where it arises; every border (HTTP, command
// line) maps the code, never the text.
type Code string

// The codes. Each exported method says which of them it returns.
const (
	CodeInvalid     Code = "invalid"      // the caller's input is wrong and says how to mend it
	CodeNotFound    Code = "not_found"    // no such record
	CodeConflict    Code = "conflict"     // the record is in another state than the caller thinks
	CodeUnavailable Code = "unavailable"  // a model, database or environment can't be reached now
	CodeRateLimited Code = "rate_limited" // the other side asks to slow down
	CodeDenied      Code = "denied"       // a wrong or missing key or permission
	CodeTimeout     Code = "timeout"      // took longer than allowed
	CodeStopped     Code = "stopped"      // ended by a person or by shutdown
	CodeInternal    Code = "internal"     // our own fault; the text is not for people
)

// Error is an error with a code and a message for people. The wrapped cause is
// for logs. Fields holds messages per input field, keyed by its JSON name.
type Error struct {
	Code    Code
	Message string
	Fields  map[string]string
	Err     error
}

// Error returns the message and, where there is one, the cause.
func (e *Error) Error() string {
	if e.Err != nil && e.Message != e.Err.Error() {
		return e.Message + ": " + e.Err.Error()
	}
	return e.Message
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf returns an *Error with the code and the formatted message. An operand
// of %w becomes the wrapped cause and stays out of nothing: it is in the
// message as with fmt.Errorf. A reason that turned out empty leaves no colon at
// the end.
func Errorf(code Code, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Code: code, Message: untailed(err.Error()), Err: errors.Unwrap(err)}
}

// Wrap classifies err with a code and a message for people that does not
// contain the cause's text.
func Wrap(code Code, err error, format string, args ...any) *Error {
	return &Error{Code: code, Message: untailed(fmt.Sprintf(format, args...)), Err: err}
}

// InvalidFields returns a CodeInvalid error with one message per field.
func InvalidFields(fields map[string]string) *Error {
	message := "some fields need a look"
	if len(fields) == 1 {
		for name, text := range fields {
			message = Because(name, text)
		}
	}
	return &Error{Code: CodeInvalid, Message: message, Fields: fields}
}

// CodeOf returns the code of the first *Error in err's chain, CodeTimeout or
// CodeStopped for context errors, and CodeInternal for anything else.
func CodeOf(err error) Code {
	var e *Error
	switch {
	case errors.As(err, &e):
		return e.Code
	case errors.Is(err, context.DeadlineExceeded):
		return CodeTimeout
	case errors.Is(err, context.Canceled):
		return CodeStopped
	}
	return CodeInternal
}

// MessageOf returns the text of err that people may see: the message of the
// first *Error in its chain, what ended its context, and a general sentence for
// any other error.
func MessageOf(err error) string {
	var e *Error
	switch {
	case errors.As(err, &e) && e.Code != CodeInternal:
		return e.Message
	case e != nil:
	case errors.Is(err, context.DeadlineExceeded):
		return "it took longer than allowed"
	case errors.Is(err, context.Canceled):
		return "it was interrupted"
	}
	return "something went wrong inside Purpose"
}

// Causes with which a run's context is cancelled; the orchestrator reads them
// with context.Cause and ends or suspends the run accordingly.
var (
	// ErrStop ends the run for good: the terminal event is RunStopped.
	ErrStop = errors.New("run stopped by a person")
	// ErrPause suspends the run until somebody resumes it.
	ErrPause = errors.New("run paused by a person")
)

package remote

import (
	"context"
	"errors"
	"fmt"

	"purposeagent/agent"
)

var errClosed = agent.Errorf(agent.CodeUnavailable, "the environment was closed")

// running makes sure that the program runs and is what it was.
func (e *Env) running(ctx context.Context) error {
	switch {
	case e.closed:
		return errClosed
	case e.program != nil:
		return nil
	case e.failed >= maxFailedStarts:
		return agent.Errorf(agent.CodeUnavailable, "the program was started %d times without a good hello and is not started again in this run. %s", e.failed, e.why())
	}
	err := e.start(ctx)
	switch {
	case err == nil:
		e.failed = 0
	case ctx.Err() == nil:
		e.failed++
	}
	return err
}

// maxFailedStarts bounds how often a program is started that says no hello.
const maxFailedStarts = 3

// start starts the program and says hello. Another hello than the first one is
// an error: a run can't change its world.
func (e *Env) start(ctx context.Context) error {
	program, err := e.open()
	if err != nil {
		return err
	}
	e.program, e.at = program, ""
	whole, err := e.ask(ctx, e.greeting())
	if agent.CodeOf(err) == agent.CodeTimeout && ctx.Err() == nil {
		err = agent.Errorf(agent.CodeTimeout, "%s. A program that needs longer to start gets it by timeout_seconds, here more than %d, up to %d",
			agent.MessageOf(err), int(e.options.StartTimeout.Seconds()), maxTimeout)
	}
	if err != nil {
		return e.stopped(err) // a refusal too: there is no going on without hello
	}
	h, err := parseHello(whole)
	if err != nil {
		return e.misbehaved("hello", err)
	}
	switch {
	case e.hello == nil:
		e.hello = h
	case !h.same(e.hello):
		return e.stopped(agent.Errorf(agent.CodeConflict, "%s announces another name, dynamics, actions, state or powers than when this run began; start another run", e.config.called()))
	}
	return nil
}

func (e *Env) greeting() *request {
	return &request{Command: "hello", Protocol: Protocol, World: e.config.World, Split: e.config.Split, Options: &e.config.Options}
}

// reuse takes a program from the pool and says hello again. One that does not
// answer as it did before is ended; there may be another.
func (e *Env) reuse(ctx context.Context) bool {
	for one := e.options.Pool.take(e.key); one != nil; one = e.options.Pool.take(e.key) {
		e.program, e.at = one.program, ""
		whole, err := e.ask(ctx, e.greeting())
		if err == nil {
			if h, failed := parseHello(whole); failed == nil && h.same(one.hello) {
				e.hello = h
				return true
			}
		}
		_ = e.stopped(err)
	}
	return false
}

// ask sends a request and returns the answer. Whatever goes wrong except a
// refusal ends the program, since it may answer late.
func (e *Env) ask(ctx context.Context, r *request) (agent.Object, error) {
	r.ID, r.Session = e.program.number(), e.program.session()
	line, err := r.line()
	if err != nil {
		return "", err
	}
	limit := e.options.AnswerTimeout
	if r.Command == "hello" {
		limit = e.options.StartTimeout
	}
	if err := ctx.Err(); err != nil {
		return "", err // nothing was asked; the program stands where it stood
	}
	raw, err := e.program.ask(ctx, r.Command, line, limit)
	if err != nil {
		return "", e.stopped(err)
	}
	whole, err := parseAnswer(raw, r.ID)
	var no *refusal
	switch {
	case errors.As(err, &no):
		return "", no.err
	case err != nil:
		return "", e.misbehaved(r.Command, err)
	}
	return whole, nil
}

// misbehaved ends a program whose answer can't be used.
func (e *Env) misbehaved(what string, err error) error {
	return e.stopped(agent.Errorf(agent.CodeUnavailable, "%s, asked to %s: %s", e.config.called(), what, plain(err)))
}

// plain is an error's text for people.
func plain(err error) string {
	if e, ok := errors.AsType[*agent.Error](err); ok {
		return e.Message
	}
	return fmt.Sprint(err)
}

// stopped ends the program for the reason.
func (e *Env) stopped(reason error) error {
	if e.program != nil {
		e.program.End()
		e.program, e.at = nil, ""
	}
	e.reason = reason
	return reason
}

// why tells people why the program does not run.
func (e *Env) why() string {
	if known, ok := errors.AsType[*agent.Error](e.reason); ok {
		return known.Message
	}
	return "It was interrupted."
}

// Close gives the program back to the pool. Without a pool it asks the program
// to end and waits until it is gone; it is ended if it does not go by itself.
// Closing again does nothing.
func (e *Env) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	if e.program == nil {
		return nil
	}
	if !e.options.Pool.put(e.key, e.program, e.hello, e.options.CloseTimeout) {
		e.program.Close(farewell(e.program), e.options.CloseTimeout)
	}
	e.program = nil
	return nil
}

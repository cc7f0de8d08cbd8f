package agenttest

import (
	"context"
	"errors"
	"sync"

	"purposeagent/agent"
)

// Fault is what a Faulty environment does instead of its work.
type Fault int

// The faults.
const (
	FaultNone  Fault = iota
	FaultError       // a plain error
	FaultPanic       // a panic
	FaultHang        // blocks until the context ends, and returns its error
	FaultStuck       // blocks, deaf to the context, until Release
)

// ErrFault is the error of FaultError and the value of FaultPanic.
var ErrFault = errors.New("fault on demand")

// Faulty is an environment around another one that fails on demand. It has
// only the Environment interface, none of the optional powers, so an
// orchestrator can't restore it.
type Faulty struct {
	agent.Environment
	// OnReset is the fault of each Reset.
	OnReset Fault
	// OnExecute returns the fault of the n-th Execute, from 1; nil means none.
	OnExecute func(call int, action agent.Action) Fault

	once    sync.Once
	mu      sync.Mutex
	calls   int
	release chan struct{}
}

var _ agent.Environment = (*Faulty)(nil)

// NewFaulty returns an environment that does what env does, except at the
// numbered Execute calls (from 1), where it has the fault.
func NewFaulty(env agent.Environment, fault Fault, calls ...int) *Faulty {
	at := map[int]bool{}
	for _, call := range calls {
		at[call] = true
	}
	return &Faulty{Environment: env, release: make(chan struct{}), OnExecute: func(call int, _ agent.Action) Fault {
		if at[call] {
			return fault
		}
		return FaultNone
	}}
}

// Release ends all present and future FaultStuck calls. A test defers it.
func (f *Faulty) Release() { f.once.Do(func() { close(f.release) }) }

// Calls returns how often Execute was called.
func (f *Faulty) Calls() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls
}

// Reset resets the environment inside, or has the fault of OnReset.
func (f *Faulty) Reset(ctx context.Context, task agent.Task) (agent.State, error) {
	if err := f.fail(ctx, f.OnReset); err != nil {
		return agent.State{}, err
	}
	return f.Environment.Reset(ctx, task)
}

// Execute executes in the environment inside, or has the call's fault.
func (f *Faulty) Execute(ctx context.Context, action agent.Action, state agent.State) (agent.State, error) {
	f.mu.Lock()
	f.calls++
	call := f.calls
	f.mu.Unlock()
	if f.OnExecute != nil {
		if err := f.fail(ctx, f.OnExecute(call, action)); err != nil {
			return agent.State{}, err
		}
	}
	return f.Environment.Execute(ctx, action, state)
}

func (f *Faulty) fail(ctx context.Context, fault Fault) error {
	switch fault {
	case FaultNone:
		return nil
	case FaultError:
		return ErrFault
	case FaultPanic:
		panic(ErrFault)
	case FaultHang:
		<-ctx.Done()
		return ctx.Err()
	case FaultStuck:
		<-f.release
		return errors.New("was stuck until it was released")
	}
	return nil
}

package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/urfave/cli/v3"

	"purposeagent/agent"
)

// Exit codes of the program.
const (
	ExitOK          = 0   // finished and successful
	ExitUnsolved    = 1   // finished without success
	ExitWrongUse    = 2   // wrong usage: flags, names, values
	ExitFailed      = 3   // it failed
	ExitInterrupted = 130 // it was interrupted, as shells have it
)

// Run is the whole program with everything it takes from outside as
// parameters, so that tests start the real one: its version, its arguments with
// its name as the first, and its environment. It returns the exit code.
func Run(ctx context.Context, version string, args []string, getenv func(string) (string, bool), stdout, stderr io.Writer) int {
	err := newCommand(version, getenv, stdout, stderr).Run(ctx, args)
	var ended *exit
	switch {
	case err == nil:
		return ExitOK
	case errors.As(err, &ended):
		if ended.err != nil {
			complain(stderr, ended.err)
		}
		return ended.code
	case agent.CodeOf(err) == agent.CodeInvalid || agent.CodeOf(err) == agent.CodeNotFound:
		complain(stderr, err)
		return ExitWrongUse
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		complain(stderr, agent.Wrap(agent.CodeStopped, err, "interrupted"))
		return ExitInterrupted
	case isUsage(err), wrongValue.MatchString(err.Error()): // a variable's value is not seen by OnUsageError
		_, _ = fmt.Fprintln(stderr, "purpose:", plainUsage(err))
		return ExitWrongUse
	}
	complain(stderr, err)
	return ExitFailed
}

// exit is an error that carries the program's exit code.
type exit struct {
	code int
	err  error
}

func (e *exit) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit %d", e.code)
	}
	return e.err.Error()
}

// usageError marks what the flag library found wrong.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

func isUsage(err error) bool {
	var u *usageError
	var c cli.ExitCoder
	return errors.As(err, &u) || errors.As(err, &c)
}

// complain says what went wrong, and field by field where that is known.
func complain(w io.Writer, err error) {
	_, _ = fmt.Fprintln(w, "purpose:", sentence(err))
	var e *agent.Error
	if errors.As(err, &e) && len(e.Fields) > 1 {
		for _, name := range slices.Sorted(maps.Keys(e.Fields)) {
			_, _ = fmt.Fprintf(w, "  %s: %s\n", name, e.Fields[name])
		}
	}
}

// sentence is the message for people; on a terminal the cause helps too.
func sentence(err error) string {
	if agent.CodeOf(err) == agent.CodeInternal {
		return err.Error()
	}
	return agent.MessageOf(err)
}

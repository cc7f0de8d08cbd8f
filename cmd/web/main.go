// Command purpose serves the dashboard, runs tasks in the terminal and reports
// on the library. See "purpose --help".
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/urfave/cli/v3"

	"purposeagent/agent"
	"purposeagent/internal/app"
)

// version is set by the build.
var version = "dev"

// Exit codes of the program.
const (
	exitOK        = 0   // finished and successful
	exitUnsolved  = 1   // finished without success
	exitWrongUse  = 2   // wrong usage: flags, names, values
	exitFailed    = 3   // it failed
	interruptCode = 130 // it was interrupted, as shells have it
)

func main() {
	if code, is := app.Child(); is { // started by itself
		os.Exit(code)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args, os.LookupEnv, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the whole program with everything it takes from outside as
// parameters, so that tests boot the real one. It returns the exit code.
func run(ctx context.Context, args []string, getenv func(string) (string, bool), stdout, stderr io.Writer) int {
	err := newCommand(getenv, stdout, stderr).Run(ctx, args)
	var ended *exit
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &ended):
		if ended.err != nil {
			complain(stderr, ended.err)
		}
		return ended.code
	case agent.CodeOf(err) == agent.CodeInvalid || agent.CodeOf(err) == agent.CodeNotFound:
		complain(stderr, err)
		return exitWrongUse
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		complain(stderr, agent.Wrap(agent.CodeStopped, err, "interrupted"))
		return interruptCode
	case isUsage(err), wrongValue.MatchString(err.Error()): // a variable's value is not seen by OnUsageError
		_, _ = fmt.Fprintln(stderr, "purpose:", plainUsage(err))
		return exitWrongUse
	}
	complain(stderr, err)
	return exitFailed
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

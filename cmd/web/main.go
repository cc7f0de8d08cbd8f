// Command purpose serves the dashboard, runs tasks in the terminal and reports
// on the library. See "purpose --help".
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"purposeagent/internal/app"
	"purposeagent/internal/commands"
)

// version is set by the build.
var version = "dev"

func main() {
	if code, is := app.Child(); is { // started by itself
		os.Exit(code)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args, os.LookupEnv, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string, getenv func(string) (string, bool), stdout, stderr io.Writer) int {
	return commands.Run(ctx, version, args, getenv, stdout, stderr)
}

package main

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"purposeagent/internal/commands"
)

// TestInterrupted presses Ctrl-C in commands that work for long: they say what
// was kept, with the exit status of an interruption.
func TestInterrupted(t *testing.T) {
	for _, test := range []struct {
		name string
		args []string
		want string
	}{
		{"lab", []string{"lab", "--environment", "workshop", "--train", "5000", "--test", "2000"}, "interrupted; nothing was kept (use --save)"},
		{"saved lab", []string{"lab", "--environment", "workshop", "--train", "5000", "--test", "2000", "--save"}, "interrupted; go on with: purpose lab resume"},
		{"worlds", []string{"lab", "--environment", "workshop", "--train", "5000", "--test", "2000", "--worlds", "1-4"}, "interrupted; nothing was kept (use --save)"},
		{"run", []string{"run", "--environment", "maze", "--purpose", "Find the treasure and take it", "--pace", "1", "--early-stop-phi", "10"}, "interrupted; the run is stopped"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var out lockedBuffer
			cmd := exec.Command(builtProgram, append(test.args, "--data", t.TempDir())...)
			cmd.Stdout, cmd.Stderr = &out, &out
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			for out.String() == "" { // it is at work
				time.Sleep(10 * time.Millisecond)
			}
			time.Sleep(300 * time.Millisecond)
			if err := cmd.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
			err := cmd.Wait()
			var exited *exec.ExitError
			if !errors.As(err, &exited) || exited.ExitCode() != commands.ExitInterrupted || !strings.Contains(out.String(), test.want) || strings.Contains(out.String(), "went wrong") {
				t.Errorf("%v, %s; want status %d and %q", err, out.String(), commands.ExitInterrupted, test.want)
			}
		})
	}
}

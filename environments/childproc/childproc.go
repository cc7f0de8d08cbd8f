// Package childproc starts the programs that environments talk to, and ends
// them for sure, together with what they started.
package childproc

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"sync"
	"time"

	"purposeagent/agent"
)

// OutputDelay is how long output is still read that others hold open after a
// program itself has ended.
const OutputDelay = 500 * time.Millisecond

// Config says what to start. Words and Logger are required.
type Config struct {
	Words  []string  // the program and its arguments; no shell is involved
	Dir    string    // "": this process's
	Env    []string  // NAME=value; nil would be all of this process's
	Stdout io.Writer // its Write must not block once the program has ended
	Stderr io.Writer // as Stdout; nil: Process.Stderr
	Logger *slog.Logger
	Files  []*os.File // what it has open from descriptor 3 on; not on Windows
	// User, where not 0, is the user and group that it runs as; only root can.
	User uint32
	// Mask, where not nil, hides what must not be shown in lines of standard error.
	Mask func(string) string
}

// Process is one started program.
type Process struct {
	Stdin  *os.File
	Stderr *Complaints

	cmd   *exec.Cmd
	ended chan struct{} // closed when it has ended and its output is read
	exit  error         // how, once ended is closed

	mu     sync.Mutex
	reaped bool // its number may belong to somebody else now
}

// Start starts a program in a process group of its own. It outlives the call;
// Close and End end it. Errors are CodeInvalid with Fields "command" or "dir".
func Start(c Config) (*Process, error) {
	in, stdin, err := os.Pipe()
	if err != nil {
		return nil, agent.Wrap(agent.CodeUnavailable, err, "no pipe to the program could be made")
	}
	defer func() { _ = in.Close() }()
	p := &Process{Stdin: stdin, ended: make(chan struct{}), Stderr: &Complaints{logger: c.Logger.With("program", c.Words[0]), mask: c.Mask}}
	p.cmd = exec.Command(c.Words[0], c.Words[1:]...) //nolint:gosec,noctx // starting what the person names is what this is for
	p.cmd.Dir, p.cmd.Env = c.Dir, c.Env
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = in, c.Stdout, p.Stderr
	if c.Stderr != nil {
		p.cmd.Stderr = c.Stderr
	}
	p.cmd.ExtraFiles = c.Files
	p.cmd.WaitDelay = OutputDelay
	OwnGroup(p.cmd)
	if c.User != 0 {
		runAs(p.cmd, c.User)
	}
	if err := p.cmd.Start(); err != nil {
		_ = stdin.Close()
		return nil, startError(&c, err)
	}
	go p.wait()
	return p, nil
}

func startError(c *Config, err error) error {
	if c.Dir != "" {
		if info, statErr := os.Stat(c.Dir); statErr != nil || !info.IsDir() {
			return agent.InvalidFields(map[string]string{"dir": fmt.Sprintf("there is no folder %q", agent.Clip(c.Dir, 200))})
		}
	}
	text := "can't be started: " + err.Error()
	switch {
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		text = fmt.Sprintf("there is no program %q; check the spelling, or give its full path", agent.Clip(c.Words[0], 200))
	case errors.Is(err, fs.ErrPermission):
		text = fmt.Sprintf("%q is not executable; make it executable, or start it with its interpreter", agent.Clip(c.Words[0], 200))
	}
	return agent.InvalidFields(map[string]string{"command": text})
}

// wait sees the program to its end, and ends what it left running in its
// group. Close and End wait for it.
func (p *Process) wait() {
	defer close(p.ended)
	if awaitExit(p.cmd.Process.Pid) {
		p.mu.Lock()
		KillGroup(p.cmd.Process)
		p.reaped = true
		p.mu.Unlock()
	}
	p.exit = p.cmd.Wait()
	p.mu.Lock()
	p.reaped = true
	p.mu.Unlock()
}

// Ended is closed once the program has ended and its output is read.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// How says how the program ended, such as "exit status 1". It must have ended.
func (p *Process) How() string {
	switch {
	case p.cmd.ProcessState != nil:
		return p.cmd.ProcessState.String()
	case p.exit != nil:
		return p.exit.Error()
	}
	return "exit status 0"
}

// Kill ends the program and its group at once, and does not wait.
func (p *Process) Kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.reaped {
		KillGroup(p.cmd.Process)
	}
}

// Close writes the last words, closes standard input, ends the program if it
// does not end within the grace, and waits until it is gone. It reports whether
// the program went by itself.
func (p *Process) Close(farewell []byte, grace time.Duration) bool {
	_ = p.Stdin.SetWriteDeadline(time.Now().Add(grace))
	_, _ = p.Stdin.Write(farewell) // it may have ended already
	_ = p.Stdin.Close()
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-p.ended:
		return true
	case <-timer.C:
	}
	p.Kill()
	<-p.ended
	return false
}

// End ends the program at once, and waits until it is gone.
func (p *Process) End() {
	p.Kill()
	_ = p.Stdin.Close()
	<-p.ended
}

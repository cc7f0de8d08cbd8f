package remote

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"sync"
	"time"

	"purposeagent/agent"
	"purposeagent/environments/announced"
)

// outputDelay is how long output is still read that others hold open after
// the program itself has ended.
const outputDelay = 500 * time.Millisecond

// process is one started program. ask and close are called by one goroutine
// at a time.
type process struct {
	name  string
	cmd   *exec.Cmd
	stdin *os.File
	out   *answers
	err   *complaints

	next int64 // id of the last request, over all that it serves

	ended chan struct{} // closed when it has ended and its output is read
	exit  error         // how, once ended is closed

	mu     sync.Mutex
	reaped bool // its number may belong to somebody else now
}

// start starts the program. Errors are CodeInvalid with a message per property.
func start(c *config, o *Options) (*process, error) {
	in, stdin, err := os.Pipe()
	if err != nil {
		return nil, agent.Wrap(agent.CodeUnavailable, err, "no pipe to the program could be made")
	}
	defer func() { _ = in.Close() }()
	p := &process{name: c.Command[0], stdin: stdin, out: newAnswers(), ended: make(chan struct{}),
		err: &complaints{logger: o.Logger.With("program", c.Command[0])}}
	p.out.onFail = p.kill
	// The program outlives the call that starts it; close and kill end it.
	p.cmd = exec.Command(c.Command[0], c.Command[1:]...) //nolint:gosec,noctx // starting what the person names is what this is for
	p.cmd.Dir, p.cmd.Env = c.Dir, o.Env
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = in, p.out, p.err
	p.cmd.WaitDelay = outputDelay
	ownGroup(p.cmd)
	if err := p.cmd.Start(); err != nil {
		_ = stdin.Close()
		return nil, startError(c, err)
	}
	go p.wait()
	return p, nil
}

func startError(c *config, err error) error {
	if c.Dir != "" {
		if info, statErr := os.Stat(c.Dir); statErr != nil || !info.IsDir() {
			return agent.InvalidFields(map[string]string{"dir": fmt.Sprintf("there is no folder %q", agent.Clip(c.Dir, 200))})
		}
	}
	text := "can't be started: " + err.Error()
	switch {
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		text = fmt.Sprintf("there is no program %q; check the spelling, or give its full path", agent.Clip(c.Command[0], 200))
	case errors.Is(err, fs.ErrPermission):
		text = fmt.Sprintf("%q is not executable; make it executable, or start it with its interpreter", agent.Clip(c.Command[0], 200))
	}
	return agent.InvalidFields(map[string]string{"command": text})
}

// wait sees the program to its end, and ends what it left running in its
// group. close waits for it.
func (p *process) wait() {
	defer close(p.ended)
	if awaitExit(p.cmd.Process.Pid) {
		p.mu.Lock()
		killGroup(p.cmd.Process)
		p.reaped = true
		p.mu.Unlock()
	}
	p.exit = p.cmd.Wait()
	p.mu.Lock()
	p.reaped = true
	p.mu.Unlock()
}

// kill ends the program and its group at once.
func (p *process) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.reaped {
		killGroup(p.cmd.Process)
	}
}

// past is a deadline that has been missed.
var past = time.Unix(1, 0)

// ask sends a line and returns the next one. After an error the program can't
// be asked again: it may answer late. Errors: CodeUnavailable, CodeTimeout, or
// the context's.
func (p *process) ask(ctx context.Context, what string, request []byte, limit time.Duration) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case line := <-p.out.lines:
		return nil, p.fault("wrote %s to standard output without being asked; write one line for each request and everything else to standard error", announced.Quoted(line))
	default:
	}
	timed, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	stop := context.AfterFunc(timed, func() { _ = p.stdin.SetWriteDeadline(past) })
	_, err := p.stdin.Write(request)
	stop()
	if err != nil && timed.Err() == nil {
		return nil, p.deaf(timed, what)
	}
	select {
	case line := <-p.out.lines:
		return line, nil
	case <-p.out.faulty:
		return nil, p.fault("%s", p.out.fault())
	case <-p.ended:
		return p.lastLine(what)
	case <-timed.Done():
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return nil, agent.Errorf(agent.CodeTimeout, "the program %s did not answer %q within %v (timeout_seconds) and was ended; %s", p.name, what, limit, p.err.tail())
}

// lastLine returns what an ended program had still said, or how it ended.
func (p *process) lastLine(what string) ([]byte, error) {
	select {
	case line := <-p.out.lines:
		return line, nil
	default:
	}
	if text := p.out.fault(); text != "" {
		return nil, p.fault("%s", text)
	}
	return nil, p.dead(what)
}

// deaf tells why a program could not be written to.
func (p *process) deaf(ctx context.Context, what string) error {
	timer := time.NewTimer(outputDelay)
	defer timer.Stop()
	select {
	case <-p.ended:
		return p.dead(what)
	case <-p.out.faulty:
		return p.fault("%s", p.out.fault())
	case <-timer.C:
	case <-ctx.Done():
	}
	return p.fault("closed its standard input, so it can't be asked to %s; read lines until the end of standard input", what)
}

func (p *process) dead(what string) error {
	how := "exit status 0"
	if p.exit != nil {
		how = p.exit.Error()
	}
	if p.cmd.ProcessState != nil {
		how = p.cmd.ProcessState.String()
	}
	return agent.Errorf(agent.CodeUnavailable, "the program %s ended (%s) when it was asked to %s; %s", p.name, how, what, p.err.tail())
}

func (p *process) fault(format string, args ...any) error {
	return agent.Errorf(agent.CodeUnavailable, "the program %s %s", p.name, fmt.Sprintf(format, args...))
}

// sound reports whether nothing is known against a program that stands idle.
func (p *process) sound() bool {
	select {
	case <-p.ended:
		return false
	case <-p.out.faulty:
		return false
	default:
	}
	return len(p.out.lines) == 0
}

// farewell is the last request.
func (p *process) farewell() []byte {
	p.next++
	line, err := (&request{ID: p.next, Command: "close"}).line()
	if err != nil {
		return nil // the end of its standard input says the same
	}
	return line
}

// close asks the program to end, ends it if it does not within the grace, and
// waits until it is gone. It reports whether the program went by itself.
func (p *process) close(farewell []byte, grace time.Duration) bool {
	_ = p.stdin.SetWriteDeadline(time.Now().Add(grace))
	_, _ = p.stdin.Write(farewell) // it may have ended already
	_ = p.stdin.Close()
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-p.ended:
		return true
	case <-timer.C:
	}
	p.kill()
	<-p.ended
	return false
}

// end ends a program that misbehaved, and waits until it is gone.
func (p *process) end() {
	p.kill()
	_ = p.stdin.Close()
	<-p.ended
}

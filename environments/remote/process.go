package remote

import (
	"context"
	"fmt"
	"time"

	"purposeagent/agent"
	"purposeagent/environments/announced"
	"purposeagent/environments/childproc"
)

// process is one started program. ask and close are called by one goroutine
// at a time.
type process struct {
	*childproc.Process
	name string
	out  *answers

	next int64 // id of the last request, over all that it serves
}

// start starts the program. Errors are CodeInvalid with a message per property.
func start(c *config, o *Options) (*process, error) {
	p := &process{name: c.Command[0], out: newAnswers()}
	var err error
	p.Process, err = childproc.Start(childproc.Config{Words: c.Command, Dir: c.Dir, Env: o.Env, Stdout: p.out, Logger: o.Logger})
	if err != nil {
		return nil, err
	}
	p.out.watch(p.Kill)
	return p, nil
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
	stop := context.AfterFunc(timed, func() { _ = p.Stdin.SetWriteDeadline(past) })
	_, err := p.Stdin.Write(request)
	stop()
	if err != nil && timed.Err() == nil {
		return nil, p.deaf(timed, what)
	}
	select {
	case line := <-p.out.lines:
		return line, nil
	case <-p.out.faulty:
		return nil, p.fault("%s", p.out.fault())
	case <-p.Ended():
		return p.lastLine(what)
	case <-timed.Done():
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return nil, agent.Errorf(agent.CodeTimeout, "the program %s did not answer %q within %v (timeout_seconds) and was ended; %s", p.name, what, limit, p.Stderr.Tail())
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
	timer := time.NewTimer(childproc.OutputDelay)
	defer timer.Stop()
	select {
	case <-p.Ended():
		return p.dead(what)
	case <-p.out.faulty:
		return p.fault("%s", p.out.fault())
	case <-timer.C:
	case <-ctx.Done():
	}
	return p.fault("closed its standard input, so it can't be asked to %s; read lines until the end of standard input", what)
}

func (p *process) dead(what string) error {
	return agent.Errorf(agent.CodeUnavailable, "the program %s ended (%s) when it was asked to %s; %s", p.name, p.How(), what, p.Stderr.Tail())
}

func (p *process) fault(format string, args ...any) error {
	return agent.Errorf(agent.CodeUnavailable, "the program %s %s", p.name, fmt.Sprintf(format, args...))
}

func (p *process) number() int64   { p.next++; return p.next }
func (p *process) session() string { return "" }
func (p *process) fresh()          { p.Stderr.Fresh() }

// parked reports whether nothing is known against a program that stands idle.
func (p *process) parked() bool {
	select {
	case <-p.Ended():
		return false
	case <-p.out.faulty:
		return false
	default:
	}
	return len(p.out.lines) == 0
}

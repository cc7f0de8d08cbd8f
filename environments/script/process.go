package script

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"purposeagent/agent"
	"purposeagent/environments/childproc"
)

// Times of a child.
const (
	startPatience = 10 * time.Second      // until the script is read, beside its own time
	watchEvery    = 25 * time.Millisecond // how often its memory is looked at from outside
)

// child is one started process that has read one script. It is used by one
// goroutine at a time, and needs none while it is idle: that is why it is not a
// childproc.Process.
type child struct {
	cmd    *exec.Cmd
	in     *os.File // what it reads
	out    *os.File // what it answers
	err    *os.File // what it says when it ends
	limits limits
	buffer []byte
	reaped bool // its number may belong to somebody else now
}

// died is the end of a child that was not asked to end. It is an error.
type died struct{ how string }

func (d *died) Error() string {
	return "the process that works on the script ended (" + d.how + ")"
}

// startChild starts this program as a child. It has no variables and three open
// files, none of which is anybody else's.
func startChild(l limits) (*child, error) {
	if !able.Load() {
		return nil, agent.Errorf(agent.CodeUnavailable, "this program can't work on scripts: it does not ask script.Child when it starts")
	}
	path, err := itself()
	if err != nil {
		return nil, agent.Wrap(agent.CodeUnavailable, err, "this program does not find itself, so no process for a script can be started")
	}
	var files [3][2]*os.File // for each of its open files: what it has, what we have
	defer func() {
		for _, f := range files {
			if f[0] != nil {
				_ = f[0].Close()
			}
		}
	}()
	for i := range files {
		r, w, err := os.Pipe()
		if err != nil {
			for _, f := range files {
				if f[1] != nil {
					_ = f[1].Close()
				}
			}
			return nil, agent.Wrap(agent.CodeUnavailable, err, "no pipe to a process for a script could be made")
		}
		if files[i] = [2]*os.File{w, r}; i == 0 {
			files[i] = [2]*os.File{r, w}
		}
	}
	c := &child{in: files[0][1], out: files[1][1], err: files[2][1], limits: l}
	// It outlives the call that starts it; end ends it.
	c.cmd = exec.Command(path, childArgument) //nolint:gosec,noctx // it is this program
	c.cmd.Args[0] = "purpose-script"
	c.cmd.Env, c.cmd.Dir = []string{}, "/"
	c.cmd.Stdin, c.cmd.Stdout, c.cmd.Stderr = files[0][0], files[1][0], files[2][0]
	childproc.OwnGroup(c.cmd)
	if err := c.cmd.Start(); err != nil {
		c.closeFiles()
		return nil, agent.Wrap(agent.CodeUnavailable, err, "no process for a script could be started")
	}
	return c, nil
}

func (c *child) closeFiles() {
	for _, f := range []*os.File{c.in, c.out, c.err} {
		_ = f.Close()
	}
}

// end ends the child and waits until it is gone.
func (c *child) end() {
	if !c.reaped {
		childproc.KillGroup(c.cmd.Process)
	}
	c.closeFiles()
	_ = c.cmd.Wait() // how it ended is known
}

// ask sends a request and reads the answer. After an error the child can't be asked
// again. Errors: *died, *fault for what it was ended for, or the context's.
func (c *child) ask(ctx context.Context, r *request) (*answer, error) {
	raw, err := frame(r)
	if err != nil {
		return nil, &fault{Cause: causeScript, In: r.Do.function(), Text: "the state is too large: " + err.Error()}
	}
	limit := c.limits.wait()
	if r.Do == doLoad {
		limit += startPatience
	}
	until := time.Now().Add(limit)
	// A context that ends makes the next read or write give up at once.
	stop := context.AfterFunc(ctx, func() { _, _ = c.in.SetWriteDeadline(past), c.out.SetReadDeadline(past) })
	defer stop()
	_ = c.in.SetWriteDeadline(until)
	if _, err := c.in.Write(raw); err != nil {
		return nil, c.failed(ctx, r, err)
	}
	head, err := c.read(ctx, headBytes, until)
	if err != nil {
		return nil, c.failed(ctx, r, err)
	}
	n, err := frameLength(head)
	if err != nil {
		return nil, &died{"it answered with " + err.Error()}
	}
	body, err := c.read(ctx, n, until)
	if err != nil {
		return nil, c.failed(ctx, r, err)
	}
	a, err := parseAnswer(r.Do, body)
	if err != nil {
		return nil, &died{"it answered with " + err.Error()}
	}
	return a, nil
}

// past is a deadline that has been missed.
var past = time.Unix(1, 0)

var errTooLarge = errors.New("too much memory")

// read reads n bytes, and looks meanwhile at the memory of the child. The bytes
// are valid until the next read.
func (c *child) read(ctx context.Context, n int, until time.Time) ([]byte, error) {
	if cap(c.buffer) < n {
		c.buffer = make([]byte, n)
	}
	got := 0
	for got < n {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		look := time.Now().Add(watchEvery)
		if look.After(until) {
			look = until
		}
		_ = c.out.SetReadDeadline(look)
		if ctx.Err() != nil { // it ended before the deadline was set
			continue
		}
		more, err := c.out.Read(c.buffer[got:n])
		got += more
		switch {
		case err == nil:
		case !errors.Is(err, os.ErrDeadlineExceeded):
			return nil, err
		case !time.Now().Before(until):
			return nil, err
		case resident(c.cmd.Process.Pid) > memoryFactor*(2*c.limits.Memory+startMemory):
			return nil, errTooLarge
		}
	}
	return c.buffer[:n], nil
}

// startMemory is what a child has before it has read anything, and more.
const startMemory = 256 << 20

// failed ends a child that did not answer, and says why it did not.
func (c *child) failed(ctx context.Context, r *request, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	f := &fault{Cause: causeTime, In: r.Do.function(), Text: tooLong(c.limits)}
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return f
	case errors.Is(err, errTooLarge):
		f.Cause, f.Text = causeMemory, tooLarge(c.limits)
		return f
	}
	// It has closed its side: it has ended, or will have as soon as it is waited for.
	killed := time.AfterFunc(patience, func() { _ = c.cmd.Process.Kill() })
	last := c.lastWords()
	state, _ := c.cmd.Process.Wait()
	killed.Stop()
	c.reaped = true
	code := -1
	if state != nil {
		code = state.ExitCode()
	}
	switch {
	case code == exitTime:
		return f
	case code == exitMemory, strings.Contains(last, "out of memory"), strings.Contains(last, "cannot allocate"), strings.Contains(last, "failed to allocate"):
		f.Cause, f.Text = causeMemory, tooLarge(c.limits)
		return f
	case strings.Contains(last, "stack exceeds"), strings.Contains(last, "stack overflow"):
		f.Cause, f.Text = causeScript, "is nested too deeply for the interpreter and was ended"
		return f
	}
	how := "nobody knows how"
	if state != nil {
		how = state.String()
	}
	if line, _, _ := strings.Cut(strings.TrimSpace(last), "\n"); line != "" {
		how += ": " + agent.Clip(strings.ToValidUTF8(line, "\uFFFD"), 200)
	}
	return &died{how}
}

// lastWords reads what the child said at its end.
func (c *child) lastWords() string {
	_ = c.err.SetReadDeadline(time.Now().Add(patience))
	raw, _ := io.ReadAll(io.LimitReader(c.err, 8<<10)) // what there is
	return string(raw)
}

package mcp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"purposeagent/environments/announced"
	"purposeagent/environments/childproc"
)

// program is a server that was started, as the transport of a client: JSON-RPC
// messages, one a line, on its standard input and output.
type program struct {
	*childproc.Process
	quota *quota
	grace time.Duration

	lines  chan []byte
	closed chan struct{} // by Close: nobody reads any more
	once   sync.Once
	alone  atomic.Bool // it ended by itself, before we ended it

	partial []byte            // of the one goroutine that writes
	batch   []json.RawMessage // of the one goroutine that reads

	writing sync.Mutex
}

var (
	_ mcp.Transport  = (*program)(nil)
	_ mcp.Connection = (*program)(nil)
)

// startProgram starts a server. Errors are CodeInvalid with Fields.
func startProgram(c *config, o *Options, env []string, hide *secrets) (*program, error) {
	p := &program{quota: newQuota(), grace: o.CloseTimeout, lines: make(chan []byte, 16), closed: make(chan struct{})}
	var err error
	p.Process, err = childproc.Start(childproc.Config{Words: c.Command, Dir: c.Dir, Env: env, Stdout: output{p}, Logger: o.Logger, Mask: hide.mask})
	if err != nil {
		return nil, err
	}
	p.quota.watch(p.Kill)
	return p, nil
}

// Connect returns the program itself.
func (p *program) Connect(context.Context) (mcp.Connection, error) { return p, nil }

// SessionID is "": a program serves one session.
func (p *program) SessionID() string { return "" }

// output is the program's standard output.
type output struct{ of *program }

// Write cuts what comes into lines. It waits for whoever reads them, and drops
// everything once nobody does.
func (w output) Write(piece []byte) (int, error) {
	p := w.of
	for rest := piece; len(rest) > 0; {
		i := bytes.IndexByte(rest, '\n')
		end := i
		if i < 0 {
			end = len(rest)
		}
		if len(p.partial)+end > MaxMessageBytes {
			p.quota.fail(fmt.Sprintf("sent a message of more than %d bytes; a result has to be smaller", MaxMessageBytes))
		}
		if p.quota.fault() != "" {
			p.partial = nil
			break
		}
		p.partial = append(p.partial, rest[:end]...)
		if i < 0 {
			break
		}
		rest = rest[i+1:]
		if !p.line() {
			break
		}
	}
	return len(piece), nil
}

// line hands on a whole line, and reports whether to go on.
func (p *program) line() bool {
	line := bytes.TrimSpace(p.partial)
	p.partial = nil
	if len(line) == 0 {
		return p.quota.took(1, 1)
	}
	if !p.quota.took(len(line), 1) {
		return false
	}
	if line[0] != '{' && line[0] != '[' {
		p.quota.fail(fmt.Sprintf("wrote %s to standard output, which is for messages only; it has to print to standard error instead", announced.Quoted(line)))
		return false
	}
	select {
	case p.lines <- line:
		return true
	case <-p.closed:
		return false
	}
}

// Read returns the next message.
func (p *program) Read(ctx context.Context) (jsonrpc.Message, error) {
	for len(p.batch) == 0 {
		line, err := p.next(ctx)
		if err != nil {
			return nil, err
		}
		if line[0] == '{' {
			return p.decode(line)
		}
		if err := json.Unmarshal(line, &p.batch); err != nil {
			return nil, p.nonsense(line, err)
		}
	}
	first := p.batch[0]
	p.batch = p.batch[1:]
	return p.decode(first)
}

func (p *program) decode(line []byte) (jsonrpc.Message, error) {
	m, err := jsonrpc.DecodeMessage(line)
	if err != nil {
		return nil, p.nonsense(line, err)
	}
	return m, nil
}

// nonsense ends a program that sends what is no message.
func (p *program) nonsense(line []byte, err error) error {
	p.quota.fail(fmt.Sprintf("sent %s, which is no message of JSON-RPC that can be read", announced.Quoted(line)))
	return err
}

func (p *program) next(ctx context.Context) ([]byte, error) {
	select {
	case line := <-p.lines:
		return line, nil
	case <-p.Ended():
		select { // what it had still said
		case line := <-p.lines:
			return line, nil
		default:
			p.left()
			return nil, io.EOF
		}
	case <-p.closed:
		return nil, io.EOF
	case <-p.quota.faulty:
		return nil, errors.New(p.quota.fault())
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// left notes that the program has ended, if it did so by itself.
func (p *program) left() {
	select {
	case <-p.closed:
	default:
		p.alone.Store(true)
	}
}

// past is a deadline that has been missed.
var past = time.Unix(1, 0)

// Write sends a message. One that is cut off in the middle ends the program:
// what it would read next is no message.
func (p *program) Write(ctx context.Context, m jsonrpc.Message) error {
	raw, err := jsonrpc.EncodeMessage(m)
	if err != nil {
		return err
	}
	if len(raw) > MaxMessageBytes {
		return fmt.Errorf("the message would be %d bytes long; at most %d are allowed", len(raw), MaxMessageBytes)
	}
	p.writing.Lock()
	defer p.writing.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	if r, ok := m.(*jsonrpc.Request); ok && r.IsCall() {
		p.quota.fresh()
	}
	_ = p.Stdin.SetWriteDeadline(time.Time{})
	stop := context.AfterFunc(ctx, func() { _ = p.Stdin.SetWriteDeadline(past) })
	defer stop()
	n, err := p.Stdin.Write(append(raw, '\n'))
	if err != nil && n > 0 {
		p.quota.fail("reads nothing: a message to it could not be written whole")
	}
	if err != nil && ctx.Err() == nil {
		timer := time.NewTimer(childproc.OutputDelay) // its input ends a little before itself
		defer timer.Stop()
		select {
		case <-p.Ended():
			p.left()
		case <-p.closed:
		case <-timer.C:
		}
	}
	return err
}

// Close closes the program's standard input, ends it if it does not end by
// itself, and waits until it is gone.
func (p *program) Close() error {
	p.once.Do(func() {
		close(p.closed)
		p.Process.Close(nil, p.grace)
	})
	return nil
}

// end ends the program at once, also one that is being closed.
func (p *program) end() {
	p.Kill()
	p.once.Do(func() {
		close(p.closed)
		p.End()
	})
}

// why says what became of the program, "" where nothing is known against it.
func (p *program) why() string {
	if what := p.quota.fault(); what != "" {
		return what + "; " + p.Stderr.Tail()
	}
	if p.alone.Load() {
		<-p.Ended()
		return "ended (" + p.How() + "); " + p.Stderr.Tail()
	}
	return ""
}

// complaints are the program's last words on standard error.
func (p *program) complaints() string { return "; " + p.Stderr.Tail() }

package browser

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"

	"purposeagent/agent"
)

// maxMessage bounds what Chromium may send in one message. Whoever asks for much
// looks first how much it is.
const maxMessage = 96 << 20

// errGone is what every call gets once the browser is gone.
var errGone = agent.Errorf(agent.CodeUnavailable, "the browser has ended")

// pipe speaks the DevTools protocol over two pipes: JSON messages, each ended
// by a zero byte. Unlike a debugging port, nobody else can connect to it, and
// Chromium ends when it is closed.
type pipe struct {
	out io.WriteCloser
	in  io.ReadCloser
	on  func(event)

	write sync.Mutex // one message at a time

	mu      sync.Mutex
	last    int64
	waiting map[int64]chan message
	broken  error
	done    chan struct{} // closed when nothing more is read
}

// event is what Chromium says unasked.
type event struct {
	Session string
	Method  string
	Params  json.RawMessage
}

// message is one message of the protocol.
type message struct {
	ID      int64           `json:"id,omitempty"`
	Session string          `json:"sessionId,omitempty"`
	Method  string          `json:"method,omitempty"`
	Params  json.RawMessage `json:"params,omitempty"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   *protocolError  `json:"error,omitempty"`
}

// protocolError is a refusal by Chromium.
type protocolError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

func (e *protocolError) Error() string { return "Chromium: " + e.Message }

// newPipe reads until the end of in. on is called for each event in its order,
// and must not wait for an answer.
func newPipe(out io.WriteCloser, in io.ReadCloser, on func(event)) *pipe {
	p := &pipe{out: out, in: in, on: on, waiting: map[int64]chan message{}, done: make(chan struct{})}
	go p.read()
	return p
}

// close ends the connection and waits for the reader.
func (p *pipe) close() {
	_ = p.out.Close()
	_ = p.in.Close()
	<-p.done
}

func (p *pipe) read() {
	defer close(p.done)
	err := p.readAll()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.broken = err
	for id, answer := range p.waiting {
		close(answer)
		delete(p.waiting, id)
	}
}

func (p *pipe) readAll() error {
	r := bufio.NewReaderSize(p.in, 256<<10)
	var whole []byte
	for {
		part, err := r.ReadSlice(0)
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return errGone
		}
		if len(whole)+len(part) > maxMessage {
			return agent.Errorf(agent.CodeUnavailable, "the browser sent a message of more than %d MB", maxMessage>>20)
		}
		whole = append(whole, part...)
		if err != nil {
			continue
		}
		var m message
		if err := json.Unmarshal(bytes.TrimSuffix(whole, []byte{0}), &m); err != nil {
			return agent.Errorf(agent.CodeUnavailable, "the browser sent what is no message: %w", err)
		}
		p.deliver(&m)
		if cap(whole) > 4<<20 {
			whole = nil
		}
		whole = whole[:0]
	}
}

func (p *pipe) deliver(m *message) {
	if m.ID == 0 {
		p.on(event{m.Session, m.Method, m.Params})
		return
	}
	p.mu.Lock()
	answer := p.waiting[m.ID]
	delete(p.waiting, m.ID)
	p.mu.Unlock()
	if answer != nil {
		answer <- *m
	}
}

// send asks for something and returns where its answer comes. The answer may be
// left unread.
func (p *pipe) send(session, method string, params any) (int64, <-chan message, error) {
	raw, err := json.Marshal(params)
	if err != nil {
		return 0, nil, fmt.Errorf("encode %s: %w", method, err)
	}
	if params == nil {
		raw = nil
	}
	answer := make(chan message, 1)
	p.mu.Lock()
	if p.broken != nil {
		p.mu.Unlock()
		return 0, nil, p.broken
	}
	p.last++
	id := p.last
	p.waiting[id] = answer
	p.mu.Unlock()
	line, err := json.Marshal(message{ID: id, Session: session, Method: method, Params: raw})
	if err != nil {
		return 0, nil, fmt.Errorf("encode %s: %w", method, err)
	}
	p.write.Lock()
	_, err = p.out.Write(append(line, 0))
	p.write.Unlock()
	if err != nil {
		return 0, nil, errGone
	}
	return id, answer, nil
}

// call asks for something and decodes the answer into result, unless that is
// nil. Errors: a *protocolError, CodeUnavailable, or the context's.
func (p *pipe) call(ctx context.Context, session, method string, params, result any) error {
	id, answer, err := p.send(session, method, params)
	if err != nil {
		return err
	}
	select {
	case m, ok := <-answer:
		switch {
		case !ok:
			p.mu.Lock()
			defer p.mu.Unlock()
			return p.broken
		case m.Error != nil:
			return m.Error
		case result == nil:
			return nil
		}
		if err := json.Unmarshal(m.Result, result); err != nil {
			return agent.Errorf(agent.CodeUnavailable, "the browser's answer to %s can't be read: %w", method, err)
		}
		return nil
	case <-ctx.Done():
		p.mu.Lock()
		delete(p.waiting, id)
		p.mu.Unlock()
		return context.Cause(ctx)
	}
}

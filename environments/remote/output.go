package remote

import (
	"bytes"
	"fmt"
	"sync"

	"purposeagent/environments/announced"
)

// Limits of what a program may write.
const (
	// MaxLineBytes bounds one line of the protocol in either direction.
	MaxLineBytes = 16 << 20
	// maxUnread bounds the lines that nobody asked for.
	maxUnread = 16
)

// answers cuts standard output into lines. Its Write never blocks: a program
// that writes more than is asked of it is at fault, and all that follows is
// dropped.
type answers struct {
	lines  chan []byte
	faulty chan struct{} // closed with the first fault

	buffer []byte // of the one goroutine that writes
	mu     sync.Mutex
	what   string
	onFail func()
}

func newAnswers() *answers {
	return &answers{lines: make(chan []byte, maxUnread), faulty: make(chan struct{})}
}

// Write takes in a piece of output.
func (a *answers) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0 && a.fault() == ""; {
		i := bytes.IndexByte(rest, '\n')
		end := i
		if i < 0 {
			end = len(rest)
		}
		if len(a.buffer)+end > MaxLineBytes {
			a.fail(fmt.Sprintf("wrote a line of more than %d bytes to standard output; send less in one answer", MaxLineBytes))
			break
		}
		a.buffer = append(a.buffer, rest[:end]...)
		if i < 0 {
			break
		}
		select {
		case a.lines <- a.buffer:
			a.buffer = nil
		default:
			a.fail(fmt.Sprintf("floods standard output: %s; write one line for each request and everything else to standard error", announced.Quoted(a.buffer)))
		}
		rest = rest[i+1:]
	}
	return len(p), nil
}

func (a *answers) fail(what string) {
	a.mu.Lock()
	a.what, a.buffer = what, nil
	onFail := a.onFail
	a.mu.Unlock()
	close(a.faulty)
	if onFail != nil {
		onFail()
	}
}

// watch has f called with the first fault, or now if there was one.
func (a *answers) watch(f func()) {
	a.mu.Lock()
	a.onFail = f
	failed := a.what != ""
	a.mu.Unlock()
	if failed {
		f()
	}
}

// fault returns what the program did wrong, or "".
func (a *answers) fault() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.what
}

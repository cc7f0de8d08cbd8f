package remote

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"sync"

	"purposeagent/environments/announced"
)

// Limits of what a program may write.
const (
	// MaxLineBytes bounds one line of the protocol in either direction.
	MaxLineBytes = 16 << 20
	// maxUnread bounds the lines that nobody asked for.
	maxUnread = 16
	// Standard error: lines kept for messages, their length, and lines logged.
	tailLines, tailBytes, loggedLines = 8, 400, 200
)

// answers cuts standard output into lines. Its Write never blocks: a program
// that writes more than is asked of it is at fault, and all that follows is
// dropped.
type answers struct {
	lines  chan []byte
	faulty chan struct{} // closed with the first fault
	onFail func()

	buffer []byte // of the one goroutine that writes
	mu     sync.Mutex
	what   string
}

func newAnswers() *answers {
	return &answers{lines: make(chan []byte, maxUnread), faulty: make(chan struct{}), onFail: func() {}}
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
	a.mu.Unlock()
	close(a.faulty)
	a.onFail()
}

// fault returns what the program did wrong, or "".
func (a *answers) fault() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.what
}

// complaints keeps the last lines of standard error, and logs the first ones.
type complaints struct {
	logger *slog.Logger

	mu     sync.Mutex
	line   []byte
	last   []string
	logged int
}

// Write takes in a piece of standard error.
func (c *complaints) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, b := range p {
		if b == '\n' {
			c.end()
		} else if len(c.line) < tailBytes {
			c.line = append(c.line, b)
		}
	}
	return len(p), nil
}

func (c *complaints) end() {
	text := announced.Clean(string(c.line))
	c.line = c.line[:0]
	if strings.TrimSpace(text) == "" {
		return
	}
	if len(c.last) == tailLines {
		c.last = append(c.last[:0], c.last[1:]...)
	}
	c.last = append(c.last, text)
	switch c.logged++; {
	case c.logged <= loggedLines:
		c.logger.Info("remote program wrote", "line", text)
	case c.logged == loggedLines+1:
		c.logger.Warn("remote program writes a lot; the rest is not logged")
	}
}

// fresh forgets what was written for others.
func (c *complaints) fresh() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.line, c.last, c.logged = c.line[:0], nil, 0
}

// tail tells the last words on standard error.
func (c *complaints) tail() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.line) > 0 {
		c.end()
	}
	if len(c.last) == 0 {
		return "it wrote nothing to standard error"
	}
	return "its last lines on standard error: " + strings.Join(c.last, " | ")
}

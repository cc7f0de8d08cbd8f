package childproc

import (
	"log/slog"
	"strings"
	"sync"

	"purposeagent/environments/announced"
)

// Standard error: lines kept for messages, their length, and lines logged.
const tailLines, tailBytes, loggedLines = 8, 400, 200

// Complaints keeps the last lines of standard error, and logs the first ones.
type Complaints struct {
	logger *slog.Logger
	mask   func(string) string

	mu     sync.Mutex
	line   []byte
	last   []string
	logged int
}

// Write takes in a piece of standard error.
func (c *Complaints) Write(p []byte) (int, error) {
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

func (c *Complaints) end() {
	text := announced.Clean(string(c.line))
	if c.mask != nil {
		text = c.mask(text)
	}
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

// Fresh forgets what was written for others.
func (c *Complaints) Fresh() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.line, c.last, c.logged = c.line[:0], nil, 0
}

// Tail tells the last words on standard error.
func (c *Complaints) Tail() string {
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

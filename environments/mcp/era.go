package mcp

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"purposeagent/agent"
)

// Eras remembers which servers speak the revision of the protocol that has no
// sessions. Servers of before may end or fall silent when they are asked for it,
// so that is tried on a process of its own. It is safe for concurrent use.
type Eras struct {
	mu    sync.Mutex
	known map[string]string // key of a server → the revision
}

// NewEras returns an Eras that knows nothing.
func NewEras() *Eras { return &Eras{known: map[string]string{}} }

// maxEras bounds how many servers are remembered.
const maxEras = 1000

// of returns the revision to speak with a server.
func (e *Eras) of(ctx context.Context, c *config, o *Options) (string, error) {
	if c.Protocol != protocolAuto {
		return c.Protocol, nil
	}
	key := serverKey(c)
	e.mu.Lock()
	known, ok := e.known[key]
	e.mu.Unlock()
	if ok {
		return known, nil
	}
	found, err := probe(ctx, c, o)
	if err != nil {
		return "", err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.known) >= maxEras {
		clear(e.known)
	}
	e.known[key] = found
	return found, nil
}

// probe asks a process of its own which revision it speaks. What goes wrong
// means the old one, except what would go wrong again.
func probe(ctx context.Context, c *config, o *Options) (string, error) {
	s, err := open(ctx, c, o, protocolNew, o.ProbeTimeout)
	switch {
	case err == nil:
		found := protocolOld
		if r := s.InitializeResult(); r != nil && r.ProtocolVersion >= protocolNew {
			found = protocolNew
		}
		s.close()
		return found, nil
	case ctx.Err() != nil:
		return "", ctx.Err()
	case agent.CodeOf(err) == agent.CodeInvalid && !isRefusal(err):
		return "", err
	}
	return protocolOld, nil
}

// serverKey says which servers are alike: started by the same words in the same
// place, of files that have not changed since, or reached at the same address.
func serverKey(c *config) string {
	if c.URL != "" {
		return c.URL
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%q %q", c.Command, c.Dir)
	for _, word := range c.Command {
		if !filepath.IsAbs(word) {
			word = filepath.Join(c.Dir, word)
		}
		if info, err := os.Stat(word); err == nil && info.Mode().IsRegular() {
			fmt.Fprintf(&b, " %d/%d", info.Size(), info.ModTime().UnixNano())
		}
	}
	return b.String()
}

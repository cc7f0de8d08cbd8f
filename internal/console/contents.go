package console

import (
	"context"
	"sync"

	"purposeagent/agent/files"
)

// maxKept bounds what the contents of one session hold, in bytes.
const maxKept = 24 << 20

// contents keeps the newest files of a session; the oldest make room. The zero
// value is ready.
type contents struct {
	mu    sync.Mutex
	order []string // hashes, oldest first
	kept  map[string][]byte
	size  int
}

var _ files.Store = (*contents)(nil)

// Keep keeps copies of contents.
func (c *contents) Keep(_ context.Context, all ...[]byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kept == nil {
		c.kept = map[string][]byte{}
	}
	for _, content := range all {
		hash := files.Hash(content)
		if _, ok := c.kept[hash]; ok {
			continue
		}
		c.kept[hash] = append([]byte{}, content...)
		c.order, c.size = append(c.order, hash), c.size+len(content)
	}
	for c.size > maxKept && len(c.order) > 1 {
		c.size -= len(c.kept[c.order[0]])
		delete(c.kept, c.order[0])
		c.order = c.order[1:]
	}
	return nil
}

// Content returns a content that is still kept.
func (c *contents) Content(_ context.Context, hash string) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if content, ok := c.kept[hash]; ok {
		return content, nil
	}
	return nil, files.ErrNotKept
}

func (c *contents) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.order, c.kept, c.size = nil, nil, 0
}

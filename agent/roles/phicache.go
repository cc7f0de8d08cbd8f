package roles

import (
	"container/list"
	"context"
	"sync"

	"purposeagent/agent"
)

// phiCache keeps the scores of states, least recently used out first. While one
// caller scores a state, others that ask for it wait for the result, so that
// concurrent runs can't give the same state two scores.
type phiCache struct {
	size int

	mu       sync.Mutex
	order    *list.List // of *phiEntry, most recent first
	entries  map[string]*list.Element
	pending  map[string]chan struct{}
	variance map[string]*phiVariance // by purpose
}

type phiEntry struct {
	key   string
	score agent.Score
}

// phiVariance watches whether a critic tells states of one purpose apart.
type phiVariance struct {
	first  float64
	states int
	varied bool
}

// maxVariances bounds the purposes that are watched.
const maxVariances = 1024

func newPhiCache(size int) *phiCache {
	return &phiCache{size: size, order: list.New(), entries: map[string]*list.Element{},
		pending: map[string]chan struct{}{}, variance: map[string]*phiVariance{}}
}

// claim returns the state's score if there is one. Else the caller has to score
// the state and to call release exactly once, with nil if it could not.
func (c *phiCache) claim(ctx context.Context, key string) (*agent.Score, func(*agent.Score), error) {
	for {
		c.mu.Lock()
		if at, ok := c.entries[key]; ok {
			c.order.MoveToFront(at)
			score := entryAt(at).score
			c.mu.Unlock()
			return &score, nil, nil
		}
		busy, ok := c.pending[key]
		if !ok {
			done := make(chan struct{})
			c.pending[key] = done
			c.mu.Unlock()
			return nil, func(s *agent.Score) { c.release(key, done, s) }, nil
		}
		c.mu.Unlock()
		select {
		case <-busy:
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		}
	}
}

// entryAt returns what an element of the order holds; release puts nothing else in.
func entryAt(e *list.Element) *phiEntry {
	entry, _ := e.Value.(*phiEntry)
	return entry
}

func (c *phiCache) release(key string, done chan struct{}, score *agent.Score) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.pending, key)
	close(done)
	if score == nil {
		return
	}
	c.entries[key] = c.order.PushFront(&phiEntry{key, *score})
	for c.order.Len() > c.size {
		oldest := c.order.Back()
		c.order.Remove(oldest)
		delete(c.entries, entryAt(oldest).key)
	}
}

// flat notes the Φ of one more state of the purpose and reports whether all of
// them, and enough of them, had the same.
func (c *phiCache) flat(purpose string, phi float64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	v, ok := c.variance[purpose]
	if !ok {
		if len(c.variance) >= maxVariances {
			clear(c.variance)
		}
		v = &phiVariance{first: phi}
		c.variance[purpose] = v
	}
	v.states++
	v.varied = v.varied || phi != v.first
	return !v.varied && v.states >= flatAfter
}

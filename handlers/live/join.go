package live

import (
	"context"
	"sync"
	"time"

	"purposeagent/agent"
)

// lingerTime is how long a broadcaster goes on when nobody watches.
const lingerTime = 15 * time.Second

// broadcasters holds one broadcaster for each run that somebody watches.
type broadcasters struct {
	server *Section
	ctx    context.Context // of the streams; sockets outlive their requests
	cancel context.CancelFunc
	wait   sync.WaitGroup // viewers and broadcasters

	mu     sync.Mutex
	closed bool
	byRun  map[string]*broadcaster
}

func newBroadcasters(s *Section) *broadcasters {
	ctx, cancel := context.WithCancel(context.Background())
	return &broadcasters{server: s, ctx: ctx, cancel: cancel, byRun: map[string]*broadcaster{}}
}

// close ends all streams with 1012 and waits for them.
func (b *broadcasters) close() {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	b.cancel()
	b.wait.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.byRun {
		b.end(c)
	}
}

// join returns the run's broadcaster, started if this is its first viewer, and
// the function that leaves it. It goes on for a while after the last one left:
// a page that asks again and again is away between its questions.
func (b *broadcasters) join(run agent.Run) (*broadcaster, func(), error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil, nil, agent.Errorf(agent.CodeUnavailable, "the program is shutting down")
	}
	c := b.byRun[run.ID]
	if c != nil && c.viewers == 0 {
		c.idle.Stop()
		if c.ended() { // while nobody watched; a run may have gone on since
			b.end(c)
			c = nil
		}
	}
	if c == nil {
		ctx, cancel := context.WithCancel(b.ctx)
		c = newBroadcaster(b.server, run, cancel)
		b.byRun[run.ID] = c
		b.wait.Go(func() { c.run(ctx) })
	}
	c.viewers++
	b.wait.Add(1)
	return c, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		defer b.wait.Done()
		if c.viewers--; c.viewers > 0 {
			return
		}
		if c.ended() {
			b.end(c)
			return
		}
		c.idle = time.AfterFunc(lingerTime, func() {
			b.mu.Lock()
			defer b.mu.Unlock()
			if c.viewers == 0 {
				b.end(c)
			}
		})
	}, nil
}

// enter counts a viewer of something else than a run's log; leave counts it out again.
func (b *broadcasters) enter() (leave func(), err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil, agent.Errorf(agent.CodeUnavailable, "the program is shutting down")
	}
	b.wait.Add(1)
	return b.wait.Done, nil
}

// end stops a broadcaster that nobody watches. The caller holds mu.
func (b *broadcasters) end(c *broadcaster) {
	c.cancel()
	if b.byRun[c.id] == c {
		delete(b.byRun, c.id)
	}
}

// drop forgets a broadcaster that has failed, so that the next viewer gets a new one.
func (b *broadcasters) drop(c *broadcaster) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.byRun[c.id] == c {
		delete(b.byRun, c.id)
	}
}

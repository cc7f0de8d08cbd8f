package script

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"purposeagent/agent"
)

// Usual limits of a Pool.
const (
	poolIdle  = 4
	poolBusy  = 8
	idleTime  = 30 * time.Second
	maxHellos = 64
)

// Pool starts children, and keeps those that have done their work for the next
// call of the same script. It is safe for concurrent use. Close ends all of them;
// a pool that nobody closes ends each when it was idle for half a minute, and a
// child ends by itself when this program has ended.
type Pool struct {
	busy chan struct{} // one for each child at work

	mu     sync.Mutex
	idle   []*idleChild // the longest idle first
	hellos map[string]*hello
	order  []string // of hellos, oldest first
	closed bool
	ending sync.WaitGroup
}

// idleChild is a child that waits for work.
type idleChild struct {
	key   string
	child *child
	timer *time.Timer
}

// NewPool returns a pool. It starts nothing until something is asked.
func NewPool() *Pool {
	return &Pool{busy: make(chan struct{}, poolBusy), hellos: map[string]*hello{}}
}

// Close ends all idle children and waits until they are gone. Children at work are
// ended when they have answered. Closing again does nothing.
func (p *Pool) Close() error {
	p.mu.Lock()
	p.closed = true
	for len(p.idle) > 0 {
		p.drop(p.idle[0])
	}
	p.mu.Unlock()
	p.ending.Wait()
	return nil
}

// take hands out an idle child of a program, or returns nil.
func (p *Pool) take(key string) *child {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, one := range slices.Backward(p.idle) {
		if one.key == key {
			p.idle = slices.Delete(p.idle, i, i+1)
			one.timer.Stop()
			return one.child
		}
	}
	return nil
}

// put takes a child back, or ends it.
func (p *Pool) put(key string, c *child) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		p.ending.Go(c.end)
		return
	}
	if len(p.idle) == poolIdle {
		p.drop(p.idle[0])
	}
	one := &idleChild{key: key, child: c}
	one.timer = time.AfterFunc(idleTime, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.drop(one)
	})
	p.idle = append(p.idle, one)
}

// drop ends an idle child; p.mu is held. One that was taken meanwhile is left alone.
func (p *Pool) drop(one *idleChild) {
	i := slices.Index(p.idle, one)
	if i < 0 {
		return
	}
	p.idle = slices.Delete(p.idle, i, i+1)
	one.timer.Stop()
	p.ending.Go(one.child.end)
}

// hello returns what a script announces. It is asked once for each script.
func (p *Pool) hello(ctx context.Context, prog *program) (*hello, error) {
	p.mu.Lock()
	h := p.hellos[prog.key]
	p.mu.Unlock()
	if h != nil {
		return h, nil
	}
	_, h, err := p.work(ctx, prog, nil)
	return h, err
}

func (p *Pool) remember(key string, h *hello) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.hellos[key] == nil {
		p.order = append(p.order, key)
	}
	p.hellos[key] = h
	for len(p.order) > maxHellos {
		delete(p.hellos, p.order[0])
		p.order = p.order[1:]
	}
}

// ask has a child do a request. Errors: *fault for what the script did,
// CodeUnavailable, or the context's.
func (p *Pool) ask(ctx context.Context, prog *program, r *request) (*answer, error) {
	a, _, err := p.work(ctx, prog, r)
	return a, err
}

// work does a request in a child that has read the program; without a request it
// returns what the program announces. A child that ends for no reason that is
// known is tried once more: nothing that a script does is done twice by that.
func (p *Pool) work(ctx context.Context, prog *program, r *request) (*answer, *hello, error) {
	select {
	case p.busy <- struct{}{}:
		defer func() { <-p.busy }()
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
	var lost *died
	for range 2 {
		a, h, err := p.once(ctx, prog, r)
		if !errors.As(err, &lost) {
			return a, h, err
		}
	}
	return nil, nil, agent.Errorf(agent.CodeUnavailable, "%s", lost.Error())
}

func (p *Pool) once(ctx context.Context, prog *program, r *request) (*answer, *hello, error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	c, h := p.take(prog.key), (*hello)(nil)
	if c == nil || r == nil {
		if c != nil { // its announcement was forgotten
			c.end()
		}
		var err error
		if c, h, err = p.start(ctx, prog); err != nil {
			return nil, nil, err
		}
	}
	if r == nil {
		p.put(prog.key, c)
		return nil, h, nil
	}
	a, err := c.ask(ctx, r)
	switch {
	case err != nil || a.Spent:
		c.end()
	default:
		p.put(prog.key, c)
	}
	if err == nil && a.Fault != nil {
		err = a.Fault
	}
	return a, h, err
}

// start starts a child and has it read the program.
func (p *Pool) start(ctx context.Context, prog *program) (*child, *hello, error) {
	p.mu.Lock()
	closed := p.closed
	p.mu.Unlock()
	if closed {
		return nil, nil, agent.Errorf(agent.CodeUnavailable, "this program is ending and starts no more scripts")
	}
	c, err := startChild(prog.limits)
	if err != nil {
		return nil, nil, err
	}
	a, err := c.ask(ctx, &request{Do: doLoad, Script: prog.script, Limits: &prog.limits})
	if err == nil && a.Fault != nil {
		err = a.Fault
	}
	if err != nil {
		c.end()
		return nil, nil, err
	}
	p.remember(prog.key, a.Hello)
	return c, a.Hello, nil
}

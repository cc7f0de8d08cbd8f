package remote

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// Usual limits of a Pool.
const (
	poolSize = 4
	poolIdle = 30 * time.Second
)

// Pool keeps programs that have done their work for the next environment with
// the same configuration: starting one may take longer than a whole episode. A
// program belongs to one environment at a time. Those that misbehaved never come
// back. It is safe for concurrent use, and needs Close.
type Pool struct {
	size int
	idle time.Duration

	mu     sync.Mutex
	parked []*parked // the longest idle first
	closed bool
	ending sync.WaitGroup // of programs that are being ended
}

// parked is a program that waits for work.
type parked struct {
	key     string
	program peer
	hello   *hello // what it has announced
	grace   time.Duration
	timer   *time.Timer
}

// NewPool returns a pool of at most size idle programs, each of which is ended
// when it was idle for so long. Zeros are the usual limits: 4, and 30 s.
func NewPool(size int, idle time.Duration) *Pool {
	if size <= 0 {
		size = poolSize
	}
	if idle <= 0 {
		idle = poolIdle
	}
	return &Pool{size: size, idle: idle}
}

// poolKey says which programs are alike: started by the same words in the same
// place with the same variables, told the same with hello, and of files that
// have not changed since. The purpose is not told to a program.
func poolKey(c *config, o *Options) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%q %q %d %q %q %q", c.Command, c.Dir, c.World, c.Split, c.Options.String(), o.Env)
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

// take hands out a program, or returns nil.
func (p *Pool) take(key string) *parked {
	if p == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, one := range slices.Backward(p.parked) {
		if one.key != key {
			continue
		}
		p.parked = slices.Delete(p.parked, i, i+1)
		one.timer.Stop()
		one.program.fresh()
		return one
	}
	return nil
}

// put takes a program back, and reports whether it did: else it is to be ended.
func (p *Pool) put(key string, program peer, h *hello, grace time.Duration) bool {
	if p == nil || !program.parked() {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	if len(p.parked) == p.size {
		p.drop(p.parked[0])
	}
	one := &parked{key: key, program: program, hello: h, grace: grace}
	one.timer = time.AfterFunc(p.idle, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.drop(one)
	})
	p.parked = append(p.parked, one)
	return true
}

// drop ends an idle program; p.mu is held. One that was taken meanwhile is left
// alone.
func (p *Pool) drop(one *parked) {
	i := slices.Index(p.parked, one)
	if i < 0 {
		return
	}
	p.parked = slices.Delete(p.parked, i, i+1)
	one.timer.Stop()
	p.ending.Go(func() { one.program.Close(farewell(one.program), one.grace) })
}

// Close ends all idle programs and waits until they are gone. Programs that come
// back later are ended by those who had them. Closing again does nothing.
func (p *Pool) Close() error {
	if p == nil {
		return nil
	}
	p.mu.Lock()
	p.closed = true
	for len(p.parked) > 0 {
		p.drop(p.parked[0])
	}
	p.mu.Unlock()
	p.ending.Wait()
	return nil
}

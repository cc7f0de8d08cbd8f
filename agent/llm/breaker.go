package llm

import "time"

// A model, or a server, that failed so many times in a row is asked nothing for
// a while, then one request tries.
const (
	breakAfter = 5
	breakFor   = 15 * time.Second
)

// breaker counts failures in a row. A trial that hangs holds up nobody for
// longer than breakFor: then the next may try. Its owner locks it.
type breaker struct {
	failures int
	until    time.Time // nobody is asked before
}

// open reports whether it stands between requests and who failed.
func (b *breaker) open() bool { return b.failures >= breakAfter }

// rest is how long nobody may ask, 0 for not at all.
func (b *breaker) rest(now time.Time) time.Duration {
	if !b.open() {
		return 0
	}
	return max(b.until.Sub(now), 0)
}

// try lets a request through whose turn it is, and reports whether it is a trial.
func (b *breaker) try(now time.Time) (trial bool) {
	if b.open() {
		b.until, trial = now.Add(breakFor), true
	}
	return trial
}

// answered closes it.
func (b *breaker) answered() { *b = breaker{} }

// failed counts a failure.
func (b *breaker) failed(now time.Time) {
	b.failures++
	b.until = now.Add(breakFor)
}

// ended is the end of a trial that says nothing: the next may try at once.
func (b *breaker) ended(now time.Time) { b.until = now }

package mcp

import (
	"fmt"
	"sync"
)

// Limits of what a server may send.
const (
	// MaxMessageBytes bounds one message.
	MaxMessageBytes = 16 << 20
	// All that comes between one request of ours and the next: a flood.
	maxUnaskedBytes    = 64 << 20
	maxUnaskedMessages = 20_000
)

// quota counts what a server sends and remembers the first thing it did wrong,
// after which it is of no use. It is safe for concurrent use.
type quota struct {
	faulty chan struct{} // closed with the first fault

	mu              sync.Mutex
	what            string
	bytes, messages int
	onFail          func()
}

func newQuota() *quota { return &quota{faulty: make(chan struct{})} }

// fresh begins to count anew, for another request.
func (q *quota) fresh() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.bytes, q.messages = 0, 0
}

// took counts what came, and reports whether it may.
func (q *quota) took(bytes, messages int) bool {
	q.mu.Lock()
	q.bytes, q.messages = q.bytes+bytes, q.messages+messages
	over := q.bytes > maxUnaskedBytes || q.messages > maxUnaskedMessages
	n, m := q.bytes, q.messages
	q.mu.Unlock()
	if over {
		q.fail(fmt.Sprintf("floods us: %d bytes in %d messages since the last request", n, m))
	}
	return !over
}

// fail notes what the server did wrong, and has it ended.
func (q *quota) fail(what string) {
	q.mu.Lock()
	if q.what != "" {
		q.mu.Unlock()
		return
	}
	q.what = what
	onFail := q.onFail
	close(q.faulty)
	q.mu.Unlock()
	if onFail != nil {
		onFail()
	}
}

// watch has f called with the first fault, or now if there was one.
func (q *quota) watch(f func()) {
	q.mu.Lock()
	q.onFail = f
	failed := q.what != ""
	q.mu.Unlock()
	if failed {
		f()
	}
}

// fault returns what the server did wrong, or "".
func (q *quota) fault() string {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.what
}

package wire

import "sync"

// Learned is what a client has found out about its server and model. Its zero
// value knows nothing. It is safe for concurrent use.
type Learned[D any] struct {
	mu    sync.Mutex
	value D
}

// Known is what was learned so far.
func (l *Learned[D]) Known() D {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.value
}

// Learn adds what an answer showed; merge returns what both have found.
func (l *Learned[D]) Learn(found D, merge func(known, found D) D) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.value = merge(l.value, found)
}

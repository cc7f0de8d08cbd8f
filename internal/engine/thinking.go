package engine

import "sync"

// Thinking holds what actors of this process are thinking right now: the newest
// words of each run, nothing durable. Who looks sees the newest and may miss
// what was between. It is safe for concurrent use, and its zero value is ready.
type Thinking struct {
	mu   sync.Mutex
	runs map[string]*thought
}

type thought struct {
	step    int
	text    string
	watched bool
	changed chan struct{} // closed and replaced when there are newer words
}

// Note keeps the newest words of a run's step. Empty words change nothing.
func (t *Thinking) Note(run string, step int, text string) {
	if text == "" {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	x := t.of(run)
	if x.step == step && x.text == text {
		return
	}
	x.step, x.text = step, text
	if x.watched {
		close(x.changed)
		x.changed, x.watched = make(chan struct{}), false
	}
}

// Look returns the newest words of a run, and a channel that is closed when
// there are newer ones.
func (t *Thinking) Look(run string) (step int, text string, changed <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	x := t.of(run)
	x.watched = true
	return x.step, x.text, x.changed
}

// Forget drops what is held of a run; who watches it is told nothing more.
func (t *Thinking) Forget(run string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.runs, run)
}

// of returns the run's words. t.mu is held.
func (t *Thinking) of(run string) *thought {
	x := t.runs[run]
	if x == nil {
		if t.runs == nil {
			t.runs = map[string]*thought{}
		}
		x = &thought{changed: make(chan struct{})}
		t.runs[run] = x
	}
	return x
}

package llm

import (
	"context"
	"slices"
	"sync"
	"time"
)

// otherWithin is how long a model counts as one that is in use beside others.
const otherWithin = 5 * time.Minute

// turns are the places at a server, shared by its models: a free one goes to
// the waiting model that holds the fewest. While several models are in use, none
// holds every place, where there are two or more; one whose last request failed
// holds one place until it answers again. It is safe for concurrent use.
type turns struct {
	now func() time.Time

	mu      sync.Mutex
	places  int // 0: no limit
	taken   int
	models  map[string]*places
	waiting []*waiter // in the order in which they came
}

// places are those of one model.
type places struct {
	taken   int
	failing bool
	asked   time.Time // the last time that one was taken or asked for
}

type waiter struct {
	model string
	ready chan struct{} // closed when it holds a place
	held  bool
}

func newTurns(limit int, now func() time.Time) *turns {
	return &turns{now: now, places: limit, models: map[string]*places{}}
}

// resize changes the number of places; what is taken stays so.
func (t *turns) resize(limit int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.places = limit
	t.give()
}

// take waits for a place; the error is ctx's.
func (t *turns) take(ctx context.Context, model string) error {
	w := &waiter{model: model, ready: make(chan struct{})}
	t.mu.Lock()
	t.of(model).asked = t.now()
	t.waiting = append(t.waiting, w)
	t.give()
	t.mu.Unlock()
	select {
	case <-w.ready:
		return nil
	case <-ctx.Done():
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if w.held { // it came at the same moment
		t.put(model)
	} else {
		t.waiting = slices.DeleteFunc(t.waiting, func(x *waiter) bool { return x == w })
	}
	return ctx.Err()
}

// leave gives a place back.
func (t *turns) leave(model string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.put(model)
}

// put is leave; t.mu is held.
func (t *turns) put(model string) {
	t.taken--
	t.of(model).taken--
	t.give()
}

// fails says whether the last request of a model failed.
func (t *turns) fails(model string, failing bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.of(model).failing = failing
	t.give()
}

// of returns the places of a model; t.mu is held.
func (t *turns) of(model string) *places {
	p := t.models[model]
	if p == nil {
		t.forget()
		p = &places{}
		t.models[model] = p
	}
	return p
}

// maxModels bounds the models of a server that are remembered, since their names
// come from outside.
const maxModels = 256

// forget drops models that nobody asks, where there are too many; t.mu is held.
func (t *turns) forget() {
	if len(t.models) < maxModels {
		return
	}
	for name, p := range t.models {
		if p.taken == 0 && !slices.ContainsFunc(t.waiting, func(w *waiter) bool { return w.model == name }) {
			delete(t.models, name)
		}
	}
}

// give hands out free places; t.mu is held.
func (t *turns) give() {
	for t.places == 0 || t.taken < t.places {
		next := -1
		for i, w := range t.waiting {
			if t.may(w.model) && (next < 0 || t.of(w.model).taken < t.of(t.waiting[next].model).taken) {
				next = i
			}
		}
		if next < 0 {
			return
		}
		w := t.waiting[next]
		t.waiting = slices.Delete(t.waiting, next, next+1)
		t.taken++
		p := t.of(w.model)
		p.taken++
		p.asked = t.now()
		w.held = true
		close(w.ready)
	}
}

// may reports whether a model may hold one more place; t.mu is held.
func (t *turns) may(model string) bool {
	p := t.of(model)
	switch {
	case t.places == 0:
		return true
	case p.failing && p.taken > 0:
		return false
	case t.places == 1 || p.taken+1 < t.places:
		return true
	}
	for name, other := range t.models { // it would hold every place
		if name != model && (other.taken > 0 || t.now().Sub(other.asked) < otherWithin) {
			return false
		}
	}
	return true
}

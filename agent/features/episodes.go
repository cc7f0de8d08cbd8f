package features

import (
	"slices"
	"sync"
	"weak"

	"purposeagent/agent"
)

// Episodes keeps the memories of the runs in progress, with what its owner remembers
// Reading each beside, so that a step costs the same however long its run is. A run is
// known by the address of its first step; the weak pointer neither keeps a history
// alive nor ever stands for another one. A history that moved is read again, which
// happens each time its slice has doubled. It is safe for concurrent use.
type Episodes[T any] struct {
	// Note is called with each step before the episode takes it in; nil: nobody is told.
	Note func(own *T, e *Episode, s *agent.Situation, step *agent.Step, done *Lifted)

	mu    sync.Mutex
	known map[weak.Pointer[agent.Step]]*remembered[T]
	order []weak.Pointer[agent.Step]
}

// remembered is what is known of one run.
type remembered[T any] struct {
	mu  sync.Mutex
	e   *Episode
	own T
}

// maxEpisodes bounds the runs in progress that are remembered at once.
const maxEpisodes = 64

// Of returns the memory of the situation's run, up to date, and what its owner
// remembers beside. Both are the caller's until it calls release.
func (m *Episodes[T]) Of(s *agent.Situation) (e *Episode, own *T, release func()) {
	fresh := func() *remembered[T] { return &remembered[T]{e: NewEpisode(s.World.State, s.Task.Purpose)} }
	var r *remembered[T]
	if len(s.History) == 0 {
		r = fresh()
		r.mu.Lock()
	} else {
		r = m.remembered(weak.Make(&s.History[0]), fresh)
		r.mu.Lock()
		if r.e.taken > len(s.History) { // an earlier moment of the same run
			r.mu.Unlock()
			r = fresh()
			r.mu.Lock()
		}
	}
	e = r.e
	e.limit = s.Task.MaxSteps
	for i := e.taken; i < len(s.History); i++ {
		step := &s.History[i]
		if i == 0 {
			e.Look(&step.Before)
		}
		l := e.lift(s.Actions, step.Action)
		if m.Note != nil {
			m.Note(&r.own, e, s, step, &l)
		}
		e.Take(&l, &step.After)
	}
	e.Look(&s.State)
	return e, &r.own, r.mu.Unlock
}

func (m *Episodes[T]) remembered(key weak.Pointer[agent.Step], fresh func() *remembered[T]) *remembered[T] {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r := m.known[key]; r != nil {
		return r
	}
	if m.known == nil {
		m.known = map[weak.Pointer[agent.Step]]*remembered[T]{}
	}
	r := fresh()
	m.known[key] = r
	m.order = append(m.order, key)
	if len(m.order) > maxEpisodes {
		delete(m.known, m.order[0])
		m.order = slices.Delete(m.order, 0, 1)
	}
	return r
}

package engine

import (
	"context"
	"iter"
	"sync"

	"purposeagent/agent"
)

const (
	// recentEvents is how many events of a followed or running run stay in
	// memory, so that a thousand followers do not read the database a thousand
	// times. Who is further behind reads from the log.
	recentEvents = 256
	// recentBytes bounds their states.
	recentBytes = 32 << 20
	followBatch = 200
)

// hub holds the newest events of a run and wakes those who wait for more.
type hub struct {
	refs int // guarded by Engine.mu

	mu     sync.Mutex
	recent []agent.Event // without gaps
	bytes  int           // of their states
	wake   chan struct{} // closed when something is new
	gone   bool          // the run was deleted
}

// hold returns the run's hub, to be given back with drop.
func (e *Engine) hold(run string) *hub {
	e.mu.Lock()
	defer e.mu.Unlock()
	h := e.hubs[run]
	if h == nil {
		h = &hub{wake: make(chan struct{})}
		e.hubs[run] = h
	}
	h.refs++
	return h
}

func (e *Engine) drop(run string, h *hub) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if h.refs--; h.refs == 0 {
		delete(e.hubs, run)
	}
}

// publish gives durable events to those who follow the run here, and tells other
// processes.
func (e *Engine) publish(run string, events ...agent.Event) {
	e.tell(run)
	e.mu.Lock()
	h := e.hubs[run]
	e.mu.Unlock()
	if h != nil {
		h.add(events)
	}
}

func (h *hub) add(events []agent.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, e := range events {
		if n := len(h.recent); n > 0 {
			switch last := h.recent[n-1].Seq; {
			case e.Seq <= last:
				continue
			case e.Seq > last+1:
				h.recent, h.bytes = nil, 0 // another process wrote between; the log has it all
			}
		}
		for len(h.recent) >= recentEvents || h.bytes > recentBytes && len(h.recent) > 1 {
			// A new array: followers may hold slices of the old one.
			h.recent = append(make([]agent.Event, 0, 2*recentEvents), h.recent[(len(h.recent)+1)/2:]...)
			h.bytes = 0
			for _, kept := range h.recent {
				h.bytes += sizeOf(kept)
			}
		}
		h.recent = append(h.recent, e)
		h.bytes += sizeOf(e)
	}
	close(h.wake)
	h.wake = make(chan struct{})
}

// sizeOf is about what an event holds in memory that others do not: a step's
// state before it is that after the one before.
func sizeOf(e agent.Event) int {
	if d, ok := e.Data.(agent.StepTaken); ok {
		return len(d.Step.After.Data) + len(d.Step.After.Hidden)
	}
	return 0
}

// last returns the number of the newest event in memory, 0 without one.
func (h *hub) last() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.recent) == 0 {
		return 0
	}
	return h.recent[len(h.recent)-1].Seq
}

func (h *hub) delete() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.gone {
		h.gone = true
		close(h.wake)
		h.wake = make(chan struct{})
	}
}

// ended reports whether the terminal event is in memory, at or before a number.
func (h *hub) ended(seq int64) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := len(h.recent)
	return n > 0 && h.recent[n-1].Terminal() && h.recent[n-1].Seq <= seq
}

// after returns the events in memory that follow a number, and whether memory
// reaches back that far. wake is closed when there may be more.
func (h *hub) after(seq int64) (events []agent.Event, known, gone bool, wake <-chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := int64(len(h.recent))
	if n == 0 || h.recent[0].Seq > seq+1 {
		return nil, false, h.gone, h.wake
	}
	from := min(max(seq+1-h.recent[0].Seq, 0), n)
	return h.recent[from:n:n], true, h.gone, h.wake
}

// Follow yields the events of a run after a number: first from the log, then
// each new one as it becomes durable, in order, none twice and none left out.
// It ends after the terminal event, when ctx ends, or with an error:
// CodeNotFound if the run does not exist or is deleted meanwhile. A follower
// that is slow delays nobody and misses nothing. Events must not be changed.
func (e *Engine) Follow(ctx context.Context, run string, after int64) iter.Seq2[agent.Event, error] {
	return func(yield func(agent.Event, error) bool) {
		h := e.hold(run)
		defer e.drop(run, h)
		f := follower{e: e, h: h, run: run, cursor: max(after, 0)}
		for ctx.Err() == nil {
			events, wake, err := f.next(ctx)
			if err != nil {
				if ctx.Err() == nil {
					yield(agent.Event{}, err)
				}
				return
			}
			for _, event := range events {
				if !yield(event, nil) {
					return
				}
				f.cursor = event.Seq
				if event.Terminal() {
					return
				}
			}
			if len(events) > 0 {
				continue
			}
			if f.over {
				return
			}
			select {
			case <-wake:
			case <-ctx.Done():
			}
		}
	}
}

// follower is one reader's place in a run's log.
type follower struct {
	e      *Engine
	h      *hub
	run    string
	cursor int64
	over   bool // the run has ended at or before the cursor
}

// next returns the next events, or none and the channel to wait on. The
// channel is taken before anything is read, so that no event slips between.
func (f *follower) next(ctx context.Context) ([]agent.Event, <-chan struct{}, error) {
	events, known, gone, wake := f.h.after(f.cursor)
	if gone {
		return nil, nil, agent.Errorf(agent.CodeNotFound, "run %s was deleted", f.run)
	}
	if known {
		f.over = len(events) == 0 && f.h.ended(f.cursor)
		return events, wake, nil
	}
	events, err := f.e.cfg.Runs.Events(ctx, f.run, f.cursor, followBatch)
	if err != nil || len(events) > 0 {
		return events, wake, err
	}
	run, err := f.e.cfg.Runs.Get(ctx, f.run)
	// A run that ended since the read above is read once more.
	f.over = err == nil && run.Status.Final() && run.LastSeq <= f.cursor
	if err == nil && run.LastSeq > f.cursor {
		events, err = f.e.cfg.Runs.Events(ctx, f.run, f.cursor, followBatch)
	}
	return events, wake, err
}

// Refresh reads, once for all followers of a run, what others added to its log,
// and ends the followers of runs that were deleted. A started engine does so each
// second; who writes to a log beside it can have it at once.
func (e *Engine) Refresh(ctx context.Context) error {
	e.mu.Lock()
	held := make(map[string]*hub, len(e.hubs))
	var runs []string
	for run, h := range e.hubs {
		if e.working[run] == nil {
			held[run] = h
			runs = append(runs, run)
		}
	}
	e.mu.Unlock()
	if len(runs) == 0 {
		return nil
	}
	newest, err := e.cfg.Runs.LastSeqs(ctx, runs)
	if err != nil {
		return err
	}
	for run, h := range held {
		seq, exists := newest[run]
		if !exists {
			h.delete()
			continue
		}
		for last := h.last(); last < seq; last = h.last() {
			if last == 0 {
				last = max(seq-recentEvents/2, 0)
			}
			events, err := e.cfg.Runs.Events(ctx, run, last, followBatch)
			if err != nil {
				return err
			}
			if len(events) == 0 {
				break
			}
			h.add(events)
		}
	}
	return nil
}

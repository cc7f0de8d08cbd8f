package statetable

import "math"

// discount is what a success is worth one step later: of two ways that are as
// sure, the shorter one is better.
const discount = 0.99

// scoreShare is the part of a success that a full score without success is
// worth: where nothing ever succeeds, what scored most is known by heart.
const scoreShare = 1.0 / 3

// Bounds of the work at the end of a task.
const (
	maxBackups = 2_000
	maxRefresh = 200 // states that are looked at again in turn
	leastShift = 1e-4
)

// Novelty is the weight of the prior that an action does something new, in
// times that it was done: κ such that the second time is another with the share
// that was seen in this scope, κ/(1+κ). It is near 0 where actions always do
// the same and about 2 on ice: an empirical Bayes estimate of the concentration
// of a Dirichlet prior (Strens, ICML 2000, plans by such counts).
func (a *Table) Novelty() float64 {
	same, n := share(a.tally.second)
	other := ((1-same)*n + 0.25) / (n + 1)
	return min(other/(1-other), maxNovelty)
}

const maxNovelty = 4.0

// certain is the novelty below which actions are taken to do the same each
// time, and a way is a way.
const certain = 0.12

// Certain reports whether actions do the same each time.
func (a *Table) Certain() bool { return a.Novelty() < certain }

// Worth returns what an action is worth by what came of it:
//
//	value = (Σ n(o)·v(o)) / (N + κ)        hope = (Σ n(o)·h(o) + κ) / (N + κ)
//
// v of a success is 1, part of it as a gain of score, of a failure 0, of a
// state discount × its value. What
// was not seen yet counts as a failure in value and as a success in hope, which
// is optimism in the face of uncertainty (R-max, Brafman and Tennenholtz 2002;
// with counts, Strehl and Littman 2008).
func (a *Table) Worth(w *Way, novelty float64) (value, hope float64) {
	n := 0.0
	for i := range w.outcomes {
		o := &w.outcomes[i]
		k := float64(o.n)
		n += k
		switch {
		case o.to == toSuccess:
			value += k * (1 - scoreShare) // and its gain of score
			hope += k
		case o.to >= 0:
			p := &a.places[o.to]
			value += k * discount * float64(p.Value)
			hope += k * discount * float64(p.hope)
		}
	}
	value = value/(n+novelty) + scoreShare*float64(w.gain)*n/(n+novelty)
	return value, min((hope+novelty)/(n+novelty), 1)
}

// untiredVisits is how often a state is visited in vain before it is taken to
// offer nothing new: which actions a state allows is not in a trajectory.
const untiredVisits = 4

// fresh reports whether something may be left to try in a state.
func (a *Table) fresh(p *State) bool {
	return len(p.ways) == 0 || len(p.ways) < len(a.actions) && p.stale < untiredVisits
}

// backup brings one state up to date and returns by how much it moved.
func (a *Table) backup(at int32, novelty float64) float64 {
	p := &a.places[at]
	value, hope := 0.0, 0.0
	if a.fresh(p) {
		hope = 1
	}
	for i := range p.ways {
		v, h := a.Worth(&p.ways[i], novelty)
		value, hope = max(value, v), max(hope, h)
	}
	moved := math.Abs(value-float64(p.Value)) + math.Abs(hope-float64(p.hope))
	p.Value, p.hope = float32(value), float32(hope)
	return moved
}

// sweep brings the values up to date after an episode through these states, the
// largest changes first (prioritized sweeping, Moore and Atkeson 1993), and
// looks at some others in turn. Its work is bounded; what is left is found
// when its turn comes.
func (a *Table) sweep(states []uint64) {
	novelty := a.Novelty()
	q := &a.agenda
	defer q.clear()
	if more := len(a.places) - len(q.waits); more > 0 {
		q.waits = append(q.waits, make([]float32, more)...)
	}
	for i, key := range states { // the last first: what it came to is known there
		if at, known := a.at[key]; known {
			q.add(at, 1+float64(i)/float64(len(states)))
		}
	}
	if n := len(a.places); n > 0 {
		for i := range min(maxRefresh, n) {
			at := int32((a.Tasks*maxRefresh + i) % n)
			if a.backup(at, novelty) > leastShift {
				a.spread(q, at, 1)
			}
		}
	}
	for range maxBackups {
		at, ok := q.next()
		if !ok {
			return
		}
		if moved := a.backup(at, novelty); moved > leastShift {
			a.spread(q, at, moved)
		}
	}
}

func (a *Table) spread(q *agenda, at int32, moved float64) {
	for _, from := range a.back[at] {
		q.add(from, moved)
	}
}

// settle works all values out anew.
func (a *Table) settle() {
	novelty := a.Novelty()
	for i := range a.places {
		a.places[i].Value, a.places[i].hope = 0, 1
	}
	for range 200 {
		moved := 0.0
		for i := range a.places {
			moved = max(moved, a.backup(int32(i), novelty))
		}
		if moved < leastShift {
			return
		}
	}
}

// agenda is a queue of states by how much they may have moved: a binary heap
// without interfaces, since it is most of the work at the end of a task.
type agenda struct {
	waits []float32 // by state; 0 for one that does not wait
	heap  []waiting
}

type waiting struct {
	moved float32
	at    int32
}

func (w waiting) before(o waiting) bool {
	return w.moved > o.moved || w.moved == o.moved && w.at < o.at
}

// add enters a state, or raises it.
func (q *agenda) add(at int32, moved float64) {
	w := waiting{float32(moved), at}
	if w.moved <= q.waits[at] {
		return
	}
	q.waits[at] = w.moved
	q.heap = append(q.heap, w)
	i := len(q.heap) - 1
	for i > 0 {
		up := (i - 1) / 2
		if !w.before(q.heap[up]) {
			break
		}
		q.heap[i] = q.heap[up]
		i = up
	}
	q.heap[i] = w
}

// next takes the state that may have moved most.
func (q *agenda) next() (int32, bool) {
	for len(q.heap) > 0 {
		top := q.heap[0]
		last := len(q.heap) - 1
		w := q.heap[last]
		q.heap = q.heap[:last]
		i := 0
		for {
			down := 2*i + 1
			if down >= last {
				break
			}
			if down+1 < last && q.heap[down+1].before(q.heap[down]) {
				down++
			}
			if !q.heap[down].before(w) {
				break
			}
			q.heap[i] = q.heap[down]
			i = down
		}
		if last > 0 {
			q.heap[i] = w
		}
		if q.waits[top.at] == top.moved { // else it was raised since, and taken
			q.waits[top.at] = 0
			return top.at, true
		}
	}
	return 0, false
}

// clear empties the queue.
func (q *agenda) clear() {
	for _, w := range q.heap {
		q.waits[w.at] = 0
	}
	q.heap = q.heap[:0]
}

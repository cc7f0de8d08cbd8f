package reasoner

import (
	"slices"

	"purposeagent/agent"
	"purposeagent/agent/features"
)

// atlas is what was counted of the exact states of one scope, over all of its
// episodes: how often an action in a state led to which other, and what came of
// it in the end. Where a world is the same each time, the ways through it are
// known by heart; rules speak of the rest. It is bounded: at most
// agent.MaxStates states, and of each what bounds below say.
//
// A state is known by all that can be observed and by the purpose (stateKey).
type atlas struct {
	actions  []agent.Action
	actionAt map[uint64]int // by hash of the key
	keys     []uint64
	at       map[uint64]int32
	places   []place
	edges    int       // of all places
	drop     []string  // fields that don't tell states apart, see idle
	trail    bool      // what was done before is part of a state, see trailKey
	back     [][]int32 // places with a way to this one; not kept in a row, nor is:
	agenda   agenda

	tasks   int // episodes that were counted
	last    string
	through int64 // when the last of them ended, in nanoseconds
	tally   recurrence
}

// place is one state: where it can lead, and what it is worth.
type place struct {
	value  float32 // of the best known way from here, see worth
	hope   float32 // the same with optimism about what was tried little
	tasks  uint32  // that came through
	starts uint32  // tasks that began here
	seen   uint32  // number of the last task that came through
	stale  uint8   // visits in a row in which nothing was tried for the first time
	ways   []tried // in the order of their actions
}

// tried is an action in a state with what came of it.
type tried struct {
	action   uint16
	odd      uint8 // outcomes in a row that were all but ruled out
	to       int32 // the last outcome …
	task     uint32
	gain     float32 // mean gain of score
	outcomes []outcome
}

// outcome is a state that an action led to, or an end. n forgets by half-life.
type outcome struct {
	to   int32
	n    float32
	task uint32 // number of the last task with it
}

// The ends that an action can lead to, in place of a state.
const (
	toSuccess   = -1
	toFailure   = -2
	toForgotten = -3 // a state that was dropped for want of room
)

// Bounds of an atlas, beside agent.MaxStates.
const (
	maxAtlasActions = 1 << 12
	maxWays         = 512 // actions of one state
	maxEdges        = 6 * agent.MaxStates
	maxOutcomes     = 24 // of one action in one state
)

// outcomeHalfLife is the number of times that an action is done in a state
// after which an outcome counts half (docs/learning.md, §5).
const outcomeHalfLife = 200

// recurrence measures whether states come again and whether they tell enough.
// Each pair counts {so, not so}; old tasks fade.
type recurrence struct {
	met    [2]float64 // states of a task: known before it, or new
	starts [2]float64 // the same of the states that tasks begin in
	second [2]float64 // an action done a second time in a state led to the same, or elsewhere
	within [2]float64 // the same of any repetition within one task
	across [2]float64 // and of the first one in another task
	tries  [2]float64 // steps that did something for the first time, and others
	came   [2]int     // outcomes that were known, and others
	// alarm is how many more outcomes came than chance explains that were all
	// but ruled out, and the number of the task that it began with: a cumulative
	// sum (Page 1954).
	alarm [2]float64
}

// alarmed is the alarm from which the law of the world is taken to have changed.
const alarmed = 3.0

// fade is what a task before counts; half after some 35 tasks.
const fade = 0.98

func newAtlas() *atlas {
	return &atlas{actionAt: map[uint64]int{}, at: map[uint64]int32{}}
}

// number returns the number of an action, -1 where there are too many.
func (a *atlas) number(action agent.Action) int {
	key := features.HashText(action.Key())
	if n, known := a.actionAt[key]; known {
		return n
	}
	if len(a.actions) >= maxAtlasActions {
		return -1
	}
	a.actionAt[key] = len(a.actions)
	a.actions = append(a.actions, agent.Action{Name: action.Name, Params: action.Params})
	return len(a.actions) - 1
}

// place returns the number of a state, which is added if it is new.
func (a *atlas) place(key uint64) int32 {
	if at, known := a.at[key]; known {
		return at
	}
	at := int32(len(a.keys))
	a.at[key] = at
	a.keys = append(a.keys, key)
	a.places = append(a.places, place{hope: 1})
	a.back = append(a.back, nil)
	return at
}

// find returns what came of an action in a state, or nil.
func (p *place) find(action int) *tried {
	i, ok := slices.BinarySearchFunc(p.ways, action, func(t tried, n int) int { return int(t.action) - n })
	if !ok {
		return nil
	}
	return &p.ways[i]
}

// add counts a trajectory once, and brings the values up to date.
func (a *atlas) add(t *agent.Trajectory, world *agent.StateSpec) {
	if t.ID == a.last || len(t.Steps) == 0 {
		return
	}
	states := a.episodeStates(t, world)
	if len(a.keys)+len(states) > agent.MaxStates || a.edges+len(states) > maxEdges {
		a.forget(len(states))
	}
	a.tasks++
	a.last, a.through = t.ID, t.At.UnixNano()
	end := lastAct(t)
	a.recur(states[:end+1])
	score, known := 0.0, false
	a.tally.alarm[0] = max(a.tally.alarm[0]-0.25, 0)
	for i := range end + 1 {
		s := &t.Steps[i]
		var gain float64
		switch v := s.Verdict; {
		case i == end && t.Outcome.Success:
			gain = 1 - score
		case v != nil && v.Score >= 0 && v.Score <= 1: // NaN is neither
			if known {
				gain = v.Score - score
			}
			score, known = v.Score, true
		}
		if s.Action.Name == agent.NoAction || s.Action.Name == agent.Done || len(a.keys) >= agent.MaxStates {
			continue
		}
		from := a.place(states[i])
		to := int32(toSuccess)
		switch {
		case i < end || !t.Outcome.Success && !t.EndedInFailure():
			to = a.place(states[i+1])
		case !t.Outcome.Success:
			to = toFailure
		}
		a.count(from, s.Action, to, gain)
	}
	if a.tally.alarm[0] >= alarmed {
		a.shelve(int(a.tally.alarm[1]))
		return
	}
	a.sweep(states[:end+1])
}

// lastAct is the index of the last step that did something: what a task came to
// is its doing, whatever the actor said after it.
func lastAct(t *agent.Trajectory) int {
	i := len(t.Steps) - 1
	for i > 0 && (t.Steps[i].Action.Name == agent.Done || t.Steps[i].Action.Name == agent.NoAction) {
		i--
	}
	return i
}

// recur counts which states of a task were known before it.
func (a *atlas) recur(states []uint64) {
	r := &a.tally
	for _, pair := range []*[2]float64{&r.met, &r.starts, &r.tries} {
		pair[0], pair[1] = fade*pair[0], fade*pair[1]
	}
	task := uint32(a.tasks)
	for i, key := range states {
		at, known := a.at[key]
		if !known {
			if len(a.keys) >= agent.MaxStates {
				continue
			}
			at = a.place(key)
		}
		p := &a.places[at]
		if p.seen == task && p.tasks > 0 {
			continue
		}
		if a.tasks > 1 {
			count(&r.met, p.tasks > 0)
			if i == 0 {
				count(&r.starts, p.starts > 0)
			}
		}
		p.seen = task
		p.tasks++
		if i == 0 {
			p.starts++
		}
	}
}

func count(pair *[2]float64, so bool) {
	if so {
		pair[0]++
	} else {
		pair[1]++
	}
}

// share is the first of a pair's sum, and how much it stands on.
func share(pair [2]float64) (mean, n float64) {
	n = pair[0] + pair[1]
	return pair[0] / max(n, 1e-9), n
}

// count takes in one step.
func (a *atlas) count(from int32, action agent.Action, to int32, gain float64) {
	n := a.number(action)
	p := &a.places[from]
	if n < 0 {
		return
	}
	r := &a.tally
	at, known := slices.BinarySearchFunc(p.ways, n, func(t tried, n int) int { return int(t.action) - n })
	count(&r.tries, !known)
	if !known {
		if len(p.ways) >= maxWays || a.edges >= maxEdges {
			return
		}
		p.ways = slices.Insert(p.ways, at, tried{action: uint16(n), to: to, task: uint32(a.tasks)})
		p.stale = 0
		a.edges++
	} else if p.stale < 255 {
		p.stale++
	}
	w := &p.ways[at]
	novelty := a.novelty()
	if known {
		r.repeated(w, to, uint32(a.tasks))
		r.watch(w, to, a.tasks, novelty)
	}
	var were []outcome
	if w.odd > 0 || len(w.outcomes) == maxOutcomes { // some may go
		were = slices.Clone(w.outcomes)
	}
	w.take(to, uint32(a.tasks), novelty)
	a.unlink(from, were)
	w.gain += float32((gain - float64(w.gain)) / min(float64(w.total()), outcomeHalfLife))
	w.to, w.task = to, uint32(a.tasks)
	if to >= 0 && !slices.Contains(a.back[to], from) {
		a.back[to] = append(a.back[to], from)
	}
}

// repeated counts whether an action did again what it did before.
func (r *recurrence) repeated(w *tried, to int32, task uint32) {
	const most = 400 // repetitions that are remembered
	pair := &r.across
	if w.task == task {
		pair = &r.within
	}
	count(pair, w.to == to)
	pairs := []*[2]float64{pair}
	if len(w.outcomes) == 1 && w.outcomes[0].n == 1 {
		count(&r.second, w.to == to)
		pairs = append(pairs, &r.second)
	}
	for _, pair := range pairs {
		if pair[0]+pair[1] > most {
			pair[0], pair[1] = pair[0]/2, pair[1]/2
		}
	}
	if w.outcome(to) != nil {
		r.came[0]++
	} else {
		r.came[1]++
	}
}

// watch raises the alarm by an outcome that was all but ruled out, and lowers
// it by twice what chance makes of such outcomes.
func (r *recurrence) watch(w *tried, to int32, task int, novelty float64) {
	n := float64(w.total())
	least := ruledOut * (n + novelty)
	expected, surprise := 0.0, novelty < least && w.outcome(to) == nil
	if novelty < least {
		expected = novelty
	}
	for i := range w.outcomes {
		if o := &w.outcomes[i]; float64(o.n) < least {
			expected += float64(o.n)
			surprise = surprise || o.to == to
		}
	}
	expected /= n + novelty
	if surprise {
		if r.alarm[0] == 0 {
			r.alarm[1] = float64(task)
		}
		r.alarm[0]++
	}
	r.alarm[0] = max(r.alarm[0]-2*expected, 0)
}

func (w *tried) outcome(to int32) *outcome {
	for i := range w.outcomes {
		if w.outcomes[i].to == to {
			return &w.outcomes[i]
		}
	}
	return nil
}

func (w *tried) total() float32 {
	n := float32(0)
	for i := range w.outcomes {
		n += w.outcomes[i].n
	}
	return n
}

// ruledOut is the probability of an outcome below which two in a row say that
// the law has changed, and not that it was chance.
const ruledOut = 0.05

// take counts an outcome. Older ones fade by half-life; where two in a row
// were all but ruled out by them, they are a law of the past and go.
func (w *tried) take(to int32, task uint32, novelty float64) {
	o := w.outcome(to)
	n := float64(w.total())
	before := novelty
	if o != nil {
		before = float64(o.n)
	}
	if before < ruledOut*(n+novelty) {
		w.odd++
	} else {
		w.odd = 0
	}
	if w.odd >= 2 {
		w.odd = 0
		kept := w.outcomes[:0]
		for _, old := range w.outcomes {
			if old.to == w.to { // the other of the two
				kept = append(kept, outcome{old.to, 1, old.task})
			}
		}
		w.outcomes = kept
	}
	const half = 0.9965403 // 2^(−1/outcomeHalfLife)
	for i := range w.outcomes {
		w.outcomes[i].n *= half
	}
	if o = w.outcome(to); o != nil {
		o.n++
		o.task = task
		return
	}
	if len(w.outcomes) >= maxOutcomes {
		least := 0
		for i := range w.outcomes {
			if w.outcomes[i].n < w.outcomes[least].n {
				least = i
			}
		}
		w.outcomes[least] = outcome{to, 1, task}
		return
	}
	w.outcomes = append(w.outcomes, outcome{to, 1, task})
}

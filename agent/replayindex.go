package agent

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"purposeagent/agent/search"
)

// How many trajectories a replay keeps: unless told otherwise, at least, at most.
// Those that hold evidence are kept beside them.
const (
	DefaultReplayCapacity = 500
	MinReplayCapacity     = 10
	MaxReplayCapacity     = 50_000
)

// ReplayEntry is what a replay must know of a trajectory to find it and to
// weigh it, without its steps.
type ReplayEntry struct {
	ID          string
	Run         string
	Scope       Scope
	Task        Task // purpose, description and seed are read
	Outcome     Outcome
	SuccessRate float64
	Reward      float64 // CumulativeReward
	FinalPhi    float64
	Value       float64 // classical, 0 to 1
	Pinned      bool    // by a person: never dropped
	At          time.Time
}

// NewReplayEntry returns the entry of a trajectory that was never retrieved.
func NewReplayEntry(t *Trajectory) ReplayEntry {
	return ReplayEntry{ID: t.ID, Run: t.Run, Scope: t.Scope, Task: t.Task, Outcome: t.Outcome,
		SuccessRate: t.SuccessRate(), Reward: t.CumulativeReward(), FinalPhi: t.FinalPhi(),
		Value: FirstTrajectoryValue(t.Outcome), At: t.At}
}

// FirstTrajectoryValue is a trajectory's classical value before it was ever
// put before an actor: what is unknown counts half, its own outcome the other
// half, and within that success and score alike. It is 0.75 for a full success
// and 0.25 for a failure that reached nothing.
func FirstTrajectoryValue(o Outcome) float64 {
	own := min(max(o.Score, 0), 1) / 2
	if o.Success {
		own += .5
	}
	return .25 + own/2
}

// TaskText is what trajectories are compared by.
func TaskText(t Task) string {
	if t.Description == t.Purpose {
		return t.Purpose
	}
	return t.Purpose + "\n" + t.Description
}

// ReplayIndex finds and weighs trajectories by their entries; the bodies are
// kept elsewhere. Every implementation of Replay uses it, so that they can't
// rank differently. It is safe for concurrent use.
//
// Retrieval ranks twice, by words and by the cosine of hashed vectors, each
// likeness × (1 + value) / 2, and joins the best 50 of the two lists that reach
// their floor by reciprocal rank fusion, as Retrieve does for rules. A
// trajectory that is like the task in neither is never retrieved however
// valuable it is, and value decides between those that are alike.
type ReplayIndex struct {
	capacity int

	mu      sync.Mutex
	held    map[string]bool // runs whose trajectories are evidence and stay
	staying int             // entries of these runs
	dropped int64
	entries []indexedEntry // unordered; a removed one's place is taken by the last
	at      map[string]int // place in entries, by id
	spaces  map[space]*textIndex
	purpose map[purposeKey]int // numbers that stand for the purposes seen
	next    int64
}

type indexedEntry struct {
	ReplayEntry
	number  int64 // order of arrival
	purpose int
}

// textIndex finds the texts of one space in two ways.
type textIndex struct {
	words   *search.WordIndex
	vectors *search.VectorIndex
}

func newTextIndex() *textIndex { return &textIndex{search.NewWordIndex(), search.NewVectorIndex()} }

func (x *textIndex) add(id, text string, weight float64) {
	x.words.Add(id, text, weight)
	x.vectors.Add(id, text, weight)
}

func (x *textIndex) remove(id string) {
	x.words.Remove(id)
	x.vectors.Remove(id)
}

// space is what one index holds: trajectories of other dynamics never help.
type space struct{ environment, dynamics string }

type purposeKey struct {
	space
	purpose string
}

// NewReplayIndex returns an empty index; a capacity below 1 means DefaultReplayCapacity.
func NewReplayIndex(capacity int) *ReplayIndex {
	if capacity < 1 {
		capacity = DefaultReplayCapacity
	}
	return &ReplayIndex{capacity: capacity, at: map[string]int{}, spaces: map[space]*textIndex{}, purpose: map[purposeKey]int{}}
}

func spaceOf(s Scope) space { return space{s.Environment, s.Dynamics} }

func rankWeight(value float64) float64 { return (1 + value) / 2 }

// Add puts an entry in and returns the ids that it drops to keep the capacity.
// An entry with a known id changes nothing.
func (x *ReplayIndex) Add(e ReplayEntry) (dropped []string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if _, known := x.at[e.ID]; known {
		return nil
	}
	dropped = x.worst(x.excess())
	for _, id := range dropped {
		x.remove(id)
	}
	x.dropped += int64(len(dropped))
	x.insert(e)
	return dropped
}

func (x *ReplayIndex) insert(e ReplayEntry) {
	s := spaceOf(e.Scope)
	x.next++
	x.at[e.ID] = len(x.entries)
	x.entries = append(x.entries, indexedEntry{e, x.next, x.purposeNumber(e)})
	if x.held[e.Run] {
		x.staying++
	}
	if len(x.purpose) > 2*len(x.entries)+64 { // forget purposes that are gone
		clear(x.purpose)
		for i := range x.entries {
			x.entries[i].purpose = x.purposeNumber(x.entries[i].ReplayEntry)
		}
	}
	if x.spaces[s] == nil {
		x.spaces[s] = newTextIndex()
	}
	x.spaces[s].add(e.ID, TaskText(e.Task), rankWeight(e.Value))
}

func (x *ReplayIndex) purposeNumber(e ReplayEntry) int {
	key := purposeKey{spaceOf(e.Scope), search.Normalize(e.Task.Purpose)}
	number, seen := x.purpose[key]
	if !seen {
		number = len(x.purpose)
		x.purpose[key] = number
	}
	return number
}

// Hold says which runs' trajectories are evidence of rules in use. They stay, and
// do not count against the capacity. The map is kept and must not change.
func (x *ReplayIndex) Hold(runs map[string]bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.held, x.staying = runs, 0
	for i := range x.entries {
		if runs[x.entries[i].Run] {
			x.staying++
		}
	}
}

// Full reports whether adding one more entry would drop some, as far as Hold
// said: the moment to say it anew.
func (x *ReplayIndex) Full() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.excess() > 0
}

// Victims returns the ids that adding one more entry would drop, so that a
// durable store can delete them in the transaction that inserts the new one.
func (x *ReplayIndex) Victims() []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.worst(x.excess())
}

// Excess returns the ids that another capacity would drop at once.
func (x *ReplayIndex) Excess(capacity int) []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.worst(len(x.entries) - x.staying - capacity)
}

// excess is how many entries must go before one more comes. Some go at once, a
// twentieth of the capacity, so that what is evidence is looked up seldom.
func (x *ReplayIndex) excess() int {
	excess := len(x.entries) - x.staying + 1 - x.capacity
	if excess < max(1, x.capacity/20) {
		return 0
	}
	return excess
}

// worst returns the n ids that go first: the least valuable, by value, cumulative
// reward and age. Pinned ones and evidence never go, and the best success of each
// purpose only when nothing else is left. What comes is not compared, so that
// each trajectory has its chance to prove its value.
func (x *ReplayIndex) worst(n int) []string {
	if n <= 0 {
		return nil
	}
	best := make([]int, len(x.purpose)) // place + 1 of the best success, by purpose
	for i := range x.entries {
		e := &x.entries[i]
		if b := &best[e.purpose]; e.Outcome.Success && (*b == 0 || compareWorth(e, &x.entries[*b-1]) > 0) {
			*b = i + 1
		}
	}
	protected := func(i int) bool { return best[x.entries[i].purpose] == i+1 }
	var worst []int // ascending worth, at most n long
	less := func(i, j int) int {
		if pi, pj := protected(i), protected(j); pi != pj {
			if pj {
				return -1
			}
			return 1
		}
		return compareWorth(&x.entries[i], &x.entries[j])
	}
	for i := range x.entries {
		if x.entries[i].Pinned || x.held[x.entries[i].Run] || len(worst) == n && less(i, worst[n-1]) > 0 {
			continue
		}
		place, _ := slices.BinarySearchFunc(worst, i, less)
		worst = slices.Insert(worst, place, i)
		worst = worst[:min(len(worst), n)]
	}
	ids := make([]string, len(worst))
	for place, i := range worst {
		ids[place] = x.entries[i].ID
	}
	return ids
}

func compareWorth(a, b *indexedEntry) int {
	return cmp.Or(cmp.Compare(a.Value, b.Value), cmp.Compare(a.Reward, b.Reward), cmp.Compare(a.number, b.number))
}

// Remove takes entries out; unknown ids are left out.
func (x *ReplayIndex) Remove(ids ...string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, id := range ids {
		x.remove(id)
	}
}

func (x *ReplayIndex) remove(id string) {
	i, ok := x.at[id]
	if !ok {
		return
	}
	s := spaceOf(x.entries[i].Scope)
	x.spaces[s].remove(id)
	if x.spaces[s].words.Len() == 0 {
		delete(x.spaces, s)
	}
	if x.held[x.entries[i].Run] {
		x.staying--
	}
	last := len(x.entries) - 1
	x.entries[i] = x.entries[last]
	x.at[x.entries[i].ID] = i
	x.entries = x.entries[:last]
	delete(x.at, id)
}

// SetPinned pins or unpins an entry; an unknown id is left out.
func (x *ReplayIndex) SetPinned(id string, pinned bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if i, ok := x.at[id]; ok {
		x.entries[i].Pinned = pinned
	}
}

// Entry returns one entry and whether there is one.
func (x *ReplayIndex) Entry(id string) (ReplayEntry, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	i, ok := x.at[id]
	if !ok {
		return ReplayEntry{}, false
	}
	return x.entries[i].ReplayEntry, true
}

// UpdateValue moves the values of the entries, each once, towards the reward
// and returns the new ones by id. Unknown ids are left out.
func (x *ReplayIndex) UpdateValue(ids []string, reward float64) map[string]float64 {
	x.mu.Lock()
	defer x.mu.Unlock()
	values := make(map[string]float64, len(ids))
	for _, id := range ids {
		i, ok := x.at[id]
		if _, done := values[id]; !ok || done {
			continue
		}
		e := &x.entries[i]
		e.Value = UpdateValue(e.Value, reward)
		index := x.spaces[spaceOf(e.Scope)]
		index.words.SetWeight(id, rankWeight(e.Value))
		index.vectors.SetWeight(id, rankWeight(e.Value))
		values[id] = e.Value
	}
	return values
}

// Best returns up to n ids with at least the success rate, by outcome, value
// and cumulative reward, then the newest, best first.
func (x *ReplayIndex) Best(n int, minSuccessRate float64) []string {
	return x.top(n, func(e *indexedEntry) bool { return e.SuccessRate >= minSuccessRate },
		func(a, b *indexedEntry) int {
			return cmp.Or(-compareBool(a.Outcome.Success, b.Outcome.Success), -compareWorth(a, b))
		})
}

// Recent returns up to n ids of exactly the scope, newest first.
func (x *ReplayIndex) Recent(scope Scope, n int) []string {
	return x.top(n, func(e *indexedEntry) bool { return e.Scope == scope },
		func(a, b *indexedEntry) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(b.number, a.number)) })
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// top returns the first n kept entries in the order of compare.
func (x *ReplayIndex) top(n int, keep func(*indexedEntry) bool, compare func(a, b *indexedEntry) int) []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	var best []*indexedEntry
	for i := range x.entries {
		e := &x.entries[i]
		if n <= 0 || !keep(e) || len(best) == n && compare(e, best[n-1]) > 0 {
			continue
		}
		place, _ := slices.BinarySearchFunc(best, e, compare)
		best = slices.Insert(best, place, e)
		best = best[:min(len(best), n)]
	}
	ids := make([]string, len(best))
	for i, e := range best {
		ids[i] = e.ID
	}
	return ids
}

// Stats summarises the entries.
func (x *ReplayIndex) Stats() ReplayStats {
	x.mu.Lock()
	defer x.mu.Unlock()
	s := ReplayStats{Count: len(x.entries), Capacity: x.capacity, Evidence: x.staying, Dropped: x.dropped}
	for i := range x.entries {
		e := &x.entries[i]
		if e.Outcome.Success {
			s.Successes++
		}
		s.MeanPhi += e.FinalPhi
		s.MeanQ += e.Value
	}
	if s.Count > 0 {
		s.MeanPhi /= float64(s.Count)
		s.MeanQ /= float64(s.Count)
	}
	return s
}

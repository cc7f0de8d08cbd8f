package replay

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/search"
)

// How many trajectories a replay keeps: unless told otherwise, at least, at most.
// Those that hold evidence are kept beside them.
const (
	DefaultCapacity = 500
	MinCapacity     = 10
	MaxCapacity     = 50_000
)

// Entry is what a replay must know of a trajectory to find it and to
// weigh it, without its steps.
type Entry struct {
	ID          string
	Run         string
	Scope       agent.Scope
	Task        agent.Task // purpose, description and seed are read
	Outcome     agent.Outcome
	SuccessRate float64
	Reward      float64 // CumulativeReward
	FinalPhi    float64
	Value       float64 // classical, 0 to 1
	Pinned      bool    // by a person: never dropped
	At          time.Time
}

// NewEntry returns the entry of a trajectory that was never retrieved.
func NewEntry(t *agent.Trajectory) Entry {
	return Entry{ID: t.ID, Run: t.Run, Scope: t.Scope, Task: t.Task, Outcome: t.Outcome,
		SuccessRate: t.SuccessRate(), Reward: t.CumulativeReward(), FinalPhi: t.FinalPhi(),
		Value: FirstValue(t.Outcome), At: t.At}
}

// Index finds and weighs trajectories by their entries; the bodies are
// kept elsewhere. Every implementation of Replay uses it, so that they can't
// rank differently. It is safe for concurrent use.
//
// Retrieval ranks twice, by words and by the cosine of hashed vectors, each
// likeness × (1 + value) / 2, and joins the best 50 of the two lists that reach
// their floor by reciprocal rank fusion, as Retrieve does for rules. A
// trajectory that is like the task in neither is never retrieved however
// valuable it is, and value decides between those that are alike.
type Index struct {
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
	Entry
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

// NewIndex returns an empty index; a capacity below 1 means DefaultCapacity.
func NewIndex(capacity int) *Index {
	if capacity < 1 {
		capacity = DefaultCapacity
	}
	return &Index{capacity: capacity, at: map[string]int{}, spaces: map[space]*textIndex{}, purpose: map[purposeKey]int{}}
}

func spaceOf(s agent.Scope) space { return space{s.Environment, s.Dynamics} }

// Add puts an entry in and returns the ids that it drops to keep the capacity.
// An entry with a known id changes nothing.
func (x *Index) Add(e Entry) (dropped []string) {
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

func (x *Index) insert(e Entry) {
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
			x.entries[i].purpose = x.purposeNumber(x.entries[i].Entry)
		}
	}
	if x.spaces[s] == nil {
		x.spaces[s] = newTextIndex()
	}
	x.spaces[s].add(e.ID, agent.TaskText(e.Task), rankWeight(e.Value))
}

func (x *Index) purposeNumber(e Entry) int {
	key := purposeKey{spaceOf(e.Scope), search.Normalize(e.Task.Purpose)}
	number, seen := x.purpose[key]
	if !seen {
		number = len(x.purpose)
		x.purpose[key] = number
	}
	return number
}

// Remove takes entries out; unknown ids are left out.
func (x *Index) Remove(ids ...string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, id := range ids {
		x.remove(id)
	}
}

func (x *Index) remove(id string) {
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
func (x *Index) SetPinned(id string, pinned bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if i, ok := x.at[id]; ok {
		x.entries[i].Pinned = pinned
	}
}

// Entry returns one entry and whether there is one.
func (x *Index) Entry(id string) (Entry, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	i, ok := x.at[id]
	if !ok {
		return Entry{}, false
	}
	return x.entries[i].Entry, true
}

// Best returns up to n ids with at least the success rate, by outcome, value
// and cumulative reward, then the newest, best first.
func (x *Index) Best(n int, minSuccessRate float64) []string {
	return x.top(n, func(e *indexedEntry) bool { return e.SuccessRate >= minSuccessRate },
		func(a, b *indexedEntry) int {
			return cmp.Or(cmp.Compare(b.solved(), a.solved()), -compareWorth(a, b))
		})
}

// Recent returns up to n ids of exactly the scope, newest first.
func (x *Index) Recent(scope agent.Scope, n int) []string {
	return x.top(n, func(e *indexedEntry) bool { return e.Scope == scope },
		func(a, b *indexedEntry) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(b.number, a.number)) })
}

// top returns the first n kept entries in the order of compare.
func (x *Index) top(n int, keep func(*indexedEntry) bool, compare func(a, b *indexedEntry) int) []string {
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
func (x *Index) Stats() agent.ReplayStats {
	x.mu.Lock()
	defer x.mu.Unlock()
	s := agent.ReplayStats{Count: len(x.entries), Capacity: x.capacity, Evidence: x.staying, Dropped: x.dropped}
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

package replay

import (
	"cmp"
	"slices"

	"purposeagent/agent"
)

// FirstValue is a trajectory's classical value before it was ever
// put before an actor: what is unknown counts half, its own outcome the other
// half, and within that success and score alike. It is 0.75 for a full success
// and 0.25 for a failure that reached nothing.
func FirstValue(o agent.Outcome) float64 {
	own := min(max(o.Score, 0), 1) / 2
	if o.Success {
		own += .5
	}
	return .25 + own/2
}

func rankWeight(value float64) float64 { return (1 + value) / 2 }

// Hold says which runs' trajectories are evidence of rules in use. They stay, and
// do not count against the capacity. The map is kept and must not change.
func (x *Index) Hold(runs map[string]bool) {
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
func (x *Index) Full() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.excess() > 0
}

// Victims returns the ids that adding one more entry would drop, so that a
// durable store can delete them in the transaction that inserts the new one.
func (x *Index) Victims() []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.worst(x.excess())
}

// Excess returns the ids that another capacity would drop at once.
func (x *Index) Excess(capacity int) []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.worst(len(x.entries) - x.staying - capacity)
}

// excess is how many entries must go before one more comes. Some go at once, a
// twentieth of the capacity, so that what is evidence is looked up seldom.
func (x *Index) excess() int {
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
func (x *Index) worst(n int) []string {
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

// solved is 1 for a success.
func (e *indexedEntry) solved() int {
	if e.Outcome.Success {
		return 1
	}
	return 0
}

// UpdateValue moves the values of the entries, each once, towards the reward
// and returns the new ones by id. Unknown ids are left out.
func (x *Index) UpdateValue(ids []string, reward float64) map[string]float64 {
	x.mu.Lock()
	defer x.mu.Unlock()
	values := make(map[string]float64, len(ids))
	for _, id := range ids {
		i, ok := x.at[id]
		if _, done := values[id]; !ok || done {
			continue
		}
		e := &x.entries[i]
		e.Value = agent.UpdateValue(e.Value, reward)
		index := x.spaces[spaceOf(e.Scope)]
		index.words.SetWeight(id, rankWeight(e.Value))
		index.vectors.SetWeight(id, rankWeight(e.Value))
		values[id] = e.Value
	}
	return values
}

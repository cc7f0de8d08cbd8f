package statetable

import (
	"slices"

	"purposeagent/agent"
)

// shelve forgets what was seen before the task with this number, where the law
// of the world changed with it; what was seen since counts once. States stay
// known.
func (a *Table) shelve(task int) {
	for i := range a.places {
		p := &a.places[i]
		kept := p.ways[:0]
		for _, w := range p.ways {
			w.outcomes = slices.DeleteFunc(w.outcomes, func(o outcome) bool { return int(o.task) < task })
			for j := range w.outcomes {
				w.outcomes[j].n = min(w.outcomes[j].n, 1)
			}
			if w.odd = 0; len(w.outcomes) > 0 {
				kept = append(kept, w)
			}
		}
		a.edges -= len(p.ways) - len(kept)
		clear(p.ways[len(kept):])
		p.ways, p.stale = kept, 0
	}
	a.tally.within, a.tally.across, a.tally.alarm = [2]float64{}, [2]float64{}, [2]float64{}
	a.Relink()
	a.settle()
}

// unlink takes back what leads from a state no longer, of outcomes that were there
// before: the ways back are the same as those that a row is read with.
func (a *Table) unlink(from int32, were []outcome) {
	for _, o := range were {
		leads := func(w Way) bool { return w.outcome(o.to) != nil }
		if o.to >= 0 && !slices.ContainsFunc(a.places[from].ways, leads) {
			a.back[o.to] = slices.DeleteFunc(a.back[o.to], func(at int32) bool { return at == from })
		}
	}
}

// Relink makes the ways back from the ways there.
func (a *Table) Relink() {
	a.back = make([][]int32, len(a.places))
	for i := range a.places {
		for _, w := range a.places[i].ways {
			for _, o := range w.outcomes {
				if o.to >= 0 && !slices.Contains(a.back[o.to], int32(i)) {
					a.back[o.to] = append(a.back[o.to], int32(i))
				}
			}
		}
	}
}

// forget makes room for so many states more, and an eighth beside: what leads
// to no success goes first, then what few tasks came through, then what was
// seen longest ago.
func (a *Table) forget(room int) {
	going := min(len(a.places), max(room, 0)+agent.MaxStates/8)
	order := make([]uint64, len(a.places)) // usefulness above, number below
	for i := range a.places {
		p := &a.places[i]
		rank := uint64(min(p.Tasks, 63))<<24 | uint64(min(p.seen, 1<<24-1))
		if p.Value > 0 {
			rank |= 1 << 31
		}
		order[i] = rank<<32 | uint64(i)
	}
	slices.Sort(order)
	renamed := make([]int32, len(a.places))
	for _, x := range order[:going] {
		renamed[uint32(x)] = toForgotten
	}
	n := int32(0)
	a.edges = 0
	for i := range a.places {
		if renamed[i] == toForgotten {
			delete(a.at, a.keys[i])
			continue
		}
		renamed[i] = n
		a.keys[n], a.places[n] = a.keys[i], a.places[i]
		a.at[a.keys[n]] = n
		a.edges += len(a.places[n].ways)
		n++
	}
	clear(a.places[n:])
	a.keys, a.places = a.keys[:n], a.places[:n]
	for i := range a.places {
		for j := range a.places[i].ways {
			w := &a.places[i].ways[j]
			if w.to >= 0 {
				w.to = renamed[w.to]
			}
			w.rename(renamed)
		}
	}
	a.Relink()
}

// rename follows states to their new numbers; forgotten ones become one.
func (w *Way) rename(renamed []int32) {
	kept := w.outcomes[:0]
	lost := outcome{to: toForgotten}
	for _, o := range w.outcomes {
		if o.to >= 0 {
			o.to = renamed[o.to]
		}
		if o.to == toForgotten {
			lost.n += o.n
			lost.task = max(lost.task, o.task)
			continue
		}
		kept = append(kept, o)
	}
	if lost.n > 0 {
		kept = append(kept, lost)
	}
	w.outcomes = kept
}

package statetable

import (
	"encoding/binary"
	"errors"
	"math"

	"purposeagent/agent"
)

// format is the version of how a table is written.
const format = 1

// writer puts numbers behind each other, the small ones in one byte.
type writer struct{ b []byte }

func (w *writer) whole(x uint32) {
	for ; x >= 0x80; x >>= 7 {
		w.b = append(w.b, byte(x)|0x80)
	}
	w.b = append(w.b, byte(x))
}

func (w *writer) signed(x int32) { w.whole(uint32(x)<<1 ^ uint32(x>>31)) } // zigzag

func (w *writer) real(x float32) {
	w.b = binary.LittleEndian.AppendUint32(w.b, math.Float32bits(x))
}

// encode writes the table: numbers as varints, counts and values as floats.
func (a *Table) encode() []byte {
	w := &writer{make([]byte, 0, 256+32*len(a.places)+20*a.edges)}
	w.whole(uint32(a.Tasks))
	w.whole(uint32(len(a.Last)))
	w.b = append(w.b, a.Last...)
	w.b = binary.AppendVarint(w.b, a.Through)
	for _, pair := range a.tally.pairs() {
		for _, x := range pair {
			w.b = binary.LittleEndian.AppendUint64(w.b, math.Float64bits(x))
		}
	}
	for _, n := range a.tally.came {
		w.whole(uint32(n))
	}
	w.whole(0)
	if a.trail {
		w.b[len(w.b)-1] = 1
	}
	w.whole(uint32(len(a.drop)))
	for _, name := range a.drop {
		w.whole(uint32(len(name)))
		w.b = append(w.b, name...)
	}
	w.whole(uint32(len(a.places)))
	for i := range a.places {
		w.b = binary.LittleEndian.AppendUint64(w.b, a.keys[i])
		w.place(&a.places[i])
	}
	return w.b
}

func (w *writer) place(p *State) {
	w.real(p.Value)
	w.real(p.hope)
	w.whole(p.Tasks)
	w.whole(p.starts)
	w.whole(p.seen)
	w.whole(uint32(p.stale))
	w.whole(uint32(len(p.ways)))
	for j := range p.ways {
		t := &p.ways[j]
		w.whole(uint32(t.action))
		w.whole(uint32(t.odd))
		w.signed(t.to)
		w.whole(t.task)
		w.real(t.gain)
		w.whole(uint32(len(t.outcomes)))
		for k := range t.outcomes {
			o := &t.outcomes[k]
			w.signed(o.to)
			w.real(o.n)
			w.whole(o.task)
		}
	}
}

func (r *recurrence) pairs() []*[2]float64 {
	return []*[2]float64{&r.met, &r.starts, &r.second, &r.within, &r.across, &r.tries, &r.alarm}
}

var errStates = errors.New("the table of exact states can't be read")

// reader takes a table apart; after the first fault all it returns is 0.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) whole(most int) int {
	x, n := binary.Uvarint(r.b)
	if n <= 0 || x > uint64(most) {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return int(x)
}

func (r *reader) signed() int64 {
	x, n := binary.Varint(r.b)
	if n <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return x
}

func (r *reader) bytes(n int) []byte {
	if len(r.b) < n {
		r.bad, r.b = true, nil
		return make([]byte, n)
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

// real reads a number that can be calculated with.
func (r *reader) real() float32 {
	x := math.Float32frombits(binary.LittleEndian.Uint32(r.bytes(4)))
	if !(math.Abs(float64(x)) < 1e9) {
		r.bad, x = true, 0
	}
	return x
}

func (r *reader) double() float64 {
	x := math.Float64frombits(binary.LittleEndian.Uint64(r.bytes(8)))
	if !(math.Abs(x) < 1e12) {
		r.bad, x = true, 0
	}
	return x
}

// Decode reads a table from a rule, which may have come from outside.
func Decode(t *agent.StateTable) (*Table, error) {
	if t.Format != format || len(t.Actions) > maxActions {
		return nil, errStates
	}
	a := New()
	for _, action := range t.Actions {
		a.number(action)
	}
	if len(a.actions) != len(t.Actions) {
		return nil, errStates
	}
	const anything = math.MaxInt32
	r := &reader{b: t.Data}
	a.Tasks = r.whole(anything)
	a.Last = string(r.bytes(r.whole(1000)))
	a.Through = r.signed()
	for _, pair := range a.tally.pairs() {
		pair[0], pair[1] = r.double(), r.double()
	}
	a.tally.came = [2]int{r.whole(anything), r.whole(anything)}
	a.trail = r.whole(1) == 1
	for range r.whole(maxFields) {
		a.drop = append(a.drop, string(r.bytes(r.whole(1000))))
	}
	n := r.whole(agent.MaxStates)
	for range n {
		if r.bad {
			return nil, errStates
		}
		a.readPlace(r, n)
	}
	if r.bad || len(r.b) > 0 || len(a.at) != n {
		return nil, errStates
	}
	return a, nil
}

func (a *Table) readPlace(r *reader, places int) {
	const anything = math.MaxInt32
	key := binary.LittleEndian.Uint64(r.bytes(8))
	a.at[key] = int32(len(a.keys))
	a.keys = append(a.keys, key)
	p := State{Value: r.real(), hope: r.real(), Tasks: uint32(r.whole(anything)), starts: uint32(r.whole(anything)),
		seen: uint32(r.whole(anything)), stale: uint8(r.whole(255))}
	target := func() int32 {
		to := r.signed()
		if to < toForgotten || to >= int64(places) {
			r.bad, to = true, toForgotten
		}
		return int32(to)
	}
	ways := r.whole(maxWays)
	before := -1
	for range ways {
		w := Way{action: uint16(r.whole(max(len(a.actions)-1, 0))), odd: uint8(r.whole(255)), to: target(), task: uint32(r.whole(anything)), gain: r.real()}
		for range r.whole(maxOutcomes) {
			w.outcomes = append(w.outcomes, outcome{to: target(), n: r.real(), task: uint32(r.whole(anything))})
		}
		if int(w.action) <= before || len(w.outcomes) == 0 {
			r.bad = true
		}
		before = int(w.action)
		p.ways = append(p.ways, w)
		a.edges++
	}
	a.places = append(a.places, p)
}

package features

import "math/bits"

// triggers finds the rules of one template that may hold: each waits for the one
// feature, of those that it asks to be there, that the fewest others wait for. Those
// that ask for none are always looked at.
type triggers struct {
	always []*Reading
	bits   []uint64 // features that some rule waits for
	by     map[int][]*Reading
}

func newTriggers(list []*Reading, features int) *triggers {
	t := &triggers{bits: make([]uint64, (features+63)/64), by: map[int][]*Reading{}}
	common := map[int]int{}
	for _, m := range list {
		m.eachAsked(func(f int) { common[f]++ })
	}
	for _, m := range list {
		rarest, least := -1, 0
		m.eachAsked(func(f int) {
			if rarest < 0 || common[f] < least {
				rarest, least = f, common[f]
			}
		})
		if rarest < 0 {
			t.always = append(t.always, m)
			continue
		}
		t.bits[rarest/64] |= 1 << (rarest % 64)
		t.by[rarest] = append(t.by[rarest], m)
	}
	return t
}

// eachAsked calls f with each feature that the rule asks to be there.
func (m *Reading) eachAsked(f func(feature int)) {
	for _, k := range m.masks {
		for left := k.yes; left != 0; left &= left - 1 {
			f(64*k.at + bits.TrailingZeros64(left))
		}
	}
}

// holding appends the rules that hold with these features to list.
func (t *triggers) holding(features []uint64, list []*Reading) []*Reading {
	add := func(some []*Reading) {
		for _, m := range some {
			if m.holds(features) {
				list = append(list, m)
			}
		}
	}
	add(t.always)
	for i, wanted := range t.bits {
		for left := wanted & features[i]; left != 0; left &= left - 1 {
			add(t.by[64*i+bits.TrailingZeros64(left)])
		}
	}
	return list
}

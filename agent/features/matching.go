package features

import "slices"

// speakingOf lists the rules about a lifted action, best first.
func (b *Book) speakingOf(l *Lifted) []*Reading {
	b.mu.Lock()
	defer b.mu.Unlock()
	if list, known := b.byTemplate[l.Template]; known {
		return list
	}
	var list []*Reading
	for _, m := range b.byAction[l.Action.Name] {
		fits := true
		for _, c := range m.constants {
			fits = fits && slices.Contains(l.Constants, c)
		}
		if fits {
			list = append(list, m)
		}
	}
	if len(b.byTemplate) < maxOptions {
		b.byTemplate[l.Template] = list
	}
	return list
}

// Match returns the best rule that holds for the action here, or nil.
func (b *Book) Match(s *Scene, l *Lifted, only map[*Reading]bool) *Reading {
	list := b.speakingOf(l)
	if len(list) == 0 {
		return nil
	}
	holds := b.holding(s, l)
	for _, m := range list {
		if (only == nil || only[m]) && m.holds(holds) {
			return m
		}
	}
	return nil
}

// holding returns which of the features that some rule asks for hold of the
// action. What holds of every action is looked up once, and what holds of one as well.
// It must not be changed.
func (b *Book) holding(s *Scene, l *Lifted) []uint64 {
	if s.asker != b {
		s.asker, s.asked, s.acts = b, make([]uint64, (len(b.index)+63)/64), map[uint64][]uint64{}
		b.mark(s.asked, s.general)
	}
	if holds, known := s.acts[l.Hash]; known {
		return holds
	}
	holds := slices.Clone(s.asked)
	s.parts(l, func(part []string) { b.mark(holds, part) })
	if len(b.comparisons) > 0 {
		b.compare(holds, LookIn(s.quantities(l), s.numbers, s.left))
	}
	s.acts[l.Hash] = holds
	return holds
}

// Holding returns the rules about an action that hold with these features and
// numbers, best first.
func (b *Book) Holding(l *Lifted, features []string, numbers []Quantity) []*Reading {
	list := b.speakingOf(l)
	if len(list) == 0 {
		return nil
	}
	there := b.asked(features, LookIn(numbers))
	return slices.DeleteFunc(slices.Clone(list), func(m *Reading) bool { return !m.holds(there) })
}

// asked returns which of the features that some rule asks for are there.
func (b *Book) asked(features []string, valueOf func(string) (float64, bool)) []uint64 {
	holds := make([]uint64, (len(b.index)+63)/64)
	b.mark(holds, features)
	b.compare(holds, valueOf)
	return holds
}

func (b *Book) mark(holds []uint64, features []string) {
	for _, f := range features {
		if at, asked := b.index[f]; asked {
			holds[at/64] |= 1 << (at % 64)
		}
	}
}

func (b *Book) compare(holds []uint64, valueOf func(string) (float64, bool)) {
	for i := range b.comparisons {
		if c := &b.comparisons[i]; c.Holds(valueOf) {
			holds[c.at/64] |= 1 << (c.at % 64)
		}
	}
}

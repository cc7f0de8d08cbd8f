package agent

import "slices"

// wordField is one of the words of a rule that people edit.
type wordField struct {
	name string
	same func(a, b *Heuristic) bool
	give func(to, from *Heuristic)
}

// FieldTitle is the title's name in [Heuristic.ByHand].
const FieldTitle = "title"

// fieldPattern is that of the words that say when the rule applies.
const fieldPattern = "pattern"

// wordFields lists the words of a rule, by the names that its JSON has.
var wordFields = []wordField{
	text(FieldTitle, func(h *Heuristic) *string { return &h.Title }),
	text(fieldPattern, func(h *Heuristic) *string { return &h.Pattern }),
	text("strategy", func(h *Heuristic) *string { return &h.Strategy }),
	text("avoid", func(h *Heuristic) *string { return &h.Avoid }),
	text("because", func(h *Heuristic) *string { return &h.Because }),
	text("action", func(h *Heuristic) *string { return &h.Action }),
	{"steps", func(a, b *Heuristic) bool { return slices.Equal(a.Steps, b.Steps) }, func(to, from *Heuristic) { to.Steps = slices.Clone(from.Steps) }},
	{"tier", func(a, b *Heuristic) bool { return a.Tier == b.Tier }, func(to, from *Heuristic) { to.Tier = from.Tier }},
}

func text(name string, of func(h *Heuristic) *string) wordField {
	return wordField{name, func(a, b *Heuristic) bool { return *of(a) == *of(b) }, func(to, from *Heuristic) { *of(to) = *of(from) }}
}

// WrittenByHand returns the names of the words of next that a person wrote, where the
// person gave them to a rule in place of those of stored.
func WrittenByHand(stored, next *Heuristic) []string {
	byHand := slices.Clone(next.ByHand)
	for _, f := range wordFields {
		if !f.same(stored, next) && !slices.Contains(byHand, f.name) {
			byHand = append(byHand, f.name)
		}
	}
	slices.Sort(byHand)
	return byHand
}

// KeepByHand gives what learning makes of a stored rule the words that a person wrote.
func KeepByHand(to, stored *Heuristic) {
	to.ByHand = slices.Clone(stored.ByHand)
	for _, f := range wordFields {
		if slices.Contains(stored.ByHand, f.name) {
			f.give(to, stored)
		}
	}
	if slices.Contains(stored.ByHand, fieldPattern) && !to.Counted() { // the condition that is checked is the one that the words tell
		to.Predicate = stored.Clone().Predicate
	}
}

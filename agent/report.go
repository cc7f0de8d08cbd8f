package agent

import (
	"slices"
	"strings"
)

// NewLibraryReport counts heuristics and picks the ten strongest usable ones.
func NewLibraryReport(rules []*Heuristic) LibraryReport {
	r := LibraryReport{Total: len(rules), ByTier: map[Tier]int{}, ByStatus: map[Status]int{}, ByAuthor: map[string]int{}, Usable: map[string]int{}}
	var usable []*Heuristic
	for _, h := range rules {
		r.ByTier[h.Tier]++
		r.ByStatus[h.Status]++
		r.ByAuthor[string(h.Author)]++
		if h.Pinned {
			r.Pinned++
		}
		if h.Usable() {
			usable = append(usable, h)
			r.Usable[h.Scope.Environment]++
		}
	}
	slices.SortFunc(usable, func(a, b *Heuristic) int {
		switch x, y := a.Support(), b.Support(); {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return strings.Compare(a.ID, b.ID)
	})
	for _, h := range usable[:min(10, len(usable))] {
		r.Strongest = append(r.Strongest, *h)
	}
	return r
}

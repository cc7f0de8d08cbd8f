package reasoner_test

import (
	"fmt"
	"os"
	"testing"
)

// TestToyTable prints what is learned in the toys over training seeds; set
// REASONER_TOYS to a name of one, or to all.
func TestToyTable(t *testing.T) {
	which := os.Getenv("REASONER_TOYS")
	if which == "" {
		t.Skip("set REASONER_TOYS to all, or to the name of one")
	}
	for _, c := range []struct {
		w           *toy
		n           int
		train, test int
	}{{ice(false), number("NICE", 200), 100, 30}, {ice(true), number("NSLIP", 400), 100, 100}, {form(), 150, 20, 4}, {cards(), number("NCARDS", 300), 20, 20}, {chores(), 100, 30, 13}, {market(), 200, 8, 3}} {
		if which != "all" && which != c.w.name {
			continue
		}
		for seed := range number("SEEDS", 3) {
			s := toySchool(t, c.w, c.train, c.test)
			tests := number("TESTS", 100)
			before, _ := s.share(t, off, tests)
			scored := s.score(t, off, tests)
			line := fmt.Sprintf("%s %d: off %.2f (%.2f) on", c.w.name, seed, before, scored)
			done := 0
			for _, at := range []int{c.n / 4, c.n / 2, c.n} {
				s.practise(t, 1+1000*seed+done, at-done)
				done = at
				after, steps := s.share(t, on, tests)
				line += fmt.Sprintf(" %d:%.2f(%.2f; %.1f)", at, after, s.score(t, on, tests), steps)
			}
			fmt.Println(line)
		}
	}
}

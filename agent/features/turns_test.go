package features

import "testing"

// Ways out that undo each other are learned from one return, used everywhere,
// and given up when a move says otherwise.
func TestTurns(t *testing.T) {
	turns := newTurns()
	walk := func(from, exit, to string) { turns.moved(way{from, exit}, to) }
	leads := func(from, exit, want string) {
		t.Helper()
		if to, _ := turns.leadsTo(way{from, exit}); to != want {
			t.Errorf("%s of %s should lead to %q, got %q", exit, from, want, to)
		}
	}
	walk("hall", "up", "attic")
	leads("attic", "down", "") // nothing was seen to lead back yet
	walk("attic", "down", "hall")
	walk("hall", "in", "closet")
	walk("closet", "up", "roof") // entered by another way: says nothing of up
	leads("roof", "down", "closet")
	leads("closet", "out", "")
	leads("roof", "up", "")
	walk("roof", "down", "yard") // wrong: up and down are no pair here
	leads("attic", "down", "")
	for range 3 * maxArrivals { // no memory without bounds
		walk("yard", "round", "yard")
	}
	if n := len(turns.arrivals["yard"]); n > maxArrivals {
		t.Errorf("%d ways to one place are remembered", n)
	}
}

package search_test

import (
	"math"
	"reflect"
	"testing"

	"purposeagent/agent/search"
)

func TestReciprocalRank(t *testing.T) {
	if got, want := search.ReciprocalRank(1)+search.ReciprocalRank(3), 1.0/61+1.0/63; math.Abs(got-want) > 1e-15 {
		t.Errorf("rrf of ranks 1 and 3 = %v, want %v", got, want)
	}
	if got := search.ReciprocalRank(0); got != 0 {
		t.Errorf("a list that has it not gives %v, want 0", got)
	}
}

func TestFuse(t *testing.T) {
	hit := func(id string, similarity, score float64) search.Hit {
		return search.Hit{ID: id, Similarity: similarity, Score: score}
	}
	rr := search.ReciprocalRank
	words := search.List{Hits: []search.Hit{hit("a", .9, .9), hit("b", .8, .8), hit("c", .7, .8), hit("d", .6, .1), hit("e", .1, .05)}, Floor: .2}
	vectors := search.List{Hits: []search.Hit{hit("d", .95, .9), hit("x", .1, .8), hit("a", .5, .7)}, Floor: .3}
	got := search.Fuse(words, vectors)
	want := []search.Fused{
		{ID: "a", Ranks: []int{1, 3}, Similarity: .9, Score: rr(1) + rr(3)},
		{ID: "b", Ranks: []int{2, 0}, Similarity: .8, Score: rr(2)}, // equal scores share a rank
		{ID: "c", Ranks: []int{2, 0}, Similarity: .7, Score: rr(2)},
		{ID: "d", Ranks: []int{4, 1}, Similarity: .95, Score: rr(4) + rr(1)}, // the next rank counts both
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("Fuse = %+v, want %+v", got, want)
	}
	if got := search.Fuse(search.List{}, search.List{}); len(got) != 0 {
		t.Errorf("of nothing Fuse makes %v", got)
	}
}

func TestBest(t *testing.T) {
	hits := []search.Hit{{ID: "c", Score: 1}, {ID: "b", Score: 2}, {ID: "x", Score: 3}, {ID: "a", Score: 1}}
	got := search.Best(hits, 2, func(id string) bool { return id != "x" })
	if want := []search.Hit{{ID: "b", Score: 2}, {ID: "a", Score: 1}}; !reflect.DeepEqual(got, want) {
		t.Errorf("Best = %v, want %v", got, want)
	}
}

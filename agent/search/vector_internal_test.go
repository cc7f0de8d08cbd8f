package search

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestHashedVectors(t *testing.T) {
	a, b, c := VectorOf("Take the KEYS!"), VectorOf("take the key"), VectorOf("bake bread in an oven")
	if n := Cosine(a, a); math.Abs(n-1) > 1e-6 {
		t.Errorf("a vector's length is %v, want 1", n)
	}
	if Cosine(a, b) < .5 || Cosine(a, c) > .2 {
		t.Errorf("cosines are %.2f with its singular and %.2f with something else", Cosine(a, b), Cosine(a, c))
	}
	if got := VectorOf(" \x00\x01 …!"); len(got) != 0 {
		t.Errorf("a text without a word has the vector %v", got)
	}
	// The places and signs are fixed for all time: stored vectors rely on it.
	place, sign := placeOf("key")
	if place != 2805 || sign != 1 {
		t.Errorf("%q is hashed to %d, %v, want %d, %v", "key", place, sign, 2805, 1)
	}
	comparer := NewComparer()
	for _, v := range []Vector{a, nil, c, b} { // what was set before leaves no trace
		comparer.Set(v)
		for _, other := range []Vector{a, b, c, nil} {
			if got, want := comparer.Cosine(other), Cosine(v, other); got != want {
				t.Errorf("a comparer's cosine is %v, want %v", got, want)
			}
		}
	}
}

// wordsInCommon draws words that several texts share.
func wordsInCommon(r *rand.Rand) string {
	var b strings.Builder
	for range 1 + r.IntN(12) {
		fmt.Fprintf(&b, "word%d ", r.IntN(40))
	}
	return b.String()
}

// What was added and removed before leaves no trace in a vector index, and its
// cosines are those of the definition.
func TestVectorIndexIsWhatItHolds(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	worn, holds := NewVectorIndex(), map[string]string{}
	for range 2000 {
		id := fmt.Sprint("d", r.IntN(60))
		if r.IntN(3) == 0 {
			worn.Remove(id)
			delete(holds, id)
		} else {
			holds[id] = wordsInCommon(r)
			worn.Add(id, holds[id], 1)
		}
	}
	fresh := NewVectorIndex()
	for id, text := range holds { // in the map's random order
		fresh.Add(id, text, 1)
	}
	for range 200 {
		query := wordsInCommon(r)
		got, want := worn.Search(query, 10, nil), fresh.Search(query, 10, nil)
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("search(%q) = %v, want %v", query, got, want)
		}
		vector := fresh.queryVector(query)
		slices.SortFunc(vector, func(a, b component) int { return int(a.place) - int(b.place) })
		for _, hit := range got {
			if c := Cosine(vector, VectorOf(holds[hit.ID])); math.Abs(c-hit.Similarity) > 1e-6 {
				t.Fatalf("cosine of %s = %v, want %v", hit.ID, hit.Similarity, c)
			}
		}
	}
}

// A long list of postings is not read to its end, and that changes no hit's
// cosine and loses no text that shares a rare word.
func TestSearchOfManySparesTheCommonWords(t *testing.T) {
	words, vectors := NewWordIndex(), NewVectorIndex()
	const n = 12_000
	for i := range n {
		text := fmt.Sprintf("bring the jar to the counter and then go on, order number %d", i%3000)
		words.Add(fmt.Sprint("d", i), text, 1)
		vectors.Add(fmt.Sprint("d", i), text, 1)
	}
	query := "bring the jar to the counter and then go on, order number 1234"
	for name, hits := range map[string][]Hit{"words": words.Search(query, 4), "vectors": vectors.Search(query, 4, nil)} {
		got := []string{}
		for _, h := range hits {
			got = append(got, h.ID)
		}
		if !slices.Equal(got, []string{"d10234", "d1234", "d4234", "d7234"}) {
			t.Errorf("%s found %v", name, got)
		}
		if name == "words" && hits[0].Similarity != 1 {
			t.Errorf("the query's own words have a likeness of %v, want exactly 1", hits[0].Similarity)
		}
	}
	for i := range words.scores {
		if words.scores[i] != 0 {
			t.Fatal("a search left scores behind")
		}
	}
}

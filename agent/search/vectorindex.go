package search

import (
	"math"
	"slices"
	"strings"
)

// VectorIndex finds texts by the cosine of hashed vectors. It is deterministic
// like WordIndex: what was added and removed before leaves no trace. It is not safe
// for concurrent use.
type VectorIndex struct {
	slots map[string]int32 // by id
	docs  []vectorDoc      // a removed one has no id and its slot is used again
	free  []int32
	holds [][]holding // by place: the texts whose vector is not 0 there, by slot

	scores  []float32 // scratch, all zero between searches
	seen    []bool    // scratch, like scores
	touched []int32
	asked   []float32 // scratch: the query's vector, all zero between searches
}

type vectorDoc struct {
	id     string
	weight float64
	vector Vector
}

type holding struct {
	slot   int32
	weight float32
}

// NewVectorIndex returns an empty index.
func NewVectorIndex() *VectorIndex {
	return &VectorIndex{slots: map[string]int32{}, holds: make([][]holding, dimensions), asked: make([]float32, dimensions)}
}

// Add puts a text in under an id, in place of the one that had it. The weight
// multiplies its cosine.
func (x *VectorIndex) Add(id, text string, weight float64) {
	x.Remove(id)
	slot := int32(len(x.docs))
	if n := len(x.free); n > 0 {
		slot, x.free = x.free[n-1], x.free[:n-1]
	} else {
		x.docs, x.scores, x.seen = append(x.docs, vectorDoc{}), append(x.scores, 0), append(x.seen, false)
	}
	vector := VectorOf(text)
	for _, c := range vector {
		at, _ := findHolding(x.holds[c.place], slot)
		x.holds[c.place] = slices.Insert(x.holds[c.place], at, holding{slot, c.weight})
	}
	x.docs[slot] = vectorDoc{id, weight, vector}
	x.slots[id] = slot
}

func findHolding(list []holding, slot int32) (int, bool) {
	return slices.BinarySearchFunc(list, slot, func(h holding, s int32) int { return int(h.slot) - int(s) })
}

// SetWeight changes the weight of a text; an unknown id is left out.
func (x *VectorIndex) SetWeight(id string, weight float64) {
	if slot, ok := x.slots[id]; ok {
		x.docs[slot].weight = weight
	}
}

// Remove takes a text out; an unknown id is left out.
func (x *VectorIndex) Remove(id string) {
	slot, ok := x.slots[id]
	if !ok {
		return
	}
	for _, c := range x.docs[slot].vector {
		if at, found := findHolding(x.holds[c.place], slot); found {
			x.holds[c.place] = slices.Delete(x.holds[c.place], at, at+1)
		}
	}
	x.docs[slot] = vectorDoc{}
	x.free = append(x.free, slot)
	delete(x.slots, id)
}

// Vector returns the vector of a text; nil for an unknown id.
func (x *VectorIndex) Vector(id string) Vector {
	if slot, ok := x.slots[id]; ok {
		return x.docs[slot].vector
	}
	return nil
}

// queryVector weighs a text's vector by how rare each place is, 1 + ln(N/n) of
// N texts, scales it to length 1 and returns it by rarity, rarest first. A place
// that no text has weighs 1 and counts for the length only: it says nothing
// about which text is meant, and a query of unknown words is like nothing.
func (x *VectorIndex) queryVector(text string) Vector {
	vector := VectorOf(text)
	for i, c := range vector {
		if n := len(x.holds[c.place]); n > 0 {
			vector[i].weight *= float32(1 + math.Log(float64(len(x.slots))/float64(n)))
		}
	}
	vector = slices.DeleteFunc(unit(vector), func(c component) bool { return len(x.holds[c.place]) == 0 })
	slices.SortStableFunc(vector, func(a, b component) int { return len(x.holds[a.place]) - len(x.holds[b.place]) })
	return vector
}

// Search returns up to k texts whose cosine with the query is above 0, by cosine
// × weight and then by id. Of a Hit's fields, Similarity is the cosine.
// The commonest places of a long query find no new texts once enough was read,
// as in WordIndex; the hits' cosines are exact.
func (x *VectorIndex) Search(text string, k int, keep func(id string) bool) []Hit {
	if k <= 0 || len(x.slots) == 0 {
		return nil
	}
	query := x.queryVector(text)
	enough, read := searchDepth*k, 0
	for _, c := range query {
		read += len(x.holds[c.place])
		if read > searchWork && len(x.touched) >= enough {
			break
		}
		for _, h := range x.holds[c.place] {
			if !x.seen[h.slot] {
				x.seen[h.slot] = true
				x.touched = append(x.touched, h.slot)
			}
			x.scores[h.slot] += c.weight * h.weight
		}
	}
	for _, c := range query {
		x.asked[c.place] = c.weight
	}
	hits := make([]Hit, 0, k+1)
	for _, slot := range x.foremost(enough) {
		if hit, ok := x.exact(slot); ok {
			hits = insertHit(hits, hit, k, keep)
		}
	}
	for _, c := range query {
		x.asked[c.place] = 0
	}
	return hits
}

// foremost returns the n touched texts with the highest sums so far, and clears
// the scratch.
func (x *VectorIndex) foremost(n int) []int32 {
	compare := func(a, b int32) int {
		switch {
		case x.scores[a] > x.scores[b]:
			return -1
		case x.scores[a] < x.scores[b]:
			return 1
		}
		return strings.Compare(x.docs[a].id, x.docs[b].id)
	}
	best := make([]int32, 0, n+1)
	for _, slot := range x.touched {
		if len(best) == n && compare(slot, best[n-1]) > 0 {
			continue
		}
		at, _ := slices.BinarySearchFunc(best, slot, compare)
		best = slices.Insert(best, at, slot)
		best = best[:min(len(best), n)]
	}
	for _, slot := range x.touched {
		x.scores[slot], x.seen[slot] = 0, false
	}
	x.touched = x.touched[:0]
	return best
}

// exact returns a text as a hit for the query in x.asked, if its cosine is above 0.
func (x *VectorIndex) exact(slot int32) (Hit, bool) {
	doc := &x.docs[slot]
	sum := 0.0
	for _, c := range doc.vector {
		sum += float64(c.weight) * float64(x.asked[c.place])
	}
	sum = min(sum, 1)
	return Hit{ID: doc.id, Similarity: sum, Score: sum * doc.weight}, sum > 0
}

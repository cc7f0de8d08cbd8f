package agent

import (
	"context"
	"math"
	"slices"
	"strings"
)

// Embedder turns texts into vectors whose cosine says how alike the texts are.
// It returns one vector for each text, in order, all of one length. The same
// text always gets the same vector. Implementations are safe for concurrent
// use. Errors: CodeUnavailable, CodeRateLimited and CodeTimeout may pass.
type Embedder interface {
	Embed(ctx context.Context, texts []string) ([][]float32, error)
}

// HashedDimensions is the length of the vectors of a HashedEmbedder.
const HashedDimensions = 1 << 12

// HashedEmbedder is the Embedder that needs no model: words, and the groups of
// three letters within them, are hashed to the places of a vector (feature
// hashing with signs, Weinberger et al. 2009, arXiv 0902.2206; letter groups so
// that "keys" is near "key", Bojanowski et al. 2017, arXiv 1607.04606). The hash
// has no salt, so that vectors are the same on every machine and in every year.
// Its zero value is ready, and it returns no error.
//
// The vectors are the lnc half of SMART's lnc.ltc: logarithmic counts and unit
// length, but no weights by rarity. Those are the query's (Manning, Raghavan
// and Schütze, 2008, Introduction to Information Retrieval, §6.4.3), so that a
// text that comes or goes changes no other text's vector.
type HashedEmbedder struct{}

var _ Embedder = HashedEmbedder{}

// Embed returns the vectors of the texts, each of length 1; a text without a
// word gets the zero vector.
func (HashedEmbedder) Embed(_ context.Context, texts []string) ([][]float32, error) {
	vectors := make([][]float32, len(texts))
	for i, text := range texts {
		vectors[i] = make([]float32, HashedDimensions)
		for _, c := range hashedVector(text) {
			vectors[i][c.place] = c.weight
		}
	}
	return vectors, nil
}

// component is one place of a vector that is not 0.
type component struct {
	place  uint16
	weight float32
}

// Letter groups: their length, how much of a word's weight they have together,
// and the longest part of a word that is read.
const (
	gramLetters = 3
	gramShare   = 0.5
	maxGrams    = 24
)

// hashedVector returns the places of a text's vector that are not 0, in order.
func hashedVector(text string) []component {
	counts, _ := countTerms(text)
	if len(counts) == 0 {
		return nil
	}
	sums := make(map[uint16]float64, 8*len(counts))
	for _, c := range counts { // in the order of the words, so that sums are the same each time
		weight := 1 + math.Log(float64(c.count))
		place, sign := placeOf(c.term)
		sums[place] += sign * weight
		grams := gramsOf(c.term)
		for _, g := range grams {
			place, sign := placeOf(g)
			sums[place] += sign * weight * gramShare / math.Sqrt(float64(len(grams)))
		}
	}
	vector := make([]component, 0, len(sums))
	for place, sum := range sums {
		if sum != 0 {
			vector = append(vector, component{place, float32(sum)})
		}
	}
	slices.SortFunc(vector, func(a, b component) int { return int(a.place) - int(b.place) })
	return unit(vector)
}

// unit scales a vector to length 1; the zero vector stays.
func unit(vector []component) []component {
	squares := 0.0
	for _, c := range vector {
		squares += float64(c.weight) * float64(c.weight)
	}
	if squares == 0 {
		return vector
	}
	scale := float32(1 / math.Sqrt(squares))
	for i := range vector {
		vector[i].weight *= scale
	}
	return vector
}

// gramsOf returns the groups of letters of a word with its borders marked.
func gramsOf(word string) []string {
	letters := []rune("<" + word + ">")
	n := min(len(letters)-gramLetters+1, maxGrams)
	grams := make([]string, 0, max(n, 0))
	for i := range n {
		grams = append(grams, string(letters[i:i+gramLetters]))
	}
	return grams
}

// placeOf hashes a feature to a place and a sign (FNV-1a, 64 bits; the standard
// library's needs an allocation a word).
func placeOf(feature string) (uint16, float64) {
	h := uint64(14695981039346656037)
	for i := range len(feature) {
		h = (h ^ uint64(feature[i])) * 1099511628211
	}
	h ^= h >> 32 // the low bits of FNV-1a alone are weak for short texts
	if h>>63 == 1 {
		return uint16(h % HashedDimensions), -1
	}
	return uint16(h % HashedDimensions), 1
}

// cosine is the scalar product of two unit vectors.
func cosine(a, b []component) float64 {
	sum := 0.0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i].place < b[j].place:
			i++
		case a[i].place > b[j].place:
			j++
		default:
			sum += float64(a[i].weight) * float64(b[j].weight)
			i++
			j++
		}
	}
	return sum
}

// vectorIndex finds texts by the cosine of hashed vectors. It is deterministic
// like Index: what was added and removed before leaves no trace. It is not safe
// for concurrent use.
type vectorIndex struct {
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
	vector []component
}

type holding struct {
	slot   int32
	weight float32
}

func newVectorIndex() *vectorIndex {
	return &vectorIndex{slots: map[string]int32{}, holds: make([][]holding, HashedDimensions), asked: make([]float32, HashedDimensions)}
}

// add puts a text in under an id, in place of the one that had it. The weight
// multiplies its cosine.
func (x *vectorIndex) add(id, text string, weight float64) {
	x.remove(id)
	slot := int32(len(x.docs))
	if n := len(x.free); n > 0 {
		slot, x.free = x.free[n-1], x.free[:n-1]
	} else {
		x.docs, x.scores, x.seen = append(x.docs, vectorDoc{}), append(x.scores, 0), append(x.seen, false)
	}
	vector := hashedVector(text)
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

// setWeight changes the weight of a text; an unknown id is left out.
func (x *vectorIndex) setWeight(id string, weight float64) {
	if slot, ok := x.slots[id]; ok {
		x.docs[slot].weight = weight
	}
}

// remove takes a text out; an unknown id is left out.
func (x *vectorIndex) remove(id string) {
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

// vectorOf returns the vector of a text; nil for an unknown id.
func (x *vectorIndex) vectorOf(id string) []component {
	if slot, ok := x.slots[id]; ok {
		return x.docs[slot].vector
	}
	return nil
}

// queryVector weighs a text's vector by how rare each place is, 1 + ln(N/n) of
// N texts, scales it to length 1 and returns it by rarity, rarest first. A place
// that no text has weighs 1 and counts for the length only: it says nothing
// about which text is meant, and a query of unknown words is like nothing.
func (x *vectorIndex) queryVector(text string) []component {
	vector := hashedVector(text)
	for i, c := range vector {
		if n := len(x.holds[c.place]); n > 0 {
			vector[i].weight *= float32(1 + math.Log(float64(len(x.slots))/float64(n)))
		}
	}
	vector = slices.DeleteFunc(unit(vector), func(c component) bool { return len(x.holds[c.place]) == 0 })
	slices.SortStableFunc(vector, func(a, b component) int { return len(x.holds[a.place]) - len(x.holds[b.place]) })
	return vector
}

// search returns up to k texts whose cosine with the query is above 0, by cosine
// × weight and then by id. Of a Hit's fields, Similarity is the cosine.
// The commonest places of a long query find no new texts once enough was read,
// as in Index; the hits' cosines are exact.
func (x *vectorIndex) search(text string, k int, keep func(id string) bool) []Hit {
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
func (x *vectorIndex) foremost(n int) []int32 {
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
func (x *vectorIndex) exact(slot int32) (Hit, bool) {
	doc := &x.docs[slot]
	sum := 0.0
	for _, c := range doc.vector {
		sum += float64(c.weight) * float64(x.asked[c.place])
	}
	sum = min(sum, 1)
	return Hit{ID: doc.id, Similarity: sum, Score: sum * doc.weight}, sum > 0
}

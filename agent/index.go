package agent

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// Parameters of BM25 (Robertson and Zaragoza, 2009, The Probabilistic
// Relevance Framework), at their usual values.
const (
	bm25K = 1.2
	bm25B = 0.75
)

// MaxIndexTerms bounds the distinct words of one text that an Index reads, so
// that a huge text costs no more than a long one. The first ones count.
const MaxIndexTerms = 512

// Index finds texts by likeness of words (BM25). It is deterministic: the same
// texts and weights give the same hits, in whatever order they were added or
// removed. It is not safe for concurrent use.
type Index struct {
	terms map[string]*termList
	slots map[string]int32 // by id
	docs  []indexDoc       // a removed one has no id and its slot is used again
	free  []int32
	total int // words of all texts together

	scores  []float64 // scratch, all zero between searches
	touched []int32
}

type indexDoc struct {
	id     string
	weight float64
	length int
	terms  []*termList
}

// termList holds the texts that contain a term, by slot.
type termList struct {
	term     string
	postings []posting
}

type posting struct {
	slot  int32
	count int32
}

// Hit is a text that an Index found.
type Hit struct {
	ID string
	// Similarity is the text's BM25 divided by what the query itself would
	// get as a text, at most 1. It is above 0, and 1 for the query's own words.
	Similarity float64
	// Score is Similarity × the text's weight; hits are ordered by it.
	Score float64
}

// NewIndex returns an empty index.
func NewIndex() *Index {
	return &Index{terms: map[string]*termList{}, slots: map[string]int32{}}
}

// Len returns how many texts there are.
func (x *Index) Len() int { return len(x.slots) }

// Add puts a text in under an id, in place of the one that had it. The weight
// multiplies its similarity; it must not be negative.
func (x *Index) Add(id, text string, weight float64) {
	x.Remove(id)
	slot := int32(len(x.docs))
	if n := len(x.free); n > 0 {
		slot, x.free = x.free[n-1], x.free[:n-1]
	} else {
		x.docs = append(x.docs, indexDoc{})
		x.scores = append(x.scores, 0)
	}
	counts, length := countTerms(text)
	doc := indexDoc{id: id, weight: weight, length: length, terms: make([]*termList, 0, len(counts))}
	for _, c := range counts {
		list := x.terms[c.term]
		if list == nil {
			list = &termList{term: strings.Clone(c.term)}
			x.terms[list.term] = list
		}
		at, _ := list.find(slot)
		list.postings = slices.Insert(list.postings, at, posting{slot, c.count})
		doc.terms = append(doc.terms, list)
	}
	x.docs[slot] = doc
	x.slots[id] = slot
	x.total += length
}

// SetWeight changes the weight of a text; an unknown id is left out.
func (x *Index) SetWeight(id string, weight float64) {
	if slot, ok := x.slots[id]; ok {
		x.docs[slot].weight = weight
	}
}

// Remove takes a text out; an unknown id is left out.
func (x *Index) Remove(id string) {
	slot, ok := x.slots[id]
	if !ok {
		return
	}
	for _, list := range x.docs[slot].terms {
		if at, found := list.find(slot); found {
			list.postings = slices.Delete(list.postings, at, at+1)
		}
		if len(list.postings) == 0 {
			delete(x.terms, list.term)
		}
	}
	x.total -= x.docs[slot].length
	x.docs[slot] = indexDoc{}
	x.free = append(x.free, slot)
	delete(x.slots, id)
}

func (l *termList) find(slot int32) (int, bool) {
	return slices.BinarySearchFunc(l.postings, slot, func(p posting, s int32) int { return cmp.Compare(p.slot, s) })
}

// Search returns up to k texts that share a word with the query, by score and
// then by id, best first.
func (x *Index) Search(query string, k int) []Hit {
	if k <= 0 || len(x.slots) == 0 {
		return nil
	}
	counts, length := countTerms(query)
	average := max(float64(x.total)/float64(len(x.slots)), 1)
	own := 0.0 // what the query would get as a text
	ownNorm := lengthNorm(length, average)
	for _, c := range counts {
		list := x.terms[c.term]
		found := 0
		if list != nil {
			found = len(list.postings)
		}
		idf := math.Log1p((float64(len(x.slots)-found) + .5) / (float64(found) + .5))
		own += idf * saturate(c.count, ownNorm)
		if list == nil {
			continue
		}
		for _, p := range list.postings {
			if x.scores[p.slot] == 0 {
				x.touched = append(x.touched, p.slot)
			}
			x.scores[p.slot] += idf * saturate(p.count, lengthNorm(x.docs[p.slot].length, average))
		}
	}
	hits := x.collect(own, k)
	x.touched = x.touched[:0]
	return hits
}

// collect turns the touched scores into the k best hits and clears them.
func (x *Index) collect(own float64, k int) []Hit {
	best := make([]Hit, 0, min(k, len(x.touched))+1)
	for _, slot := range x.touched {
		doc := &x.docs[slot]
		similarity := min(x.scores[slot]/own, 1)
		x.scores[slot] = 0
		hit := Hit{ID: doc.id, Similarity: similarity, Score: similarity * doc.weight}
		if len(best) == k && compareHits(hit, best[k-1]) > 0 {
			continue
		}
		at, _ := slices.BinarySearchFunc(best, hit, compareHits)
		best = slices.Insert(best, at, hit)
		if len(best) > k {
			best = best[:k]
		}
	}
	return best
}

func compareHits(a, b Hit) int {
	if c := cmp.Compare(b.Score, a.Score); c != 0 {
		return c
	}
	return strings.Compare(a.ID, b.ID)
}

func lengthNorm(length int, average float64) float64 {
	return bm25K * (1 - bm25B + bm25B*float64(length)/average)
}

func saturate(count int32, norm float64) float64 {
	n := float64(count)
	return n * (bm25K + 1) / (n + norm)
}

type termCount struct {
	term  string
	count int32
}

// countTerms returns the distinct words of a text in order, with their counts,
// and how many words it has. The fixed order makes sums of floats the same
// each time.
func countTerms(text string) ([]termCount, int) {
	all := words(text)
	counts := make(map[string]int32, min(len(all), MaxIndexTerms))
	length := 0
	for _, w := range all {
		if counts[w] == 0 && len(counts) == MaxIndexTerms {
			continue
		}
		counts[w]++
		length++
	}
	list := make([]termCount, 0, len(counts))
	for term, count := range counts {
		list = append(list, termCount{term, count})
	}
	slices.SortFunc(list, func(a, b termCount) int { return strings.Compare(a.term, b.term) })
	return list, length
}

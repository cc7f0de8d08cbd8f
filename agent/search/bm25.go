package search

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

// MaxTerms bounds the distinct words of one text that a WordIndex reads, so
// that a huge text costs no more than a long one. The first ones count.
const MaxTerms = 512

// searchWork is how many postings one search reads before the commonest of the
// query's words count only for the texts that were best by the rarer ones: they
// say least and cost most (after Moffat and Zobel, 1996, Self-Indexing Inverted
// Files, "continue").
const searchWork = 32_768

// searchDepth is how many texts per wanted hit are looked at to the end then.
const searchDepth = 2

// WordIndex finds texts by likeness of words (BM25). It is deterministic: the same
// texts and weights give the same hits, in whatever order they were added or
// removed. It is not safe for concurrent use.
type WordIndex struct {
	terms   map[string]*termList
	slots   map[string]int32 // by id
	docs    []indexDoc       // a removed one has no id and its slot is used again
	lengths []int32          // words of each text; beside docs, so that a search reads little memory
	free    []int32
	total   int // words of all texts together

	scores  []float64 // scratch, all zero between searches
	touched []int32
}

type indexDoc struct {
	id     string
	weight float64
	terms  []docTerm // in the order of the words
}

type docTerm struct {
	list  *termList
	count int32
}

// termList holds the texts that contain a term, by slot.
type termList struct {
	term     string
	postings []posting
	asked    float64 // scratch: the term's weight in a search, 0 between searches
}

type posting struct {
	slot  int32
	count int32
}

// NewWordIndex returns an empty index.
func NewWordIndex() *WordIndex {
	return &WordIndex{terms: map[string]*termList{}, slots: map[string]int32{}}
}

// Len returns how many texts there are.
func (x *WordIndex) Len() int { return len(x.slots) }

// Add puts a text in under an id, in place of the one that had it. The weight
// multiplies its similarity; it must not be negative.
func (x *WordIndex) Add(id, text string, weight float64) {
	x.Remove(id)
	slot := int32(len(x.docs))
	if n := len(x.free); n > 0 {
		slot, x.free = x.free[n-1], x.free[:n-1]
	} else {
		x.docs = append(x.docs, indexDoc{})
		x.lengths = append(x.lengths, 0)
		x.scores = append(x.scores, 0)
	}
	counts, length := countTerms(text)
	doc := indexDoc{id: id, weight: weight, terms: make([]docTerm, 0, len(counts))}
	for _, c := range counts {
		list := x.terms[c.term]
		if list == nil {
			list = &termList{term: strings.Clone(c.term)}
			x.terms[list.term] = list
		}
		at, _ := list.find(slot)
		list.postings = slices.Insert(list.postings, at, posting{slot, c.count})
		doc.terms = append(doc.terms, docTerm{list, c.count})
	}
	x.docs[slot], x.lengths[slot] = doc, int32(length)
	x.slots[id] = slot
	x.total += length
}

// SetWeight changes the weight of a text; an unknown id is left out.
func (x *WordIndex) SetWeight(id string, weight float64) {
	if slot, ok := x.slots[id]; ok {
		x.docs[slot].weight = weight
	}
}

// Remove takes a text out; an unknown id is left out.
func (x *WordIndex) Remove(id string) {
	slot, ok := x.slots[id]
	if !ok {
		return
	}
	for _, t := range x.docs[slot].terms {
		list := t.list
		if at, found := list.find(slot); found {
			list.postings = slices.Delete(list.postings, at, at+1)
		}
		if len(list.postings) == 0 {
			delete(x.terms, list.term)
		}
	}
	x.total -= int(x.lengths[slot])
	x.docs[slot] = indexDoc{}
	x.free = append(x.free, slot)
	delete(x.slots, id)
}

func (l *termList) find(slot int32) (int, bool) {
	return slices.BinarySearchFunc(l.postings, slot, func(p posting, s int32) int { return cmp.Compare(p.slot, s) })
}

// Search returns up to k texts that share a word with the query, by score and
// then by id, best first.
func (x *WordIndex) Search(query string, k int) []Hit { return x.SearchAmong(query, k, nil) }

// SearchAmong is Search among the texts that keep wants; nil wants all. It is
// asked only about texts that would be among the best.
func (x *WordIndex) SearchAmong(query string, k int, keep func(id string) bool) []Hit {
	if k <= 0 || len(x.slots) == 0 {
		return nil
	}
	counts, length := countTerms(query)
	lengths := newNorm(max(float64(x.total)/float64(len(x.slots)), 1))
	ownNorm := lengths.of(int32(length))
	own := 0.0 // what the query would get as a text
	asked := make([]askedTerm, 0, len(counts))
	for _, c := range counts {
		t := askedTerm{list: x.terms[c.term]}
		found := 0
		if t.list != nil {
			found = len(t.list.postings)
		}
		t.idf = math.Log1p((float64(len(x.slots)-found) + .5) / (float64(found) + .5))
		own += t.idf * saturate(c.count, ownNorm)
		if t.list != nil {
			asked = append(asked, t)
		}
	}
	// Rarest first; counts, and so equals, are in the order of their words.
	slices.SortStableFunc(asked, func(a, b askedTerm) int { return cmp.Compare(len(a.list.postings), len(b.list.postings)) })
	x.accumulate(asked, lengths, searchDepth*k)
	hits := x.collect(own, k, keep)
	x.touched = x.touched[:0]
	return hits
}

// askedTerm is a word of a query that some text has.
type askedTerm struct {
	list *termList
	idf  float64
}

// accumulate adds the words' scores to the texts that have them. Once enough
// texts are found and much was read, common words count for the best only.
func (x *WordIndex) accumulate(asked []askedTerm, norm norm, enough int) {
	read := 0
	for i := range asked {
		t := &asked[i]
		read += len(t.list.postings)
		if read > searchWork && len(x.touched) >= enough {
			x.finish(asked[i:], norm, enough)
			return
		}
		for _, p := range t.list.postings {
			if x.scores[p.slot] == 0 {
				x.touched = append(x.touched, p.slot)
			}
			x.scores[p.slot] += t.idf * saturate(p.count, norm.of(x.lengths[p.slot]))
		}
	}
}

// finish forgets all but the best texts and gives them the rest of their scores.
func (x *WordIndex) finish(rest []askedTerm, norm norm, enough int) {
	compare := func(a, b int32) int {
		if c := cmp.Compare(x.scores[b], x.scores[a]); c != 0 {
			return c
		}
		return strings.Compare(x.docs[a].id, x.docs[b].id)
	}
	best := make([]int32, 0, enough+1)
	for _, slot := range x.touched {
		if len(best) == enough && compare(slot, best[enough-1]) > 0 {
			x.scores[slot] = 0
			continue
		}
		at, _ := slices.BinarySearchFunc(best, slot, compare)
		best = slices.Insert(best, at, slot)
		if len(best) > enough {
			x.scores[best[enough]] = 0
			best = best[:enough]
		}
	}
	x.touched = append(x.touched[:0], best...)
	for _, t := range rest {
		t.list.asked = t.idf
	}
	for _, slot := range best {
		for _, t := range x.docs[slot].terms {
			if t.list.asked > 0 {
				x.scores[slot] += t.list.asked * saturate(t.count, norm.of(x.lengths[slot]))
			}
		}
	}
	for _, t := range rest {
		t.list.asked = 0
	}
}

// collect turns the touched scores into the k best hits and clears them.
func (x *WordIndex) collect(own float64, k int, keep func(id string) bool) []Hit {
	best := make([]Hit, 0, min(k, len(x.touched))+1)
	for _, slot := range x.touched {
		doc := &x.docs[slot]
		similarity := x.scores[slot] / own
		if similarity > 1-1e-12 { // sums in another order end a hair apart
			similarity = 1
		}
		x.scores[slot] = 0
		score := similarity * doc.weight
		if len(best) == k && score < best[k-1].Score {
			continue
		}
		best = insertHit(best, Hit{ID: doc.id, Similarity: similarity, Score: score}, k, keep)
	}
	return best
}

// norm is BM25's k·(1 − b + b·length/average) as a function of the length.
type norm struct{ base, slope float64 }

func newNorm(average float64) norm { return norm{bm25K * (1 - bm25B), bm25K * bm25B / average} }

func (n norm) of(length int32) float64 { return n.base + n.slope*float64(length) }

func saturate(count int32, norm float64) float64 {
	n := float64(count)
	return n * (bm25K + 1) / (n + norm)
}

type termCount struct {
	term  string
	count int32
}

// countTerms returns the distinct words of a text in order, with their counts,
// and how many words it has. Fillers, which are in every text and say nothing,
// count only where there is nothing else. The fixed order makes sums of floats
// the same each time.
func countTerms(text string) ([]termCount, int) {
	all := Words(text)
	said := 0
	for _, w := range all {
		if !fillers[w] {
			all[said] = w
			said++
		}
	}
	if said > 0 {
		all = all[:said]
	}
	return countWords(all)
}

// countWords counts the first MaxTerms distinct words, and changes the list.
func countWords(all []string) ([]termCount, int) {
	if len(all) > MaxTerms {
		all = firstTerms(all)
	}
	slices.Sort(all)
	distinct := 0
	for i, w := range all {
		if i == 0 || w != all[i-1] {
			distinct++
		}
	}
	list := make([]termCount, 0, distinct)
	for i, w := range all {
		if i == 0 || w != all[i-1] {
			list = append(list, termCount{term: w})
		}
		list[len(list)-1].count++
	}
	return list, len(all)
}

// firstTerms leaves out what is not among the first MaxTerms distinct words.
func firstTerms(all []string) []string {
	known := make(map[string]bool, MaxTerms)
	return slices.DeleteFunc(all, func(w string) bool {
		if !known[w] && len(known) < MaxTerms {
			known[w] = true
		}
		return !known[w]
	})
}

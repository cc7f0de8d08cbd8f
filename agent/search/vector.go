package search

import (
	"math"
	"slices"
	"unicode/utf8"
)

// dimensions is the length of a hashed vector.
const dimensions = 1 << 12

// Vector is a text as a point of which most places are 0, of length 1; a text
// without a word has the zero vector. Words, and the groups of three letters
// within them, are hashed to the places (feature hashing with signs, Weinberger
// et al. 2009, arXiv 0902.2206; letter groups so that "keys" is near "key",
// Bojanowski et al. 2017, arXiv 1607.04606). The hash has no salt, so that vectors
// are the same on every machine and in every year; it needs no model.
//
// The vectors are the lnc half of SMART's lnc.ltc: logarithmic counts and unit
// length, but no weights by rarity. Those are the query's (Manning, Raghavan
// and Schütze, 2008, Introduction to Information Retrieval, §6.4.3), so that a
// text that comes or goes changes no other text's vector.
type Vector []component

// component is one place of a vector that is not 0; places ascend.
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

// VectorOf returns the vector of a text.
func VectorOf(text string) Vector {
	counts, _ := countTerms(text)
	if len(counts) == 0 {
		return nil
	}
	parts := make([]placed, 0, 8*len(counts))
	var grams grams
	for _, c := range counts {
		weight := 1 + math.Log(float64(c.count))
		place, sign := placeOf(c.term)
		parts = append(parts, placed{place, sign * weight})
		grams.read(c.term)
		for i := range grams.n {
			place, sign := placeOf(grams.at(i))
			parts = append(parts, placed{place, sign * weight * gramShare / math.Sqrt(float64(grams.n))})
		}
	}
	// In the order of the words within a place, so that sums are the same each time.
	slices.SortStableFunc(parts, func(a, b placed) int { return int(a.place) - int(b.place) })
	places := 0
	for i := range parts {
		if i == 0 || parts[i].place != parts[i-1].place {
			places++
		}
	}
	vector := make(Vector, 0, places)
	for i := 0; i < len(parts); {
		place, sum := parts[i].place, 0.0
		for ; i < len(parts) && parts[i].place == place; i++ {
			sum += parts[i].weight
		}
		if sum != 0 {
			vector = append(vector, component{place, float32(sum)})
		}
	}
	return unit(vector)
}

// placed is what one feature of a text weighs.
type placed struct {
	place  uint16
	weight float64
}

// unit scales a vector to length 1; the zero vector stays.
func unit(vector Vector) Vector {
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

// grams are the groups of letters of a word with its borders marked.
type grams struct {
	n       int
	word    []byte
	letters [maxGrams + gramLetters]int // where they begin in word, and where the last one ends
}

// read takes a word, valid UTF-8, in place of the one before.
func (g *grams) read(word string) {
	g.word = append(append(append(g.word[:0], '<'), word...), '>')
	n := 0
	for i, c := range g.word {
		if utf8.RuneStart(c) && n < len(g.letters) {
			g.letters[n] = i
			n++
		}
	}
	if n < len(g.letters) {
		g.letters[n] = len(g.word)
		n++
	}
	g.n = max(n-gramLetters, 0)
}

// at returns a group.
func (g *grams) at(i int) []byte { return g.word[g.letters[i]:g.letters[i+gramLetters]] }

// placeOf hashes a feature to a place and a sign (FNV-1a, 64 bits; the standard
// library's needs an allocation a word).
func placeOf[T string | []byte](feature T) (uint16, float64) {
	h := uint64(14695981039346656037)
	for i := range len(feature) {
		h = (h ^ uint64(feature[i])) * 1099511628211
	}
	h ^= h >> 32 // the low bits of FNV-1a alone are weak for short texts
	if h>>63 == 1 {
		return uint16(h % dimensions), -1
	}
	return uint16(h % dimensions), 1
}

// Cosine says how alike two texts are: 1 for the same words, 0 for none in
// common. Signs can put it a little below 0.
func Cosine(a, b Vector) float64 {
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

// Comparer takes the cosines of many vectors with one, faster than Cosine. It is
// not safe for concurrent use.
type Comparer struct {
	one   Vector
	dense []float32
}

// NewComparer returns a comparer with the zero vector.
func NewComparer() *Comparer { return &Comparer{dense: make([]float32, dimensions)} }

// Set changes the vector that others are compared with.
func (c *Comparer) Set(one Vector) {
	for _, p := range c.one {
		c.dense[p.place] = 0
	}
	for _, p := range one {
		c.dense[p.place] = p.weight
	}
	c.one = one
}

// Cosine returns the cosine of a vector with the one that was set.
func (c *Comparer) Cosine(other Vector) float64 {
	sum := 0.0
	for _, p := range other {
		sum += float64(p.weight) * float64(c.dense[p.place])
	}
	return sum
}

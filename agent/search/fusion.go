package search

import (
	"cmp"
	"slices"
	"strings"
)

// Hit is a text that an index found.
type Hit struct {
	ID string
	// Similarity is above 0 and at most 1. By words it is the text's BM25 divided
	// by what the query itself would get as a text, so that it is 1 for the query's
	// own words; by vectors it is the cosine.
	Similarity float64
	// Score is Similarity × the text's weight; hits are ordered by it.
	Score float64
}

// Best returns the k best of the hits that keep wants, by score and then by id;
// nil wants all. It is asked only about hits that would be among the best.
func Best(hits []Hit, k int, keep func(id string) bool) []Hit {
	best := make([]Hit, 0, min(k, len(hits))+1)
	for _, hit := range hits {
		best = insertHit(best, hit, k, keep)
	}
	return best
}

// insertHit puts a hit in its place among the k best, if it has one there.
func insertHit(best []Hit, hit Hit, k int, keep func(id string) bool) []Hit {
	if len(best) == k && compareHits(hit, best[k-1]) > 0 || keep != nil && !keep(hit.ID) {
		return best
	}
	at, _ := slices.BinarySearchFunc(best, hit, compareHits)
	best = slices.Insert(best, at, hit)
	return best[:min(len(best), k)]
}

func compareHits(a, b Hit) int {
	if c := cmp.Compare(b.Score, a.Score); c != 0 {
		return c
	}
	return strings.Compare(a.ID, b.ID)
}

// RankConstant is k of reciprocal rank fusion, as in its paper.
const RankConstant = 60.0

// List is what one way of searching found.
type List struct {
	Hits  []Hit   // best first
	Floor float64 // the similarity from which a hit counts
}

// Fused is a text that reaches the floor of at least one list.
type Fused struct {
	ID         string
	Ranks      []int   // in each list, from 1; 0 where it does not reach the floor
	Similarity float64 // the greatest of those lists
	Score      float64 // the sum of ReciprocalRank over the lists
}

// Fuse joins lists by reciprocal rank fusion (Cormack, Clarke and Büttcher,
// 2009, Reciprocal Rank Fusion Outperforms Condorcet and Individual Rank
// Learning Methods), in the order in which the texts first come. Hits with equal
// scores share a rank, so that nothing turns on the order of ids.
func Fuse(lists ...List) []Fused {
	total := 0
	for _, list := range lists {
		for i := range list.Hits {
			if list.Hits[i].Similarity >= list.Floor {
				total++
			}
		}
	}
	fused, at := make([]Fused, 0, total), make(map[string]int, total)
	ranks := make([]int, total*len(lists))
	for l, list := range lists {
		rank := 0
		for i, hit := range list.Hits {
			if i == 0 || hit.Score < list.Hits[i-1].Score {
				rank = i + 1
			}
			if hit.Similarity < list.Floor {
				continue
			}
			place, known := at[hit.ID]
			if !known {
				place = len(fused)
				at[hit.ID] = place
				fused = append(fused, Fused{ID: hit.ID, Ranks: ranks[place*len(lists) : (place+1)*len(lists)]})
			}
			f := &fused[place]
			f.Ranks[l] = rank
			f.Similarity = max(f.Similarity, hit.Similarity)
			f.Score += ReciprocalRank(rank)
		}
	}
	return fused
}

// ReciprocalRank is one list's share of a fused score; 0 where the list has the
// text not.
func ReciprocalRank(rank int) float64 {
	if rank < 1 {
		return 0
	}
	return 1 / (RankConstant + float64(rank))
}

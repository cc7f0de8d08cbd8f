package agent

import (
	"cmp"
	"slices"
	"strings"
)

// ReplayHit is an entry that was found for a task.
type ReplayHit struct {
	ID         string
	Score      float64 // the fused rank as a share of what the first of both lists gets, 0 to 1
	Similarity float64 // the greater of likeness by words and cosine, 0 to 1
	Value      float64
	Words      int // rank by words × value, from 1; 0 where it is not among the best
	Vector     int // rank by cosine × value, likewise
}

// Retrieve returns up to k entries of the scope's environment and dynamics
// that are like the task, best first.
func (x *ReplayIndex) Retrieve(scope Scope, task Task, k int) []ReplayHit {
	x.mu.Lock()
	defer x.mu.Unlock()
	index := x.spaces[spaceOf(scope)]
	if index == nil || k <= 0 {
		return nil
	}
	text := taskText(task.WithDefaults())
	breadth := max(k, recallBreadth)
	at := map[string]int{}
	var hits []ReplayHit
	of := func(hit Hit) *ReplayHit {
		i, known := at[hit.ID]
		if !known {
			i = len(hits)
			at[hit.ID] = i
			hits = append(hits, ReplayHit{ID: hit.ID, Value: x.entries[x.at[hit.ID]].Value})
		}
		hits[i].Similarity = max(hits[i].Similarity, hit.Similarity)
		return &hits[i]
	}
	ranked(index.words.Search(text, breadth), WordsFloor, func(hit Hit, rank int) { of(hit).Words = rank })
	ranked(index.vectors.search(text, breadth, nil), VectorFloor, func(hit Hit, rank int) { of(hit).Vector = rank })
	for i := range hits {
		hits[i].Score = (reciprocalRank(hits[i].Words) + reciprocalRank(hits[i].Vector)) / (2 * reciprocalRank(1))
	}
	slices.SortFunc(hits, func(a, b ReplayHit) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), strings.Compare(a.ID, b.ID))
	})
	return hits[:min(k, len(hits))]
}

// Match returns the hit with its trajectory.
func (h ReplayHit) Match(t *Trajectory) Match {
	return Match{Trajectory: t, Score: h.Score, Similarity: h.Similarity, QValue: h.Value, Words: h.Words, Vector: h.Vector}
}

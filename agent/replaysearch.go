package agent

import (
	"cmp"
	"slices"
	"strings"

	"purposeagent/agent/search"
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
	text := TaskText(task.WithDefaults())
	breadth := max(k, recallBreadth)
	fused := search.Fuse(
		search.List{Hits: index.words.Search(text, breadth), Floor: WordsFloor},
		search.List{Hits: index.vectors.Search(text, breadth, nil), Floor: VectorFloor})
	hits := make([]ReplayHit, len(fused))
	for i, f := range fused {
		hits[i] = ReplayHit{ID: f.ID, Score: f.Score / (2 * search.ReciprocalRank(1)), Similarity: f.Similarity,
			Value: x.entries[x.at[f.ID]].Value, Words: f.Ranks[0], Vector: f.Ranks[1]}
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

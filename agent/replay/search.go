package replay

import (
	"cmp"
	"slices"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/search"
)

// leastBreadth is how many candidates each list has at least.
const leastBreadth = 50

// Hit is an entry that was found for a task.
type Hit struct {
	ID         string
	Score      float64 // the fused rank as a share of what the first of both lists gets, 0 to 1
	Similarity float64 // the greater of likeness by words and cosine, 0 to 1
	Value      float64
	Words      int // rank by words × value, from 1; 0 where it is not among the best
	Vector     int // rank by cosine × value, likewise
}

// Retrieve returns up to k entries of the scope's environment and dynamics
// that are like the task, best first.
func (x *Index) Retrieve(scope agent.Scope, task agent.Task, k int) []Hit {
	x.mu.Lock()
	defer x.mu.Unlock()
	index := x.spaces[spaceOf(scope)]
	if index == nil || k <= 0 {
		return nil
	}
	text := agent.TaskText(task.WithDefaults())
	breadth := max(k, leastBreadth)
	fused := search.Fuse(
		search.List{Hits: index.words.Search(text, breadth), Floor: agent.WordsFloor},
		search.List{Hits: index.vectors.Search(text, breadth, nil), Floor: agent.VectorFloor})
	best := make([]Hit, 0, min(k, len(fused))+1)
	for _, f := range fused {
		hit := Hit{ID: f.ID, Score: f.Score / (2 * search.ReciprocalRank(1)), Similarity: f.Similarity,
			Value: x.entries[x.at[f.ID]].Value, Words: f.Ranks[0], Vector: f.Ranks[1]}
		if len(best) == k && compareHits(hit, best[k-1]) > 0 {
			continue
		}
		at, _ := slices.BinarySearchFunc(best, hit, compareHits)
		best = slices.Insert(best, at, hit)
		best = best[:min(len(best), k)]
	}
	return best
}

func compareHits(a, b Hit) int {
	return cmp.Or(cmp.Compare(b.Score, a.Score), strings.Compare(a.ID, b.ID))
}

// Match returns the hit with its trajectory.
func (h Hit) Match(t *agent.Trajectory) agent.Match {
	return agent.Match{Trajectory: t, Score: h.Score, Similarity: h.Similarity, QValue: h.Value, Words: h.Words, Vector: h.Vector}
}

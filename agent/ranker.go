package agent

import (
	"context"

	"purposeagent/agent/search"
)

// Ranker is one more way to find the rules that are like a step, beside words and
// vectors. Its list is joined to theirs by reciprocal rank fusion, so that its
// scores need no common scale. It is safe for concurrent use.
type Ranker interface {
	// Name is the key of its ranks in ScoreParts.Ranks: one short word.
	Name() string
	// Rank returns rules of the set that are like the query, with the floor that a
	// similarity must reach, in any order: what can't be done now and all but the
	// best are left out afterwards. An error is recorded, and the other lists
	// decide.
	Rank(ctx context.Context, s *Situation, query string, rules *RuleSet) (search.List, error)
}

// rankedBy is what a ranker said.
type rankedBy struct {
	name string
	list search.List
}

// askRankers asks the situation's rankers. It is done before the index is locked:
// others must not wait for a model.
func askRankers(ctx context.Context, s *Situation, rules *RuleSet, record *Retrieval) []rankedBy {
	var lists []rankedBy
	for _, r := range s.Rankers {
		list, err := r.Rank(ctx, s, record.Query, rules)
		if err != nil {
			if record.Problems == nil {
				record.Problems = map[string]string{}
			}
			record.Problems[r.Name()] = MessageOf(err)
			continue
		}
		lists = append(lists, rankedBy{r.Name(), list})
	}
	return lists
}

// take notes what the lists said of a rule: the first two are by words and by
// vectors.
func (p *ScoreParts) take(f search.Fused, others []rankedBy) {
	p.Words, p.Vector, p.Likeness, p.RRF = f.Ranks[0], f.Ranks[1], f.Similarity, f.Score
	for i, o := range others {
		if rank := f.Ranks[2+i]; rank > 0 {
			if p.Ranks == nil {
				p.Ranks = map[string]int{}
			}
			p.Ranks[o.name] = rank
		}
	}
}

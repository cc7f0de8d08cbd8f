package duplicates

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/search"
)

// Likeness from which two rules in words are shown as near, by either measure.
const (
	nearShare  = 0.6 // Jaccard of when and do
	nearVector = 0.8 // cosine of hashed vectors
	// MaxNear bounds the rules that one rule is compared with, so that the work
	// grows with the number of rules and not with its square.
	MaxNear = 50

	nearFloor = 0.5 // Jaccard below which rules are not compared by vector
)

// Pair is two rules in words that are alike; A has the smaller id.
type Pair struct {
	A, B *agent.Heuristic
	// Jaccard is of the words of when and do, Cosine of their hashed vectors.
	Jaccard float64
	Cosine  float64
	// Opposed is true for the same when and the opposite do: a conflict.
	Opposed bool
}

// Map holds the near pairs of a library.
type Map struct {
	Pairs   []Pair // most alike first
	Rules   int    // that were compared
	Apart   int    // rules with a predicate, which are compared by it and not by words
	Decided int    // pairs that a person decided on, left out
}

// nearWords is a rule as it is compared: the ranks of its words, rarest first, and
// whether it speaks against what they say.
type nearWords struct {
	rule    *agent.Heuristic
	words   []int32
	against bool
	vector  search.Vector
}

// Near returns the pairs of rules in words that are alike, most alike
// first, where the scope of one covers the other's. It looks at no more than
// MaxNear others for each rule: pairs are found by their rarest words, since
// sets with a Jaccard of at least t share one of the |x| − ⌈t·|x|⌉ + 1 rarest of
// each (prefix filtering; Bayardo, Ma and Srikant, WWW 2007).
func Near(rules []*agent.Heuristic) []Pair {
	all := rankWords(rules)
	holders := map[int32][]int{} // rare word → rules before that have it in their prefix
	var pairs []Pair
	seen := make([]int, len(all)) // the last rule, from 1, that was compared with this one
	for i := range all {
		x, compared := &all[i], 0
		prefix := x.words[:prefixLength(len(x.words))]
		for _, word := range prefix {
			list := holders[word]
			for _, j := range slices.Backward(list) {
				if compared == MaxNear {
					break
				}
				if seen[j] == i+1 {
					continue
				}
				seen[j], compared = i+1, compared+1
				if pair, near := compareNear(&all[j], x); near {
					pairs = append(pairs, pair)
				}
			}
			holders[word] = append(list, i)
		}
	}
	slices.SortFunc(pairs, comparePairs)
	return pairs
}

func prefixLength(n int) int {
	if n == 0 {
		return 0
	}
	return n - int(math.Ceil(nearFloor*float64(n))) + 1
}

// rankWords gives each rule's words as ranks of rarity, so that the rarest
// come first in every rule alike.
func rankWords(rules []*agent.Heuristic) []nearWords {
	sets := make([][]string, 0, len(rules))
	all := make([]nearWords, 0, len(rules))
	count := map[string]int32{}
	for _, h := range rules {
		if !h.InWords() {
			continue
		}
		do, against := Advice(h)
		set := distinct(slices.Concat(gist(h.Pattern), do))
		for _, w := range set {
			count[w]++
		}
		sets, all = append(sets, set), append(all, nearWords{rule: h, against: against})
	}
	order := make([]string, 0, len(count))
	for w := range count {
		order = append(order, w)
	}
	slices.SortFunc(order, func(a, b string) int {
		if c := cmp.Compare(count[a], count[b]); c != 0 {
			return c
		}
		return strings.Compare(a, b)
	})
	rank := make(map[string]int32, len(order))
	for i, w := range order {
		rank[w] = int32(i)
	}
	for i, set := range sets {
		for _, w := range set {
			all[i].words = append(all[i].words, rank[w])
		}
		slices.Sort(all[i].words)
	}
	return all
}

func compareNear(a, b *nearWords) (Pair, bool) {
	if !a.rule.Scope.Covers(b.rule.Scope) && !b.rule.Scope.Covers(a.rule.Scope) || a.rule.Action != b.rule.Action {
		return Pair{}, false
	}
	words := sharedShare(a.words, b.words)
	if words < nearFloor {
		return Pair{}, false
	}
	pair := Pair{A: a.rule, B: b.rule, Jaccard: words, Cosine: search.Cosine(a.dense(), b.dense())}
	if pair.B.ID < pair.A.ID {
		pair.A, pair.B = pair.B, pair.A
	}
	if a.against != b.against { // alike in words, but not in what they say
		pair.Opposed = Related(a.rule, b.rule) == Opposed
		return pair, pair.Opposed
	}
	return pair, pair.Jaccard >= nearShare || pair.Cosine >= nearVector
}

// dense is the rule's hashed vector, made when it is first needed.
func (n *nearWords) dense() search.Vector {
	if n.vector == nil {
		n.vector = search.VectorOf(agent.RuleText(n.rule))
	}
	return n.vector
}

// sharedShare is the Jaccard index of two ordered sets.
func sharedShare(a, b []int32) float64 {
	both, i, j := 0, 0, 0
	for i < len(a) && j < len(b) {
		switch {
		case a[i] == b[j]:
			both, i, j = both+1, i+1, j+1
		case a[i] < b[j]:
			i++
		default:
			j++
		}
	}
	if union := len(a) + len(b) - both; union > 0 {
		return float64(both) / float64(union)
	}
	return 0
}

func comparePairs(a, b Pair) int {
	if c := cmp.Compare(max(b.Jaccard, b.Cosine), max(a.Jaccard, a.Cosine)); c != 0 {
		return c
	}
	if c := strings.Compare(a.A.ID, b.A.ID); c != 0 {
		return c
	}
	return strings.Compare(a.B.ID, b.B.ID)
}

// Clusters joins near pairs that do not contradict each other into groups, the
// largest first; each is ordered by id.
func (m *Map) Clusters() [][]*agent.Heuristic {
	parent := map[string]string{}
	rules := map[string]*agent.Heuristic{}
	find := func(id string) string {
		for parent[id] != id {
			parent[id] = parent[parent[id]]
			id = parent[id]
		}
		return id
	}
	for _, p := range m.Pairs {
		if p.Opposed {
			continue
		}
		for _, h := range []*agent.Heuristic{p.A, p.B} {
			if rules[h.ID] == nil {
				rules[h.ID], parent[h.ID] = h, h.ID
			}
		}
		parent[find(p.A.ID)] = find(p.B.ID)
	}
	groups := map[string][]*agent.Heuristic{}
	for id, h := range rules {
		root := find(id)
		groups[root] = append(groups[root], h)
	}
	clusters := make([][]*agent.Heuristic, 0, len(groups))
	for _, g := range groups {
		slices.SortFunc(g, func(a, b *agent.Heuristic) int { return strings.Compare(a.ID, b.ID) })
		clusters = append(clusters, g)
	}
	slices.SortFunc(clusters, func(a, b []*agent.Heuristic) int {
		if c := cmp.Compare(len(b), len(a)); c != 0 {
			return c
		}
		return strings.Compare(a[0].ID, b[0].ID)
	})
	return clusters
}

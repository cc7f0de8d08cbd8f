// Package duplicates finds rules that say the same, or the opposite, in other
// words. Learning merges the former on entry; people look at pairs that are near.
package duplicates

import (
	"math"
	"slices"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/search"
)

// Likeness at which two rules in words count as one. When and do together
// alone would join "at a locked red door go north" with "… go south", so what
// is done must be alike by itself as well.
const (
	sameRule   = 0.8
	sameAdvice = 0.7
	// sameSense is the cosine from which other words say the same. It is looked
	// at where at least distantSense of the words are shared.
	sameSense    = 0.9
	distantSense = 0.4
)

// negations turn what follows into what is to be avoided, where they lead the
// advice: "never go back", but not "take the way not tried".
var negations = search.WordSet("not never avoid don t dont cannot")

// turning words carry meaning although they are short: a locked door is not
// one that is not locked.
var turning = search.WordSet("not never no nor without unless don t dont cannot")

// Relation is how a new rule stands to one in the library.
type Relation int

// The relations.
const (
	Unrelated Relation = iota
	Same               // says the same
	Opposed            // the same when, the opposite do
)

// Related compares two rules in words; rules that are predicates are compared by
// Key only, since a single word of theirs is a different condition.
func Related(a, b *agent.Heuristic) Relation {
	if !a.InWords() || !b.InWords() || a.Action != b.Action {
		return Unrelated
	}
	whenA, whenB := gist(a.Pattern), gist(b.Pattern)
	doA, againstA := Advice(a)
	doB, againstB := Advice(b)
	if againstA != againstB {
		if jaccard(whenA, whenB) >= sameRule && jaccard(doA, doB) >= sameRule {
			return Opposed
		}
		return Unrelated
	}
	if a.Tier != b.Tier {
		return Unrelated
	}
	allA, allB := slices.Concat(whenA, doA), slices.Concat(whenB, doB)
	shared := jaccard(allA, allB)
	if jaccard(doA, doB) >= sameAdvice && shared >= sameRule || shared >= distantSense && sense(doA, doB) >= sameSense && sense(allA, allB) >= sameSense {
		return Same
	}
	return Unrelated
}

// sense is the cosine of two lists of words as hashed vectors, which sees that
// "locked" and "locks" are alike.
func sense(a, b []string) float64 {
	return search.Cosine(search.VectorOf(strings.Join(a, " ")), search.VectorOf(strings.Join(b, " ")))
}

// gist returns the words of a text that carry its meaning, once each. Where
// only fillers are left they are its meaning.
func gist(text string) []string {
	var kept []string
	all := search.Words(text)
	for _, w := range all {
		if !search.IsFiller(w) || turning[w] {
			kept = append(kept, w)
		}
	}
	if len(kept) == 0 {
		kept = all
	}
	return distinct(kept)
}

// Advice returns the words of what is advised without leading negations, and
// whether the rule speaks against it.
func Advice(h *agent.Heuristic) (list []string, against bool) {
	text := h.Strategy
	if strings.TrimSpace(text+strings.Join(h.Steps, "")) == "" {
		text, against = h.Avoid, true
	}
	leading := true
	for _, w := range search.Words(text) {
		if leading && negations[w] {
			against = true
			continue
		}
		if !search.IsFiller(w) || turning[w] {
			list, leading = append(list, w), false
		}
	}
	for _, step := range h.Steps {
		list = append(list, gist(step)...)
	}
	return distinct(list), against
}

func distinct(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}

// jaccard is |a ∩ b| / |a ∪ b| of the distinct words; 0 for two empty lists.
func jaccard(a, b []string) float64 {
	in := map[string]int{}
	for _, w := range a {
		in[w] |= 1
	}
	for _, w := range b {
		in[w] |= 2
	}
	both := 0
	for _, sides := range in {
		if sides == 3 {
			both++
		}
	}
	if len(in) == 0 {
		return 0
	}
	return float64(both) / float64(len(in))
}

// Merge returns stored after the same rule was learned once more:
// evidence is joined, and the counts grow by what is new in it. The words with
// the better-proven claim stay (Wilson's lower bound); those of a guarded rule
// always stay. Id, version, history, status and scope are stored's.
func Merge(stored, again *agent.Heuristic) *agent.Heuristic {
	merged := stored.Clone()
	good, bad := NewEvidence(stored.Evidence, again.Evidence)
	merged.Good += good
	merged.Bad += bad
	merged.Evidence = agent.UnionEvidence(stored.Evidence, again.Evidence)
	if !stored.Guarded() && lowerBound(again.Good, again.Bad) > lowerBound(stored.Good, stored.Bad) {
		agent.CopyWords(merged, again)
		agent.KeepByHand(merged, stored)
		merged.ParentIDs = distinct(slices.Concat(stored.ParentIDs, again.ParentIDs))
	} else if !stored.Guarded() && stored.Predicate == nil && stored.Key() == again.Key() {
		merged.Predicate = again.Clone().Predicate // when its words hold can be checked now
	}
	return merged
}

// NewEvidence counts what of b is not in a. A step that is kept no more can be
// counted twice only if it is learned from twice, which no trajectory is.
func NewEvidence(a, b []agent.EvidenceRef) (good, bad int) {
	for i, ref := range b {
		same := func(other agent.EvidenceRef) bool { return other.Run == ref.Run && other.Step == ref.Step }
		if slices.ContainsFunc(a, same) || slices.ContainsFunc(b[:i], same) {
			continue
		}
		if ref.Good {
			good++
		} else {
			bad++
		}
	}
	return good, bad
}

// lowerBound is the lower end of Wilson's 95 % interval for a share; 0 without trials.
func lowerBound(good, bad int) float64 {
	n := float64(good + bad)
	if n == 0 {
		return 0
	}
	const z = 1.96
	p := float64(good) / n
	centre := p + z*z/(2*n)
	spread := z * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return max((centre-spread)/(1+z*z/n), 0)
}

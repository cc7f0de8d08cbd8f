package agent

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"purposeagent/agent/prompttext"
	"purposeagent/agent/search"
)

// MaxRecorded is how many rules one record of a retrieval lists; it says how
// many more there were.
const MaxRecorded = 30

// maxImpossible is how many of the rules that are no candidates now are listed.
const maxImpossible = 3

// contender is a rule that may be chosen for a step.
type contender struct {
	rule       *Heuristic
	parts      ScoreParts
	worth      float64 // score before redundancy
	vector     search.Vector
	like       string // the chosen rule that it is most like
	use        Use    // "" while nothing is decided
	propensity float64
	why        string
	bearing    *Bearing // of a rule whose condition holds; nil: its words decide
}

func (c *contender) score() float64 { return c.worth - WeightRedundant*c.parts.Redundancy }

// choice is one retrieval in progress.
type choice struct {
	run        string
	s          *Situation
	rules      *RuleSet
	all        []*contender // found, or pinned
	impossible []*contender
	found      int // by words and vectors: the first of all
	applying   Applying
	chosen     []*contender // in the order of choice
	taken      map[Tier]int // by words
	applied    int          // chosen since they hold
	newcomer   *contender   // the rule in probation that was chosen
}

// newChoice finds the contenders.
func newChoice(ctx context.Context, run string, s *Situation, rules *RuleSet, record *Retrieval) *choice {
	c := &choice{run: run, s: s, rules: rules, taken: map[Tier]int{}}
	if s.Applicability != nil {
		c.applying = s.Applicability.Applying(s, rules)
	}
	query := record.Query
	near, known := c.byMeaning(ctx, record)
	others := askRankers(ctx, s, rules, record)
	index := rules.indexed()
	index.mu.Lock()
	defer index.mu.Unlock()
	index.follow(rules)
	byID := map[string]*contender{}
	contend := func(h *Heuristic) *contender {
		if byID[h.ID] == nil {
			byID[h.ID] = &contender{rule: h, vector: index.vectors.Vector(h.ID)}
			c.all = append(c.all, byID[h.ID])
		}
		return byID[h.ID]
	}
	can := map[string]bool{}
	keep := func(id string) bool {
		h := index.rule(id)
		if c.s.Applicability != nil && !c.byWords(h) {
			return false
		}
		if h.Tier != Tool {
			return true
		}
		possible, known := can[h.Action]
		if !known {
			possible = s.can(h.Action)
			can[h.Action] = possible
		}
		if !possible {
			c.note(h, Clip("its action "+prompttext.OneLine(h.Action), 80)+" can't be done now")
		}
		return possible
	}
	if s.Applicability == nil || len(c.applying.Unread) > 0 {
		if known {
			near.Hits = search.Best(near.Hits, recallBreadth, keep)
		} else {
			near.Hits = index.vectors.Search(query, recallBreadth, keep)
		}
		for _, f := range c.fused(index, query, near, others, keep) {
			contend(index.rule(f.ID)).parts.take(f, others)
		}
	}
	c.found = len(c.all)
	for _, h := range index.pinned {
		if h.Usable() && (h.Tier != Tool || s.can(h.Action)) && (s.Applicability == nil || c.byWords(h)) {
			contend(h)
		}
	}
	for id, b := range c.applying.Holding {
		if index.has(id) {
			x := contend(index.rule(id))
			x.bearing = &b
		}
	}
	return c
}

// fused joins the lists by words, by vectors and of the rankers.
func (c *choice) fused(index *ruleIndex, query string, near search.List, others []rankedBy, keep func(id string) bool) []search.Fused {
	words := index.words
	if c.s.Applicability != nil && !c.applying.Open {
		words = index.claims // the others are found by their conditions
	}
	lists := []search.List{{Hits: words.SearchAmong(query, recallBreadth, keep), Floor: WordsFloor}, near}
	for _, o := range others {
		hits := search.Best(o.list.Hits, recallBreadth, func(id string) bool { return index.has(id) && keep(id) })
		lists = append(lists, search.List{Hits: hits, Floor: o.list.Floor})
	}
	return search.Fuse(lists...)
}

// byMeaning asks the embedding model where there is one; known says whether it
// answered.
func (c *choice) byMeaning(ctx context.Context, record *Retrieval) (list search.List, known bool) {
	m := c.s.Semantics
	if m == nil {
		return search.List{Floor: VectorFloor}, false
	}
	list, err := m.Rank(ctx, c.s, record.Query, c.rules)
	if err != nil {
		record.VectorProblem = MessageOf(err)
		return search.List{Floor: VectorFloor}, false
	}
	record.Vectors, record.VectorFloor = m.Name(), list.Floor
	return list, true
}

// note remembers a rule that is no candidate now.
func (c *choice) note(h *Heuristic, why string) {
	at, known := slices.BinarySearchFunc(c.impossible, h.ID, func(x *contender, id string) int { return strings.Compare(x.rule.ID, id) })
	if !known && at < maxImpossible {
		c.impossible = slices.Insert(c.impossible, at, &contender{rule: h, use: UseEligible, why: why})
		c.impossible = c.impossible[:min(len(c.impossible), maxImpossible)]
	}
}

// scoreAll gives each contender its worth.
func (c *choice) scoreAll() {
	fused := make([]float64, c.found)
	all := 0.0
	for i, x := range c.all {
		if i < c.found {
			fused[i] = x.parts.RRF
		}
		if x.bearing == nil {
			all += max(x.rule.Credit.Weight, 0)
		}
	}
	z := standardize(fused)
	for i, x := range c.all {
		if x.bearing != nil {
			x.worth = x.bearing.Sure
			continue
		}
		a := x.rule.Credit.Advantage()
		x.parts.Advantage, x.parts.Low = a.Value, LowerBound(x.rule)
		if i < c.found { // what is here by a pin alone is outside the comparison
			x.parts.Z = z[i]
		}
		advantage := a.Value
		if c.s.Explore {
			drawn := drawAdvantage(c.s, x.rule.ID, a)
			x.parts.Draw, advantage = &drawn, drawn
			x.parts.Bonus = explorationBonus(a, all)
		}
		x.worth = x.parts.Z + WeightAdvantage*(advantage+x.parts.Bonus)
	}
	slices.SortFunc(c.all, compareContenders)
}

func compareContenders(a, b *contender) int {
	return cmp.Or(cmp.Compare(b.score(), a.score()), strings.Compare(a.rule.ID, b.rule.ID))
}

// choose takes what a person pinned, then the rules that hold, and then of what
// is found by words the best that still fits, one by one; each makes what says
// the same less wanted.
func (c *choice) choose() {
	likeness := search.NewComparer()
	for _, x := range c.all {
		if x.rule.Pinned && x.rule.Usable() {
			x.why = "pinned by a person"
			c.take(x, likeness)
		}
	}
	c.chooseApplying(likeness)
	for {
		var best *contender
		for _, x := range c.all {
			if x.bearing == nil && x.use == "" && c.hurdle(x) == noHurdle && (best == nil || compareContenders(x, best) < 0) {
				best = x
			}
		}
		if best == nil {
			break
		}
		best.why = "it is similar to this step"
		c.take(best, likeness)
	}
	for _, x := range c.all {
		if x.use == "" && x.rule.Status != Candidate {
			x.use, x.why = UseEligible, c.obstacle(x)
		}
	}
	for _, x := range c.chosen {
		var out bool
		if x.propensity, out = heldOut(c.run, c.s, x.rule, c.rules); out {
			x.use, x.why = UseWithheld, heldOutWhy(x.propensity)
		}
	}
}

// take puts a contender among the chosen and lowers what is like it.
func (c *choice) take(x *contender, likeness *search.Comparer) {
	x.use = UseShown
	c.chosen = append(c.chosen, x)
	switch {
	case x.bearing == nil:
		c.taken[x.rule.Tier]++
	case !x.rule.Pinned:
		c.applied++
	}
	if x.rule.Status == Probation && !x.rule.Pinned && !x.rule.link() {
		c.newcomer = x
	}
	likeness.Set(x.vector)
	for _, other := range c.all {
		if other.use == "" && other.bearing == nil {
			if cosine := likeness.Cosine(other.vector); cosine > other.parts.Redundancy {
				other.parts.Redundancy, other.like = min(cosine, 1), x.rule.ID
			}
		}
	}
}

// least is the lowest score among the tier's chosen.
func (c *choice) least(tier Tier) float64 {
	least, found := 0.0, false
	for _, x := range c.chosen {
		if x.bearing == nil && x.rule.Tier == tier && (!found || x.score() < least) {
			least, found = x.score(), true
		}
	}
	return least
}

// shadow marks the candidates that would have had a place were they in use.
func (c *choice) shadow() {
	would := map[Tier]int{}
	order := slices.Clone(c.all)
	slices.SortFunc(order, compareContenders)
	for _, x := range order {
		if x.use != "" {
			continue
		}
		if x.bearing != nil {
			c.shadowApplying(x)
			continue
		}
		tier := x.rule.Tier
		if would[tier] < RulesPerTier && (c.taken[tier] < RulesPerTier || x.score() > c.least(tier)) {
			would[tier]++
			x.use, x.why = UseShadow, "a candidate: it would have been shown, and is watched only"
			continue
		}
		x.use, x.why = UseEligible, "a candidate, and it would not have had a place"
	}
}

// outcome returns what is put before the decider, and the whole record.
func (c *choice) outcome(record *Retrieval) ([]Recalled, Retrieval) {
	var recalled []Recalled
	record.Rules = make([]RuleUse, 0, min(len(c.all)+len(c.impossible), max(MaxRecorded, len(c.chosen))))
	for _, x := range c.chosen {
		record.Rules = append(record.Rules, x.recorded())
		if x.use == UseShown {
			r := Recalled{Rule: x.rule, Score: x.score(), Why: x.why, Bearing: x.bearing}
			if x.bearing == nil {
				r.Parts = &x.parts
			}
			recalled = append(recalled, r)
		}
	}
	rest := slices.DeleteFunc(slices.Clone(c.all), func(x *contender) bool { return x.use == UseShown || x.use == UseWithheld })
	slices.SortFunc(rest, func(a, b *contender) int {
		return cmp.Or(-compareBool(a.use == UseShadow, b.use == UseShadow), compareContenders(a, b))
	})
	for _, x := range append(rest, c.impossible...) {
		if len(record.Rules) < MaxRecorded {
			record.Rules = append(record.Rules, x.recorded())
		} else {
			record.More++
		}
	}
	record.Found = c.found + len(c.applying.Holding)
	record.Applying = len(c.applying.Holding)
	if len(recalled) == 0 {
		record.Abstained = c.abstained(record.VectorFloor)
	}
	return recalled, *record
}

func (c *contender) recorded() RuleUse {
	u := newUse(c.rule, c.use)
	u.Score, u.Propensity, u.Why = c.score(), c.propensity, c.why
	if !c.parts.empty() {
		u.Parts = &c.parts
	}
	return u
}

// newUse records that a rule as it stands had a part in a step.
func newUse(h *Heuristic, use Use) RuleUse {
	return RuleUse{ID: h.ID, Version: h.Version, Tier: h.Tier, Title: h.Title, Use: use, Status: h.Status}
}

// abstained says why nothing is shown.
func (c *choice) abstained(floor float64) string {
	best, ranked := 0.0, false
	for _, x := range c.all {
		if x.bearing == nil && x.rule.Status != Candidate && (!ranked || x.parts.Low > best) {
			best, ranked = x.parts.Low, true
		}
	}
	switch {
	case len(c.chosen) > 0:
		return "all that was chosen is held out of this task at random"
	case ranked:
		return fmt.Sprintf("of the rules similar to this step, the best lower bound of an advantage is %+.2f, below 0", best)
	case c.found == 0 && len(c.applying.Holding) > 0:
		return "no rule whose condition holds now has anything to advise that may be shown"
	case c.found > 0:
		return "only candidates are similar to this step, and they are not shown yet"
	}
	return fmt.Sprintf("no rule is similar to this step: none reached a similarity of %.2f by words or a cosine of %.2f", WordsFloor, floor)
}

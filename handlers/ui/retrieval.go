package ui

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"purposeagent/agent"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// useRank puts what had most weight first.
var useRank = map[agent.Use]int{agent.UseCited: 0, agent.UseShown: 1, agent.UseWithheld: 2, agent.UseShadow: 3, agent.UseEligible: 4}

// SortedUses puts what had most weight first: cited, shown, withheld, in the
// shadow, eligible.
func SortedUses(uses []agent.RuleUse) []agent.RuleUse {
	out := slices.Clone(uses)
	slices.SortStableFunc(out, func(a, b agent.RuleUse) int {
		return cmp.Or(cmp.Compare(useRank[a.Use], useRank[b.Use]), cmp.Compare(b.Score, a.Score))
	})
	return out
}

// RetrievalWords says how a retrieval went. listed is how many rules are shown.
func RetrievalWords(r *agent.Retrieval, listed int) string {
	if r.By != "" {
		return fmt.Sprintf("The actor reads the library in its own way: of %s in scope %d held here. It gives each a score of its own.",
			partials.Plural(r.Considered, "rule"), r.Found)
	}
	text := fmt.Sprintf("%s in scope were searched; %d were similar to the step (similarity of at least %s by words, or a cosine of at least %s).",
		partials.Plural(r.Considered, "rule"), r.Found, Fraction(r.Floor), Fraction(r.VectorFloor))
	switch {
	case r.Vectors != "":
		text += " Vectors are of " + r.Vectors + "."
	case r.VectorProblem != "":
		text += " The embedding model gave no vectors (" + r.VectorProblem + "), so hashed ones were taken."
	}
	sentences := []string{text}
	if r.Applying > 0 {
		sentences = append(sentences, fmt.Sprintf("The conditions of %s hold now. A rule with a condition that can be checked is found by it alone, and where it does not hold it is no candidate.",
			partials.Plural(r.Applying, "rule")))
	}
	for _, name := range slices.Sorted(maps.Keys(r.Problems)) {
		sentences = append(sentences, fmt.Sprintf("The ranker %s had no part in it: %s.", name, r.Problems[name]))
	}
	if r.More > 0 {
		sentences = append(sentences, fmt.Sprintf("The first %d are listed, %d more are not.", listed, r.More))
	}
	return strings.Join(sentences, " ")
}

// Ranking is a list of rules with what their scores are made of.
func (k *Kit) Ranking(uses []agent.RuleUse) pages.Ranking {
	v := pages.Ranking{}
	for _, use := range SortedUses(uses) {
		row := pages.RankedRule{ShapedBy: k.RuleUse(use)}
		row.Score = strings.Replace(row.Score, "-", "−", 1)
		if use.Status != "" {
			row.Status = StatusWord(use.Status)
		}
		if use.Propensity > 0 && use.Propensity < 1 {
			row.LetIn = "let in with probability " + Fraction(use.Propensity)
		}
		if use.Parts != nil {
			v.Parts = true
			row.Parts = scoreParts(use.Parts)
		}
		v.Rows = append(v.Rows, row)
	}
	return v
}

// scoreParts are a score's parts in the order of pages.RankingHead.
func scoreParts(p *agent.ScoreParts) []string {
	rank := func(n int) string {
		if n == 0 {
			return "–"
		}
		return "#" + strconv.Itoa(n)
	}
	advantage := fine(p.Advantage)
	if p.Draw != nil {
		advantage += " → " + fine(*p.Draw)
	}
	ranks := []string{rank(p.Vector)}
	for _, name := range slices.Sorted(maps.Keys(p.Ranks)) {
		ranks = append(ranks, name+" "+rank(p.Ranks[name]))
	}
	return []string{rank(p.Words), strings.Join(ranks, ", "), Plain(p.Likeness), fine(p.Z), advantage, Plain(p.Bonus), Plain(p.Redundancy)}
}

// fine is a signed number with two digits, plain one without a sign.
func fine(x float64) string {
	text := strconv.FormatFloat(x, 'f', 2, 64)
	switch {
	case text == "0.00" || text == "-0.00":
		return "0.00"
	case x < 0:
		return "−" + text[1:]
	}
	return "+" + text
}

// Plain writes a number with two decimals.
func Plain(x float64) string { return strconv.FormatFloat(x, 'f', 2, 64) }

// RuleUse is the part that a rule had in a step.
func (k *Kit) RuleUse(use agent.RuleUse) pages.ShapedBy {
	tier := TierOf(use.Tier, "")
	return pages.ShapedBy{Use: UseOf(use.Use), Tier: &tier, ID: fmt.Sprintf("%s v%d", use.ID, use.Version), Href: k.RuleLink(use.ID),
		Title: FirstOf(use.Title, use.ID), Why: use.Why, Score: strconv.FormatFloat(use.Score, 'f', 2, 64), Note: shortWhy(use.Why)}
}

// shortWhy is a reason without what it goes on to explain; the tab of the memory
// has all of it.
func shortWhy(why string) string {
	if short, _, cut := strings.Cut(why, ": "); cut && len(why) > 40 {
		return partials.Clip(short, 60)
	}
	return partials.Clip(why, 60)
}

package handlers

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"purposeagent/agent"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// useRank puts what had most weight first.
var useRank = map[agent.Use]int{agent.UseCited: 0, agent.UseShown: 1, agent.UseWithheld: 2, agent.UseShadow: 3, agent.UseEligible: 4}

// sortedUses puts what had most weight first: cited, shown, withheld, in the
// shadow, eligible.
func sortedUses(uses []agent.RuleUse) []agent.RuleUse {
	out := slices.Clone(uses)
	slices.SortStableFunc(out, func(a, b agent.RuleUse) int {
		return cmp.Or(cmp.Compare(useRank[a.Use], useRank[b.Use]), cmp.Compare(b.Score, a.Score))
	})
	return out
}

// memoryPanel answers which rules shaped a step, and why these.
func (s *Server) memoryPanel(step agent.Step) *pages.MemoryPanel {
	p := &pages.MemoryPanel{Lead: "No rule was a candidate in this step", Rules: s.ranking(step.Memory)}
	if len(step.Memory) > 0 {
		p.Lead = usesInWords(step.Memory)
	}
	if step.Retrieval != nil {
		p.Abstained, p.About = step.Retrieval.Abstained, retrievalWords(step.Retrieval, len(step.Memory))+drawnWords(step.Retrieval)
		p.Query = step.Retrieval.Query
	} else if len(step.Memory) > 0 {
		p.About = "This step was recorded before retrievals were: how its rules were chosen is not known."
	}
	for _, example := range step.Examples {
		p.Examples = append(p.Examples, s.exampleUse(example))
	}
	return p
}

// usesInWords counts the parts that rules had in a step.
func usesInWords(uses []agent.RuleUse) string {
	count := map[agent.Use]int{}
	for _, u := range uses {
		count[u.Use]++
	}
	parts := []string{partials.Plural(count[agent.UseCited]+count[agent.UseShown], "rule") + " shown to the actor"}
	for _, part := range []struct {
		n    int
		word string
	}{{count[agent.UseCited], "followed"}, {count[agent.UseWithheld], "held out at random"},
		{count[agent.UseShadow], "watched in the shadow"}, {count[agent.UseEligible], "left out"}} {
		if part.n > 0 {
			parts = append(parts, strconv.Itoa(part.n)+" "+part.word)
		}
	}
	return strings.Join(parts, ", ")
}

// retrievalWords says how a retrieval went. listed is how many rules are shown.
func retrievalWords(r *agent.Retrieval, listed int) string {
	if r.By != "" {
		return fmt.Sprintf("The actor reads the library in its own way: of %s in scope %d held here. It gives each a score of its own.",
			partials.Plural(r.Considered, "rule"), r.Found)
	}
	text := fmt.Sprintf("%s in scope were searched; %d were similar to the step (similarity of at least %s by words, or a cosine of at least %s).",
		partials.Plural(r.Considered, "rule"), r.Found, fraction(r.Floor), fraction(r.VectorFloor))
	switch {
	case r.Vectors != "":
		text += " Vectors are of " + r.Vectors + "."
	case r.VectorProblem != "":
		text += " The embedding model gave no vectors (" + r.VectorProblem + "), so hashed ones were taken."
	}
	if r.More > 0 {
		text += fmt.Sprintf(" The first %d are listed, %d more are not.", listed, r.More)
	}
	return text
}

// drawnWords says what chance had to do with a retrieval by Retrieve.
func drawnWords(r *agent.Retrieval) string {
	switch {
	case r.By != "":
		return ""
	case r.Explored:
		return " While learning, advantages are drawn from what is known of them, and rules are held out at random."
	}
	return " In a test nothing is drawn and nothing is held out."
}

// ranking is a list of rules with what their scores are made of.
func (s *Server) ranking(uses []agent.RuleUse) pages.Ranking {
	v := pages.Ranking{}
	for _, use := range sortedUses(uses) {
		row := pages.RankedRule{ShapedBy: s.ruleUse(use)}
		row.Score = strings.Replace(row.Score, "-", "−", 1)
		if use.Status != "" {
			row.Status = statusWord(use.Status)
		}
		if use.Propensity > 0 && use.Propensity < 1 {
			row.LetIn = "let in with probability " + fraction(use.Propensity)
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
	return []string{rank(p.Words), rank(p.Vector), plain(p.Likeness), fine(p.Z), advantage, plain(p.Bonus), plain(p.Redundancy)}
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

func plain(x float64) string { return strconv.FormatFloat(x, 'f', 2, 64) }

package library

import (
	"fmt"
	"math"
	"strconv"

	"purposeagent/agent"
	"purposeagent/agent/roles"
	"purposeagent/handlers/ui"
	"purposeagent/views/libraryview"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// HelpOf says whether a rule helps: hold-out and advantage on one axis, and
// whether they agree.
func HelpOf(h *agent.Heuristic) libraryview.RuleHelp {
	v := libraryview.RuleHelp{}
	v.Verdict, v.More = helpVerdict(h)
	limit := HelpScale(h)
	v.Scale = [2]string{"−" + ui.Fraction(limit), "+" + ui.Fraction(limit)}
	if u := UpliftOf(h, limit); u.Words == "" {
		v.Bars = append(v.Bars, libraryview.HelpBar{Name: "Hold-out", Interval: u})
	}
	if h.Credit.Weight > 0 {
		a := h.Credit.Advantage()
		bar := intervalOn(a.Value, a.Low, a.High, limit)
		bar.Label = fmt.Sprintf("advantage %s, 95 %% interval %s to %s, weight %s", bar.Share, effect(a.Low), effect(a.High), tasks(a.N))
		v.Bars = append(v.Bars, libraryview.HelpBar{Name: "Advantage", Interval: bar})
	}
	v.Disagree = disagreement(h)
	v.Strata = strataTable(h)
	v.Facts = helpFacts(h)
	return v
}

// helpVerdict says in words what the hold-out shows.
func helpVerdict(h *agent.Heuristic) (verdict, more string) {
	u := h.Credit.Uplift
	if u == nil || u.In+u.Out < enoughTasks {
		if h.Pinned {
			return "Always shown", "A pinned rule is never withheld, so nothing can be said about what it changes."
		}
		return "Not enough data", ui.Sentence(noUplift(h)) + fmt.Sprintf(" An effect is shown once there are %d tasks with the rule and as many without it.", enoughTasks)
	}
	more = fmt.Sprintf("%s tasks with it, %s in which it was withheld at random, compared within each type of task.", tasks(u.In), tasks(u.Out))
	points := strconv.FormatFloat(math.Abs(100*u.Value), 'f', 0, 64) + " points"
	switch {
	case u.Low > 0:
		return "+" + points + " in success", more
	case u.High < 0:
		return "−" + points + " in success: it hurts", more
	}
	return "No effect shown yet", more + " The interval includes 0."
}

// HelpScale is the end of an axis that holds both intervals.
func HelpScale(h *agent.Heuristic) float64 {
	limit := upliftScale([]agent.Heuristic{*h})
	if h.Credit.Weight > 0 {
		a := h.Credit.Advantage()
		limit = max(limit, math.Ceil(4*max(math.Abs(a.Low), math.Abs(a.High)))/4)
	}
	return min(limit, 1)
}

// disagreement says where the two estimates contradict each other: one of them
// excludes 0, and the other lies on its other side. "" where they don't.
func disagreement(h *agent.Heuristic) string {
	u := h.Credit.Uplift
	if u == nil || u.In+u.Out < enoughTasks || h.Credit.Weight <= 0 {
		return ""
	}
	a := h.Credit.Advantage()
	sure := u.Low > 0 || u.High < 0 || a.Low > 0 || a.High < 0
	if !sure || u.Value*a.Value >= 0 {
		return ""
	}
	return fmt.Sprintf("Hold-out says %s and advantage %s. The hold-out was randomised, so it decides; the advantage may come from the tasks in which the rule happens to fit.",
		effect(u.Value), effect(a.Value))
}

// strataTable is the hold-out by type of task, which the uplift is pooled from.
func strataTable(h *agent.Heuristic) partials.Table {
	t := partials.Table{Head: []string{"Task type", "With it", "Solved", "Without", "Solved", "Difference"}, Numbers: 1,
		Note: "Old tasks fade with a half-life of 200 uses, so counts are not whole numbers. A difference needs tasks on both sides."}
	for _, x := range h.Credit.Strata {
		difference := "–"
		if x.In > 0 && x.Out > 0 {
			difference = effect(x.InSolved/x.In - x.OutSolved/x.Out)
		}
		t.Rows = append(t.Rows, []string{x.Type, tasks(x.In), shareOf(x.InSolved, x.In), tasks(x.Out), shareOf(x.OutSolved, x.Out), difference})
	}
	return t
}

func shareOf(solved, n float64) string {
	if n <= 0 {
		return "–"
	}
	return ui.Fraction(solved / n)
}

// helpFacts are the numbers beside the chart, each with what it means.
func helpFacts(h *agent.Heuristic) []pages.Fact {
	var facts []pages.Fact
	if u := h.Credit.Uplift; u != nil {
		facts = append(facts, pages.Fact{Term: "P(uplift > 0)", Value: ui.Fraction(u.Positive), Help: "From Beta draws of both sides; .90 takes a rule from trial to active."},
			pages.Fact{Term: "P(it hurts)", Value: ui.Fraction(u.Harmful), Help: "P(uplift < −.02); .90 retires it from trial."})
	}
	c := h.Credit
	if n := c.Hits + c.Misses; n > 0 {
		facts = append(facts, pages.Fact{Term: "Predictions", Value: fmt.Sprintf("%s true, %s false", partials.Count(int64(c.Hits)), partials.Count(int64(c.Misses))),
			Small: "in " + partials.Plural(c.Checked, "task"), Help: "Checked on steps that came after the rule was made; those that it was learned from are not counted. This decides whether it is true, not whether it is useful."},
			pages.Fact{Term: "Log e-value", Value: strconv.FormatFloat(c.LogE, 'f', 1, 64), Help: "Above 0 it predicts better than the base rate of its action."})
	}
	if c.Fires > 0 {
		facts = append(facts, pages.Fact{Term: "Shadow test", Value: partials.Plural(c.Fires, "step"), Small: "in " + partials.Plural(c.FireTasks, "task"),
			Help: "Where it would have been shown while it was a candidate; " + partials.Plural(c.Contradicted, "step") + " spoke against it."})
	}
	facts = append(facts,
		pages.Fact{Term: "Value", Value: ui.Fraction(h.QValue), Help: "The classical Q-value: running average of task rewards. It mixes up the rule with how hard the tasks were; for comparison only."},
		pages.Fact{Term: "Tokens in a prompt", Value: ui.Itoa(roles.RuleTokens(h)), Help: "At about 4 bytes a token."})
	if h.Cost.Calls > 0 {
		facts = append(facts, pages.Fact{Term: "Cost of writing", Value: ui.SpentText(h.Cost), Help: "Its share of each language model call that wrote or rewrote it, divided among the rules that came of the call."})
	}
	return facts
}

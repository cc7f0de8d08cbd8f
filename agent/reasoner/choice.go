package reasoner

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"

	"purposeagent/agent"
	"purposeagent/agent/features"
	"purposeagent/agent/stats"
)

// choice is an action with what speaks for it.
type choice struct {
	lifted *features.Lifted
	rule   *features.Reading
	worth  float64

	good, bad float64           // what this episode's lessons and procedures add to what the rule counted
	procedure *features.Reading // the surest of those whose next step it is
}

// explore draws the worth of each action from its rule's posterior, with this
// episode's lessons, and takes the best (Thompson 1933).
func explore(choices []choice, r *rand.Rand) agent.Action {
	best, most := 0, math.Inf(-1)
	for i, c := range choices {
		mean, n := agent.PriorSupport, 0.0
		if c.rule != nil {
			mean, n = c.rule.Belief()
		}
		draw := beta(r, max(mean*(n+agent.PriorWeight), .05)+c.good, max((1-mean)*(n+agent.PriorWeight), .05)+c.bad) * c.worth
		if draw > most {
			best, most = i, draw
		}
	}
	c := choices[best]
	if c.rule == nil && c.procedure == nil {
		return withThought(c.lifted.Action, "Exploring: no rule speaks of "+c.lifted.Action.Name+" here, so I find out.")
	}
	return c.act("Exploring with what I know. ")
}

// A rule stands out where its mean is above the mean of all else that could be
// done by leastLead, and by leadErrors standard errors of its own; or where it
// is as good as certain, whatever else would be good too.
const (
	leastLead  = 0.1
	leadErrors = 1.0
	certain    = 0.9
)

// exploit takes the action with the highest posterior mean, if that stands
// out. If not, it draws evenly among what was not tried here and no rule
// speaks against; it abstains if the rules leave nothing, or leave all.
func exploit(choices []choice, r *rand.Rand) (agent.Action, bool) {
	var best, open []int
	most := math.Inf(-1)
	against := 0
	for i, c := range choices {
		mean, _ := c.belief()
		worth := mean * c.worth
		if worth > most+1e-9 {
			best, most = best[:0], worth
		}
		if worth >= most-1e-9 {
			best = append(best, i)
		}
		switch {
		case mean < features.Avoided:
			against++
		case c.worth == 1:
			open = append(open, i)
		}
	}
	if standsOut(choices, best[0]) {
		return choices[best[r.IntN(len(best))]].act(""), true
	}
	if against == 0 || len(open) == 0 {
		return agent.Action{}, false
	}
	c := choices[open[r.IntN(len(open))]]
	return withThought(c.lifted.Action, fmt.Sprintf("No rule stands out; the rules speak against %d other actions, so I try this.", against)), true
}

func standsOut(choices []choice, best int) bool {
	chosen := &choices[best]
	if chosen.rule == nil && chosen.procedure == nil {
		return false
	}
	average := 0.0
	others := 0
	for i, c := range choices {
		if i == best || c.rule == chosen.rule && c.procedure == chosen.procedure {
			continue
		}
		mean, _ := c.belief()
		average += mean * c.worth
		others++
	}
	if others == 0 {
		return true
	}
	average /= float64(others)
	mean, n := chosen.belief()
	worth, doubt := mean*chosen.worth, leadErrors*math.Sqrt(mean*(1-mean)/(n+agent.PriorWeight))
	return worth-average >= max(leastLead, doubt) || worth-doubt >= certain
}

// maxThought bounds what a thought quotes of a rule, in bytes.
const maxThought = 300

// act returns the action with its rule as the reason.
func (c *choice) act(lead string) agent.Action {
	m := c.rule
	if m == nil {
		m = c.procedure
	}
	action := c.lifted.Action
	n := m.Rule.Good + m.Rule.Bad
	evidence := fmt.Sprintf("was good %d of %d times", m.Rule.Good, n)
	if n == 0 {
		evidence = "is what I was taught"
	}
	name := m.Rule.ID
	if name == "" {
		name = "rule"
	}
	action.Thought = fmt.Sprintf("%s%s: %s, %s %s.", lead, name, cmp.Or(agent.Clip(m.Rule.Pattern, maxThought), "in any situation"),
		agent.Clip(m.Rule.Strategy+m.Rule.Avoid, maxThought), evidence)
	if m.Mean >= 0.5 || m.Word {
		action.ExpectedDelta = m.Delta
	}
	if m.Rule.ID != "" {
		action.Cites = []string{m.Rule.ID}
	}
	return action
}

// procedureWeight is how many transitions a procedure counts as, for its next step.
const procedureWeight = 2

// listens reports whether a procedure has a say beside what the best rule knows of an
// action: where that has seen as much, the rule alone speaks. Nor has a procedure that
// may have been taken in vain as often as not.
func listens(rule, procedure *features.Reading) bool {
	if rule != nil {
		if _, n := rule.Belief(); n >= procedureWeight {
			return false
		}
	}
	return stats.Wilson(procedure.Rule.Good, procedure.Rule.Good+procedure.Rule.Bad).Low > 0.5
}

// pursue counts the procedures of which the action is the next step.
func (c *choice) pursue(next []*features.Reading) {
	for _, m := range next {
		if !listens(c.rule, m) {
			continue
		}
		share := float64(m.Rule.Good) / float64(m.Rule.Good+m.Rule.Bad)
		c.good += procedureWeight * share
		c.bad += procedureWeight * (1 - share)
		if c.procedure == nil || m.Mean > c.procedure.Mean {
			c.procedure = m
		}
	}
}

// belief is what the rule and the procedures let one expect.
func (c *choice) belief() (mean, n float64) {
	mean, n = agent.PriorSupport, 0.0
	if c.rule != nil {
		mean, n = c.rule.Belief()
	}
	if c.procedure != nil {
		all := n + agent.PriorWeight + c.good + c.bad
		mean, n = (mean*(n+agent.PriorWeight)+c.good)/all, n+c.good+c.bad
	}
	return mean, n
}

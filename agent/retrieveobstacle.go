package agent

import "fmt"

// hurdle is what keeps a rule that words decide on from being chosen.
type hurdle int

const (
	noHurdle hurdle = iota
	isCandidate
	mayHarm
	secondNewcomer
	tierFull
)

// hurdle returns what keeps a contender that words decide on from being chosen as
// things stand. It is asked at every choice about all that are left.
func (c *choice) hurdle(x *contender) hurdle {
	switch {
	case x.rule.Status == Candidate:
		return isCandidate
	case !c.s.Explore && x.parts.Low < 0:
		return mayHarm
	case c.newcomer != nil && x.rule.Status == Probation:
		return secondNewcomer
	case c.taken[x.rule.Tier] >= RulesPerTier:
		return tierFull
	}
	return noHurdle
}

// obstacle says why a contender can't be chosen as things stand, "" if it can.
func (c *choice) obstacle(x *contender) string {
	if x.bearing != nil {
		return c.obstacleOfApplying(x)
	}
	switch c.hurdle(x) {
	case isCandidate:
		return "a candidate is not shown yet"
	case mayHarm:
		return fmt.Sprintf("the lower bound of its advantage is %+.2f, below 0: a test takes only what surely does no harm", x.parts.Low)
	case secondNewcomer:
		return "the step's one place for a rule in trial went to " + c.newcomer.rule.ID
	case tierFull:
		return c.whyFull(x)
	case noHurdle:
	}
	return ""
}

// whyFull says who has the places of a contender's tier.
func (c *choice) whyFull(x *contender) string {
	least := c.least(x.rule.Tier)
	if x.like != "" && x.worth > least {
		return fmt.Sprintf("it says much the same as %s (similarity %.2f), and the three places of its tier are taken", x.like, x.parts.Redundancy)
	}
	return fmt.Sprintf("the three places of its tier went to rules with a score of %.2f and more", least)
}

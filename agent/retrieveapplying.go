package agent

import (
	"fmt"
	"slices"

	"purposeagent/agent/search"
)

// MaxApplying is how many rules whose condition holds now are put before a decider
// in one step, beside those found by words and those that a person pinned. At
// least leastWarnings of the places are for what speaks against something, where
// there is so much: what to do is worth more than what not to do, and a prompt that
// only says what to do repeats its mistakes.
const (
	MaxApplying   = 12
	leastWarnings = 4
)

// byWords reports whether words and vectors decide on a rule, and notes why not
// where its condition does not hold.
func (c *choice) byWords(h *Heuristic) bool {
	if h.States() != nil {
		return false // numbers, and nothing to read
	}
	_, holds, readable := c.applying.Of(h.ID)
	if readable && !holds {
		c.note(h, "its condition does not hold now")
	}
	return !readable
}

// chooseApplying takes the surest of the rules that hold.
func (c *choice) chooseApplying(likeness *search.Comparer) {
	var advice, warnings []*contender
	for _, x := range c.all { // by score
		if x.bearing == nil || x.use != "" || c.obstacle(x) != "" {
			continue
		}
		if x.bearing.Against {
			warnings = append(warnings, x)
		} else {
			advice = append(advice, x)
		}
	}
	kept := min(len(warnings), max(leastWarnings, MaxApplying-len(advice)))
	for _, x := range append(advice[:min(len(advice), MaxApplying-kept)], warnings[:kept]...) {
		if c.obstacle(x) == "" {
			x.why = x.holdsFor()
			c.take(x, likeness)
		}
	}
}

// obstacleOfApplying says why a rule that holds can't be chosen, "" if it can.
func (c *choice) obstacleOfApplying(x *contender) string {
	h := x.rule
	switch {
	case x.bearing.Undecided:
		return "its condition holds, but what was counted speaks neither for nor against"
	case x.bearing.Refined:
		return "its condition holds, and a more special rule says it better"
	case h.Status == Candidate:
		return "a candidate is not shown yet"
	case !c.s.Explore && h.link() && h.Status == Probation && !h.Counted() && h.Credit.LogE <= 0:
		return "its checked predictions are not better than the base rate: a test takes only what is known to be true"
	case !c.s.Explore && !h.link() && LowerBound(h) < 0:
		return fmt.Sprintf("the lower bound of its advantage is %+.2f, below 0: a test takes only what surely does no harm", LowerBound(h))
	case c.newcomer != nil && h.Status == Probation && !h.link():
		return "the step's one place for a rule in trial went to " + c.newcomer.rule.ID
	case c.applied >= MaxApplying:
		return fmt.Sprintf("its condition holds, and the %d places for such rules went to surer ones", MaxApplying)
	}
	return ""
}

// shadowApplying marks a candidate that holds: whether it would have had a place.
func (c *choice) shadowApplying(x *contender) {
	surer := 0
	for _, o := range c.chosen {
		if o.bearing != nil && o.score() >= x.score() {
			surer++
		}
	}
	if x.bearing.Advises() && surer < MaxApplying {
		x.use, x.why = UseShadow, "a candidate whose condition holds: it would have been shown, and is watched only"
		return
	}
	x.use, x.why = UseEligible, "a candidate, and it would not have had a place"
}

// holdsFor says of which actions a rule speaks.
func (x *contender) holdsFor() string {
	if x.bearing.General || len(x.bearing.Actions) == 0 {
		return "its condition holds now"
	}
	actions := x.bearing.Actions
	text := "its condition holds now for " + Clip(actions[0].Label(), 80)
	if len(actions) > 1 {
		text += fmt.Sprintf(" and %d more", len(actions)-1)
	}
	return text
}

// Speaks reports whether the rule, as it stands now, speaks of an action.
func (b *Bearing) Speaks(a Action) bool {
	return slices.ContainsFunc(b.Actions, func(x Action) bool { return x.Key() == a.Key() })
}

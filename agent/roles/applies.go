package roles

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/prompttext"
	"purposeagent/agent/stats"
)

// appliesItems returns the rules with a bearing, and of those that hold now a line
// each, best first: what is more often right than not, then the warnings, then the
// rest. A rule that does not hold, or that a more special one says better, has none.
func (c *actorCall) appliesItems(rules []agent.Recalled) (*section, []agent.Recalled) {
	c.done = doneHere(c.situation)
	var holding, idle []agent.Recalled
	for _, r := range rules {
		switch {
		case r.Rule == nil || r.Bearing == nil:
		case !r.Bearing.Advises() || len(r.Bearing.Actions) == 0 && !r.Bearing.General:
			idle = append(idle, r)
		default:
			holding = append(holding, r)
			if b := r.Bearing; !b.Against && !b.General && !c.ledBack(b) {
				c.sure = max(c.sure, standingOf(r).low)
			}
		}
	}
	slices.SortStableFunc(holding, func(a, b agent.Recalled) int {
		first, second := standingOf(a), standingOf(b)
		return cmp.Or(cmp.Compare(first.rank, second.rank), cmp.Compare(second.low, first.low))
	})
	s := &section{more: max(len(holding)-maxApplies, 0)}
	for _, r := range holding[:min(len(holding), maxApplies)] {
		s.items = append(s.items, c.appliesLine(r))
	}
	return s, append(holding, idle...)
}

// standing is how a rule that holds is ranked.
type standing struct {
	rank int
	low  float64 // of the share in which it was right (Wilson)
}

func standingOf(r agent.Recalled) standing {
	right, n := recordOf(r.Rule, r.Bearing.Against)
	low := stats.Wilson(right, n).Low
	switch {
	case r.Rule.Pinned:
		return standing{0, low}
	case r.Bearing.Against:
		return standing{2, low}
	case n > 0 && 2*right < n:
		return standing{3, low}
	}
	return standing{1, low}
}

// doneHere counts by key the actions that were done in this very state, among the
// newest steps.
func doneHere(s *agent.Situation) map[string]int {
	done := map[string]int{}
	newest := s.History[max(len(s.History)-maxLooked, 0):]
	for i := range newest {
		if newest[i].Before.Data == s.State.Data {
			done[newest[i].Action.Key()]++
		}
	}
	return done
}

// maxLooked is how many steps are looked through for what was done in vain.
const maxLooked = 40

// ledBack reports whether all that a rule advises was done twice or more in this very
// state, to which the task came back: the rule goes round in circles here, whatever it
// is worth elsewhere.
func (c *actorCall) ledBack(b *agent.Bearing) bool {
	if b.Against || b.General || len(b.Actions) == 0 {
		return false
	}
	for i := range b.Actions {
		if c.done[b.Actions[i].Key()] < 2 {
			return false
		}
	}
	return true
}

// worse reports whether a rule's advice is right less often than the best advice
// that applies surely is. There is a better thing to do now, and the rule will be
// told when that is done.
func (c *actorCall) worse(r agent.Recalled) bool {
	if r.Bearing.Against || r.Bearing.General || r.Rule.Pinned || r.Rule.ByPeople() {
		return false
	}
	right, n := recordOf(r.Rule, false)
	return n > 0 && float64(right+1)/float64(n+2) < c.sure
}

// recordOf is how often a rule was right, of so many times that it was looked at.
// What the reasoner counted of an action it warns of are that action's good and
// bad ends; all others count what speaks for and against the rule.
func recordOf(h *agent.Heuristic, against bool) (right, n int) {
	if h.Counted() {
		if against {
			return h.Bad, h.Good + h.Bad
		}
		return h.Good, h.Good + h.Bad
	}
	if checks := h.Credit.Checks(); checks > 0 {
		return h.Credit.Hits, checks
	}
	return h.Good, h.Good + h.Bad
}

// appliesLine names a rule, the actions that it speaks of in the exact words in
// which they are chosen, and how often that was right.
func (c *actorCall) appliesLine(r agent.Recalled) string {
	h, b := r.Rule, r.Bearing
	if b.General {
		return prompttext.Clip(prompttext.OneLine(adviceText(h)), maxRuleText) + " (" + recordText(h, b.Against) + ") [" + h.ID + "]"
	}
	if c.ledBack(b) {
		return fmt.Sprintf("Tried here more than once in this task, and it led back here: %s [%s]", c.wordsOf(b.Actions), h.ID)
	}
	if c.worse(r) {
		right, n := recordOf(h, false)
		return fmt.Sprintf("%s (%d of %d) [%s]", c.wordsOf(b.Actions), right, n, h.ID)
	}
	var line strings.Builder
	line.WriteString(prompttext.Clip(prompttext.OneLine(prompttext.Cut(cmp.Or(h.Title, whenText(h.Pattern)), 400)), 24))
	if b.Against {
		line.WriteString(": do not do ")
	} else {
		line.WriteString(": do ")
	}
	return line.String() + c.wordsOf(b.Actions) + " (" + recordText(h, b.Against) + ") [" + h.ID + "]"
}

// wordsOf writes the first of some actions in the exact words in which they are
// chosen.
func (c *actorCall) wordsOf(actions []agent.Action) string {
	var b strings.Builder
	for i, a := range actions[:min(len(actions), maxNamed)] {
		if i > 0 {
			b.WriteString(" or ")
		}
		b.WriteString("`" + prompttext.Cut(prompttext.OneLine(c.wordOf(a)), 200) + "`")
	}
	if more := len(actions) - maxNamed; more > 0 {
		b.WriteString(" or " + strconv.Itoa(more) + " more like it")
	}
	return b.String()
}

// recordText is the evidence of a rule in words.
func recordText(h *agent.Heuristic, against bool) string {
	right, n := recordOf(h, against)
	word, times := "right", "times"
	if against {
		word = "wrong"
	}
	if n == 1 {
		times = "time"
	}
	text := fmt.Sprintf("%s %d of %d %s", word, right, n, times)
	switch {
	case n == 0 && h.ByPeople():
		text = "a person's word"
	case n == 0:
		text = "not tried yet"
	}
	if h.Status == agent.Probation && !h.Counted() {
		text += ", in trial"
	}
	return text
}

package learning

import (
	"math"
	"slices"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/credit"
	"purposeagent/agent/duplicates"
	"purposeagent/agent/search"
)

// useCounts collects what one task did with each rule, in the order of first use.
type useCounts struct {
	list []credit.UseCount
	at   map[string]int
}

func (c *useCounts) of(id string) *credit.UseCount {
	n, seen := c.at[id]
	if !seen {
		n = len(c.list)
		if c.at == nil {
			c.at = map[string]int{}
		}
		c.at[id] = n
		c.list = append(c.list, credit.UseCount{ID: id})
	}
	return &c.list[n]
}

// usesOf counts what a trajectory did with each rule that was recalled in it,
// in the order of first use. Credit goes by the recorded uses only: what lost
// its place gets none, since only what was shown can have helped; what was
// withheld at random is the other side of the comparison.
func usesOf(t *agent.Trajectory) *useCounts {
	c := &useCounts{}
	for i := range t.Steps {
		counted := map[string]bool{}
		for _, m := range t.Steps[i].Memory {
			if counted[m.ID] || m.Use == agent.UseEligible {
				continue
			}
			counted[m.ID] = true
			c.add(&m)
		}
	}
	for i := range c.list {
		c.list[i].Reward = rewardOf(t.Outcome)
	}
	return c
}

func (c *useCounts) add(m *agent.RuleUse) {
	u := c.of(m.ID)
	switch m.Use {
	case agent.UseCited:
		u.Cited++
		u.Shown++
	case agent.UseShown:
		u.Shown++
	case agent.UseWithheld:
		u.Withheld = true
	case agent.UseShadow:
		u.Fires++
	case agent.UseEligible:
	}
	if m.Propensity > 0 && m.Propensity < 1 && m.Use != agent.UseShadow {
		u.Randomised, u.Propensity = true, m.Propensity
	}
}

// contradictions counts the steps in which a candidate would have been shown,
// the action that it speaks of was taken all the same, and what came of it was
// the opposite of what it says, in the word of a critic that may give credit.
func (c *useCounts) contradictions(l *agent.Lesson, rules map[string]*agent.Heuristic) {
	for i := range l.Trajectory.Steps {
		s := &l.Trajectory.Steps[i]
		if !l.MayCredit(&s.Score) || math.Abs(s.Score.Delta) <= noticeableDelta {
			continue
		}
		for _, m := range s.Memory {
			h := rules[m.ID]
			if m.Use != agent.UseShadow || h == nil || !speaksOf(h, s.Action.Name) {
				continue
			}
			_, against := duplicates.Advice(h)
			if against == (s.Score.Delta > 0) {
				c.of(m.ID).Contradicted++
			}
		}
	}
}

// noticeableDelta is the Δ above which a step counts for or against something.
const noticeableDelta = 0.3

// speaksOf reports whether a rule in words is about an action.
func speaksOf(h *agent.Heuristic, action string) bool {
	if h.Action != "" {
		return h.Action == action
	}
	name := search.Normalize(action)
	if name == "" {
		return false
	}
	text := " " + search.Normalize(strings.Join(append([]string{h.Strategy, h.Avoid}, h.Steps...), " ")) + " "
	return strings.Contains(text, " "+name+" ")
}

// Ancestors of a rule share its credit by (γλ)^d, d ≤ 3 (MemQ, arXiv 2605.08374).
const (
	ancestorShare = 0.5
	ancestorDepth = 3
)

// inherit gives the ancestors of the rules that took part their share. Only
// ancestors that still stand get one: the others decide nothing any more.
func (c *useCounts) inherit(rules map[string]*agent.Heuristic) {
	for _, u := range slices.Clone(c.list) {
		weight := credit.ShownWeight
		if u.Cited > 0 {
			weight = credit.CitedWeight
		}
		if h := rules[u.ID]; h != nil && u.Shown > 0 {
			c.pass(h, rules, weight*ancestorShare, 1)
		}
	}
}

func (c *useCounts) pass(h *agent.Heuristic, rules map[string]*agent.Heuristic, weight float64, depth int) {
	for _, id := range h.ParentIDs {
		parent := rules[id]
		if parent == nil || parent == h {
			continue
		}
		u := c.of(id)
		u.Inherited = max(u.Inherited, weight)
		if depth < ancestorDepth {
			c.pass(parent, rules, weight*ancestorShare, depth+1)
		}
	}
}

// births marks the rules that credit looks at for the first time.
func (c *useCounts) births(rules []*agent.Heuristic, tasks int) {
	for _, h := range rules {
		if h.Credit.Born == 0 {
			c.of(h.ID).Born = max(tasks, 1)
		}
	}
}

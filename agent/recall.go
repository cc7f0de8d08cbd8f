package agent

import (
	"fmt"
	"slices"
	"strings"
)

// Limits of what is recalled by words for one step.
const (
	RulesPerTier    = 3    // a longer list drowns the task
	recallFloor     = 0.05 // likeness below which a rule is not about this step
	recallBreadth   = 50   // candidates looked at
	MaxResultLength = 200  // of an action's result, in a query and in a prompt
)

// RecallByWords returns the rules that fit the situation by likeness of words,
// at most RulesPerTier a tier: pinned ones first, then by likeness × support.
// Tool tips come only for actions that can be done now. Where nothing is like
// the situation it abstains and returns nothing.
func RecallByWords(s *Situation, rules *RuleSet) []Recalled {
	if len(rules.Rules) == 0 {
		return nil
	}
	likeness := rules.search(recallQuery(s), recallBreadth)
	candidates := make([]Recalled, 0, len(likeness))
	for _, h := range rules.Rules {
		like, found := likeness[h.ID]
		switch {
		case h.Tier == Tool && !s.can(h.Action):
			continue
		case h.Pinned:
			candidates = append(candidates, Recalled{Rule: h, Score: like * h.Support(), Why: "pinned by a person"})
		case found && like >= recallFloor:
			candidates = append(candidates, Recalled{Rule: h, Score: like * h.Support(),
				Why: fmt.Sprintf("likeness %.2f × support %.2f", like, h.Support())})
		}
	}
	slices.SortStableFunc(candidates, func(a, b Recalled) int {
		switch {
		case a.Rule.Pinned != b.Rule.Pinned:
			if a.Rule.Pinned {
				return -1
			}
			return 1
		case a.Score > b.Score:
			return -1
		case a.Score < b.Score:
			return 1
		}
		return strings.Compare(a.Rule.ID, b.Rule.ID)
	})
	taken := map[Tier]int{}
	recalled := candidates[:0]
	for _, c := range candidates {
		if taken[c.Rule.Tier] < RulesPerTier {
			taken[c.Rule.Tier]++
			recalled = append(recalled, c)
		}
	}
	return recalled
}

// recallQuery is purpose, observation, and the last action with its result.
func recallQuery(s *Situation) string {
	parts := []string{s.Task.Purpose, s.State.Summary}
	if n := len(s.History); n > 0 {
		last := &s.History[n-1]
		parts = append(parts, last.Action.Label(), Clip(last.After.Summary, MaxResultLength))
	}
	return strings.Join(parts, "\n")
}

// can reports whether an action with this name can be done now.
func (s *Situation) can(name string) bool {
	if len(s.Legal) == 0 {
		return slices.ContainsFunc(s.Actions, func(a ActionSpec) bool { return a.Name == name })
	}
	return slices.ContainsFunc(s.Legal, func(a Action) bool { return a.Name == name })
}

// search returns the likeness, 0 to 1, of up to k rules to the query, by id.
func (r *RuleSet) search(query string, k int) map[string]float64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.index == nil {
		r.index = NewIndex()
		for _, h := range r.Rules {
			r.index.Add(h.ID, h.Title+"\n"+h.Pattern+"\n"+h.Strategy+"\n"+h.Avoid+"\n"+h.Action, 1)
		}
	}
	found := make(map[string]float64, k)
	for _, hit := range r.index.Search(query, k) {
		found[hit.ID] = hit.Similarity
	}
	return found
}

// Clip returns the text cut to n bytes at a character's border, with an
// ellipsis where it was cut.
func Clip(text string, n int) string {
	if len(text) <= n {
		return text
	}
	end := 0
	for i := range text {
		if i > n {
			break
		}
		end = i
	}
	return text[:end] + "…"
}

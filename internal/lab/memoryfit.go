package lab

import (
	"slices"

	"purposeagent/agent"
)

// MemoryFit counts how what a decider was shown fits what applies: over the steps
// of a run, or of many.
type MemoryFit struct {
	Steps int `json:"steps"`
	// Shown counts the rules with a condition that can be checked, over all steps;
	// Fitting those of them that hold and stand only beside actions that they
	// speak of.
	Shown   int `json:"shown"`
	Fitting int `json:"fitting"`
	// Unread counts the shown rules of which only a reader can tell whether they fit.
	Unread int `json:"unread,omitempty"`
	// Applying counts the rules that were known to be true, held and had something to
	// say; Expressed those of them that were shown or that a line of the playbook
	// lists.
	Applying  int `json:"applying"`
	Expressed int `json:"expressed"`
}

// Fit measures one step: what the memory of the situation, without the rules that
// did not reach the decider after all, has of what applies. Known to be true is an
// estimate of the rule distiller, and a claim that is active or pinned. withheld
// reports the rules that are held out of the task; nil: none are.
func Fit(s *agent.Situation, rules *agent.RuleSet, applying *agent.Applying, leftOut []string, withheld func(*agent.Heuristic) bool) MemoryFit {
	f := MemoryFit{Steps: 1}
	expressed := map[string]bool{}
	for i := range s.Memory.Rules {
		r := &s.Memory.Rules[i]
		if slices.Contains(leftOut, r.Rule.ID) {
			continue
		}
		expressed[r.Rule.ID] = true
		b, holds, readable := applying.Of(r.Rule.ID)
		switch {
		case !readable:
			f.Unread++
		case holds && standsRight(r, s, &b):
			f.Fitting++
			fallthrough
		default:
			f.Shown++
		}
	}
	for i := range s.Memory.Playbook.Lines {
		for _, id := range s.Memory.Playbook.Lines[i].Rules {
			expressed[id] = true
		}
	}
	for _, h := range rules.Rules {
		b, holds, _ := applying.Of(h.ID)
		if !holds || !b.Advises() || !h.Counted() && h.Status != agent.Active && !h.Pinned || withheld != nil && withheld(h) {
			continue
		}
		f.Applying++
		if expressed[h.ID] {
			f.Expressed++
		}
	}
	return f
}

// standsRight reports whether a rule stands beside nothing that it does not speak
// of. Without a bearing a tip stands beside whatever has its action's name.
func standsRight(r *agent.Recalled, s *agent.Situation, b *agent.Bearing) bool {
	if r.Bearing != nil {
		return r.Bearing.Against == b.Against && !slices.ContainsFunc(r.Bearing.Actions, func(a agent.Action) bool { return !b.Speaks(a) })
	}
	return r.Rule.Tier != agent.Tool || !slices.ContainsFunc(s.Legal, func(a agent.Action) bool { return a.Name == r.Rule.Action && !b.Speaks(a) })
}

// Add returns the counts of both.
func (f MemoryFit) Add(o MemoryFit) MemoryFit {
	return MemoryFit{f.Steps + o.Steps, f.Shown + o.Shown, f.Fitting + o.Fitting, f.Unread + o.Unread, f.Applying + o.Applying, f.Expressed + o.Expressed}
}

// Precision returns the share of what was shown that fits, and whether anything
// that can be checked was shown.
func (f MemoryFit) Precision() (float64, bool) {
	return float64(f.Fitting) / float64(max(f.Shown, 1)), f.Shown > 0
}

// Recall returns the share of what applies that was expressed, and whether anything
// applied.
func (f MemoryFit) Recall() (float64, bool) {
	return float64(f.Expressed) / float64(max(f.Applying, 1)), f.Applying > 0
}

package lab

import (
	"context"
	"slices"

	"purposeagent/agent"
)

// MemoryCounts count how what a language model was shown fits what applied, over the
// steps of a task or of an arm.
type MemoryCounts struct {
	MemoryFit
	// Page are the applying rules that the playbook alone expresses, with each of
	// pageTokens as its budget.
	Page []PageCount `json:"page,omitempty"`
}

// PageCount is what a playbook of a size expresses.
type PageCount struct {
	Tokens    int `json:"tokens"`
	Expressed int `json:"expressed"` // of MemoryFit.Applying
}

// pageTokens are the budgets at which a playbook is measured.
var pageTokens = [...]int{400, 800, 1500}

func (c *MemoryCounts) add(o *MemoryCounts) {
	c.MemoryFit = c.Add(o.MemoryFit)
	if c.Page == nil {
		c.Page = slices.Clone(o.Page)
		return
	}
	for i := range min(len(c.Page), len(o.Page)) {
		c.Page[i].Expressed += o.Page[i].Expressed
	}
}

// MemoryReport says how what a language model was shown in an arm fits what
// applied: of the rules with a condition that can be checked the share that held and
// stood beside the right actions, and of those that were known to be true and applied
// the share that it was told of. Null where there was nothing to tell.
type MemoryReport struct {
	MemoryCounts
	Precision *float64 `json:"precision"`
	Recall    *float64 `json:"recall"`
}

// NewMemoryReport returns the report of what was counted, nil where nothing was.
func NewMemoryReport(counts []*MemoryCounts) *MemoryReport {
	r := &MemoryReport{}
	for _, c := range counts {
		if c != nil {
			r.add(c)
		}
	}
	if r.Steps == 0 {
		return nil
	}
	if p, ok := r.MemoryFit.Precision(); ok {
		r.Precision = &p
	}
	if p, ok := r.MemoryFit.Recall(); ok {
		r.Recall = &p
	}
	return r
}

// fitted is a decider whose memory is measured at each step.
type fitted struct {
	agent.Decider
	applicability agent.Applicability
	playbook      agent.PlaybookComposer // nil: there is none
	library       agent.Library
	counts        *MemoryCounts
}

// Decide decides, and then counts what of its memory fitted.
func (f *fitted) Decide(ctx context.Context, s *agent.Situation) (agent.Decision, error) {
	d, err := f.Decider.Decide(ctx, s)
	if err != nil {
		return d, err
	}
	rules, err := f.library.Usable(ctx, s.Scope)
	if err != nil {
		return d, err
	}
	applying := f.applicability.Applying(s, rules)
	step := &MemoryCounts{MemoryFit: Fit(s, rules, &applying, d.LeftOut, nil)}
	if f.playbook != nil {
		for _, tokens := range pageTokens {
			page := *s
			page.Memory = agent.Memory{Playbook: f.playbook.Compose(s.World, s.Actions, rules, agent.PlaybookOptions{Tokens: tokens})}
			step.Page = append(step.Page, PageCount{tokens, Fit(&page, rules, &applying, nil, nil).Expressed})
		}
	}
	f.counts.add(step)
	return d, nil
}

// fitting returns the actor of an arm so that what its memory is worth is counted. One
// that reads the library in its own way, or has no rules, is returned as it is.
func (a *arm) fitting(actor agent.Decider, counts *MemoryCounts) agent.Decider {
	if _, own := actor.(agent.Recaller); own || !a.memory || len(a.rules) == 0 || a.roles.Applicability == nil {
		return actor
	}
	return &fitted{actor, a.roles.Applicability, a.roles.Playbook, a.library, counts}
}

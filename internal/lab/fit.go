package lab

import (
	"context"

	"purposeagent/agent"
)

// MemoryReport says how what a language model was shown in an arm fits what
// applied: of the rules with a condition that can be checked the share that held and
// stood beside the right actions, and of those that were known to be true and applied
// the share that it was told of. Null where there was nothing to tell.
type MemoryReport struct {
	agent.MemoryFit
	Precision *float64 `json:"precision"`
	Recall    *float64 `json:"recall"`
}

// NewMemoryReport returns the report of some outcomes' fits, nil where none has one.
func NewMemoryReport(fits []*agent.MemoryFit) *MemoryReport {
	r := &MemoryReport{}
	for _, f := range fits {
		if f != nil {
			r.MemoryFit = r.Add(*f)
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
	library       agent.Library
	fit           *agent.MemoryFit
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
	*f.fit = f.fit.Add(agent.Fit(s, rules, &applying, d.LeftOut, nil))
	return d, nil
}

// fitting returns the actor of an arm so that fit counts how its memory fits. One
// that reads the library in its own way, or has no rules, is returned as it is.
func (a *arm) fitting(actor agent.Decider, fit *agent.MemoryFit) agent.Decider {
	if _, own := actor.(agent.Recaller); own || !a.memory || len(a.rules) == 0 || a.roles.Applicability == nil {
		return actor
	}
	return &fitted{actor, a.roles.Applicability, a.library, fit}
}

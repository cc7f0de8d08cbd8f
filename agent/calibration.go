package agent

import (
	"context"
	"slices"
)

// Calibrator keeps the pairs of critics and says who lost the right to give
// credit. Implementations are safe for concurrent use and pass
// conformance.Calibrator; what one task costs does not grow with their number.
type Calibrator interface {
	// Observe keeps the pair of a finished trajectory, where it has one. A run
	// that is known changes nothing.
	Observe(ctx context.Context, t *Trajectory) error
	// Discredited returns the names of the critics that have lost the right to
	// give credit in a scope, sorted.
	Discredited(ctx context.Context, scope Scope) ([]string, error)
}

// MayCredit reports whether a score's Δ may say whether its step was good. A
// score that is none, or of a critic that lost the right, may not: what became
// of the task does then.
func (l *Lesson) MayCredit(s *Score) bool {
	return s.Known() && !slices.Contains(l.Discredited, s.Critic)
}

// Credible returns the lesson as it reads without the scores that may not give
// credit: their steps are not scored, and so count by the task's outcome.
func (l Lesson) Credible() Lesson {
	if len(l.Discredited) == 0 {
		return l
	}
	without := func(t *Trajectory) *Trajectory {
		if t == nil {
			return nil
		}
		c := *t
		c.Steps = slices.Clone(t.Steps)
		for i := range c.Steps {
			if s := &c.Steps[i].Score; s.Known() && !l.MayCredit(s) {
				*s = Unscored(s.PhiBefore, s.Critic, "")
			}
		}
		return &c
	}
	l.Trajectory = without(l.Trajectory)
	l.Contrast = slices.Clone(l.Contrast)
	for i, t := range l.Contrast {
		l.Contrast[i] = without(t)
	}
	return l
}

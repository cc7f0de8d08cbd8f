package features

import (
	"math"

	"purposeagent/agent"
)

// saying is what a rule's evidence lets it say.
type saying struct {
	against, undecided bool
	sure               float64
}

// Avoided is the mean under which a rule speaks against an action: less than
// half of what is expected of an action that nobody knows.
const Avoided = agent.PriorSupport / 2

// LeastAdvice is the mean from which a counted rule speaks for an action.
const LeastAdvice = 0.5

// says tells what a reader may be told of a rule. What was counted is no claim: it
// speaks for an action where its mean is at least leastAdvice, against it where the
// actor would avoid it, and in either case only if the mean is more than one standard
// deviation away from what is expected of an action that nobody knows. A claim in
// Words says what its author wrote, and evidence makes it more or less sure.
func (m *Reading) says() saying {
	h := m.Rule
	s := saying{against: h.Against()}
	doubt := math.Sqrt(m.Mean * (1 - m.Mean) / (m.n + agent.PriorWeight))
	right := m.Mean // that what it says is so
	if s.against && (h.Counted() || m.Word || h.Bad > h.Good) {
		right = 1 - m.Mean
	}
	if h.Counted() && !m.Word {
		switch {
		case s.against:
			s.undecided = m.Mean >= Avoided || m.Mean+doubt >= agent.PriorSupport || h.UnprovenBan()
		default:
			s.undecided = m.Mean < LeastAdvice || m.Mean-doubt <= agent.PriorSupport
		}
	}
	s.sure = min(max(right-doubt, 0), 1)
	return s
}

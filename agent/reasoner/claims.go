package reasoner

import (
	"purposeagent/agent"

	"purposeagent/agent/features"
)

// Claim is what a set of rules says of one action in one situation.
type Claim struct {
	Action agent.Action
	Rule   *agent.Heuristic
	Good   bool // it advises the action; else it warns of it
}

// Claims returns what the rules say of the actions that can be done now, as
// the actor would read them: of all that hold for an action, the most special
// rule speaks. What it only expects vaguely is no claim. It is for those who
// hold a library against the truth.
func (a *Actor) Claims(s *agent.Situation, set *agent.RuleSet) []Claim {
	b := a.book(s, set)
	e, release := a.runs.of(s)
	defer release()
	scene := e.Scene()
	var claims []Claim
	for _, l := range e.Options(s) {
		m := b.Match(scene, &l, nil)
		if m == nil {
			continue
		}
		if mean, _ := m.Belief(); mean >= features.LeastAdvice || mean < features.Avoided {
			claims = append(claims, Claim{l.Action, m.Rule, mean >= features.LeastAdvice})
		}
	}
	return claims
}

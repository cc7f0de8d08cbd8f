package reasoner

import "purposeagent/agent"

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
	scene := e.scene()
	var claims []Claim
	for _, l := range options(s, e.see()) {
		m := b.match(scene, &l, nil)
		if m == nil {
			continue
		}
		if mean, _ := m.belief(); mean >= leastAdvice || mean < avoided {
			claims = append(claims, Claim{l.action, m.rule, mean >= leastAdvice})
		}
	}
	return claims
}

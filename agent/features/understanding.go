package features

import (
	"purposeagent/agent"
	"purposeagent/agent/wording"
)

// Understanding is what the offline reasoner makes of a rule that somebody wrote in words.
type Understanding struct {
	// As is the rule as it is understood; "" where it can't be read.
	As string `json:"as"`
	// Problem says what can't be read; "" where all is.
	Problem string `json:"problem"`
	// Forms are the words that it can read, of the rule's action where it names one.
	Forms []string `json:"forms"`
}

// ReadWords reads a rule's words in a world with these actions.
func ReadWords(h *agent.Heuristic, world *agent.StateSpec, specs []agent.ActionSpec) Understanding {
	p, err := ReadRule(h, world, specs)
	if err != nil {
		return Understanding{Problem: agent.MessageOf(err), Forms: NewVocabulary(world, specs).Forms(h.Action)}
	}
	said := &wording.Case{Action: p.Action, Constants: p.Params, When: p.When, Against: h.Against()}
	return Understanding{As: wording.New(*world, specs).Text(said, 2*wording.MaxTextWords), Forms: []string{}}
}

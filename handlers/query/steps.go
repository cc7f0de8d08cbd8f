package query

import "purposeagent/agent"

// stepWords and stepNumbers are the filters of steps.
var (
	stepWords = map[string][]string{
		string(agent.StepAction): nil, string(agent.StepRule): nil, string(agent.StepIs): {"flagged", "failed"},
	}
	stepNumbers = []agent.StepField{agent.StepDelta, agent.StepPhi, agent.StepIndex}
)

// Steps reads a query about the steps of a run: action:go rule:h000001
// is:failed delta:<0 phi:>5 step:10..20 and words. Errors are CodeInvalid for
// the field "q", with the position of what is wrong.
func Steps(text string) (agent.StepQuery, error) {
	var q agent.StepQuery
	add := func(term agent.HeuristicTerm, err error) error {
		q.Terms = append(q.Terms, agent.StepTerm{Field: agent.StepField(term.Field), Not: term.Not, Values: term.Values,
			Low: term.Low, High: term.High, LowOpen: term.LowOpen, HighOpen: term.HighOpen})
		return err
	}
	set := map[string]func(Term) error{
		"": func(t Term) error { // words to leave out
			return add(agent.HeuristicTerm{Field: agent.HeuristicField(agent.StepText), Not: true, Values: []string{t.Value}}, nil)
		},
	}
	for key, allowed := range stepWords {
		set[key] = func(t Term) error { return add(wordTerm(t, agent.HeuristicField(key), allowed)) }
	}
	for _, field := range stepNumbers {
		set[string(field)] = func(t Term) error { return add(numberTerm(t, agent.HeuristicField(field))) }
	}
	words, err := Split(text, set)
	q.Text = words
	return q, err
}

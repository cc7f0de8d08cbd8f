package labpages

import (
	"slices"
	"strings"

	"purposeagent/handlers/ui"
	"purposeagent/internal/lab"
)

// armName is an arm in words; called says what the rule in its name is called.
func armName[K ~string](name K, called ui.Titles) string {
	switch lab.Arm(name) {
	case lab.On:
		return "memory on"
	case lab.Off:
		return "off"
	case lab.Append:
		return "append successes"
	case lab.PlaybookOnly:
		return "playbook only"
	case lab.Placebo, lab.Shuffled, lab.Clean, lab.Explorer:
	}
	text := string(name)
	if rule, ok := strings.CutPrefix(text, lab.LeaveOneOut); ok {
		return "without " + ruleCalled(rule, called)
	}
	if environment, ok := strings.CutPrefix(text, lab.PlaceboOf); ok {
		return "placebo of " + environment
	}
	if model, ok := strings.CutPrefix(text, lab.OtherModel); ok {
		return "model " + ui.ModelName(model)
	}
	if critic, ok := strings.CutPrefix(text, lab.OtherCritic); ok {
		return "critic " + ui.ModelName(critic)
	}
	return text
}

// ruleCalled is a rule within a sentence: its title, or the id of one that is
// not there.
func ruleCalled(id string, called ui.Titles) string {
	if name := called(id); name != id {
		return ui.Quoted(name)
	}
	return id
}

// armsCalled puts the words of arms, and the titles of the rules in their names,
// into a verdict, which was stored with what the lab itself calls them.
func armsCalled[K ~string](text string, arms []K, called ui.Titles) string {
	longestFirst := slices.SortedFunc(slices.Values(arms), func(a, b K) int { return len(b) - len(a) })
	known := map[string]string{}
	for _, name := range longestFirst {
		if strings.ContainsAny(string(name), "-:") { // the others are words
			text = strings.ReplaceAll(text, string(name), armName(name, called))
		}
		if rule, ok := strings.CutPrefix(string(name), lab.LeaveOneOut); ok && called(rule) != rule {
			known[rule] = called(rule)
		}
	}
	return ui.WithTitles(text, known)
}

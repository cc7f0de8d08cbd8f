package launch

import (
	"slices"
	"strconv"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/configschema"
	"purposeagent/handlers/ui"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// startWords are the words of the button: what is started, how often, and
// whether it waits for people.
func startWords(spec agent.RunSpec) string {
	asks := ui.AsksWords(spec.Approval)
	if spec.Repeats > 1 {
		words := "Start " + partials.Count(int64(spec.Repeats)) + " runs"
		if asks != "" {
			words += ", each asks " + asks
		}
		return words
	}
	if asks != "" {
		return "Start the run, it asks " + asks
	}
	return "Start the run"
}

// folds are the closed parts of the form, each with what is set in it. One that
// holds a message is open, and so is one in which the world itself is written.
func (p launchPage) folds(spec agent.RunSpec) []pages.Fold {
	world := pages.Fold{ID: "world-settings", Title: "World settings", Says: ui.SettingsWords(p.schema, p.form.Config), Open: p.schema.HasCode()}
	more := pages.Fold{ID: "more-settings", Title: "More settings", Says: moreWords(spec)}
	for name := range p.problems {
		switch {
		case strings.HasPrefix(name, configschema.FieldPrefix):
			world.Open = true
		case name != "" && name != "purpose" && name != "environment.name" && name != "environment.config":
			more.Open = true
		}
	}
	return []pages.Fold{world, more}
}

// moreWords are the rest of a launch in one line: what matters most, and
// whatever is not as usual.
func moreWords(spec agent.RunSpec) string {
	words := []string{ui.ModelName(spec.Models.Actor), "memory " + spec.Memory, partials.Plural(max(spec.Repeats, 1), "run"), "at most " + partials.Plural(spec.MaxSteps, "step")}
	if spec.Models.Critic != spec.Models.Actor {
		words = append(words, "critic "+ui.ModelName(spec.Models.Critic))
	}
	if spec.EarlyStopPhi != agent.DefaultEarlyStopPhi {
		words = append(words, "stops at Φ "+strconv.FormatFloat(spec.EarlyStopPhi, 'f', -1, 64))
	}
	if spec.Seed != 0 {
		words = append(words, "seed "+strconv.FormatInt(spec.Seed, 10))
	}
	if asks := ui.AsksWords(spec.Approval); asks != "" {
		words = append(words, "asks "+asks)
	} else {
		words = append(words, "asks nobody")
	}
	if spec.Budget == (agent.Budget{}) {
		words = append(words, "no budget")
	} else {
		words = append(words, "with a budget")
	}
	if spec.Pace > 0 {
		words = append(words, strconv.FormatFloat(spec.Pace, 'f', -1, 64)+" s a step")
	}
	if spec.InitialState != nil {
		words = append(words, "its own initial state")
	}
	if len(spec.Tags) > 0 {
		words = append(words, "tagged "+strings.Join(slices.Clone(spec.Tags), ", "))
	}
	return partials.Clip(strings.Join(words, " · "), 220)
}

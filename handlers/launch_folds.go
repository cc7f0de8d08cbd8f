package handlers

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"purposeagent/agent"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// startWords are the words of the button: what is started, how often, and
// whether it waits for people.
func startWords(spec agent.RunSpec) string {
	asks := asksWords(spec.Approval)
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

// asksWords says when a person is asked, "" where never. A policy that can't be
// read is refused at the launch, and asks nobody.
func asksWords(approval string) string {
	policy, err := agent.ParseApproval(approval)
	if err != nil || !policy.Asks() {
		return ""
	}
	if policy.Every {
		return "before every action"
	}
	var when []string
	if len(policy.Actions) > 0 {
		when = append(when, "before "+partials.Clip(strings.Join(policy.Actions, ", "), 60))
	}
	if policy.Below > 0 {
		when = append(when, "when the critic is unsure")
	}
	if policy.Stuck > 0 {
		when = append(when, fmt.Sprintf("after %s without progress", partials.Plural(policy.Stuck, "step")))
	}
	return strings.Join(when, " and ")
}

// folds are the closed parts of the form, each with what is set in it. One that
// holds a message is open.
func (p launchPage) folds(spec agent.RunSpec) []pages.Fold {
	world := pages.Fold{ID: "world-settings", Title: "World settings", Says: settingsWords(p.schema, p.form.Config)}
	more := pages.Fold{ID: "more-settings", Title: "More settings", Says: moreWords(spec)}
	for name := range p.problems {
		switch {
		case strings.HasPrefix(name, configPrefix):
			world.Open = true
		case name != "" && name != "purpose" && name != "environment.name" && name != "environment.config":
			more.Open = true
		}
	}
	return []pages.Fold{world, more}
}

// settingsWords lists what a form's settings of a world are, in one line.
func settingsWords(schema configSchema, values map[string]string) string {
	var words []string
	for _, in := range schema.inputs(values, nil) {
		value := in.Value
		switch {
		case in.Kind == "checkbox" && in.Checked:
			value = "yes"
		case in.Kind == "checkbox":
			value = "no"
		case in.Kind == "select":
			for _, o := range in.Options {
				if o.Selected {
					value = o.Text
				}
			}
		}
		if value != "" {
			words = append(words, in.Label+": "+partials.Clip(value, 24))
		}
	}
	return strings.Join(words, " · ")
}

// moreWords are the rest of a launch in one line: what matters most, and
// whatever is not as usual.
func moreWords(spec agent.RunSpec) string {
	words := []string{modelName(spec.Models.Actor), "memory " + spec.Memory, partials.Plural(max(spec.Repeats, 1), "run"), "at most " + partials.Plural(spec.MaxSteps, "step")}
	if spec.Models.Critic != spec.Models.Actor {
		words = append(words, "critic "+modelName(spec.Models.Critic))
	}
	if spec.EarlyStopPhi != agent.DefaultEarlyStopPhi {
		words = append(words, "stops at Φ "+strconv.FormatFloat(spec.EarlyStopPhi, 'f', -1, 64))
	}
	if spec.Seed != 0 {
		words = append(words, "seed "+strconv.FormatInt(spec.Seed, 10))
	}
	if asks := asksWords(spec.Approval); asks != "" {
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

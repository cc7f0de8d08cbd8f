package ui

import (
	"encoding/json"
	"fmt"
	"sort"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/views/partials"
)

// AsksWords says when a person is asked, "" where never. A policy that can't be
// read is refused at the launch, and asks nobody.
func AsksWords(approval string) string {
	policy, err := agent.ParseApproval(approval)
	if err != nil || !policy.Asks() {
		return ""
	}
	if policy.Every {
		return "before every action"
	}
	var when []string
	if policy.Destructive {
		when = append(when, "before destructive actions")
	}
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

// SettingsWords lists what a form's settings of a world are, in one line.
func SettingsWords(schema ConfigSchema, values map[string]string) string {
	var words []string
	for _, in := range schema.Inputs(values, nil) {
		value := in.Value
		switch {
		case in.Kind == "checkbox" && in.Checked:
			value = "yes"
		case in.Kind == "checkbox":
			value = "no"
		case in.Kind == "code" && value != "":
			value = partials.Plural(strings.Count(strings.TrimSpace(value), "\n")+1, "line")
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

// WorthALook reports whether the score carries a flag that people should see.
func WorthALook(score agent.Score) bool {
	for _, flag := range score.Flags {
		if _, _, worth := FlagOf(flag); worth {
			return true
		}
	}
	return false
}

// MaxChip bounds the words of a chip, in signs.
const MaxChip = 60

// ActionWords splits an action into its name and the rest of its label.
func ActionWords(a agent.Action) (name, rest string) {
	return partials.Clip(a.Name, 60), partials.Clip(strings.TrimPrefix(strings.TrimPrefix(a.Label(), a.Name), " "), 160)
}

// ParamNames lists the parameters in the order of their names.
func ParamNames(a agent.Action) []string {
	m := a.Params.Map()
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// ParamText is a parameter as text, whatever its type.
func ParamText(a agent.Action, name string) string {
	if text := a.Param(name); text != "" {
		return text
	}
	raw, err := json.Marshal(a.Params.Map()[name])
	if err != nil {
		return ""
	}
	return string(raw)
}

// PointOf is a step as the Φ line shows it.
func PointOf(step agent.Step) catalog.PhiPoint {
	p := catalog.PhiPoint{Step: step.Index, Phi: step.Score.PhiAfter, Delta: step.Score.Delta, Label: step.Action.Label(),
		Flagged: WorthALook(step.Score), Failed: step.Error != ""}
	if uses := SortedUses(step.Memory); len(uses) > 0 {
		p.Memory = uses[0].Use
	}
	return p
}

// BudgetWords says a budget, "" for none.
func BudgetWords(b agent.Budget) string {
	var parts []string
	if b.Tokens > 0 {
		parts = append(parts, partials.Short(b.Tokens)+" tokens")
	}
	if b.USD > 0 {
		parts = append(parts, Dollars(b.USD))
	}
	if b.Seconds > 0 {
		parts = append(parts, partials.Duration(b.Elapsed()))
	}
	return strings.Join(parts, ", ")
}

package environments

import (
	"encoding/json"

	"purposeagent/agent"
	"purposeagent/environments/household"
)

func householdKind(installSeed string) Kind {
	k := Kind{
		Name:  "household",
		Title: "Household",
		Docs:  "docs/household.md",
		Text: "Do the tasks of a house with habits of its own: where a kind of thing is kept, which tool works on which " +
			"material, and what must be on or open first. No text tells them.",
		Icon:    household.Icon,
		Control: &Control{household.Control, household.ControlText},
		Schema:  json.RawMessage(household.Schema), LimitFactor: household.LimitFactor,
		New: func(config agent.Object) (agent.Environment, error) {
			h, err := household.New(config, installSeed)
			if err != nil {
				return nil, err // not h: a nil *household.Household is no nil Environment
			}
			return h, nil
		},
		DrawPurpose: func(config agent.Object, seed int64) (string, error) {
			return household.DrawPurpose(config, installSeed, seed)
		},
		CheckTask: checkTask(func(config agent.Object) (*household.Household, error) { return household.New(config, installSeed) }),
	}
	for _, p := range household.Presets(installSeed) {
		k.Presets = append(k.Presets, Preset(p))
	}
	for _, d := range household.Designs() {
		k.Designs = append(k.Designs, Design(d))
	}
	return k
}

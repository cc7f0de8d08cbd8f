package household

import "purposeagent/agent"

// Icon is the path data of a drawing, 44 units wide and high.
const Icon = "M5 21L22 7l17 14M9 18v20h26V18M18 38V27h8v11M13 23h4v4h-4z"

// Under Control no action changes the outcome, so that nothing can be learned.
const (
	Control     = agent.Object(`{"rewards":"random"}`)
	ControlText = "Random rewards"
)

// LimitFactor is how many times its optimum a fair task's step limit is.
const LimitFactor = 4

// Design is an experiment worth doing; Request is what the Lab's API takes.
type Design struct {
	Name, Title, Text string
	Place             int
	Request           agent.Object
}

// Designs returns the experiments that households are good for.
func Designs() []Design {
	return []Design{
		{"household", "The habits of ten houses", "Ten houses with secret habits, 200 tasks to learn from, 100 held out, against off, placebo and append-successes", 32,
			`{"spec":{"arms":["off","on","placebo","append-successes"],"curve":[0,25,50,100,200],"test":100,"train":200},"worlds":[1,2,3,4,5,6,7,8,9,10]}`},
		{"new-things", "Things never asked for", "It is tested on kinds of things that no training task asked for: what does it know of tools and places?", 34,
			`{"spec":{"arms":["off","on"],"test":100,"test_config":{"kinds":"new"},"train":200},"worlds":[1,2,3,4,5,6,7,8,9,10]}`},
	}
}

// Preset is a ready-made configuration with the task of seed 1 as its purpose.
type Preset struct {
	Name, Title, Purpose string
	Config               agent.Object
	MaxSteps             int
}

// Presets returns the ready-made configurations, the default first. Without an
// install seed there are no houses, and so none.
func Presets(installSeed string) []Preset {
	var out []Preset
	for _, p := range []struct {
		name, title string
		config      map[string]any
	}{
		{"house", "A house with habits of its own", map[string]any{}},
		{"small", "A small house", map[string]any{"size": SizeSmall}},
		{"large", "A large house", map[string]any{"size": SizeLarge}},
		{"control", "Negative control: random rewards", map[string]any{"rewards": RewardsRandom}},
	} {
		config := agent.MustObject(p.config)
		h, err := New(config, installSeed)
		if err != nil {
			return nil // only an empty install seed gets here
		}
		out = append(out, Preset{p.name, p.title, h.DrawPurpose(1), config, DefaultMaxSteps})
	}
	return out
}

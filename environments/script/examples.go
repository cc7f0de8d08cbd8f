package script

import (
	"embed"

	"purposeagent/agent"
)

//go:embed examples
var examples embed.FS

// source returns the text of an example.
func source(name string) string {
	raw, err := examples.ReadFile("examples/" + name + ".star")
	if err != nil {
		panic(err) // a name of this package
	}
	return string(raw)
}

// Preset is an example: a configuration with the purpose of seed 1.
type Preset struct {
	Name, Title, Purpose string
	Config               agent.Object
	MaxSteps             int
}

// Presets returns the examples, the default first.
func Presets() []Preset {
	of := func(name, title, purpose string, steps int) Preset {
		return Preset{name, title, purpose, agent.MustObject(map[string]string{"script": source(name)}), steps}
	}
	return []Preset{
		of("counter", "Counter: reach a number with two buttons", "Bring the counter to 10", 20),
		of("grid", "Grid: walk around walls", "Walk to the flag", 30),
		of("kitchen", "Kitchen: recipes that nobody wrote down", "Serve the chard", 12),
		of("guess", "Guess a hidden number", "Guess the number in 6 guesses", 12),
	}
}

// Icon is the path data of a drawing, 44 units wide and high.
const Icon = "M10 6h18l8 8v24H10zM28 6v8h8M18 20l-4 4 4 4M28 20l4 4-4 4M25 18l-4 12"

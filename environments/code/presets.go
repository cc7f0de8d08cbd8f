package code

import "purposeagent/agent"

// Preset is a ready-made configuration with a purpose and a step limit that fit it.
type Preset struct {
	Name     string
	Title    string
	Purpose  string
	Config   agent.Object
	MaxSteps int
}

// Presets are configurations to begin with.
func Presets() []Preset {
	purpose, err := DrawPurpose("", 1)
	if err != nil {
		panic(err) // the built-in tasks can be read: a test holds that
	}
	return []Preset{
		{Name: "small", Title: "Small Python tasks", Purpose: purpose, Config: agent.MustObject(map[string]any{"tasks": TasksBuiltIn}), MaxSteps: 20},
		{Name: "own", Title: "Your own purpose, in an empty folder", Purpose: "Write primes.py, a program that prints the prime numbers up to its first argument, one a line, and try it.",
			Config: agent.MustObject(map[string]any{"tasks": TasksNone}), MaxSteps: 30},
	}
}

package maze

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"purposeagent/agent"
)

// Schema is the JSON Schema (draft 2020-12) of the configuration that New
// takes. It must not be changed.
//
//go:embed schema.json
var Schema []byte

// Purposes that fit the two goals.
const (
	DefaultPurpose = "Find the treasure and take it"
	CarryPurpose   = "Find the treasure and carry it to the gate"
)

// The goals.
const (
	goalTake  = "take"
	goalCarry = "carry"
)

// Limits of the configuration; schema.json says the same to forms.
const (
	minSize, maxSize = 2, 12
	maxKeys          = 4
	maxOneWay        = 12
)

// Preset is a ready-made configuration with a purpose and a step limit of
// about five times the typical optimum.
type Preset struct {
	Name, Title, Purpose string
	Config               agent.Object
	MaxSteps             int
}

// Presets returns the ready-made configurations, the default first.
func Presets() []Preset {
	of := func(name, title, purpose string, steps int, c config) Preset {
		return Preset{Name: name, Title: title, Purpose: purpose, Config: c.object(), MaxSteps: steps}
	}
	return []Preset{
		of("classic", "Classic: 16 rooms, 2 doors", DefaultPurpose, 100, defaults()),
		of("stroll", "Stroll: 9 rooms, 1 door", DefaultPurpose, 50, config{Size: 3, Keys: 1, OneWay: 0, Loops: 0.15, Goal: goalTake}),
		of("home", "There and back: carry the treasure to the gate", CarryPurpose, 125, config{Size: 4, Keys: 2, OneWay: 1, Loops: 0.15, Goal: goalCarry}),
		of("grand", "Grand: 36 rooms, 3 doors", DefaultPurpose, 200, config{Size: 6, Keys: 3, OneWay: 3, Loops: 0.15, Goal: goalTake}),
	}
}

// config is a checked configuration. Its fields stand in the order of their
// JSON names.
type config struct {
	Goal   string  `json:"goal"`
	Keys   int     `json:"keys"`
	Loops  float64 `json:"loops"`
	OneWay int     `json:"one_way"`
	Size   int     `json:"size"`
}

func defaults() config {
	return config{Size: 4, Keys: 2, OneWay: 1, Loops: 0.15, Goal: goalTake}
}

func (c config) object() agent.Object { return agent.MustObject(c) }

// parseConfig fills in the defaults and refuses what does not fit, with one
// message per setting.
func parseConfig(o agent.Object) (config, error) {
	c := defaults()
	wrong := map[string]string{}
	for name, value := range o.Map() {
		var problem string
		switch name {
		case "size":
			c.Size, problem = integer(value, minSize, maxSize)
		case "keys":
			c.Keys, problem = integer(value, 0, maxKeys)
		case "one_way":
			c.OneWay, problem = integer(value, 0, maxOneWay)
		case "loops":
			c.Loops, problem = share(value)
		case "goal":
			c.Goal, problem = choice(value, goalTake, goalCarry)
		default:
			problem = "is not a setting of the maze; they are size, keys, one_way, loops and goal"
		}
		if problem != "" {
			wrong[name] = problem
		}
	}
	if len(wrong) == 0 && c.Keys >= c.Size*c.Size {
		wrong["keys"] = fmt.Sprintf("must be at most %d in a maze of %d rooms: each door needs a room behind it", c.Size*c.Size-1, c.Size*c.Size)
	}
	if len(wrong) > 0 {
		return config{}, agent.InvalidFields(wrong)
	}
	return c, nil
}

// integer reads a whole number within bounds; 4.0 is whole, as JSON Schema has it.
func integer(value any, low, high int) (int, string) {
	n, ok := value.(json.Number)
	if ok {
		x, err := n.Float64()
		if err == nil && x == math.Trunc(x) && x >= float64(low) && x <= float64(high) {
			return int(x), ""
		}
	}
	return 0, fmt.Sprintf("must be a whole number from %d to %d", low, high)
}

func share(value any) (float64, string) {
	n, ok := value.(json.Number)
	if ok {
		if x, err := n.Float64(); err == nil && x >= 0 && x <= 1 {
			return x, ""
		}
	}
	return 0, "must be a number from 0 to 1"
}

func choice(value any, allowed ...string) (string, string) {
	text, ok := value.(string)
	if ok && slices.Contains(allowed, text) {
		return text, ""
	}
	return "", "must be one of " + strings.Join(allowed, ", ")
}

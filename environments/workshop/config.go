package workshop

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"purposeagent/agent"
)

// DefaultMaxSteps is the step limit that orders are made for: the optimum of
// each is at most 40 % of it.
const DefaultMaxSteps = 40

// Limits of a configuration.
const (
	maxWorld = 1000
	maxDraw  = 1_000_000
)

// Schema is the JSON Schema of a configuration.
const Schema = `{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "Workshop",
  "type": "object",
  "additionalProperties": false,
  "x-order": ["world", "level", "split", "rewards", "draw"],
  "properties": {
    "world": {
      "title": "World",
      "description": "Which of this installation's secret worlds. Each has rules of its own.",
      "type": "integer", "minimum": 1, "maximum": 1000, "default": 1
    },
    "level": {
      "title": "Level",
      "description": "Plain worlds have preparations, recipes and pigments. Rich worlds add stations, mordants, hazards and longer chains.",
      "type": "string", "enum": ["plain", "rich"], "default": "plain"
    },
    "split": {
      "title": "Orders",
      "description": "Which orders are drawn. No order for training asks for a combination that an order for testing asks for.",
      "type": "string", "enum": ["train", "test"], "default": "train"
    },
    "rewards": {
      "title": "Rewards",
      "description": "Real rewards follow the orders. Random rewards are a negative control: no action changes the outcome, so nothing can be learned.",
      "type": "string", "enum": ["real", "random"], "default": "real"
    },
    "draw": {
      "title": "Draw of random rewards",
      "description": "Random rewards are drawn afresh for each number; give each arm of an experiment its own. Real rewards ignore it.",
      "type": "integer", "minimum": 0, "maximum": 1000000, "default": 0
    }
  }
}`

// The values of a configuration's words.
const (
	LevelPlain    = "plain"
	LevelRich     = "rich"
	SplitTrain    = "train"
	SplitTest     = "test"
	RewardsReal   = "real"
	RewardsRandom = "random"
)

// Config says which world, which of its orders, and whose rewards.
type Config struct {
	World   int    `json:"world"`
	Level   string `json:"level"`
	Split   string `json:"split"`
	Rewards string `json:"rewards"`
	Draw    int    `json:"draw"`
}

// ParseConfig reads a configuration and fills in defaults. Errors are
// CodeInvalid with a message per property.
func ParseConfig(config agent.Object) (Config, error) {
	c := Config{World: 1, Level: LevelPlain, Split: SplitTrain, Rewards: RewardsReal}
	fields := map[string]string{}
	for name, v := range config.Map() {
		switch name {
		case "world":
			whole(fields, name, v, 1, maxWorld, &c.World)
		case "draw":
			whole(fields, name, v, 0, maxDraw, &c.Draw)
		case "level":
			word(fields, name, v, []string{LevelPlain, LevelRich}, &c.Level)
		case "split":
			word(fields, name, v, []string{SplitTrain, SplitTest}, &c.Split)
		case "rewards":
			word(fields, name, v, []string{RewardsReal, RewardsRandom}, &c.Rewards)
		default:
			fields[name] = "is not a property; the properties are world, level, split, rewards, draw"
		}
	}
	if len(fields) > 0 {
		return Config{}, agent.InvalidFields(fields)
	}
	return c, nil
}

func whole(fields map[string]string, name string, v any, low, high int, to *int) {
	n, ok := v.(json.Number)
	x, err := n.Float64() // 4.0 is a whole number to JSON Schema
	if !ok || err != nil || x != math.Trunc(x) || x < float64(low) || x > float64(high) {
		fields[name] = fmt.Sprintf("must be a whole number from %d to %d, got %s", low, high, shorten(fmt.Sprint(v)))
		return
	}
	*to = int(x)
}

func word(fields map[string]string, name string, v any, allowed []string, to *string) {
	text, ok := v.(string)
	if !ok || !slices.Contains(allowed, text) {
		fields[name] = fmt.Sprintf("must be one of %s, got %s", strings.Join(allowed, ", "), shorten(fmt.Sprint(v)))
		return
	}
	*to = text
}

// Preset is a ready-made configuration with the order of seed 1 as its purpose.
type Preset struct {
	Name, Title, Purpose string
	Config               agent.Object
	MaxSteps             int
}

// Presets returns the ready-made configurations, the default first. Without an
// install seed there are no worlds, and so none.
func Presets(installSeed string) []Preset {
	var out []Preset
	for _, p := range []struct {
		name, title string
		config      map[string]any
	}{
		{"secret", "Secret workshop", map[string]any{}},
		{"rich", "Rich workshop: stations, mordants and hazards", map[string]any{"level": LevelRich}},
		{"control", "Negative control: random rewards", map[string]any{"rewards": RewardsRandom}},
	} {
		config := agent.MustObject(p.config)
		w, err := New(config, installSeed)
		if err != nil {
			return nil // only an empty install seed gets here
		}
		out = append(out, Preset{p.name, p.title, w.DrawPurpose(1), config, DefaultMaxSteps})
	}
	return out
}

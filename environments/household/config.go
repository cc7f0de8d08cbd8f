package household

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"purposeagent/agent"
)

// DefaultMaxSteps is a step limit that fits the tasks of the presets.
const DefaultMaxSteps = 40

// Limits of a configuration.
const (
	maxWorld = 1000
	maxDraw  = 1_000_000
)

// Schema is the JSON Schema of a configuration.
//
//go:embed schema.json
var Schema []byte

// The values of a configuration's words.
const (
	SizeSmall     = "small"
	SizeMedium    = "medium"
	SizeLarge     = "large"
	SplitTrain    = "train"
	SplitTest     = "test"
	KindsKnown    = "known"
	KindsNew      = "new"
	RewardsReal   = "real"
	RewardsRandom = "random"
)

// Config says which house, which of its tasks, and whose rewards.
type Config struct {
	World   int    `json:"world"`
	Size    string `json:"size"`
	Split   string `json:"split"`
	Kinds   string `json:"kinds"`
	Rewards string `json:"rewards"`
	Draw    int    `json:"draw"`
}

// ParseConfig reads a configuration and fills in defaults. Errors are
// CodeInvalid with a message per property.
func ParseConfig(config agent.Object) (Config, error) {
	c := Config{World: 1, Size: SizeMedium, Split: SplitTrain, Kinds: KindsKnown, Rewards: RewardsReal}
	words := map[string]struct {
		to      *string
		allowed []string
	}{
		"size":    {&c.Size, []string{SizeSmall, SizeMedium, SizeLarge}},
		"split":   {&c.Split, []string{SplitTrain, SplitTest}},
		"kinds":   {&c.Kinds, []string{KindsKnown, KindsNew}},
		"rewards": {&c.Rewards, []string{RewardsReal, RewardsRandom}},
	}
	numbers := map[string]struct {
		to        *int
		low, high int
	}{"world": {&c.World, 1, maxWorld}, "draw": {&c.Draw, 0, maxDraw}}
	wrong := map[string]string{}
	for name, value := range config.Map() {
		shown := shorten(fmt.Sprint(value))
		if w, is := words[name]; is {
			if *w.to, _ = value.(string); !slices.Contains(w.allowed, *w.to) {
				wrong[name] = fmt.Sprintf("must be one of %s, got %s", strings.Join(w.allowed, ", "), shown)
			}
			continue
		}
		n, is := numbers[name]
		if !is {
			wrong[name] = "is not a property; the properties are world, size, split, kinds, rewards, draw"
			continue
		}
		number, isNumber := value.(json.Number)
		x, err := number.Float64() // 4.0 is a whole number to JSON Schema
		if !isNumber || err != nil || x != math.Trunc(x) || x < float64(n.low) || x > float64(n.high) {
			wrong[name] = fmt.Sprintf("must be a whole number from %d to %d, got %s", n.low, n.high, shown)
			continue
		}
		*n.to = int(x)
	}
	if len(wrong) > 0 {
		return Config{}, agent.InvalidFields(wrong)
	}
	return c, nil
}

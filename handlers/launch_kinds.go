package handlers

import (
	"cmp"
	"context"
	"encoding/json"
	"reflect"
	"slices"

	"purposeagent/agent"
)

// Kind is a kind of environment as pages show it.
type Kind struct {
	Name, Title, Text string
	Icon              string // path data, 44 units wide and high
	// Schema is the JSON Schema of the configuration; the form is drawn from it.
	Schema  json.RawMessage
	Presets []Preset
	Designs []Design // of the Lab
	Control *Control // nil: there is none
	// DrawPurpose, where the environment draws its tasks, returns the purpose
	// of a seed. The purpose may then be left empty. nil otherwise.
	DrawPurpose func(config agent.Object, seed int64) (string, error)
	// Program says that its worlds are programs, which no GET starts.
	Program bool
}

// Preset fills the form of an environment.
type Preset struct {
	Name, Title, Purpose string
	Config               agent.Object
	MaxSteps             int
}

// Design is an experiment worth doing. Place orders those of all kinds; Request
// is what starts it, but for the environment's name.
type Design struct {
	Name, Title, Text string
	Place             int
	Request           agent.Object
}

// designsOf are the designs of all kinds, in the order of their places.
func designsOf(kinds []Kind) []placedDesign {
	var out []placedDesign
	for _, k := range kinds {
		for _, d := range k.Designs {
			out = append(out, placedDesign{d, k.Name})
		}
	}
	slices.SortStableFunc(out, func(a, b placedDesign) int { return cmp.Compare(a.Place, b.Place) })
	return out
}

// placedDesign is a design with its environment.
type placedDesign struct {
	Design
	environment string
}

// Control is a setting in which nothing can be learned, and what it does.
type Control struct {
	Config agent.Object
	Text   string
}

// controlled returns the kind's negative control where a configuration is one.
func (k Kind) controlled(config agent.Object) *Control {
	if k.Control == nil {
		return nil
	}
	values := config.Map()
	for name, value := range k.Control.Config.Map() {
		if !reflect.DeepEqual(values[name], value) {
			return nil
		}
	}
	return k.Control
}

// defaultIcon is the drawing of an environment that has none of its own.
const defaultIcon = "M22 6l14 8v16l-14 8-14-8V14zM8 14l14 8 14-8M22 22v16"

// Environments knows the kinds of environments.
type Environments interface {
	Kinds() []Kind
	// Check returns the config with its defaults filled in. CodeInvalid has a
	// message per field, keyed "environment.config.NAME".
	Check(name string, config agent.Object) (agent.Object, error)
}

// Launcher starts runs.
type Launcher interface {
	// Launch starts spec.Repeats runs, as one group if there are several. A
	// purpose that is left empty is drawn for each seed where the environment
	// draws purposes; a seed of 0 is drawn. CodeInvalid has a message per field.
	Launch(ctx context.Context, spec agent.RunSpec) ([]agent.Run, error)
}

// Settings keeps small values of this installation.
type Settings interface {
	// Get returns the empty object for a key that was never set.
	Get(ctx context.Context, key string) (agent.Object, error)
	Set(ctx context.Context, key string, value agent.Object) error
}

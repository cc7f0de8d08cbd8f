package handlers

import (
	"context"
	"encoding/json"

	"purposeagent/agent"
)

// Kind is a kind of environment as pages show it.
type Kind struct {
	Name, Title, Text string
	// Schema is the JSON Schema of the configuration; the form is drawn from it.
	Schema  json.RawMessage
	Presets []Preset
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

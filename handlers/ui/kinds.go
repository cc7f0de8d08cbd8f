package ui

import (
	"cmp"
	"encoding/json"
	"net/url"
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
	// Approval is the policy of a run that says none.
	Approval string
	// Undrawn says that its states are never drawn.
	Undrawn bool
	// Refused, where not empty, says why the kind can't be used here and what to do.
	Refused string
	// Docs is its page in the folder docs; "" where it has none of its own.
	Docs string
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

// DesignsOf are the designs of all kinds, in the order of their places.
func DesignsOf(kinds []Kind) []PlacedDesign {
	var out []PlacedDesign
	for _, k := range kinds {
		for _, d := range k.Designs {
			out = append(out, PlacedDesign{d, k.Name})
		}
	}
	slices.SortStableFunc(out, func(a, b PlacedDesign) int { return cmp.Compare(a.Place, b.Place) })
	return out
}

// PlacedDesign is a design with its environment.
type PlacedDesign struct {
	Design
	Environment string
}

// Control is a setting in which nothing can be learned, and what it does.
type Control struct {
	Config agent.Object
	Text   string
}

// Controlled returns the kind's negative control where a configuration is one.
func (k Kind) Controlled(config agent.Object) *Control {
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

// DefaultIcon is the drawing of an environment that has none of its own.
const DefaultIcon = "M22 6l14 8v16l-14 8-14-8V14zM8 14l14 8 14-8M22 22v16"

// Environments knows the kinds of environments.
type Environments interface {
	Kinds() []Kind
	// Check returns the config with its defaults filled in. CodeInvalid has a
	// message per field, keyed "environment.config.NAME".
	Check(name string, config agent.Object) (agent.Object, error)
}

// LabProof is the experiment that proves what a group of runs with memory on
// and off only suggests: the first design of its environment, or the default.
func LabProof(kinds []Kind, spec agent.RunSpec) string {
	for _, d := range DesignsOf(kinds) {
		if d.Environment == spec.Environment.Name {
			return "/lab/new?preset=" + url.QueryEscape(d.Name)
		}
	}
	return "/lab/new?environment.name=" + url.QueryEscape(spec.Environment.Name)
}

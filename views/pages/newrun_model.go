package pages

import (
	"github.com/a-h/templ"

	"purposeagent/views/partials"
)

// Input is a form field with its width in the grid: w1 (half on small
// screens), w2 (a third), w3 (a half) or "".
type Input struct {
	partials.Field
	Width string
}

// Choice is one radio button of a segmented control.
type Choice struct {
	Value, Text, Help string
	Selected          bool
}

// World is one environment to choose.
type World struct {
	Name, Title, Text string
	Icon              string // path data of its 44 px drawing
	Selected          bool
}

// Preset fills the form with a ready configuration.
type Preset struct {
	partials.Link
	Note string
}

// Fact is a term with its value in words; Help explains the term.
type Fact struct {
	Term, Value, Small, Help string
	Href                     templ.SafeURL
}

// FieldError leads from the summary on top to the field that needs a look.
type FieldError struct {
	Href        templ.SafeURL
	Label, Text string
}

// NewRun is the page that launches runs.
type NewRun struct {
	Action, Self              templ.SafeURL
	Worlds                    []World
	WorldError                string
	Config                    NewRunConfig
	Description, InitialState Input
	Actor, Critic, Optimizer  Input
	Models                    []string
	Memory                    []Choice
	MemoryError               string
	Launch, Limits            []Input
	Errors                    []FieldError
	Message                   string // what is wrong with the whole
	Note                      string // where the inputs come from
	Fresh                     templ.SafeURL
	More                      Fold
	Start                     StartBox
	Aside                     NewRunAside
}

// NewRunConfig is the part of the form that follows the chosen environment.
type NewRunConfig struct {
	Text    string
	Fields  []Input
	Purpose Input
	Presets []Preset
	Fold    Fold // around Fields
}

// NewRunAside is what is computed from the inputs: the button, what to expect,
// and the same launch for a terminal.
type NewRunAside struct {
	Start     string
	Facts     []Fact
	Notes     []partials.Note
	Folds     []Fold // what the folded parts say now
	Curl, CLI string
	Problem   string // why there are no commands
}

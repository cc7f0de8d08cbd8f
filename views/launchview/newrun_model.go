// Package launchview holds the page "New run" and the welcome of a first visit.
package launchview

import (
	"github.com/a-h/templ"

	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// NewRun is the page that launches runs.
type NewRun struct {
	Action, Self              templ.SafeURL
	Worlds                    []pages.World
	WorldError                string
	Config                    NewRunConfig
	Description, InitialState pages.Input
	Actor, Critic, Optimizer  pages.Input
	Models                    []string
	Memory                    []pages.Choice
	MemoryError               string
	Launch, Limits            []pages.Input
	Errors                    []pages.FieldError
	Message                   string // what is wrong with the whole
	Note                      string // where the inputs come from
	Fresh                     templ.SafeURL
	More                      pages.Fold
	Start                     pages.StartBox
	Aside                     NewRunAside
}

// NewRunConfig is the part of the form that follows the chosen environment.
type NewRunConfig struct {
	Text    string
	Fields  []pages.Input
	Purpose pages.Input
	Presets []pages.Preset
	Fold    pages.Fold // around Fields
}

// NewRunAside is what is computed from the inputs: the button, what to expect,
// and the same launch for a terminal.
type NewRunAside struct {
	Start     string
	Facts     []pages.Fact
	Notes     []partials.Note
	Folds     []pages.Fold // what the folded parts say now
	Curl, CLI string
	Problem   string // why there are no commands
}

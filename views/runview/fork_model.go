package runview

import (
	"github.com/a-h/templ"

	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// ForkPage asks how another run should go on from a step of one.
type ForkPage struct {
	Run         string
	RunHref     templ.SafeURL
	Lead        string
	State, Then string // where the fork begins, and what came next
	Was         string // the state as it was shown
	Action      templ.SafeURL
	Message     string
	Errors      []pages.FieldError
	Fields      []partials.Field
	Next        pages.Chooser // what to do next
	Split       int           // how many of Fields stand before it
	Lineage     []LineageLine
}

// LineageLine is one run of a tree of forks; Depth is 0 to 6.
type LineageLine struct {
	Name               partials.Name
	Depth, From, Facts string
	Href, Compare      templ.SafeURL
	State              partials.State
	Outcome            partials.Outcome
	Current            bool
}

package libraryview

import (
	"github.com/a-h/templ"

	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// Packs carries rules in and out.
type Packs struct {
	Import, Export templ.SafeURL
	Notice         pages.Notice
	Statuses       []partials.Option
	File           string // that was refused
	Verdict        string
	Problems       []PackProblem
	Skippable      bool
	Skip           string
}

// PackProblem is something wrong with a pack.
type PackProblem struct{ Where, ID, Field, Text string }

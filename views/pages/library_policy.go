package pages

import (
	"github.com/a-h/templ"

	"purposeagent/views/partials"
)

// LibraryPolicy says how rules come to be used, and what the learned ones are
// worth in each world.
type LibraryPolicy struct {
	Save    templ.SafeURL
	Choices []PolicyChoice
	Saved   bool
	Worlds  partials.Table // without rows where nothing was learned
}

// PolicyChoice is one policy with what it does.
type PolicyChoice struct {
	Value, Name, Text string
	Chosen            bool
}

package runview

import (
	"github.com/a-h/templ"

	"purposeagent/views/partials"
)

// CriticNote is the standing of the critic who scored a step.
type CriticNote struct {
	Chip partials.Chip
	Text string
	Href templ.SafeURL
}

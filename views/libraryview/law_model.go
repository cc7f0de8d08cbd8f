package libraryview

import (
	"github.com/a-h/templ"

	"purposeagent/views/partials"
)

// LawNotice says that a world seems to obey other laws than before, on what
// that rests, and how to take it back.
type LawNotice struct {
	Text, Figures, Advice string
	Restore               templ.SafeURL // "" where it can't be undone any more
	Back                  string
	Rules                 partials.Link // the rules that were shelved
}

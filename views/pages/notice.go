package pages

import (
	"github.com/a-h/templ"

	"purposeagent/views/partials"
)

// Banner is something that stands until it is dealt with, and where to do so.
type Banner struct {
	Text, More string
	Link       partials.Link
}

// Notice says what the last change did, and offers to undo it.
type Notice struct {
	Text string
	Undo templ.SafeURL // "" where there is nothing to undo
	Back string        // where undoing leads back to
}

// Confirm asks before something goes for good.
type Confirm struct {
	Question, Detail string
	Warning          string
	Items            []ConfirmItem
	More             string
	Hidden           []partials.Hidden
	Action           templ.SafeURL
	Button           string
	Cancel           templ.SafeURL
}

// ConfirmItem is one thing that would go.
type ConfirmItem struct {
	ID, Title, Note string
	Href            templ.SafeURL
	Outcome         partials.Outcome
	Chip            partials.Chip
}

package runview

import (
	"github.com/a-h/templ"

	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// RunAsk is what a run asks a person; Index "" asks nothing.
type RunAsk struct {
	Key        string // the same for the same question
	Index      string // of the step
	Lead       string
	Name, Rest string // of the action
	Thought    string
	Predicted  *partials.Delta
	Params     []RunFact
	Rules      []pages.ShapedBy
	Instead    pages.Chooser
	Send       templ.SafeURL
	Update     string // what the answer replaces
}

// SteerBox is where a person writes to the actor; without Send there is none.
type SteerBox struct {
	Send        templ.SafeURL
	Update      string
	Hint, Limit string
}

// RunPeopleLog is what people did with a run, newest first.
type RunPeopleLog struct {
	Head  string
	Lines []PeopleLine
}

// PeopleLine is one thing that somebody did.
type PeopleLine struct {
	Who, Text string
	At        partials.Time
}

// posts are the attributes of a form that posts in the background and replaces
// parts of the page with the answer; without a script it posts as any form does.
func posts(send templ.SafeURL, update string) templ.Attributes {
	return templ.Attributes{"method": "post", "action": string(send), "hx-post": string(send), "hx-swap": "none", "hx-select-oob": update}
}

package pages

import "purposeagent/views/partials"

// Chooser offers actions: Choices in a list, else Actions with their
// parameters. Hand and Params are one that is written by hand.
type Chooser struct {
	ID, Label    string
	Choices      []partials.Option
	Actions      []ActionForm
	Hand, Params string
	Open         bool              // writing by hand is shown
	Problems     map[string]string // by field
}

// ActionForm is one action with its parameters to fill in.
type ActionForm struct {
	Name, Text string
	Open       bool // it is the chosen one
	Fields     []partials.Field
}

func (c Chooser) named() bool {
	for _, a := range c.Actions {
		if a.Open {
			return true
		}
	}
	return false
}

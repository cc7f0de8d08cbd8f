package pages

import "github.com/a-h/templ"

// StartBox is the card beside a form that starts what it says.
type StartBox struct {
	Form    string // id of the form
	Preview templ.SafeURL
	Icon    string
	Says    string // the button's words
}

// Fold is a part of a form that is closed until somebody opens it, or
// something in it needs a look.
type Fold struct {
	ID, Title string
	Says      string // what is set in it, in one line
	Open      bool
}

// Package environmentsview holds the pages about kinds of environments and the
// console in which a person acts in one.
package environmentsview

import (
	"github.com/a-h/templ"

	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// List is the page of all kinds.
type List struct{ Kinds []Card }

// Card is a kind in few words. Launch and Try are "" where that is not possible.
type Card struct {
	Name, Title, Text string
	Icon              string // path data of its 44 px drawing
	Allowed           partials.Chip
	Refused           string          // why it can't be used here, and what to do
	Counts            []partials.Link // without an address: words alone
	Href, Launch, Try templ.SafeURL
}

// Page is the page of one kind.
type Page struct {
	Card
	Unknown  string // why less is said than of others
	Docs     string
	Told     string // what an actor is told
	Powers   []Power
	Actions  []Action
	Settings []Setting
	Try      *Try // nil: there is no console
}

// Power is what a kind can do, or can't.
type Power struct {
	Has  bool
	Text string
}

// Action is an action with its parameters.
type Action struct {
	Name, Text string
	Params     []Param
}

// Param is a parameter of an action.
type Param struct{ Name, Type, Text string }

// Setting is one setting of a kind; Type says its default too.
type Setting struct{ Name, Label, Type, Text string }

// Try is the form that starts a console.
type Try struct {
	Action        templ.SafeURL
	Note, Message string
	Errors        []pages.FieldError
	Presets       []pages.Preset
	Purpose, Seed partials.Field
	Fields        []pages.Input
	Fold          pages.Fold // around Fields
}

// Console is a session.
type Console struct {
	Title, Task, Seed, Settings, Step string
	Turn                              string
	Act, About, Launch                templ.SafeURL
	Summary                           string
	Data, DataNote                    string
	Picture, PictureOf, NoPicture     string
	Files                             []File
	Phi                               Phi
	Buttons                           []Button
	Chooser                           Any
	Done                              []Done // newest first
	Over                              *partials.Note
	Message                           string // what went wrong with what was asked
	Restart, End                      partials.Post
}

// Phi is Φ now and what the last action did to it, with a word where it is not known.
type Phi struct {
	Value string
	Delta *partials.Delta
	Why   string
}

// Button is an action that can be done now.
type Button struct{ Value, Name, Rest string }

// Any is the form for any action.
type Any struct {
	Chooser pages.Chooser
	Open    bool
	Errors  []pages.FieldError
}

// Done is an action that was done.
type Done struct {
	N, Name, Rest, Result, Phi string
	Delta                      partials.Delta
	Failed                     bool
}

// File is a file of a state: a picture, or a text with its beginning.
type File struct {
	Name, Text, Size, Body string
	Href                   templ.SafeURL
	Image                  bool
}

// Package milestoneview holds the milestones by which critics judge a world.
package milestoneview

import (
	"github.com/a-h/templ"

	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// World is the page of one world's milestones.
type World struct {
	Title  string // of the world
	Notice pages.Notice
	// Declared are those of the environment, which come before any others.
	Declared []string
	Set      Set // Title is "" where nobody wrote any
	Form     Form
	Versions []Version // earlier ones, newest first
	Playbook templ.SafeURL
}

// Set is a version as it is told.
type Set struct {
	Title string // who wrote it, for what
	Chip  partials.Chip
	At    partials.Time
	Items []string
}

// Form is where a person decides on a set.
type Form struct {
	Action                   templ.SafeURL
	Environment, World, Base string
	Items                    partials.Field
	Message                  string
	Errors                   []pages.FieldError
	Reject                   bool   // there is something to turn down
	Accept                   string // what the button says
}

// Version is an earlier version with its way back.
type Version struct {
	Set
	Number  string
	Restore templ.SafeURL
}

// Row is a world in the list.
type Row struct {
	Href        templ.SafeURL
	Title, Text string
	Chip        partials.Chip
	At          partials.Time
}

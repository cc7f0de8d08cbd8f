// Package pages holds what pages of several families show: forms, lists, charts, notices, diffs
// and rankings, each with its view-model of ready strings.
package pages

import (
	"github.com/a-h/templ"

	"purposeagent/views/partials"
)

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

// SegmentProblem ties a row of radio buttons to its message.
func SegmentProblem(id, problem string) templ.Attributes {
	if problem == "" {
		return nil
	}
	return templ.Attributes{"aria-invalid": "true", "aria-describedby": id + "-error"}
}

// modelProblem ties a model's input to its hint or message.
func modelProblem(in Input) templ.Attributes {
	if in.Error != "" {
		return templ.Attributes{"aria-invalid": "true", "aria-describedby": in.ID + "-error"}
	}
	return templ.Attributes{"aria-describedby": in.ID + "-hint"}
}

// Input is a form field with its width in the grid: w1 (half on small
// screens), w2 (a third), w3 (a half) or "".
type Input struct {
	partials.Field
	Width string
}

// Choice is one radio button of a segmented control.
type Choice struct {
	Value, Text, Help string
	Selected          bool
}

// World is one environment to choose.
type World struct {
	Name, Title, Text string
	Icon              string // path data of its 44 px drawing
	Selected          bool
}

// Preset fills the form with a ready configuration.
type Preset struct {
	partials.Link
	Note string
}

// Fact is a term with its value in words; Help explains the term.
type Fact struct {
	Term, Value, Small, Help string
	Href                     templ.SafeURL
}

// FieldError leads from the summary on top to the field that needs a look.
type FieldError struct {
	Href        templ.SafeURL
	Label, Text string
}

// Package partials holds the components that pages share, and their
// view-models. View-models hold ready strings: components have ifs and loops,
// no arithmetic, no time and no addresses to join.
package partials

import "github.com/a-h/templ"

// Link is a word that leads somewhere.
type Link struct {
	Text string
	Href templ.SafeURL
}

// Chip is a small labelled mark. Tone is "", acc, warn, bad, good, out or held.
type Chip struct {
	Text string
	Icon string // "" for none
	Tone string
	More string // longer words, left out on small screens
}

// Name is what a thing is called: Text is cut where there is little room; Mark,
// which tells it from others of the same text, is kept.
// Tail is the mark in few words, without a place among others.
type Name struct{ Text, Mark, Tail string }

func (n Name) String() string {
	if n.Mark == "" {
		return n.Text
	}
	return n.Text + " · " + n.Mark
}

// Short is the name for places of one line and no cutting, such as titles.
func (n Name) Short() string { return Name{Text: Clip(n.Text, 60), Mark: n.Mark}.String() }

// State is a run's state: Name is the class (running, waiting, …), Word what people read.
type State struct{ Name, Word string }

// Outcome is a verdict: solid where it is verified, dashed where the critic says so.
type Outcome struct{ Tone, Icon, Text string }

// Tier is a memory tier with its icon.
type Tier struct{ Icon, Text string }

// Delta is a signed change: Tone is up, dn or z.
type Delta struct{ Tone, Text string }

// Time is a moment: ISO for machines, Text for people, Title in full.
type Time struct{ ISO, Text, Title string }

// Tab is one of a row of tabs.
type Tab struct {
	Text    string
	Href    templ.SafeURL
	Icon    string
	Count   string
	Current bool
	Target  string // CSS selector that htmx fills; "" loads a page
}

// Table is a plain table: the twin of a chart, among others. Cells that start
// at column Numbers are right-aligned.
type Table struct {
	Head    []string
	Rows    [][]string
	Numbers int
	Note    string
}

func (t Table) numeric(column int) bool { return column >= t.Numbers }

// Empty is what a list shows when there is nothing: a sentence and one action.
type Empty struct {
	Icon   string
	Text   string
	Action *Link
}

// Pager leads to the other pages of a list; empty addresses show no link.
type Pager struct {
	Newer, Older templ.SafeURL
	Note         string
}

// Post is a button that does something: a form of its own that also works
// without JavaScript. With Confirm, a dialog asks first.
type Post struct {
	Label    string
	Icon     string
	Action   templ.SafeURL
	Key      string
	Class    string // stop, go, quiet
	Confirm  string // the question; "" asks nothing
	Disabled bool
	Fields   []Hidden
	Update   string // selectors of what htmx replaces with parts of the answer
}

// Hidden is a hidden field of a form.
type Hidden struct{ Name, Value string }

// Option is one choice of a Field.
type Option struct {
	Value, Text string
	Selected    bool
}

// Field is one labelled input. Kind is text, search, number, textarea, json, code,
// select, choice (radio buttons side by side) or checkbox.
type Field struct {
	ID, Name, Label, Kind string
	Value, Placeholder    string
	Hint, Error           string
	Options               []Option
	Min, Max, Step        string
	Rows                  string
	Required, Checked     bool
	MaxLength             string
	List                  string // id of the datalist with what can be chosen
}

func (f Field) described() string {
	switch {
	case f.Error != "":
		return f.ID + "-error"
	case f.Hint != "":
		return f.ID + "-hint"
	}
	return ""
}

func (f Field) multiline() bool { return f.Kind == "textarea" || f.mono() }

// mono reports whether the text is for machines too.
func (f Field) mono() bool { return f.Kind == "json" || f.Kind == "code" }

func (f Field) rows() string {
	if f.Rows == "" {
		return "3"
	}
	return f.Rows
}

func (f Field) inputType() string {
	switch f.Kind {
	case "number", "search", "password":
		return f.Kind
	}
	return "text"
}

// Note is a sentence that stands out. Tone is "" (take care), acc, bad or good.
type Note struct{ Tone, Icon, Text string }

// Problem is an error as people see it.
type Problem struct {
	Title     string
	Text      string
	Reference string // "" where the text says all there is
	Action    Link
}

// Spark is a small Φ line of 100 × 24 units.
type Spark struct {
	Line, Area string // path data
	Label      string // what it shows, in words
}

// Package suitesview holds the pages of task suites: the list, one suite with its
// tasks and runs, the forms, and the comparison of two runs.
package suitesview

import (
	"github.com/a-h/templ"

	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// List is all suites.
type List struct {
	Notice string
	New    templ.SafeURL
	Rows   []Row
	Empty  partials.Empty
}

// Row is one suite of the list.
type Row struct {
	Name         partials.Link
	Text         string
	Environments string
	Tasks, Runs  string
	Version      string
	Frozen       bool
	Changed      partials.Time
}

// ImportForm takes a suite in.
type ImportForm struct {
	Action  templ.SafeURL
	Message string
	Errors  []pages.FieldError
	Fields  []partials.Field // text, form, name, server, split
	Path    *partials.Field  // nil where files of this machine are not read
	Fold    pages.Fold
	CLI     string
}

// Page is one suite.
type Page struct {
	Name, Text  string
	Notice      string
	Chips       []partials.Chip
	Hash        string
	Run, Edit   templ.SafeURL // "" where it can't be
	Add         templ.SafeURL
	JSON, CSV   templ.SafeURL
	Freeze      *partials.Post
	Delete      partials.Post
	Copy        templ.SafeURL
	CopyField   partials.Field
	Runs        []RunRow
	RunNote     string
	KHelp       string // what pass^k is
	Compare     *ComparePick
	Columns     []Column
	Tasks       []TaskRow
	TaskNote    string
	Pager       partials.Pager
	Versions    []VersionRow
	Shown       string // the version that is shown, where it is not the newest
	CLI, Curl   string
	Refresh     string // address that the page asks again while runs go on; "" for none
	EmptyRuns   partials.Empty
	TaskCaption string
}

// RunRow is one run of the suite.
type RunRow struct {
	When                          partials.Time
	Href                          templ.SafeURL
	Version, Model, Memory, Tries string
	State                         string // how many runs are open, "" for none
	Mean, MeanRange, Pass, PassK  string
	Phi, Steps, Tokens            string
	Fixed, Broken                 string
	Compare                       templ.SafeURL
	Unknown                       string
}

// ComparePick chooses two runs.
type ComparePick struct {
	Action        templ.SafeURL
	Before, After partials.Field
}

// Column is one run of the matrix.
type Column struct{ Short, Title string }

// TaskRow is one task with what became of it in the newest runs.
type TaskRow struct {
	ID          string
	Href        templ.SafeURL // of its form, "" where it can't be changed
	Purpose     string
	Environment partials.Link
	Config      string
	Check       string
	Seed        string
	Split       string
	Steps       string
	Cells       []Cell
}

// Cell is one task in one run. Tone is "", good or bad.
type Cell struct {
	Text, Title, Tone string
	Href              templ.SafeURL
}

// VersionRow is one version.
type VersionRow struct {
	Number, Tasks, By, Note, Hash string
	Href                          templ.SafeURL
	At                            partials.Time
}

// EditForm changes a suite as text, or one task by fields.
type EditForm struct {
	Title, Text string
	Action      templ.SafeURL
	Back        templ.SafeURL
	Message     string
	Errors      []pages.FieldError
	Fields      []partials.Field
	Base        string
	Task        string // the task that was there, "" for a new one
	Button      string
	Remove      *partials.Post
	Other       partials.Link // the other way to edit
}

// RunForm starts a run of a suite.
type RunForm struct {
	Title, Text string
	Action      templ.SafeURL
	Message     string
	Errors      []pages.FieldError
	Memory      []pages.Choice
	MemoryError string
	Fields      []pages.Input // tries, split, version
	Models      []pages.Input
	Known       []string
	More        pages.Fold
	Limits      []pages.Input
	Start       pages.StartBox
	Aside       RunAside
}

// RunAside says what the inputs would start.
type RunAside struct {
	Problem   string
	Facts     []pages.Fact
	Notes     []partials.Note
	CLI, Curl string
	Start     string
}

// Comparison is two runs beside each other.
type Comparison struct {
	Title, Verdict, More string
	Pick                 *ComparePick
	Sides                partials.Table
	Fixed, Broken        []ChangeRow
	Facts                []pages.Fact
}

// ChangeRow is one task that differs.
type ChangeRow struct {
	Task          string
	Before, After string
	Href          templ.SafeURL
}

package runsview

import (
	"github.com/a-h/templ"

	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// Attempt is one run of a group as a small multiple.
type Attempt struct {
	N          string
	Href       templ.SafeURL
	State      string // solved, missed, failed, live, held or queued
	Title      string
	Line, Area string
}

// Arm is one side of a comparison. Key is on or off.
type Arm struct {
	Key, Name    string
	Done, Solved string
	Attempts     []Attempt
}

// Held says why a group does not go on, and leads to what somebody can do.
type Held struct {
	Text string
	Link partials.Link
}

// GroupRow is one attempt in the table that says the same as the charts.
type GroupRow struct {
	Attempt string
	Cells   []GroupCell
}

// GroupCell is one arm's part of a row.
type GroupCell struct {
	Run        partials.Link
	Outcome    string
	Steps, Phi string
	Running    string
}

// ArmSummary is one arm in numbers.
type ArmSummary struct{ Key, Name, Done, Solved, First, Last, Range, Steps string }

// Group is the page of runs that were launched together.
type Group struct {
	ID, Version string
	Poll        templ.SafeURL // "" when nothing changes any more
	State       partials.State
	Title       string
	Verdict     pages.Verdict
	VerdictMore string
	Meta        []string
	Progress    string // "37 of 120 done"
	Done, Total string
	Arms        []Arm
	Goal        string // y of the goal line in an attempt's box of 100
	Chart       pages.CurveChart
	Summaries   []ArmSummary
	Rows        []GroupRow
	ArmNames    []string
	Stop        *partials.Post
	LibraryURL  templ.SafeURL
	DemoURL     templ.SafeURL // "" where the group is no demonstration
	LabURL      templ.SafeURL // "" without a Lab, and for one arm
	Suite       partials.Link // of the suite that it is a run of, if it is one
	Notice      string
	Held        *Held // what waits for somebody, nil where nothing does
}

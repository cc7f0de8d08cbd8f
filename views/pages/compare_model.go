package pages

import (
	"github.com/a-h/templ"

	"purposeagent/views/partials"
)

// Compare shows 2 to 4 runs beside each other.
type Compare struct {
	Lead, Note string
	Jump       templ.SafeURL // to where the runs first differ, "" where they don't
	Runs       []ComparedRun
	Facts      []CompareFact
	Chart      CurveChart
	Rows       []CompareRow
	DiffOf     string
	Diffs      []CompareDiff
}

// ComparedRun is the head of a column; Key gives its colour in the chart.
type ComparedRun struct {
	Key, Name, Purpose string
	Href               templ.SafeURL
}

// CompareFact is one value of each run.
type CompareFact struct {
	Word    string
	Values  []string
	Differs bool
}

// CompareRow is one aligned step.
type CompareRow struct {
	N                    string
	Href                 templ.SafeURL
	Same, First, Current bool
	Cells                []CompareCell
}

// CompareCell is a run's step in a row; N "" is none.
type CompareCell struct {
	N, Action, Rest, Phi string
	Href                 templ.SafeURL
	Delta                partials.Delta
}

// CompareDiff is how two states differ.
type CompareDiff struct {
	Title, Note string
	Lines       []StateChange
}

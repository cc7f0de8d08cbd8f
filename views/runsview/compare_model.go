package runsview

import (
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// Compare shows 2 to 4 runs beside each other.
type Compare struct {
	Lead  string        // the answer, in a sentence
	Ends  string        // where Φ and the cost ended
	Steps string        // how far the runs go the same way, and what each does then
	Note  string        // what is left out
	Jump  templ.SafeURL // to where the runs first differ, "" where they don't
	Runs  []ComparedRun
	Facts []CompareFact // what they came to
	// Settings differ, Same don't: these have one value.
	Settings, Same []CompareFact
	Chart          pages.CurveChart
	Rows           []CompareRow
	DiffOf         string
	Diffs          []CompareDiff
	Open           bool // somebody asked for Diffs
}

// ComparedRun is the head of a column; Key gives its colour in the chart.
type ComparedRun struct {
	Key, Letter string
	Name        partials.Name
	Href        templ.SafeURL
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
	Result               string // "" where another cell of the row says it
	Failed               bool
	Href                 templ.SafeURL
	Delta                partials.Delta
}

// CompareDiff is how two states differ, with the way to both as JSON.
type CompareDiff struct {
	Title, Note string
	Lines       []pages.StateChange
	Raw         []partials.Link
}

// columns is how many the table of facts has.
func (v Compare) columns() string { return strconv.Itoa(len(v.Runs) + 1) }

// width is the class of the table of steps.
func (v Compare) width() string { return "n" + strconv.Itoa(len(v.Runs)) }

// sameWords names what is the same in all runs, without the values.
func (v Compare) sameWords() string {
	words := make([]string, len(v.Same))
	for i, fact := range v.Same {
		words[i] = strings.ToLower(fact.Word[:1]) + fact.Word[1:] // they begin with a letter of one byte
	}
	return strings.Join(words, ", ")
}

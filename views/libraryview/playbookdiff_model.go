package libraryview

import (
	"github.com/a-h/templ"

	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// PlaybookDiff is what differs between the playbooks of a world at two moments.
type PlaybookDiff struct {
	Self                  templ.SafeURL
	Verdict, Same, World  string
	Environment, Dynamics string
	From, To              []partials.Option
	Back                  partials.Link
	Sections              []PlaybookDiffSection
}

// PlaybookDiffSection is the lines that came, went or changed.
type PlaybookDiffSection struct {
	ID, Title, Count, More string
	Lines                  []PlaybookLineDiff
}

// PlaybookLineDiff is one of them; Lines tell what changed in it.
type PlaybookLineDiff struct {
	Kind, Title, Text string
	Rules             []partials.Link
	Lines             []pages.DiffLine
}

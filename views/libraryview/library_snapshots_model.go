package libraryview

import (
	"github.com/a-h/templ"

	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// Snapshots is the list of the library's moments.
type Snapshots struct {
	Take, At, Diff templ.SafeURL
	First, Last    string // numbers of the first and the last change
	Newest         string // when the last was, as an input takes it
	Rows           []SnapshotRow
	Notice         pages.Notice
}

// SnapshotRow is one snapshot of the list.
type SnapshotRow struct {
	ID, Name, Reason, Actor     string
	At                          partials.Time
	Rules, Change, Size, Digest string
	Href, Compare, Delete       templ.SafeURL
}

// MomentRule is a rule as it was.
type MomentRule struct {
	ID, Version  string
	Href         templ.SafeURL
	Tier         partials.Tier
	Title, Words string
	Status       []partials.Chip
}

// LibraryAt is the library of a moment.
type LibraryAt struct {
	Title, Change, Moment string
	First, Last           string
	Older, Newer          partials.Link
	Rules                 string
	Counts                []partials.Chip
	Rows                  []MomentRule
	More                  string
	At, Restore, Compare  templ.SafeURL
}

// LibraryDiff compares two moments of the library.
type LibraryDiff struct {
	Self                  templ.SafeURL
	From, To              string // as they stand in the address
	Before, After         string // their names
	BeforeHref, AfterHref templ.SafeURL
	Verdict, Same         string
	Sections              []DiffSection
}

// DiffSection holds the rules that differ in one way.
type DiffSection struct {
	Title, Count, More string
	Rules              []DiffRule
}

// DiffRule is one rule that differs, with what changed in it.
type DiffRule struct {
	Rule  MomentRule
	Lines []pages.DiffLine
}

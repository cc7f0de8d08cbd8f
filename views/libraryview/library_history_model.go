package libraryview

import (
	"github.com/a-h/templ"

	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// LibraryChanges is the list of what people changed.
type LibraryChanges struct {
	Rows   []ChangeRow
	Pager  partials.Pager
	Notice pages.Notice
}

// ChangeRow is one change of the library.
type ChangeRow struct {
	Number, What, Rules string
	Note, Actor         string
	At                  partials.Time
	Undo                templ.SafeURL // "" where it is undone already
	Undone              string
	Back                string
}

// MergeRules asks which of some rules stays.
type MergeRules struct {
	Action, Cancel templ.SafeURL
	Choices        []MergeChoice
}

// MergeChoice is one of the rules to merge.
type MergeChoice struct {
	ID, Title, When, Do, Evidence string
	Href                          templ.SafeURL
	Status                        []partials.Chip
	Selected                      bool
}

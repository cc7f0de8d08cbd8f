package libraryview

import (
	"github.com/a-h/templ"

	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// LibraryPolicy says how rules come to be used, and what the learned ones are
// worth in each world.
type LibraryPolicy struct {
	Save    templ.SafeURL
	Choices []PolicyChoice
	Saved   bool
	Worlds  []SetRow // none where nothing was learned
}

// SetRow is all that was learned in one world, in a table.
type SetRow struct {
	World                                                     partials.Link
	Tasks, Solved, Uplift, Interval, Counts, Proposed, States string
	State                                                     partials.Chip
}

// LearnedSet is the page of all that was learned in one world: whether it is
// used, why, and the button that changes it.
type LearnedSet struct {
	World   string
	State   partials.Chip
	Verdict string
	Words   []string // sentences
	Facts   []pages.Fact
	Action  templ.SafeURL
	Hidden  []partials.Hidden
	Do      BulkAction
	Problem string
	Reason  string
	Notice  pages.Notice
	Changes partials.Link
	Rules   partials.Link
}

// PolicyChoice is one policy with what it does.
type PolicyChoice struct {
	Value, Name, Text string
	Chosen            bool
}

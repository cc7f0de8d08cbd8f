package libraryview

import (
	"github.com/a-h/templ"

	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// Playbook is what is known of one world.
type Playbook struct {
	Self, Change, Export templ.SafeURL
	Return               string // the page's own query, for after a change
	Tabs                 []partials.Tab
	World, Size          string
	Worlds               []partials.Option
	At                   string            // the world, where no other can be chosen
	Moments              []partials.Option // as of which it can be read
	Compare              templ.SafeURL
	Milestones           templ.SafeURL // those of the world
	Worth                PlaybookWorth
	Sections             []PlaybookSection
	More                 partials.Link // to the lines that the budget left out
	Comments             partials.Link // to all of them, where only the newest stand by their lines
	CommentsNote         string
	Notice               pages.Notice
	Empty                partials.Empty
}

// PlaybookWorth is the effect of the learned set; Verdict is "" where nothing is known of it.
type PlaybookWorth struct {
	Verdict, More string
	Interval      pages.Interval
	Link          partials.Link
}

// PlaybookSection is the lines of one kind.
type PlaybookSection struct {
	ID, Heading, Count string
	Lines              []PlaybookLine
}

// PlaybookLine is one line with the rules behind it.
type PlaybookLine struct {
	Title, Text, Evidence, Behind string
	Cells                         []PlaybookCell
	Marks                         []partials.Chip
	Anchors, IDs                  []string
	Rules                         []partials.Link
	MoreRules                     partials.Link
	Edit                          templ.SafeURL
	Comments                      []Comment
	MoreComments                  partials.Link
	Comment                       *CommentForm // nil where nobody keeps any, or it is elsewhere
	CommentURL                    templ.SafeURL
	Actions                       []BulkAction
}

// PlaybookCell is one cell of a table; Open is what is not yet known.
type PlaybookCell struct {
	Of, Is string
	Open   bool
}

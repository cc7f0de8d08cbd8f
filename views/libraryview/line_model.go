package libraryview

import (
	"github.com/a-h/templ"

	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// LineForm edits the rules behind one line of a playbook.
type LineForm struct {
	Action, Cancel         templ.SafeURL
	Title, Return, Message string
	Errors                 []pages.FieldError
	Rules                  []LineRule
	Forms                  []string // words that its conditions may use
}

// LineRule is one of them: what is typed, and what would happen to it.
type LineRule struct {
	ID, Title, Evidence string
	Href                templ.SafeURL
	Chips               []partials.Chip
	Version, Status     string // as the person sees it
	Fields              []partials.Field
	Message             string
	Conflict            *RuleConflict // what became of it meanwhile
	Outcome             string        // "" before anybody asked
	Lines               []pages.DiffLine
}

// Comment is what a person wrote.
type Comment struct {
	ID, Text, Actor, Line, Back string
	At                          partials.Time
	Delete                      templ.SafeURL
}

// CommentList is a page of comments.
type CommentList struct {
	Heading, Count string
	Notice         pages.Notice
	Comments       []Comment
	Back           templ.SafeURL
	Pager          partials.Pager
}

// CommentForm is where one is written: about rules, behind a line or as one.
type CommentForm struct {
	Action             templ.SafeURL
	IDs                []string
	Line, Return, Rule string
	Text               partials.Field
}

// Reading is what the offline reasoner makes of what is typed. Reads and Problem are
// false where nothing can be said.
type Reading struct {
	Text           string
	Reads, Problem bool
	Forms, Actions []string
}

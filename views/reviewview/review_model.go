// Package reviewview holds the inbox of what is worth a look, and pairs of rules that are near each
// other.
package reviewview

import (
	"github.com/a-h/templ"

	"purposeagent/views/libraryview"
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// Review is the inbox of what is worth a person's look.
type Review struct {
	Asks           []ReviewRow // runs that wait for an approval
	Milestones     []ReviewRow // worlds whose milestones nobody has looked at
	Tabs           []partials.Tab
	Rows           []ReviewRow
	Before, After  partials.Link // to the rows that stand before and behind these
	Chosen         int           // the place of the item that Desk shows, -1 for none
	Desk           *ReviewDesk   // nil where there is nothing
	Previous, Next templ.SafeURL
	Notice         pages.Notice
	Laws           []libraryview.LawNotice // worlds whose laws seem to have changed lately
	Empty          partials.Empty
	Other          partials.Link // to the same by lines, or rule by rule
}

// ReviewRow is one item of the list; Value is that of a look, 0 to 1.
type ReviewRow struct {
	Href             templ.SafeURL
	Icon, Title, Sub string
	Value            string
	Current          bool
}

// ReviewDesk is one item with all that a decision needs. Sides are the two
// rules of a pair; Parts, Help and Evidence tell of a single one.
type ReviewDesk struct {
	Kind              partials.Chip
	Tier              partials.Tier
	Status            []partials.Chip
	Place, Title      string
	Key               string
	Action            templ.SafeURL
	Reason, Otherwise string
	Rule, Critic      partials.Link
	Sentences         []string
	Sides             []ConflictSide
	Parts             []libraryview.RulePart
	Help              *libraryview.RuleHelp
	Evidence          []libraryview.EvidenceRow
	Facts             []pages.Fact
	Actions           []libraryview.RuleAction
	EditURL, MergeURL templ.SafeURL
	// Line is what the playbook's line says, Rules are those behind it: what is ticked
	// is decided about. By is how the inbox is shown.
	Line, By string
	Rules    []LineRule
}

// LineRule is a rule behind a line that is reviewed.
type LineRule struct {
	ID, Title, Reason, Evidence string
	Href                        templ.SafeURL
	Kind                        partials.Chip // "" where there is nothing to look at
	Ticked                      bool
}

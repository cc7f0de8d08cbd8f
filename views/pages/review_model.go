package pages

import (
	"github.com/a-h/templ"

	"purposeagent/views/partials"
)

// Review is the inbox of what is worth a person's look.
type Review struct {
	Asks           []ReviewRow // runs that wait for an approval
	Tabs           []partials.Tab
	Rows           []ReviewRow
	Chosen         int         // the row that Desk shows, -1 for none
	Desk           *ReviewDesk // nil where there is nothing
	Previous, Next templ.SafeURL
	Notice         Notice
	Laws           []LawNotice // worlds whose laws seem to have changed lately
	Empty          partials.Empty
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
	Parts             []RulePart
	Help              *RuleHelp
	Evidence          []EvidenceRow
	Facts             []Fact
	Actions           []RuleAction
	EditURL, MergeURL templ.SafeURL
}

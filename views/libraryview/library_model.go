// Package libraryview holds the pages about rules and about how the library came to be.
package libraryview

import (
	"github.com/a-h/templ"

	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// RuleRow is one rule of the list.
type RuleRow struct {
	ID            string
	Href          templ.SafeURL
	Tier          partials.Tier
	Title         string
	When, Do      string
	Avoid         bool // Do holds what not to do
	Status        []partials.Chip
	Good, Of      string         // recorded steps that spoke for it, of all; "" for none
	Right         pages.Interval // their share
	Uplift        pages.Interval
	UpliftMore    string // where it is from, or why there is none
	Advantage     string
	AdvantageMore string // n and interval
	Checked       string // predictions that came true, of all
	Uses, Tokens  string
	World         string
	From          partials.Link
	FromTitle     string
	FromMore      string
	Quiet         bool // in no prompt: retired, archived, banned
}

// Library is the list of rules.
type Library struct {
	Self               templ.SafeURL
	BulkURL, DeleteURL templ.SafeURL
	Query, Problem     string
	Keep               []partials.Hidden
	Menus              pages.ListMenus
	TableClass         string
	QueryHelp          string
	Return             string // the list's own query, for after a bulk change
	Matching           string
	All                string // how many match, where that is more than is shown
	AllText            string
	Reads              []partials.Tab // playbook and rules; none where there is no playbook
	Tabs               []partials.Tab
	Facets             []pages.Facet
	Sorts              []partials.Option
	Links              []partials.Link // other pages of the library
	Rows               []RuleRow
	Actions            []BulkAction
	Notice             pages.Notice
	Laws               []LawNotice // worlds whose laws seem to have changed lately
	Banners            []pages.Banner
	Pager              partials.Pager
	Empty              partials.Empty
}

// BulkAction is one button of a bulk bar.
type BulkAction struct{ Value, Label, Icon, Key string }

// RulePart is one labelled line of a rule's words.
type RulePart struct {
	Label, Text string
	List        []string
	Code        bool
}

// Condition is one test of a predicate.
type Condition struct {
	Text  string
	Holds bool
}

// EvidenceRow is one step that speaks for or against a rule.
type EvidenceRow struct {
	Run   partials.Link
	Step  string
	Delta partials.Delta
	Good  partials.Chip
}

// RuleVersion is one entry of a rule's history.
type RuleVersion struct {
	Version, Reason, Actor string
	At                     partials.Time
	Lines                  []pages.DiffLine
	Entry                  string        // of the history, to restore its words
	Restore                templ.SafeURL // "" where they are the words of now
}

// RuleLink names another rule.
type RuleLink struct {
	ID, Title string
	Href      templ.SafeURL
	Status    partials.Chip
}

// RuleAction is one button of a rule's page.
type RuleAction struct {
	Value, Label, Icon, Key, Class string
}

// Rule is the page of one rule.
type Rule struct {
	ID, Title, Version string
	Playbook           partials.Link // to its line; "" where there is none
	Tier               partials.Tier
	Status             []partials.Chip
	Scope              []partials.Chip
	Parts              []RulePart
	Predicate          *RulePredicate
	Verdict            string
	VerdictMore        string
	Support            pages.Interval
	Facts              []pages.Fact
	Life               string // where it stands and what follows
	Actions            []RuleAction
	ActionURL          templ.SafeURL
	EditURL, DeleteURL templ.SafeURL
	AuditURL           templ.SafeURL // "" without a Lab
	Evidence           []EvidenceRow
	EvidenceNote       string
	Parents, Children  []RuleLink
	Conflicts          []RuleLink // rules that say the opposite for the same case
	Versions           []RuleVersion
	MoreVersions       string
	Notice             pages.Notice
	Help               RuleHelp
	Merged             partials.Link // the rule that says this from now on
	Comments           []Comment
	MoreComments       partials.Link
	Comment            *CommentForm // nil where nobody keeps any
	// Successor speaks about its case from now on, Predecessor did before it.
	Successor, Predecessor partials.Link
	Changes                []ChangeRow // by people
}

// RuleHelp says whether a rule helps.
type RuleHelp struct {
	Verdict, More string
	Bars          []HelpBar
	Scale         [2]string
	Disagree      string // the two estimates contradict each other
	Strata        partials.Table
	Facts         []pages.Fact
}

// HelpBar is one estimate on the common axis.
type HelpBar struct {
	Name     string
	Interval pages.Interval
}

// RulePredicate is a rule as a program reads it.
type RulePredicate struct {
	States     bool // it is a table of exact states, without conditions
	Action     string
	Params     []string
	Conditions []Condition
	Note       string
}

// RuleForm teaches or edits a rule.
type RuleForm struct {
	Heading, Lead     string
	Action, Cancel    templ.SafeURL
	Submit            string
	Version           string // empty when teaching
	Run, Step         string // that the rule is taught from, empty for none
	Tiers             []pages.Choice
	TierError         string
	Title, When, Do   partials.Field
	Avoid, Because    partials.Field
	Steps, ToolAction partials.Field
	Scope             *partials.Field // nil when editing: a rule stays in its scope
	Errors            []pages.FieldError
	Message           string
	Conflict          *RuleConflict
	// Reading is what the offline reasoner makes of the words, ReadingURL where it is
	// asked while somebody types; "" where nobody can tell. More is a condition to add,
	// ID that of the rule that is edited.
	Reading    Reading
	ReadingURL templ.SafeURL
	More       partials.Field
	ID         string
}

// RuleConflict shows what somebody else changed while a person was editing.
type RuleConflict struct {
	Text  string
	Lines []pages.DiffLine
}

// Package replayview holds the pages about trajectories.
package replayview

import (
	"github.com/a-h/templ"

	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// TrajectoryRow is one trajectory of the list.
type TrajectoryRow struct {
	ID          string
	Mark        string // tells it from others of its task
	Href        templ.SafeURL
	Value       string
	ValueBar    string // 0 to 100, for a progress element
	Outcome     partials.Outcome
	Task        string
	Environment string
	Type        partials.Link // of the task, leading to its like; no text where the list shows one type
	Steps, Phi  string
	Delta       partials.Delta
	Rate        string
	Spark       partials.Spark
	Retrieved   string
	At          partials.Time
	Pinned      bool
}

// Replay is the list of remembered trajectories.
type Replay struct {
	Self             templ.SafeURL
	PinURL, PruneURL templ.SafeURL
	SimulateURL      templ.SafeURL // "" where there is no simulator
	PruneAll         partials.Link // of all that the filter shows; no address where it shows nothing
	Query, Problem   string
	Menus            pages.ListMenus
	TableClass       string
	Facets           []pages.Facet
	Keep             []partials.Hidden
	Return           string
	Matching         string
	Stats            []pages.Fact
	Held             string // "312 of 500"
	HeldNote         string // what is kept beside these, and what was dropped
	HeldBar          string // 0 to 100
	CapacityURL      templ.SafeURL
	Tabs             []partials.Tab
	Sorts            []partials.Option
	Rows             []TrajectoryRow
	Notice           pages.Notice
	All, AllText     string // all that match, where they are more than is shown
	Pager            partials.Pager
	Empty            partials.Empty
}

// ReplayCapacity says how many trajectories are kept.
type ReplayCapacity struct {
	Save, Replay templ.SafeURL
	Field        partials.Field
	Facts        []pages.Fact
}

// TrajectoryStep is one step of a trajectory.
type TrajectoryStep struct {
	N       string
	Href    templ.SafeURL
	Name    string // of the action
	Values  string // its parameters
	Result  string
	Failed  bool
	Phi     string
	Delta   partials.Delta
	X, W    string // bar around a zero line, in %
	Tone    string
	Chips   []partials.Chip
	Thought string
}

// Trajectory is the page of one trajectory.
type Trajectory struct {
	ID                 string
	Title, Description string
	Outcome            partials.Outcome
	OutcomeNote        string
	Chips              []partials.Chip
	Run                partials.Link
	At                 partials.Time
	Pinned             bool
	PinURL, PruneURL   templ.SafeURL
	Verdict            string
	Metrics            []pages.Fact
	Chart              PhiLine
	Told               []string // what a later run reads of it
	ToldNote           string
	Steps              []TrajectoryStep
	StepsNote          string
	Pager              partials.Pager
	Notice             string
}

// PhiLine is a Φ line over steps: paths in a box of 100 × 100, marks in % and px.
type PhiLine struct {
	Line, Area       string
	Label            string
	EarlyY, EarlyTop string // px of the early-stop line and of its words
	Early            string
	EndY             string
	First, Last      string
}

// Prune asks before trajectories go, and says what that would do.
type Prune struct {
	Confirm    pages.Confirm
	Nothing    bool // all that was selected is pinned
	Facts      []pages.Fact
	Rules      []LosingRule
	MoreRules  string
	Values     []ValueBar
	ValueLabel string
}

// LosingRule is a rule that would lose some of its evidence.
type LosingRule struct {
	ID, Title   string
	Href        templ.SafeURL
	Loss, Share string // "3 of 12", percent
}

// ValueBar counts the trajectories of a range of values, with bars of 0 to 100.
type ValueBar struct {
	Range, Before, After  string
	BeforePart, AfterPart string
}

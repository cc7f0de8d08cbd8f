// Package labview holds the pages of the Lab: experiments, their reports, and critics.
package labview

import (
	"github.com/a-h/templ"

	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// Gauge is how far something is.
type Gauge struct{ Part, Whole, Label string }

// ArmCount is one arm in few words: its mark, and a share.
type ArmCount struct{ Key, Name, Share, Range, Title string }

// ExperimentRow is one experiment of the list.
type ExperimentRow struct {
	ID, Name    string
	Href        templ.SafeURL
	State       partials.State
	Environment string
	Verdict     string
	Arms        []ArmCount
	Effect      pages.Interval
	N           string
	Progress    *Gauge
	Started     partials.Time
	Deletable   bool
}

// Experiments is the list of the Lab.
type Experiments struct {
	Search, Delete templ.SafeURL
	Refresh        string // asks again while one is at work, "" if none is
	Query, Status  string
	Environments   []partials.Option
	Tabs           []partials.Tab
	Rows           []ExperimentRow
	Notice         string
	Pager          partials.Pager
	Empty          partials.Empty
}

// polling makes the list ask again every two seconds while an experiment in
// it is at work; app.js skips a turn that would take a selection away.
func (v Experiments) polling() templ.Attributes {
	if v.Refresh == "" {
		return nil
	}
	return templ.Attributes{"hx-get": v.Refresh, "hx-trigger": "every 2s", "hx-swap": "outerMorph", "data-poll": true}
}

// ArmChoice is one arm to tick, with what it proves.
type ArmChoice struct {
	Value, Key, Text, Help string
	Checked, Fixed         bool
}

// LabFormView is the page that starts an experiment.
type LabFormView struct {
	Action, Self         templ.SafeURL
	Note, Message        string
	Errors               []pages.FieldError
	Presets              []pages.Preset
	Worlds               []pages.World
	WorldError           string
	ConfigText           string
	Config               []pages.Input
	Purpose              pages.Input
	Sources              []pages.Choice
	SourceError          string
	Arms                 []ArmChoice
	ArmsError            string
	MoreArms             []pages.Input
	Amount               []pages.Input
	Design               []pages.Input
	Stress               []pages.Input
	Roles                []pages.Input
	Limits               []pages.Input
	Rules                []partials.Option // that can be left out
	Models, Critics      []string
	Fold, Compared, More pages.Fold // around Config; around what is compared; around the rest
	Start                pages.StartBox
	Aside                LabFormAside
}

// LabFormAside is what is computed from the inputs: how much would be done,
// what it could show, and the same for a terminal.
type LabFormAside struct {
	Start     string
	Facts     []pages.Fact
	Notes     []partials.Note
	Folds     []pages.Fold // what the folded parts say now
	Curl, CLI string
	Problem   string // why there is nothing to say yet
}

// ArmRow is one arm in numbers.
type ArmRow struct {
	Key, Name           string
	N, Solved, Share    string
	Interval            pages.Interval
	Range               string
	Score, Steps, Over  string
	Rules, Tokens, Time string
	Fits, Told          string // of the memory of a language model
	Problem             string // what broke it
	Lowest              string // the world where it did worst
}

// ComparisonRow is memory on against one other arm.
type ComparisonRow struct {
	Key, Name string
	Interval  pages.Interval
	Points, P string
	Note      string // underpowered, with the number that would be needed
}

// Check is one thing that was looked at: good, or to be looked at by a person.
type Check struct {
	Good bool
	Text string
	More partials.Link
}

// Icon is the mark before a check.
func (c Check) Icon() string {
	if c.Good {
		return "ok"
	}
	return "warn"
}

// TaskMark is how one task ended with and without memory: Class is won, both,
// lost or neither.
type TaskMark struct{ Class, Glyph, Title string }

// WorldRow is one world of several.
type WorldRow struct {
	World    string
	Href     templ.SafeURL
	Shares   []string // by arm
	Interval pages.Interval
	Points   string
	Rules    string
	Problem  string // it failed, or learning did
	Current  bool
}

// WorldsTable is the same experiment world by world.
type WorldsTable struct {
	Arms []ArmChoice // heads
	Rows []WorldRow
	Note string
}

// CalibrationView says how far the critic can be trusted.
type CalibrationView struct {
	Words     string // instead of the diagram: not enough data
	Gate      partials.Chip
	Judgement string
	Diagram   Reliability
	Stats     []pages.Fact
}

// RuleLine is one rule of the library at the end.
type RuleLine struct {
	Title, When, Support string
	Href                 templ.SafeURL // "" for a rule that is not in this library
	Tier                 partials.Tier
	Status               partials.Chip
}

// OutcomeCell is one arm's part of a task's row.
type OutcomeCell struct {
	Mark  partials.Outcome
	Steps string
	Title string
}

// OutcomeRow is one test task in all arms.
type OutcomeRow struct {
	Seed, Optimum string
	Cells         []OutcomeCell
	Verdict       string // won, lost, both, neither in words
	Class         string
}

// OutcomeWindow is a part of the test tasks, paired across arms.
type OutcomeWindow struct {
	Arms    []ArmChoice // heads
	Rows    []OutcomeRow
	Tabs    []partials.Tab // all, won, lost, …
	Earlier templ.SafeURL
	Later   templ.SafeURL
	Range   string
	Paired  bool
}

// ExperimentReport is what an experiment showed.
type ExperimentReport struct {
	Chart       *pages.CurveChart
	ChartTitle  string
	ChartNote   string
	ChartTable  partials.Table
	Comparisons []ComparisonRow
	Scale       []pages.Tick // of the intervals
	ForestNote  string
	ForestTable partials.Table
	Checks      []Check
	Arms        []ArmRow
	ArmsNote    string
	WithCost    bool
	WithMemory  bool // some arm's memory was measured
	Tasks       []TaskMark
	TasksTitle  string
	TasksLabel  string
	TaskCounts  []TaskMark // the legend, with counts
	TasksNote   string
	Worlds      *WorldsTable
	World       string // which world the parts below are of, "" for the only one
	Calibration *CalibrationView
	Training    partials.Table
	Pass        partials.Table // pass^k of each arm; no rows where each task was tried once
	TrainingSay string
	Library     []pages.Fact
	Rules       []RuleLine
	Outcomes    OutcomeWindow
}

// Experiment is the page of one experiment.
type Experiment struct {
	ID, Version, Title string
	Poll               templ.SafeURL // "" when nothing changes any more
	State              partials.State
	Meta               string
	Notice             string
	Reason             *partials.Note
	Verdict            pages.Verdict
	VerdictMore        string
	Progress           *Gauge
	Live               []ArmRow
	Cancel, Resume     *partials.Post
	Again, Export      templ.SafeURL
	Report             *ExperimentReport
	Fixed              []pages.Fact
	Spec               string
	CheckCommand       string
}

// Package runview holds the page of one run, its forks and its exports, with their view-models of
// ready strings.
package runview

import (
	"github.com/a-h/templ"

	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// RunPage is one run.
type RunPage struct {
	ID     string
	Head   RunHead
	Ask    RunAsk
	People RunPeopleLog
	Steer  SteerBox
	Spine  Spine
	Steps  RunSteps
	Detail StepDetail
	End    RunEnd
	Film   *pages.Film // nil while the run goes on
	Live   string      // address of the live stream; "" when the run has ended
	Seq    string      // the last event the page shows
	Select string      // index of the shown step, "" for none
	Follow bool        // nobody chose a step: the detail follows the newest
}

// RunHead is what stands above the Φ spine. Its parts are replaced one by one
// while the run is live.
type RunHead struct {
	Purpose     string
	Description string // "" when it says the same
	State       partials.State
	Reason      *partials.Note
	Set         *pages.Banner // what was learned is suspended here
	Facts       []RunFact
	Meters      []RunMeter
	Controls    []partials.Post
}

// RunFact is a word and a value: environment, actor, memory.
type RunFact struct {
	Word, Value string
	Wide        bool // left out on small screens
	Time        *partials.Time
	Href        templ.SafeURL
}

// RunMeter is a value against its limit.
type RunMeter struct {
	Name, Value, Of string
	Part, Whole     string // of the bar; Whole "" draws none
	Since           string // ISO time that the value counts from while running
}

// RunSteps is the list of steps: a window of the run.
type RunSteps struct {
	Rows           []StepRow
	Earlier, Later *StepGap
	All            string
	Worse, Flagged string // counts
	Next           string // what happens now, in words
	Search         templ.SafeURL
	Find           string // what was searched for
	Live           bool
}

// StepGap loads more rows in one direction.
type StepGap struct {
	ID, Text string
	Href     templ.SafeURL
	Plain    bool // leads to another page
}

// StepRow is one step in the list.
type StepRow struct {
	N             string
	Href          templ.SafeURL
	Action, Rest  string
	BarX, BarW    string // of 86 px, zero at 43
	Delta         partials.Delta
	Phi           string
	Chips         []partials.Chip
	Worse, Marked bool
	Current       bool
}

// StepDetail is everything about one step; only the shown panel is filled.
type StepDetail struct {
	N, Name, Rest string
	Delta         partials.Delta
	Phi           string
	Prev, Next    templ.SafeURL
	Fork, Teach   templ.SafeURL
	Tabs          []partials.Tab
	Empty         string // said instead when there is no step
	Step          *StepPanel
	Diff          *pages.DiffPanel
	Memory        *MemoryPanel
	Critic        *CriticPanel
	Prompt        *PromptPanel
	Raw           *RawPanel
}

// RawPanel is one part of a step as it is stored.
type RawPanel struct {
	Text           string
	Note           string // which part, "" where there is one
	Earlier, Later templ.SafeURL
	All            templ.SafeURL // the whole of it, as JSON
}

// StepPanel says what was done and what came of it.
type StepPanel struct {
	Thought   string
	Params    []RunFact
	Problem   *partials.Note
	Person    *partials.Note // a person's part in the step
	Predicted *Bar
	Observed  Bar
	Sign      string // whether the prediction's sign was right, in words
	Shaped    []pages.ShapedBy
	All       templ.SafeURL // the panel with all of them
	Result    string
	Picture   string
	PictureOf string
	Draw      templ.SafeURL // where the picture is asked for that a program draws; Picture is "" then
	Verdict   *partials.Note
	Stats     []RunFact
	Files     []StepFile
}

// StepFile is a file that an environment showed with a step or at the end.
type StepFile struct {
	Name, Text, Size string
	Href             templ.SafeURL
	Image            bool
	Body             string           // the beginning of a text
	Diff             []pages.DiffLine // of a difference, in place of Body
	Note             string
}

// Bar is a horizontal bar with its value.
type Bar struct {
	Width string
	Delta partials.Delta
}

// CriticPanel is the critic's word about one step.
type CriticPanel struct {
	Lead      string
	Reasoning string
	Flags     []FlagNote
	Evidence  []Evidence
	Stats     []RunFact
	Standing  *CriticNote // nil where nothing is known of the critic
	Panel     []PanelLine // what each critic said, where several were asked
	Spread    string
	Word      *PhiWordBox // nil where nobody can correct the critic
}

// PhiWordBox is a person's word on Φ, and where to say it.
type PhiWordBox struct {
	Said *partials.Note
	Send templ.SafeURL
	Phi  string
	Why  string
}

// FlagNote is a flag with what it means.
type FlagNote struct {
	Chip partials.Chip
	Text string
}

// Evidence is what the critic cited, and whether it was found.
type Evidence struct {
	Mark       partials.Chip
	Text, Note string
}

// PromptPanel names the prompt templates of one step.
type PromptPanel struct {
	Rows  []RunFact
	Stats []RunFact
	Calls []ModelCall
}

// RunEnd is what a run came to. Shown is false while it goes on.
type RunEnd struct {
	Shown    bool
	Outcome  partials.Outcome
	Summary  string
	Stats    []RunFact
	Learned  []LearnedRule // the first few
	More     []LearnedRule
	MoreText string
	Rejected []LearnedRule
	Set      *pages.Banner // all that was learned was suspended, or lifted
	Lead     string        // what was learned, in a sentence
	Problem  *partials.Note
	Again    templ.SafeURL
	Ten      templ.SafeURL  // where ten more runs are launched; "" where they would learn nothing
	Film     templ.SafeURL  // the page, playing; "" where there is nothing to play
	Knows    *partials.Note // why it did not succeed yet
	Files    []StepFile     // how its outcome came about
	Library  templ.SafeURL
	Replay   templ.SafeURL
	Dropped  string // why there is no trajectory any more
}

// LearnedRule is a change of the library, or a proposal that did not pass.
type LearnedRule struct {
	Op            partials.Chip
	Title, Reason string
	Href          templ.SafeURL
}

// ModelCall is one call of a model, word for word.
type ModelCall struct {
	ID, Title, Model, Template string
	Facts                      []RunFact
	Messages                   []CallMessage
	Schema, Answer, Problem    string
}

// CallMessage is one message of a call.
type CallMessage struct{ Role, Text string }

// PanelLine is what one critic of a panel said.
type PanelLine struct{ Critic, Phi, Confidence, Reasoning string }

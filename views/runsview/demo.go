package runsview

import (
	"github.com/a-h/templ"

	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// Demo is the page of a demonstration.
type Demo struct {
	Ask         templ.SafeURL // for what is new; "" when nothing changes any more
	Live        string        // address of the stream that tells of changes, "" as above
	Seq         string        // the last change that is shown
	State       partials.State
	Progress    string
	Left        string // how long it goes on, "" for not known
	Done, Total string
	Pause       *partials.Post
	Again       *partials.Post
	PaceURL     templ.SafeURL
	Paces       []DemoPace
	All         templ.SafeURL // every attempt
	Library     templ.SafeURL
	Verdict     pages.Verdict
	VerdictMore string
	Why         string // the first tasks fail
	Repeats     string // whether tasks come again
	First       pages.Film
	Latest      pages.Film
	Chart       pages.CurveChart
	Lessons     []DemoLesson // newest first
	Seal        string       // SHA-256 of the secrets, "" for none
	End         *DemoEnd     // nil until it is over
}

// DemoPace is a choice of how long the whole takes.
type DemoPace struct {
	Value, Text string
	Current     bool
}

// DemoLesson is a line of the playbook with the task that taught it.
type DemoLesson struct {
	Task, Title, Text string
	Trial             bool
	Href              templ.SafeURL
}

// DemoEnd is what stands at the end of a demonstration.
type DemoEnd struct {
	Prove     templ.SafeURL // "" without a Lab
	ProofTime string
	Reveal    templ.SafeURL
	Open      bool // the secrets are shown
	Found     string
	Secrets   []DemoSecret
	Seed      string // what was sealed
}

// DemoSecret is a secret rule beside what was found of it.
type DemoSecret struct {
	Text, Found string
	Mark        partials.Chip
}

func (p DemoPace) pressed() string {
	if p.Current {
		return "true"
	}
	return "false"
}

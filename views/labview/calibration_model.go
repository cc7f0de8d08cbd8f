package labview

import (
	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// Critics is the page of the critics' calibration.
type Critics struct {
	Lead, Point, Rest string // the answer in words; Point stands out
	More              string
	Rules             string // by which rules a critic is judged
	Cards             []CriticCard
	Empty             partials.Empty
}

// CriticCard is one critic in one scope.
type CriticCard struct {
	ID, Name string
	Where    []partials.Chip
	Runs     partials.Link
	Right    partials.Chip
	Reason   string
	Alarm    *partials.Note
	Goodhart string // where there is no alarm
	Stats    []CriticStat
	Diagram  Reliability
	Map      partials.Table
}

// CriticStat is one figure with what it rests on.
type CriticStat struct{ Term, Help, Value, Small string }

// Reliability is a reliability diagram with its table twin.
type Reliability struct {
	Chart pages.CurveChart
	Table partials.Table
	Note  string
}

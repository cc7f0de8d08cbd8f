package reviewview

import (
	"github.com/a-h/templ"

	"purposeagent/views/pages"
	"purposeagent/views/partials"
)

// NearRules are the rules that contradict or repeat each other.
type NearRules struct {
	Verdict, Note string
	Notice        pages.Notice
	Conflicts     []Conflict
	Clusters      []NearCluster
	More          string
}

// Conflict is two rules with the same when and the opposite do.
type Conflict struct {
	A, B          ConflictSide
	Likeness      string
	Action, Merge templ.SafeURL
}

// ConflictSide is one of the two, with what speaks for it.
type ConflictSide struct {
	ID, Title, When, Do, Avoid, Evidence string
	Href                                 templ.SafeURL
	Status                               []partials.Chip
	Uplift                               pages.Interval
}

// NearCluster is a group of rules that say nearly the same.
type NearCluster struct {
	Title, More, Label string
	Rules              []NearRule
	Size               string // of the matrix, in px
	Cells, Diagonal    []MatrixCell
	Table              partials.Table
	Merge              templ.SafeURL
}

// NearRule is one rule of a group; Number is its row and column in the matrix.
type NearRule struct {
	Number, ID, Title, Words string
	Href                     templ.SafeURL
	Status                   []partials.Chip
}

// MatrixCell is one square of the matrix.
type MatrixCell struct{ X, Y, Opacity, Title, TextX, TextY string }

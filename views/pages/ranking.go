package pages

import (
	"github.com/a-h/templ"

	"purposeagent/views/partials"
)

// Ranking is a list of rules with what their scores are made of.
type Ranking struct {
	Parts bool // some row has parts
	Rows  []RankedRule
}

// RankedRule is one rule of a Ranking.
type RankedRule struct {
	ShapedBy
	Status string
	LetIn  string   // with which probability, where it could have been held out
	Parts  []string // as RankingHead has them; none where the score has no parts
}

// ScorePart names one part of a score.
type ScorePart struct{ Word, Help string }

// RankingHead names the parts of a score, in order.
var RankingHead = []ScorePart{
	{"Words", "Rank by similarity of words (BM25); – where it is not among the best 50"},
	{"Vector", "Rank by the cosine of vectors; – where it is not among the best 50"},
	{"Similar", "The greater of similarity by words and cosine"},
	{"z", "The two ranks fused, Σ 1/(60 + rank), in standard deviations from the mean of all that were found"},
	{"Advantage", "Success with it above what is usual for the type of task, shrunk towards 0; while learning → the value drawn"},
	{"Bonus", "For rules that were tried little; none in a test"},
	{"Repeats", "Similarity to a rule chosen before; 0.3 of it is subtracted"},
}

// PartName returns the name of the part at a place.
func PartName(i int) string { return RankingHead[i].Word }

// ShapedBy is a rule or an example that had a part in a step.
type ShapedBy struct {
	Use         partials.Chip
	Tier        *partials.Tier
	ID          string
	Href        templ.SafeURL
	Title, Why  string
	Score, Note string
}

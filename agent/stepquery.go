package agent

// StepQuery filters the steps of one run. Zero fields do not filter.
type StepQuery struct {
	Text  string     // words that must all stand in action, thought, result, error or the critic's reason
	Terms []StepTerm // must all hold
	After int        // index of the last step already seen
	Limit int        // default 100, at most 200
}

// StepTerm is one condition of a StepQuery.
type StepTerm struct {
	Field StepField
	Not   bool
	// Values are alternatives, for fields of words.
	Values []string
	// Low and High bound a number; nil is open. LowOpen and HighOpen leave the
	// bound itself out.
	Low, High         *float64
	LowOpen, HighOpen bool
}

// StepField is what a term speaks of.
type StepField string

// Fields of words, then fields of numbers.
const (
	StepAction StepField = "action" // name of the action
	StepRule   StepField = "rule"   // id of a rule that was shown or cited
	StepIs     StepField = "is"     // flagged or failed
	StepText   StepField = "text"

	StepDelta StepField = "delta"
	StepPhi   StepField = "phi"
	StepIndex StepField = "step"
)

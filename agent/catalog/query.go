package catalog

import "purposeagent/agent"

// QueryTerm is one condition of a query over a list with the fields F.
type QueryTerm[F ~string] struct {
	Field F
	Not   bool
	// Values are alternatives, for fields of words.
	Values []string
	// Low and High bound a number; nil is open. LowOpen and HighOpen leave the
	// bound itself out.
	Low, High         *float64
	LowOpen, HighOpen bool
}

// Is is the condition that a field of words has one of the values.
func Is[F ~string](field F, values ...string) QueryTerm[F] {
	return QueryTerm[F]{Field: field, Values: values}
}

type (
	// RunTerm is one condition of a RunQuery.
	RunTerm = QueryTerm[RunField]
	// StepTerm is one condition of a StepQuery.
	StepTerm = QueryTerm[StepField]
	// HeuristicTerm is one condition of a HeuristicQuery.
	HeuristicTerm = QueryTerm[HeuristicField]
	// TrajectoryTerm is one condition of a TrajectoryQuery.
	TrajectoryTerm = QueryTerm[TrajectoryField]
)

// RunQuery filters and sorts runs. Zero fields do not filter.
type RunQuery struct {
	Text   string    // words that must all stand in purpose, label or id
	Terms  []RunTerm // must all hold
	Sort   string    // one of RunSorts; "" is newest
	Limit  int       // default 50, at most 200
	Cursor string
}

// RunSorts are the orders of runs, the highest first. All but newest list
// ended runs only: the others would change their places while one looks.
var RunSorts = []string{"newest", "phi", "steps", "tokens", "usd", "took"}

// RunField is what a term about runs speaks of.
type RunField string

// Fields of words, then fields of numbers.
const (
	RunStatusField RunField = "status"
	RunEnv         RunField = "env"
	RunGroup       RunField = "group"
	RunModel       RunField = "model"  // the actor's, or how its name begins
	RunMemory      RunField = "memory" // on or off
	RunSolved      RunField = "solved" // yes or no, of runs with a verdict
	RunTag         RunField = "tag"
	RunAsks        RunField = "asks" // yes where a person has to approve
	RunOf          RunField = "fork" // id of the run that it was forked from
	RunID          RunField = "id"
	RunText        RunField = "text" // a phrase within purpose, label and id

	RunPhi    RunField = "phi"
	RunSteps  RunField = "steps"
	RunTokens RunField = "tokens"
	RunUSD    RunField = "usd"
	RunSeed   RunField = "seed"
	RunTook   RunField = "took" // seconds from start to end; of ended runs
	RunAge    RunField = "age"  // seconds since it was launched
)

// RunFacets counts what a query finds; each count leaves out the query's own
// condition on its field. Counts go up to MaxCounted.
type RunFacets struct {
	Any      bool // whether there is any run at all
	Matching int
	ByStatus map[agent.RunStatus]int
	Envs     map[string]int
	Models   map[string]int
	Memory   map[string]int
	Solved   map[string]int // yes, no
	Tags     map[string]int
}

// RunEntry is one row of a list in which the runs of a launch are one: a run by
// itself, or the newest of several with what is common to them.
type RunEntry struct {
	Run   agent.Run
	Group *GroupSum // nil for a run by itself, also for the only one of a group that a query finds
}

// RunProgress is how far a run of a group has come.
type RunProgress struct {
	ID      string
	Status  agent.RunStatus
	LastSeq int64 // number of its newest event
}

// GroupSum sums up those runs of a group that a query finds.
type GroupSum struct {
	Found, All     int // how many the query finds, and how many there are
	ByStatus       map[agent.RunStatus]int
	ByMemory       map[string]int
	Judged, Solved int // with a verdict or failed, which is not solved, and of these how many solved their task
	Tasks          int // different purposes
	Steps          int
	Usage          agent.Usage
}

// MaxCounted is how far lists count: the work for a page does not grow with
// what is kept.
const MaxCounted = 10_000

// StepQuery filters the steps of one run. Zero fields do not filter.
type StepQuery struct {
	Text  string     // words that must all stand in action, thought, result, error or the critic's reason
	Terms []StepTerm // must all hold
	After int        // index of the last step already seen
	Limit int        // default 100, at most 200
}

// StepField is what a term about steps speaks of.
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

// HeuristicQuery filters heuristics. Zero fields do not filter.
type HeuristicQuery struct {
	Tier        []agent.Tier
	Status      []agent.Status
	Pinned      *bool
	Environment string
	Text        string
	Terms       []HeuristicTerm // must all hold
	Sort        string          // uplift (its lower bound), advantage, support, uses, updated (default)
	Limit       int             // default 50, at most 500
	Cursor      string
}

// HeuristicField is what a term about heuristics speaks of.
type HeuristicField string

// Fields of words, then fields of numbers.
const (
	FieldStatus HeuristicField = "status"
	FieldTier   HeuristicField = "tier"
	FieldKind   HeuristicField = "kind"
	FieldEnv    HeuristicField = "env"    // exactly this environment; "any" is a rule for every one
	FieldAuthor HeuristicField = "author" // human, distiller, model, import, or how the name begins
	FieldPinned HeuristicField = "pinned" // yes or no
	FieldID     HeuristicField = "id"
	FieldText   HeuristicField = "text" // a phrase within title and words

	FieldUplift    HeuristicField = "uplift" // the estimate; a rule without one never matches
	FieldLow       HeuristicField = "low"    // lower bound of the uplift's interval
	FieldN         HeuristicField = "n"      // tasks in the uplift, both sides
	FieldAdvantage HeuristicField = "advantage"
	FieldSupport   HeuristicField = "support"
	FieldUses      HeuristicField = "uses"
	FieldHits      HeuristicField = "hits"
	FieldMisses    HeuristicField = "misses"
)

// TrajectoryQuery filters trajectories. Zero fields do not filter.
type TrajectoryQuery struct {
	Text   string           // words that must all stand in purpose or id
	Terms  []TrajectoryTerm // must all hold
	Sort   string           // value, newest (default)
	Limit  int              // default 50, at most 200
	Cursor string
}

// TrajectoryField is what a term about trajectories speaks of.
type TrajectoryField string

// Fields of words, then fields of numbers.
const (
	TrajectoryEnv    TrajectoryField = "env"
	TrajectoryType   TrajectoryField = "type"   // of the task, in full
	TrajectorySolved TrajectoryField = "solved" // yes or no
	TrajectoryPinned TrajectoryField = "pinned" // yes or no
	TrajectoryRun    TrajectoryField = "run"
	TrajectoryID     TrajectoryField = "id"
	TrajectoryText   TrajectoryField = "text" // a phrase within purpose and id

	TrajectoryValue     TrajectoryField = "value" // classical Q
	TrajectoryPhi       TrajectoryField = "phi"   // after the last step
	TrajectoryDelta     TrajectoryField = "delta" // sum over the steps
	TrajectorySteps     TrajectoryField = "steps"
	TrajectoryRetrieved TrajectoryField = "retrieved" // times put before an actor
	TrajectoryAge       TrajectoryField = "age"       // seconds since it was stored
)

// TrajectoryFacets counts what a query finds, as RunFacets does.
type TrajectoryFacets struct {
	Matching int
	Solved   map[string]int // yes, no
	Envs     map[string]int
	Types    map[string]int
	Pinned   int
}

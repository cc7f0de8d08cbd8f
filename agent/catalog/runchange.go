package catalog

import "time"

// RunAction is what a person does with many runs at once.
type RunAction string

// The actions. Those that can be undone come first.
const (
	RunDelete RunAction = "delete" // kept for RunBinTime, then gone for good
	RunAddTag RunAction = "tag"
	RunNoTag  RunAction = "untag"
	RunStop   RunAction = "stop"
	RunPause  RunAction = "pause"
	RunResume RunAction = "resume"
)

// RunActions lists the actions in the order in which pages show them.
var RunActions = []RunAction{RunAddTag, RunNoTag, RunPause, RunResume, RunStop, RunDelete}

// Undoable reports whether a change by this action can be taken back.
func (a RunAction) Undoable() bool { return a == RunDelete || a == RunAddTag || a == RunNoTag }

// RunBinTime is how long deleted runs can be brought back.
const RunBinTime = 7 * 24 * time.Hour

// MaxRunChange bounds the runs of one change.
const MaxRunChange = 5000

// RunSelection names runs for one change: by id, or all that a query finds.
type RunSelection struct {
	IDs   []string
	Query *RunQuery
	// Expect is how many runs the person was told that the query finds; another
	// number is CodeConflict. 0 does not check.
	Expect int
}

// RunChange is one change of many runs by a person.
type RunChange struct {
	ID     int64     `json:"id"` // to undo it; 0 where it can't be or nothing was changed
	Action RunAction `json:"action"`
	Tag    string    `json:"tag,omitempty"`
	Actor  string    `json:"actor"`
	At     time.Time `json:"at"`
	Runs   int       `json:"runs"` // that were changed
	Left   int       `json:"left"` // that were left as they are: it does not fit their state
}

// SavedView is a list with its query, order and columns under a name.
type SavedView struct {
	ID    int64     `json:"id"`
	List  string    `json:"list"` // runs, library or replay
	Name  string    `json:"name"`
	Query string    `json:"query"` // of the page's address
	Actor string    `json:"actor"`
	At    time.Time `json:"at"`
}

package experiments

import (
	"time"

	"purposeagent/agent"
)

// ExperimentStatus is where an experiment stands.
type ExperimentStatus string

// The statuses of an experiment. The last three are final, but one that failed
// or was cancelled can be resumed from what it has stored.
const (
	ExperimentQueued    ExperimentStatus = "queued"
	ExperimentRunning   ExperimentStatus = "running"
	ExperimentFinished  ExperimentStatus = "finished"
	ExperimentFailed    ExperimentStatus = "failed"
	ExperimentCancelled ExperimentStatus = "cancelled"
)

// ExperimentStatuses lists the statuses in the order in which pages show them.
var ExperimentStatuses = []ExperimentStatus{ExperimentRunning, ExperimentQueued, ExperimentFinished, ExperimentFailed, ExperimentCancelled}

// Final reports whether an experiment in this status works no more by itself.
func (s ExperimentStatus) Final() bool {
	return s == ExperimentFinished || s == ExperimentFailed || s == ExperimentCancelled
}

// Experiment is one proof in the Lab as it stands: frozen memory × arms ×
// held-out task seeds. What is compared is fixed and hashed before the start.
type Experiment struct {
	ID          string           `json:"id"`
	Name        string           `json:"name"`
	Environment string           `json:"environment"`
	Status      ExperimentStatus `json:"status"`
	Reason      string           `json:"reason,omitempty"` // why it failed, or who cancelled it
	By          string           `json:"by,omitempty"`     // who asked for it
	// Spec is what was asked, as the lab reads it; ConfigHash fixes it.
	Spec       agent.Object       `json:"spec"`
	ConfigHash string             `json:"config_hash"`
	Progress   ExperimentProgress `json:"progress"`
	// Verdict is the sentence that sums the report up, "" before there is one.
	Verdict string `json:"verdict,omitempty"`
	// Effect is what memory was worth, nil before it is known.
	Effect *ExperimentEffect `json:"effect,omitempty"`
	// Report is the whole report, "" before there is one and in lists.
	Report    agent.Object `json:"report,omitempty"`
	CreatedAt time.Time    `json:"created_at"`
	StartedAt *time.Time   `json:"started_at"`
	EndedAt   *time.Time   `json:"ended_at"`
}

// ExperimentEffect is the paired difference of success with memory on and off,
// with its 95 % interval.
type ExperimentEffect struct {
	Value  float64 `json:"value"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
	Holm   float64 `json:"holm"`   // p, corrected for the number of arms
	N      int     `json:"n"`      // tasks or, where Worlds is set, worlds
	Worlds bool    `json:"worlds"` // the unit is the world
}

// ExperimentProgress is how far an experiment has come, live.
type ExperimentProgress struct {
	World int    `json:"world,omitempty"` // which of Worlds is worked, from 1
	Of    int    `json:"of,omitempty"`    // how many worlds; 0 for a single one
	Phase string `json:"phase,omitempty"` // training, testing, …
	Done  int    `json:"done"`
	Total int    `json:"total"`
	// Arms counts the tasks that ended so far in each arm of the test, and how
	// many of them were solved.
	Arms map[string]ArmProgress `json:"arms,omitempty"`
}

// ArmProgress counts the tasks that ended in one arm.
type ArmProgress struct {
	N         int `json:"n"`
	Successes int `json:"successes"`
}

// ExperimentQuery filters experiments. Zero fields do not filter.
type ExperimentQuery struct {
	Status      []ExperimentStatus
	Environment string
	Text        string // words of name, id or verdict
	Limit       int    // default 50, at most 200
	Cursor      string
}

// ExperimentClaim is an experiment that somebody works: the holder of its
// lease. Each write names the epoch, so that a holder who lost the lease is refused.
type ExperimentClaim struct {
	Experiment Experiment // without its report
	Epoch      int64
	Spent      time.Duration // of work before this claim
}

// ExperimentEnd is how an experiment ended.
type ExperimentEnd struct {
	Status  ExperimentStatus // a final one
	Reason  string
	Verdict string
	Effect  *ExperimentEffect
	Report  agent.Object
}

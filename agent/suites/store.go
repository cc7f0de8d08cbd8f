package suites

import (
	"context"
	"time"

	"purposeagent/agent"
)

// Info is a kept suite as lists show it, at its newest version.
type Info struct {
	ID           string    `json:"id"`
	Name         string    `json:"name"`
	Description  string    `json:"description,omitempty"`
	Version      int       `json:"version"`
	Hash         string    `json:"hash"` // SHA-256 of the tasks
	Tasks        int       `json:"tasks"`
	Environments []string  `json:"environments"`
	Frozen       bool      `json:"frozen"` // nobody can change it any more
	By           string    `json:"by"`     // who changed it last
	Runs         int       `json:"runs"`   // of the suite
	CreatedAt    time.Time `json:"created_at"`
	ChangedAt    time.Time `json:"changed_at"`
}

// Version is one version of a suite's tasks. It never changes.
type Version struct {
	Number int       `json:"version"`
	Hash   string    `json:"hash"`
	Count  int       `json:"count"` // of the tasks
	Tasks  []Task    `json:"tasks,omitempty"`
	By     string    `json:"by"`
	Note   string    `json:"note,omitempty"`
	At     time.Time `json:"at"`
}

// Ask says how a suite is done.
type Ask struct {
	Version int    `json:"version"`         // 0: the newest
	Split   string `json:"split,omitempty"` // Train, Test, "": all
	Tries   int    `json:"tries"`           // of each task, 1 to MaxTries
	// Memory is on, off, or Frozen: what was learned is used as it is at the launch,
	// and nothing is learned.
	Memory string          `json:"memory"`
	Rules  string          `json:"rules,omitempty"` // the snapshot of the library that Frozen uses
	Models agent.ModelRefs `json:"models"`
	Budget agent.Budget    `json:"budget,omitzero"` // of each try
	Tags   []string        `json:"tags,omitempty"`
}

// Frozen is memory whose library stays as it is.
const Frozen = "frozen"

// Run is one time that a suite was done.
type Run struct {
	ID    string `json:"id"`
	Suite string `json:"suite"`
	Group string `json:"group,omitempty"` // of its runs; "" where it is one run
	Ask
	Hash  string    `json:"hash"`  // of the version's tasks
	Tasks int       `json:"tasks"` // that were done
	By    string    `json:"by"`
	At    time.Time `json:"at"`
}

// Try is one try of a task in a run of a suite, with what became of it.
type Try struct {
	Task   string          `json:"task"`
	Try    int             `json:"try"` // from 1
	Run    string          `json:"run"`
	Status agent.RunStatus `json:"status,omitempty"` // "": the run was deleted
	// Solved is the word of a try that came to its end; nil for any other, and
	// where nobody said what became of it.
	Solved    *bool   `json:"solved"`
	Steps     int     `json:"steps"`
	Phi       float64 `json:"phi"`
	Tokens    int64   `json:"tokens"`
	USD       float64 `json:"usd"`
	Estimated bool    `json:"estimated,omitempty"` // tokens, by nobody's count
}

// Store keeps suites. Errors: CodeNotFound for a suite, version or run that is not
// there; CodeInvalid for what no suite may be.
type Store interface {
	// Create keeps a new suite with its first version. CodeConflict where the name is
	// taken, in whatever letters.
	Create(ctx context.Context, by string, s Suite, note string) (Info, error)
	// Get returns a suite by its id or its name.
	Get(ctx context.Context, suite string) (Info, error)
	// List returns all suites, at most MaxSuites, the one changed last first.
	List(ctx context.Context) ([]Info, error)
	// Edit changes a suite whose newest version is base. Other tasks are the next
	// version; the same tasks change name and description alone. CodeConflict where
	// there is another version by now, where the suite is frozen, or the name taken.
	Edit(ctx context.Context, by, id string, base int, s Suite, note string) (Info, error)
	// Freeze keeps a suite from any later change; again it does nothing.
	Freeze(ctx context.Context, by, id string) (Info, error)
	// Delete forgets a suite with its versions and which runs were its: those stay.
	Delete(ctx context.Context, by, id string) error
	// Version returns a version with its tasks; 0 is the newest.
	Version(ctx context.Context, id string, number int) (Version, error)
	// Versions returns all versions without their tasks, newest first.
	Versions(ctx context.Context, id string) ([]Version, error)
	// Runs returns the runs of a suite, newest first, at most limit.
	Runs(ctx context.Context, id string, limit int) ([]Run, error)
	// Run returns one run of a suite.
	Run(ctx context.Context, id string) (Run, error)
	// OfGroup returns the run of a suite that a group of runs is; nil for any other.
	OfGroup(ctx context.Context, group string) (*Run, error)
	// Tries returns the tries of runs of suites as they stand, in the order in which
	// they were launched.
	Tries(ctx context.Context, runs ...string) (map[string][]Try, error)
}

// MaxSuites bounds how many suites are kept.
const MaxSuites = 500

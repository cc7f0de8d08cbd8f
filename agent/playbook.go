package agent

import "purposeagent/agent/credit"

// Playbook is what the library of one world says, on one page that a person
// reads and a prompt holds. It is composed from the rules by code; the rules
// stay the truth.
type Playbook struct {
	Lines []PlaybookLine `json:"lines"`
	// Tokens is about what the lines take in a prompt, at some four bytes each.
	Tokens int `json:"tokens"`
	// More is how many lines the budget left out, the least certain ones.
	More int `json:"more,omitempty"`
}

// LineKind is the section of a playbook that a line stands in.
type LineKind string

// The kinds of lines, in the order in which a playbook has them.
const (
	LineFact      LineKind = "fact"      // a table: what goes with what
	LineProcedure LineKind = "procedure" // ordered steps that solved a task
	LineStrategy  LineKind = "strategy"  // what holds over many constants
	LinePitfall   LineKind = "pitfall"   // what to avoid
)

// LineKinds lists the kinds in their order.
var LineKinds = []LineKind{LineFact, LineProcedure, LineStrategy, LinePitfall}

// PlaybookLine is one line of a playbook, with the rules that it says.
type PlaybookLine struct {
	Kind LineKind `json:"kind"`
	Tier Tier     `json:"tier"`
	// Title is unique among the lines of a playbook.
	Title string `json:"title"`
	Text  string `json:"text"`
	// Status is Active where what the line says is sure: by the counts of its rules
	// (docs/learning.md, §10), or by the status of a rule that somebody wrote in words
	// of their own. Anything else is in trial.
	Status Status `json:"status"`
	Pinned bool   `json:"pinned,omitempty"`
	// Rules are the ids of the rules behind it, surest first.
	Rules []string `json:"rules"`
	// Good and Bad count what spoke for and against its rules: transitions, of a
	// procedure that was lifted the tasks that took all its steps.
	Good int `json:"good"`
	Bad  int `json:"bad"`
	// Uplift is the hold-out's estimate where the line is one rule's that has one.
	Uplift *credit.Uplift `json:"uplift"`
}

// PlaybookComposer writes the playbook of a set of rules. It is safe for
// concurrent use, caches by the set's scope and revision, and is deterministic.
type PlaybookComposer interface {
	Compose(world Description, actions []ActionSpec, rules *RuleSet, o PlaybookOptions) Playbook
}

// PlaybookOptions say what of a playbook is wanted.
type PlaybookOptions struct {
	// Tokens is the budget: the surest lines of each section stay. 0: all lines.
	// Rules in trial take at most a fifth of it.
	Tokens int
	// Without reports the rules that are held out of the task; nil: none are.
	Without func(*Heuristic) bool
}

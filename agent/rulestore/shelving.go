package rulestore

import (
	"context"

	"purposeagent/agent"
	"purposeagent/agent/credit"
)

// Shelver is a library that can put rules away when the laws of their world
// seem to have changed. It is a power that a Library may have; without it no
// such change is looked for.
type Shelver interface {
	// Shelve archives the rules, marks them as shelved, and records the change in
	// the scope's ledger, in one transaction that can be undone as one. It returns
	// the change as recorded. A trajectory in which a change was found before
	// records none again: CodeConflict.
	Shelve(ctx context.Context, s Shelving) (credit.LawChange, error)
}

// Shelving asks a library to put away the rules of actions whose laws seem to
// have changed.
type Shelving struct {
	Actor  string
	Scope  agent.Scope
	Change credit.LawChange
	Rules  []string // ids; those that Change.Shelves no longer holds for stay
}

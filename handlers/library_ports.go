package handlers

import (
	"context"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/learning"
)

type (
	// LibraryChanges is the library as people steer it. Each change is one
	// transaction with an entry in the journal, and can be undone. Errors:
	// CodeNotFound, CodeInvalid, CodeConflict if it changed meanwhile.
	LibraryChanges interface {
		Facets(ctx context.Context, q agent.HeuristicQuery) (agent.LibraryFacets, error)
		Change(ctx context.Context, actor string, action agent.LibraryAction, selection agent.RuleSelection) (agent.LibraryChange, error)
		// Changes returns changes before a revision (0: the newest), of one rule where an id is given.
		Changes(ctx context.Context, rule string, before int64, limit int) ([]agent.LibraryChange, error)
		Undo(ctx context.Context, actor string, revision int64) (agent.LibraryChange, error)
		// Revert gives a rule the words of entry n of its history.
		Revert(ctx context.Context, actor, id string, n int) (agent.LibraryChange, error)
		Merge(ctx context.Context, actor, keep string, away []string) (agent.LibraryChange, error)
		// Near finds rules in words that repeat or contradict each other; Decide
		// notes that both of a pair are right.
		Near(ctx context.Context) (learning.RuleMap, error)
		Decide(ctx context.Context, actor, a, b, decision string) error
	}
	// Packs carries rules between libraries. Errors: CodeInvalid.
	Packs interface {
		Export(ctx context.Context, name string, q agent.HeuristicQuery) (learning.Pack, error)
		// Import takes in a pack that learning.ParsePack found nothing wrong with.
		Import(ctx context.Context, actor string, pack learning.Pack, as learning.PackImport) (learning.PackReport, error)
	}
	// LibraryPolicy is how rules come to be used, and what the learned ones are
	// worth in each world. Errors: CodeInvalid for an unknown policy.
	LibraryPolicy interface {
		Policy(ctx context.Context) (learning.Policy, error)
		SetPolicy(ctx context.Context, actor string, policy learning.Policy) error
		Ledgers(ctx context.Context) ([]agent.ScopeLedger, error)
		// SuspendSet keeps all that was learned in a scope out of use, LiftSet puts
		// it to use again, both for a reason. CodeNotFound: nothing was learned from
		// there; CodeConflict: it is so already.
		SuspendSet(ctx context.Context, actor string, scope agent.Scope, reason string) (agent.LibraryChange, error)
		LiftSet(ctx context.Context, actor string, scope agent.Scope, reason string) (agent.LibraryChange, error)
	}
	// Snapshots are moments of the library, each named by the number of the last
	// change in it. Errors: CodeNotFound, CodeInvalid for a name.
	Snapshots interface {
		Take(ctx context.Context, actor, name string) (agent.Snapshot, error)
		List(ctx context.Context) ([]agent.Snapshot, error)
		Get(ctx context.Context, id string) (agent.Snapshot, error)
		Rules(ctx context.Context, id string) ([]*agent.Heuristic, error)
		AsOf(ctx context.Context, revision int64) ([]*agent.Heuristic, error)
		Moment(ctx context.Context, at time.Time) (int64, error)
		When(ctx context.Context, revision int64) (time.Time, error)
		Span(ctx context.Context) (first, last int64, at time.Time, err error)
		Restore(ctx context.Context, actor string, revision int64, name string) (agent.LibraryChange, error)
		Delete(ctx context.Context, actor, id string) error
	}
)

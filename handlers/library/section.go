// Package library is the pages about rules: their list, one rule, teaching and
// editing, and the sets that were learned.
package library

import (
	"context"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/features"
	"purposeagent/agent/lifecycle"
	"purposeagent/handlers/ui"
)

// Config is what the pages work with.
type Config struct {
	Library   Library
	Runs      Runs
	Policy    Policy     // nil: it can't be chosen
	Moments   Moments    // nil: there are no snapshots
	Playbooks Playbooks  // nil: the list of rules is all there is
	Lines     LineEditor // nil: a line of several rules is edited rule by rule
	Comments  Comments   // nil: nobody keeps any
	Pages     Pages      // of other families, to link to
	// RuleLanguage returns the words of a rule's world; ok is false where nobody can
	// look into it. nil: nobody ever can.
	RuleLanguage func(ctx context.Context, h *agent.Heuristic) (l *features.RuleLanguage, ok bool)
	// ModelsSetUp reports whether somebody set up a language model here.
	ModelsSetUp func(ctx context.Context) bool
	// Forget has the items of the review inbox counted anew.
	Forget func()
}

// Pages says which pages of other families there are.
type Pages struct {
	Snapshots, Packs, Lab, Milestones bool
}

type (
	// Library keeps heuristics. Errors: CodeNotFound, CodeInvalid, CodeConflict.
	Library interface {
		Get(ctx context.Context, id string) (*agent.Heuristic, error)
		List(ctx context.Context, q catalog.HeuristicQuery) (catalog.Page[agent.Heuristic], error)
		Create(ctx context.Context, actor string, h agent.Heuristic) (*agent.Heuristic, error)
		Edit(ctx context.Context, actor, id string, version int, change catalog.HeuristicEdit) (*agent.Heuristic, error)
		Versions(ctx context.Context, id string) ([]catalog.HeuristicVersion, error)
		Facets(ctx context.Context, q catalog.HeuristicQuery) (catalog.LibraryFacets, error)
		Change(ctx context.Context, actor string, action agent.LibraryAction, selection catalog.RuleSelection) (catalog.LibraryChange, error)
		// Changes returns changes before a revision (0: the newest), of one rule where an id is given.
		Changes(ctx context.Context, rule string, before int64, limit int) ([]catalog.LibraryChange, error)
	}
	// Runs reads the steps that rules rest on. Errors: CodeNotFound.
	Runs interface {
		Get(ctx context.Context, id string) (agent.Run, error)
		Step(ctx context.Context, run string, index int) (agent.Step, error)
	}
	// Policy is how rules come to be used, and what the learned ones are worth in
	// each world. Errors: CodeInvalid for an unknown policy.
	Policy interface {
		Policy(ctx context.Context) (lifecycle.Policy, error)
		SetPolicy(ctx context.Context, actor string, policy lifecycle.Policy) error
		Ledgers(ctx context.Context) ([]catalog.ScopeLedger, error)
		// SuspendSet keeps all that was learned in a scope out of use, LiftSet puts
		// it to use again, both for a reason. CodeNotFound: nothing was learned from
		// there; CodeConflict: it is so already.
		SuspendSet(ctx context.Context, actor string, scope agent.Scope, reason string) (catalog.LibraryChange, error)
		LiftSet(ctx context.Context, actor string, scope agent.Scope, reason string) (catalog.LibraryChange, error)
	}
)

// Section is these pages.
type Section struct {
	*ui.Kit
	cfg Config
}

// New returns the pages.
func New(kit *ui.Kit, cfg Config) *Section { return &Section{Kit: kit, cfg: cfg} }

// commentPages are those about what people say of rules and lines.
type commentPages struct{ *Section }

// playbookPages are those about the playbook of a world and its lines.
type playbookPages struct{ *Section }

func (s playbookPages) register(g *echo.Group) {
	if s.cfg.Playbooks != nil {
		g.GET("/library/playbook.md", s.exportPlaybook)
		g.GET("/library/playbook/diff", s.playbookDiff)
	}
	s.registerLines(g)
}

// Package review is the inbox of what is worth a person's look, and the pairs
// of rules that repeat or contradict each other.
package review

import (
	"context"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/calibration"
	"purposeagent/agent/catalog"
	"purposeagent/agent/duplicates"
	"purposeagent/agent/inbox"
	"purposeagent/agent/milestones"
	"purposeagent/handlers/library"
	"purposeagent/handlers/ui"
)

// Config is what the pages work with.
type Config struct {
	Review  Inbox // nil: there is no inbox
	Library Library
	Runs    Runs
	// Critics knows how far critics can be trusted. nil: nobody does.
	Critics Critics
	// Playbooks write the lines that items are shown by. nil: they stand one by one.
	Playbooks library.Playbooks
	// Milestones are those that models wrote. nil: there are none.
	Milestones interface {
		Sets(ctx context.Context) ([]milestones.Set, error)
	}
}

type (
	// Inbox is what of a library is worth a person's look.
	Inbox interface {
		// Review returns it, most valuable first, what was put off included.
		Review(ctx context.Context) ([]inbox.Item, error)
		// ReviewMark changes whenever Review or PutOffs may answer something else, but for
		// what comes back since its time has passed.
		ReviewMark(ctx context.Context) (string, error)
		// PutOff keeps an item out of the inbox until a time; the zero time brings
		// it back. PutOffs returns what is put off.
		PutOff(ctx context.Context, actor, key string, until time.Time) error
		PutOffs(ctx context.Context) (map[string]time.Time, error)
	}
	// Library changes what the inbox is about. Errors: CodeNotFound, CodeInvalid,
	// CodeConflict if it changed meanwhile.
	Library interface {
		Change(ctx context.Context, actor string, action agent.LibraryAction, selection catalog.RuleSelection) (catalog.LibraryChange, error)
		// Near finds rules in words that repeat or contradict each other; Decide
		// notes that both of a pair are right.
		Near(ctx context.Context) (duplicates.Map, error)
		Decide(ctx context.Context, actor, a, b, decision string) error
	}
	// Runs lists the first runs that wait for a person's approval.
	Runs interface {
		Asks(ctx context.Context, limit int) ([]agent.Run, error)
	}
	// Critics knows how far critics can be trusted.
	Critics interface {
		Critics(ctx context.Context) ([]calibration.CriticReport, error)
	}
)

// Section is these pages.
type Section struct {
	*ui.Kit
	cfg     Config
	library *library.Section
	// reviews is the number beside Review in the rail, kept the inbox as it was read last.
	reviews reviewCount
	kept    keptInbox
}

// New returns the pages; rules shows the rules of an item.
func New(kit *ui.Kit, rules *library.Section, cfg Config) *Section {
	return &Section{Kit: kit, cfg: cfg, library: rules}
}

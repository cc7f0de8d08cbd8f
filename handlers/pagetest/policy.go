package pagetest

import (
	"context"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/agent/learning"
)

// Statute is a policy in memory.
type Statute struct {
	Chosen learning.Policy
	Sets   []agent.ScopeLedger
}

func (s *Statute) Policy(context.Context) (learning.Policy, error) { return s.Chosen, nil }

func (s *Statute) Ledgers(context.Context) ([]agent.ScopeLedger, error) { return s.Sets, nil }

func (s *Statute) SetPolicy(_ context.Context, _ string, p learning.Policy) error {
	if p == "anything" {
		return agent.InvalidFields(map[string]string{"policy": "must be evidence, approve or open"})
	}
	s.Chosen = p
	return nil
}

func (s *Statute) SuspendSet(_ context.Context, actor string, scope agent.Scope, reason string) (catalog.LibraryChange, error) {
	return s.set(actor, scope, reason, true)
}

func (s *Statute) LiftSet(_ context.Context, actor string, scope agent.Scope, reason string) (catalog.LibraryChange, error) {
	return s.set(actor, scope, reason, false)
}

func (s *Statute) set(actor string, scope agent.Scope, reason string, suspended bool) (catalog.LibraryChange, error) {
	if reason == "" {
		return catalog.LibraryChange{}, agent.InvalidFields(map[string]string{"reason": "say why"})
	}
	for i := range s.Sets {
		l := &s.Sets[i].Ledger
		switch {
		case s.Sets[i].Scope != scope:
		case suspended == (l.Suspended != nil):
			return catalog.LibraryChange{}, agent.Errorf(agent.CodeConflict, "it is so already")
		case suspended:
			*l = l.Suspend(actor, reason, time.Unix(1_700_000_000, 0))
			return catalog.LibraryChange{Revision: 9, Action: agent.ActSuspend}, nil
		default:
			*l = l.Lift()
			return catalog.LibraryChange{Revision: 10, Action: agent.ActLift}, nil
		}
	}
	return catalog.LibraryChange{}, agent.Errorf(agent.CodeNotFound, "nothing was learned there")
}

package app

import (
	"context"
	"slices"
	"sync"

	"purposeagent/agent"
	"purposeagent/agent/milestones"
	"purposeagent/agent/playbook"
	"purposeagent/models"
)

// Milestones are those that are kept for worlds, and those that environments declare.
// It is safe for concurrent use.
type Milestones struct {
	*models.Milestones
	app *App
}

// Declared returns the milestones that a world's environment declares, which critics
// judge by instead of any others; none where it declares none or can't be looked into.
// Errors: CodeNotFound for a world that nobody knows: of no environment, or of laws that
// no rule, no kept milestones and none of the latest runs have.
func (m *Milestones) Declared(ctx context.Context, world milestones.World) ([]string, error) {
	described, _ := m.app.describe(ctx, agent.Scope{Environment: world.Environment, Dynamics: world.Dynamics}, nil)
	if len(described.Milestones) > 0 {
		return described.Milestones, nil
	}
	kept, err := m.Newest(ctx, world)
	if err != nil || kept != nil {
		return nil, err
	}
	if _, err := m.app.Registry.Kind(world.Environment); err != nil {
		return nil, agent.Errorf(agent.CodeNotFound, "there is no environment %q", agent.Clip(world.Environment, 80))
	}
	worlds, err := m.app.Library.Worlds(ctx)
	known := world.Dynamics == "" || described.Dynamics == world.Dynamics ||
		slices.ContainsFunc(worlds, func(w playbook.World) bool { return milestones.WorldOf(w.Scope) == world })
	if err == nil && !known {
		err = agent.Errorf(agent.CodeNotFound, "no run and no rule of %s is of a world %q", world.Environment, agent.Clip(world.Dynamics, 80))
	}
	return nil, err
}

// Decide keeps what a person says of a world's milestones, as models.Milestones.Decide
// does. Errors: also those of Declared, and CodeConflict where the environment declares
// them: nobody would judge by what was decided.
func (m *Milestones) Decide(ctx context.Context, actor string, base int, set milestones.Set) (*milestones.Set, error) {
	declared, err := m.Declared(ctx, set.World)
	if err != nil {
		return nil, err
	}
	if len(declared) > 0 {
		return nil, agent.Errorf(agent.CodeConflict, "the environment declares the milestones of this world; critics judge by those and by no others")
	}
	return m.Milestones.Decide(ctx, actor, base, set)
}

// settled is a store whose sets, once they were asked for, stay as they were: all tasks
// of an experiment are judged alike, whatever people decide meanwhile.
type settled struct {
	store milestones.Store

	mu   sync.Mutex
	sets map[milestones.World]*milestones.Set
}

func (s *settled) Newest(ctx context.Context, world milestones.World) (*milestones.Set, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if set := s.sets[world]; set != nil {
		return set, nil
	}
	set, err := s.store.Newest(ctx, world)
	return s.settle(world, set), err
}

func (s *settled) Add(ctx context.Context, set milestones.Set) (*milestones.Set, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept, err := s.store.Add(ctx, set)
	return s.settle(set.World, kept), err
}

func (s *settled) settle(world milestones.World, set *milestones.Set) *milestones.Set {
	if set != nil {
		if s.sets == nil {
			s.sets = map[milestones.World]*milestones.Set{}
		}
		s.sets[world] = set
	}
	return set
}

package engine

import (
	"context"
	"database/sql"
	"fmt"

	"purposeagent/agent"
)

// River's priorities: a run that somebody launched by itself and may be
// waiting for goes before the many of a group.
const (
	prioritySingle = 1
	priorityGroup  = 4
)

// Planned is one run to launch, checked and with its defaults filled in.
type Planned struct {
	Spec  agent.RunSpec
	Seed  int64
	Label string // the run's place in its group, where there are several
}

// Create stores and queues the runs of a plan in one transaction and in their
// order. Several share a group, and let single launches go first. Errors:
// CodeInvalid for no run or too many.
func (e *Engine) Create(ctx context.Context, plan []Planned) ([]agent.Run, error) {
	return e.CreateWith(ctx, plan, nil)
}

// CreateWith is Create, and note stores in the same transaction what belongs to the
// new runs; its error leaves none of them. nil: nothing does.
func (e *Engine) CreateWith(ctx context.Context, plan []Planned, note func(tx *sql.Tx, runs []agent.Run) error) ([]agent.Run, error) {
	runs, priority, err := e.planned(plan)
	if err != nil {
		return nil, err
	}
	if err := e.migrate(ctx); err != nil { // a launch may come before Start
		return nil, fmt.Errorf("set up the job engine's tables: %w", err)
	}
	err = e.cfg.Runs.Create(ctx, runs, priority, func(tx *sql.Tx) ([]int64, error) {
		ids := make([]string, len(runs))
		for i := range runs {
			ids[i] = runs[i].ID
		}
		if note != nil {
			if err := note(tx, runs); err != nil {
				return nil, err
			}
		}
		return e.insertJobs(ctx, tx, ids, priority)
	})
	if err != nil {
		return nil, err
	}
	e.wake()
	return runs, nil
}

// CreateHeld stores the runs of a plan as Create does. They are queued, and begin
// when LetGo is called for them. Errors: those of Create.
func (e *Engine) CreateHeld(ctx context.Context, plan []Planned) ([]agent.Run, error) {
	runs, priority, err := e.planned(plan)
	if err != nil {
		return nil, err
	}
	if err := e.cfg.Runs.CreateHeld(ctx, runs, priority); err != nil {
		return nil, err
	}
	return runs, nil
}

// LetGo queues runs that are held. One that a person stopped or paused meanwhile
// stays as it is.
func (e *Engine) LetGo(ctx context.Context, runs []string) error {
	if err := e.migrate(ctx); err != nil {
		return err
	}
	if err := e.cfg.Runs.LetGo(ctx, runs); err != nil {
		return err
	}
	_, err := e.cfg.Runs.Enqueue(ctx, runs, func(tx *sql.Tx, runs []string) ([]int64, error) {
		return e.insertJobs(ctx, tx, runs, priorityGroup)
	})
	e.wake()
	return err
}

// planned makes the runs of a plan, several as a group, with their priority.
func (e *Engine) planned(plan []Planned) (runs []agent.Run, priority int, err error) {
	n := len(plan)
	if n == 0 || n > agent.MaxRepeats {
		return nil, 0, agent.Errorf(agent.CodeInvalid, "a launch has 1 to %d runs, got %d", agent.MaxRepeats, n)
	}
	group, priority := "", prioritySingle
	if n > 1 {
		priority = priorityGroup
		if group, err = e.ids.next("g_"); err != nil {
			return nil, 0, err
		}
	}
	now := e.cfg.Now()
	runs = make([]agent.Run, n)
	for i, p := range plan {
		id, err := e.ids.next("r_")
		if err != nil {
			return nil, 0, err
		}
		runs[i] = agent.Run{ID: id, Group: group, Label: p.Label, Spec: p.Spec, Seed: p.Seed,
			Status: agent.RunIsQueued, LastSeq: 1, CreatedAt: now.UTC()}
	}
	return runs, priority, nil
}

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
	switch n := len(plan); {
	case n == 0 || n > agent.MaxRepeats:
		return nil, agent.Errorf(agent.CodeInvalid, "a launch has 1 to %d runs, got %d", agent.MaxRepeats, n)
	case n == 1:
		return e.insert(ctx, "", plan, prioritySingle)
	}
	group, err := e.ids.next("g_")
	if err != nil {
		return nil, err
	}
	return e.insert(ctx, group, plan, priorityGroup)
}

func (e *Engine) insert(ctx context.Context, group string, plan []Planned, priority int) ([]agent.Run, error) {
	if err := e.migrate(ctx); err != nil { // a launch may come before Start
		return nil, fmt.Errorf("set up the job engine's tables: %w", err)
	}
	now := e.cfg.Now()
	runs := make([]agent.Run, len(plan))
	ids := make([]string, len(plan))
	for i, p := range plan {
		id, err := e.ids.next("r_")
		if err != nil {
			return nil, err
		}
		ids[i] = id
		runs[i] = agent.Run{ID: id, Group: group, Label: p.Label, Spec: p.Spec, Seed: p.Seed,
			Status: agent.RunIsQueued, LastSeq: 1, CreatedAt: now.UTC()}
	}
	err := e.cfg.Runs.Create(ctx, runs, priority, func(tx *sql.Tx) ([]int64, error) {
		return e.insertJobs(ctx, tx, ids, priority)
	})
	if err != nil {
		return nil, err
	}
	return runs, nil
}

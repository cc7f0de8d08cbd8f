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

// Planned is one run of a group.
type Planned struct {
	Spec  agent.RunSpec // its Repeats are not looked at
	Seed  int64
	Label string // the run's place in its group
}

// Launch stores and queues the runs of a spec in one transaction: one, or as
// many as spec.Repeats says, which then share a group and have seeds that
// count up. A seed of 0 is drawn. Errors: CodeInvalid with a message per field.
func (e *Engine) Launch(ctx context.Context, spec agent.RunSpec) ([]agent.Run, error) {
	var err error
	if spec.Seed == 0 { // before the check: an initial state may be of one seed only
		if spec.Seed, err = drawSeed(); err != nil {
			return nil, err
		}
	}
	if spec, err = e.check(spec); err != nil {
		return nil, err
	}
	if spec.Repeats == 1 {
		return e.create(ctx, "", []Planned{{Spec: spec, Seed: spec.Seed}}, prioritySingle)
	}
	group, err := e.ids.next("g_")
	if err != nil {
		return nil, err
	}
	planned := make([]Planned, spec.Repeats)
	for i := range planned {
		planned[i] = Planned{Spec: spec, Seed: spec.Seed + int64(i), Label: fmt.Sprintf("run %d", i+1)}
	}
	return e.create(ctx, group, planned, priorityGroup)
}

// LaunchGroup stores and queues the runs of a plan as one group, in one
// transaction and in their order, and returns the group's id. They let single
// launches go first. Errors are as for Launch.
func (e *Engine) LaunchGroup(ctx context.Context, plan []Planned) (string, error) {
	if len(plan) == 0 || len(plan) > agent.MaxRepeats {
		return "", agent.Errorf(agent.CodeInvalid, "a group has 1 to %d runs, got %d", agent.MaxRepeats, len(plan))
	}
	group, err := e.ids.next("g_")
	if err != nil {
		return "", err
	}
	checked := make([]Planned, len(plan))
	for i, p := range plan {
		p.Spec.Repeats = 1
		if p.Spec, err = e.check(p.Spec); err != nil {
			return "", err
		}
		if p.Seed == 0 {
			if p.Seed, err = drawSeed(); err != nil {
				return "", err
			}
		}
		p.Spec.Seed = p.Seed
		checked[i] = p
	}
	_, err = e.create(ctx, group, checked, priorityGroup)
	return group, err
}

func (e *Engine) check(spec agent.RunSpec) (agent.RunSpec, error) {
	spec = spec.WithDefaults()
	if err := spec.Check(); err != nil {
		return spec, err
	}
	if e.cfg.Validate == nil {
		return spec, nil
	}
	spec, err := e.cfg.Validate(spec)
	if err != nil {
		return spec, err
	}
	return spec, spec.Check()
}

func (e *Engine) create(ctx context.Context, group string, plan []Planned, priority int) ([]agent.Run, error) {
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

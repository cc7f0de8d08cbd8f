package engine

import (
	"context"
	"database/sql"
	"fmt"

	"purposeagent/agent"
	"purposeagent/agent/steering"
)

// Fork launches another run from a step of one, which may still be going on: it
// takes over the steps up to there, which costs nothing, and goes on from their last
// state. spec is what steering.Fork.Spec says, checked. Errors: CodeConflict if the
// run has not begun.
func (e *Engine) Fork(ctx context.Context, spec agent.RunSpec, fork steering.Fork) (agent.Run, error) {
	parent, by := spec.Origin.Run, spec.Origin.By
	if fork.State != nil {
		runs, err := e.Create(ctx, []Planned{{Spec: spec, Seed: spec.Seed}})
		if err != nil {
			return agent.Run{}, err
		}
		if fork.Note != "" {
			err = e.NoteRun(ctx, runs[0].ID, by, fork.Note)
		}
		return runs[0], err
	}
	if err := e.migrate(ctx); err != nil { // a fork may come before Start
		return agent.Run{}, fmt.Errorf("set up the job engine's tables: %w", err)
	}
	newID, err := e.ids.next("r_")
	if err != nil {
		return agent.Run{}, err
	}
	var next *agent.Step
	if fork.Action != nil {
		steps, err := e.cfg.Runs.Steps(ctx, parent, fork.Step, 1)
		if err != nil {
			return agent.Run{}, err
		}
		if len(steps) > 0 {
			next = &steps[0]
		}
	}
	run := agent.Run{ID: newID, Spec: spec, Seed: spec.Seed, Status: agent.RunIsQueued, CreatedAt: e.cfg.Now().UTC()}
	run, err = e.cfg.Runs.Fork(ctx, run, fork.Events(by, next), prioritySingle, func(tx *sql.Tx) ([]int64, error) {
		return e.insertJobs(ctx, tx, []string{newID}, prioritySingle)
	})
	e.wake()
	return run, err
}

package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"

	"purposeagent/agent"
)

// ForkRun launches another run from a step of one, which may still be going on:
// it takes over the steps up to there, which costs nothing, and goes on from
// their last state as the fork says. Errors: CodeNotFound, CodeConflict if the
// run has not begun, CodeInvalid with a message per field, also where the
// environment can't be entered in mid-run.
func (e *Engine) ForkRun(ctx context.Context, id, by string, fork agent.Fork) (agent.Run, error) {
	parent, err := e.cfg.Runs.Get(ctx, id)
	if err != nil {
		return agent.Run{}, err
	}
	spec, err := fork.Spec(parent, by)
	if err != nil {
		return agent.Run{}, err
	}
	if spec, err = e.check(spec); err != nil {
		return agent.Run{}, forkFields(err)
	}
	if err := e.canFork(spec, fork); err != nil {
		return agent.Run{}, err
	}
	if fork.State != nil {
		runs, err := e.create(ctx, "", []Planned{{Spec: spec, Seed: spec.Seed}}, prioritySingle)
		if err != nil {
			return agent.Run{}, err
		}
		return runs[0], e.noteFork(ctx, runs[0].ID, by, fork)
	}
	if err := e.migrate(ctx); err != nil { // a fork may come before Start
		return agent.Run{}, fmt.Errorf("set up the job engine's tables: %w", err)
	}
	newID, err := e.ids.next("r_")
	if err != nil {
		return agent.Run{}, err
	}
	var next *agent.Step
	if fork.Action != nil && fork.Step < parent.Steps {
		steps, err := e.cfg.Runs.Steps(ctx, id, fork.Step, 1)
		if err != nil {
			return agent.Run{}, err
		}
		if len(steps) > 0 {
			next = &steps[0]
		}
	}
	run := agent.Run{ID: newID, Spec: spec, Seed: spec.Seed, Status: agent.RunIsQueued, CreatedAt: e.cfg.Now().UTC()}
	return e.cfg.Runs.Fork(ctx, run, fork.Events(by, next), prioritySingle, func(tx *sql.Tx) ([]int64, error) {
		return e.insertJobs(ctx, tx, []string{newID}, prioritySingle)
	})
}

// noteFork writes the fork's note to a run that begins anew.
func (e *Engine) noteFork(ctx context.Context, id, by string, fork agent.Fork) error {
	if fork.Note == "" {
		return nil
	}
	return e.NoteRun(ctx, id, by, fork.Note)
}

// forkFields names what is wrong with a run as the field of the fork that it
// came from.
func forkFields(err error) error {
	var e *agent.Error
	if !errors.As(err, &e) || e.Fields["initial_state"] == "" {
		return err
	}
	fields := maps.Clone(e.Fields)
	fields["state"] = fields["initial_state"]
	delete(fields, "initial_state")
	return agent.InvalidFields(fields)
}

// canFork asks the environment whether it can be entered and has the action.
func (e *Engine) canFork(spec agent.RunSpec, fork agent.Fork) error {
	if e.cfg.Powers == nil {
		return nil
	}
	specs, restorable, err := e.cfg.Powers(spec)
	if err != nil {
		return err
	}
	if !restorable {
		return agent.InvalidFields(map[string]string{"step": spec.Environment.Name + " can't be entered in mid-run, so it can't be forked; run it again instead"})
	}
	if fork.Action != nil {
		if err := agent.CheckAction(specs, *fork.Action); err != nil {
			return agent.InvalidFields(map[string]string{"action": agent.MessageOf(err)})
		}
	}
	return nil
}

package app

import (
	"context"
	"errors"
	"maps"

	"purposeagent/agent"
	"purposeagent/agent/steering"
)

// ForkRun launches another run from a step of one, which may still be going on:
// it takes over the steps up to there, which costs nothing, and goes on from
// their last state as the fork says. Errors: CodeNotFound, CodeConflict if the
// run has not begun, CodeInvalid with a message per field, also where the
// environment can't be entered in mid-run.
func (a *App) ForkRun(ctx context.Context, id, by string, fork steering.Fork) (agent.Run, error) {
	parent, err := a.Runs.Get(ctx, id)
	if err != nil {
		return agent.Run{}, err
	}
	spec, err := fork.Spec(parent, by)
	if err != nil {
		return agent.Run{}, err
	}
	if spec, err = a.check(ctx, spec); err != nil {
		return agent.Run{}, forkFields(err)
	}
	if err := a.checkFork(spec, fork); err != nil {
		return agent.Run{}, err
	}
	return a.Engine.Fork(ctx, spec, fork)
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

// checkFork asks the environment whether it can be entered and has the action.
func (a *App) checkFork(spec agent.RunSpec, fork steering.Fork) error {
	specs, restorable, err := a.powers(spec)
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

package app

import (
	"context"
	"fmt"
	"slices"

	"purposeagent/agent"
)

// check checks a spec that has its defaults: its fields, the environment and its
// configuration, the task as far as the world can tell beforehand, the models. It
// returns the spec with the configuration's defaults. Errors: CodeInvalid with a
// message per field.
func (a *App) check(ctx context.Context, spec agent.RunSpec) (agent.RunSpec, error) {
	if err := spec.Check(); err != nil {
		return spec, err
	}
	config, err := a.Registry.Check(spec.Environment.Name, spec.Environment.Config)
	if err != nil {
		return spec, err
	}
	spec.Environment.Config = config
	if err := a.checkApproval(spec); err != nil {
		return spec, err
	}
	if err := a.checkTask(spec); err != nil {
		return spec, err
	}
	fields := map[string]string{}
	if spec.Rules != "" {
		switch _, err := a.Snapshots.Get(ctx, spec.Rules); {
		case spec.Memory == "off":
			fields["rules"] = "need memory to be on"
		case err != nil:
			fields["rules"] = agent.MessageOf(err) + "; the snapshots are in the Library"
		}
	}
	for role, ref := range map[agent.ModelRole]string{agent.ActorRole: spec.Models.Actor, agent.CriticRole: spec.Models.Critic, agent.OptimizerRole: spec.Models.Optimizer} {
		if err := a.roles.check(role, ref); err != nil {
			fields["models."+string(role)] = agent.MessageOf(err)
		}
	}
	if len(fields) > 0 {
		return spec, agent.InvalidFields(fields)
	}
	return spec, nil
}

// checkTask says whether the task of a spec can be worked on, for its seed.
func (a *App) checkTask(spec agent.RunSpec) error {
	task := spec.Task(spec.Seed)
	if err := task.Check(); err != nil {
		return err
	}
	return a.Registry.CheckTask(spec.Environment, task)
}

// checkApproval refuses to ask people about actions that the environment does
// not have. The rest of the policy is checked with the task.
func (a *App) checkApproval(spec agent.RunSpec) error {
	policy, err := agent.ParseApproval(spec.Approval)
	if err != nil || !policy.Asks() {
		return nil //nolint:nilerr // Task.Check says it, beside the other fields
	}
	specs, restorable, err := a.powers(spec)
	if err != nil {
		return err
	}
	if !restorable {
		return agent.InvalidFields(map[string]string{"approval": spec.Environment.Name + " can't be entered in mid-run, so a run in it can't wait for a person"})
	}
	for _, name := range policy.Actions {
		if !slices.ContainsFunc(specs, func(s agent.ActionSpec) bool { return s.Name == name }) && name != agent.Done {
			return agent.InvalidFields(map[string]string{"approval": fmt.Sprintf("%s has no action %q", spec.Environment.Name, agent.Clip(name, 40))})
		}
	}
	return nil
}

// powers says which actions a spec's environment has, and whether it can be
// entered in mid-run.
func (a *App) powers(spec agent.RunSpec) (actions []agent.ActionSpec, restorable bool, err error) {
	env, err := a.Registry.New(spec.Environment)
	if err != nil {
		return nil, false, err
	}
	defer closeEnvironment(env)
	a.glances.remember(spec.Environment, env)
	_, restorable = env.(agent.Restorer)
	return env.Actions(), restorable, nil
}

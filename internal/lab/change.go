package lab

import (
	"context"
	"fmt"

	"purposeagent/agent"
)

// The splits of an experiment whose laws change: training tasks of after, and
// test tasks of before.
const (
	afterChange  = "train after the change"
	beforeChange = "test before the change"
)

// checkChange refuses a change that is more than one of laws: with other
// actions it would be another scope, however it is called.
func (e *experiment) checkChange() error {
	if e.spec.ChangeAt == 0 {
		return nil
	}
	var schemas []string
	for _, split := range []string{"train", afterChange} {
		env, err := e.cfg.World.New(e.config(split))
		if err != nil {
			return err
		}
		schemas = append(schemas, agent.SchemaHash(env.Actions()))
		if split == "train" {
			scope := agent.ScopeOf(e.cfg.World.Name, env)
			e.fixed = &scope
		}
		closeEnvironment(env)
	}
	if schemas[0] != schemas[1] {
		return agent.InvalidFields(map[string]string{"change-config": "these settings change what actions there are, not only what they do; nothing learned before could be used"})
	}
	if string(e.config("train")) == string(e.config(afterChange)) {
		return agent.InvalidFields(map[string]string{"change-config": "these settings are what the world has already: nothing would change"})
	}
	return nil
}

// scopeOf is what is learned in an environment filed under. Where the laws
// change it is the scope of before, since the change goes unannounced.
func (e *experiment) scopeOf(env agent.Environment) agent.Scope {
	if e.fixed != nil {
		return *e.fixed
	}
	return agent.ScopeOf(e.cfg.World.Name, env)
}

// curriculum draws the training tasks, and the test tasks of the world of
// before where its laws change.
func (e *experiment) curriculum(ctx context.Context, tests []task) (train, early []task, err error) {
	n := e.spec.Train
	if e.spec.Suite != nil {
		train, err = e.trainingTasks()
		return train, tests, err
	}
	if e.spec.ChangeAt == 0 {
		train, err = e.tasks(ctx, e.cfg.World, e.config("train"), e.spec.TrainFrom, n, e.spec.TrainMaxSteps, 2)
		return train, tests, err
	}
	train, err = e.tasks(ctx, e.cfg.World, e.config("train"), e.spec.TrainFrom, e.spec.ChangeAt, e.spec.TrainMaxSteps, 2)
	if err != nil {
		return nil, nil, err
	}
	later, err := e.tasks(ctx, e.cfg.World, e.config(afterChange), e.spec.TrainFrom+int64(e.spec.ChangeAt), n-e.spec.ChangeAt, e.spec.TrainMaxSteps, 2)
	if err != nil {
		return nil, nil, err
	}
	early, err = e.tasks(ctx, e.cfg.World, e.config(beforeChange), e.spec.TestFrom, e.spec.Test, e.spec.MaxSteps, 1)
	return append(train, later...), early, err
}

// changeLaw lets the learner go on in the world of after, under the old name.
func (l *learner) changeLaw() error {
	env, err := l.world.New(l.e.config(afterChange))
	if err != nil {
		return fmt.Errorf("make the world of after the change: %w", err)
	}
	closeEnvironment(l.env)
	l.config = l.e.config(afterChange)
	return l.enter(env)
}

// changeOf is what changes in the i-th of several worlds: the number of a world
// counts up with them, so that each becomes another one.
func changeOf(change agent.Object, i int) agent.Object {
	var to struct {
		World *int64 `json:"world"`
	}
	if change.IsEmpty() || change.Decode(&to) != nil || to.World == nil {
		return change
	}
	return with(change, map[string]any{"world": *to.World + int64(i)})
}

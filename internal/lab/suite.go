package lab

import (
	"fmt"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/suites"
)

// Suite is the tasks of an experiment, where it takes them from a task suite instead
// of drawing them: all of them enter the hash.
type Suite struct {
	Name  string        `json:"name"`
	Hash  string        `json:"hash"` // of all tasks of the suite's version
	Train []suites.Task `json:"train"`
	Test  []suites.Task `json:"test"`
}

// WithSuite returns the specification with the tasks of a suite: those for training
// and those for testing. Errors: CodeInvalid where they are of several environments.
func (s Spec) WithSuite(name string, tasks []suites.Task) (Spec, error) {
	kinds := suites.Environments(tasks)
	if len(kinds) != 1 {
		return s, agent.InvalidFields(map[string]string{"suite": fmt.Sprintf("%s has tasks in %d environments (%s), and an experiment is about one: what is learned in one is not used in another; split the suite", name, len(kinds), agent.Clip(strings.Join(kinds, ", "), 80))})
	}
	if s.Environment.Name != "" && s.Environment.Name != kinds[0] {
		return s, agent.InvalidFields(map[string]string{"suite": fmt.Sprintf("%s is in %s, not in %s; leave the environment out", name, kinds[0], s.Environment.Name)})
	}
	s.Suite = &Suite{Name: name, Hash: suites.Hash(tasks), Train: suites.Of(tasks, suites.Train), Test: suites.Of(tasks, suites.Test)}
	s.Environment = agent.EnvironmentRef{Name: kinds[0]}
	s.Train, s.Test = len(s.Suite.Train), len(s.Suite.Test)
	if s.Source == SourceLibrary {
		s.Suite.Train, s.Train = []suites.Task{}, 0
	}
	switch {
	case s.Test < MinTest:
		return s, agent.InvalidFields(map[string]string{"suite": fmt.Sprintf("%s has %d tasks for testing; %d are needed at least", name, s.Test, MinTest)})
	case s.Train == 0 && s.Source == SourceTraining:
		return s, agent.InvalidFields(map[string]string{"suite": name + ` has no task for training: give some the split "train", or measure the library as it is with --source library`})
	}
	return s, nil
}

// checkSuite refuses what does not go with tasks of a suite.
func (s Spec) checkSuite(fields map[string]string) {
	if s.Suite == nil {
		return
	}
	refuse := func(is bool, field, text string) {
		if is {
			fields[field] = text
		}
	}
	refuse(!s.TestConfig.IsEmpty(), "test-config", "does not go with a suite: its tasks have their own settings")
	refuse(s.ChangeAt != 0, "change-at", "does not go with a suite: its tasks have their own settings")
	refuse(s.Planted != 0, "planted", "does not go with a suite: the tasks that false rules are looked for in would have to be drawn")
	refuse(s.Purpose != "", "purpose", "does not go with a suite: its tasks have their own")
	refuse(s.Train != len(s.Suite.Train), "train", fmt.Sprintf("the suite has %d tasks for training", len(s.Suite.Train)))
	refuse(s.Test != len(s.Suite.Test), "test", fmt.Sprintf("the suite has %d tasks for testing", len(s.Suite.Test)))
	for i := range s.Suite.Test {
		for k := range s.Suite.Train {
			refuse(s.Suite.Test[i].Same(&s.Suite.Train[k]), "suite", fmt.Sprintf("the test task %s is the training task %s by another name; what was trained on proves nothing", s.Suite.Test[i].ID, s.Suite.Train[k].ID))
		}
	}
}

// planSuite checks the settings of a suite's tasks, and that all of them share one
// scope. The experiment's own settings are those of the first.
func (e *experiment) planSuite() error {
	if e.spec.Suite == nil {
		return nil
	}
	var first agent.Scope
	var of string
	seen := map[agent.Object]bool{}
	for _, list := range [][]suites.Task{e.spec.Suite.Train, e.spec.Suite.Test} {
		for i := range list {
			t := &list[i]
			config, err := e.cfg.World.Check(t.Settings())
			if err != nil {
				return agent.InvalidFields(map[string]string{"suite": fmt.Sprintf("task %s: %s", t.ID, agent.MessageOf(err))})
			}
			if seen[config] {
				continue
			}
			seen[config] = true
			env, err := e.cfg.World.New(config)
			if err != nil {
				return agent.InvalidFields(map[string]string{"suite": fmt.Sprintf("task %s: %s", t.ID, agent.MessageOf(err))})
			}
			scope := agent.ScopeOf(e.cfg.World.Name, env)
			closeEnvironment(env)
			if of == "" {
				first, of = scope, t.ID
			}
			if scope != first {
				return agent.InvalidFields(map[string]string{"suite": fmt.Sprintf("task %s obeys other laws (%s) than task %s (%s): what is learned in one may not be used in the other; split the suite", t.ID, agent.Clip(scope.Dynamics, 80), of, agent.Clip(first.Dynamics, 80))})
			}
		}
	}
	return nil
}

// suiteTasks are the tasks of a suite, numbered from a seed on: what is kept of them
// goes by the number, since their own seeds may be alike.
func (e *experiment) suiteTasks(list []suites.Task, from int64, limit int, slack float64) ([]task, error) {
	out := make([]task, len(list))
	for i := range list {
		s := &list[i]
		config, err := e.cfg.World.Check(s.Settings())
		if err != nil {
			return nil, err
		}
		env, err := e.cfg.World.New(config)
		if err != nil {
			return nil, err
		}
		steps := limit
		if steps == 0 {
			steps = s.MaxSteps
		}
		out[i], err = e.taskFor(e.cfg.World, env, config, s.Seed, s.Purpose, steps, slack)
		closeEnvironment(env)
		if err != nil {
			return nil, agent.Wrap(agent.CodeInvalid, err, "task %s of the suite: %s", s.ID, agent.MessageOf(err))
		}
		if check := e.cfg.World.CheckTask; check != nil {
			if err := check(config, out[i].Task); err != nil {
				return nil, agent.Wrap(agent.CodeInvalid, err, "task %s of the suite: %s", s.ID, agent.MessageOf(err))
			}
		}
		out[i].id, out[i].config, out[i].number = s.ID, config, from+int64(i)
	}
	return out, nil
}

// trainingTasks and testTasks are the tasks of the experiment: a suite's, or nil for
// those that are drawn.
func (e *experiment) trainingTasks() ([]task, error) {
	if e.spec.Suite == nil {
		return nil, nil
	}
	return e.suiteTasks(e.spec.Suite.Train, e.spec.TrainFrom, e.spec.TrainMaxSteps, 2)
}

func (e *experiment) testTasks() ([]task, error) {
	if e.spec.Suite == nil {
		return nil, nil
	}
	return e.suiteTasks(e.spec.Suite.Test, e.spec.TestFrom, e.spec.MaxSteps, 1)
}

// meet lets the learner go on in the settings of a task, where they are others than
// those that it is in.
func (l *learner) meet(t task) error {
	if t.config == "" || t.config == l.config {
		return nil
	}
	env, err := l.world.New(t.config)
	if err != nil {
		return fmt.Errorf("make the world of task %s: %w", t.id, err)
	}
	closeEnvironment(l.env)
	l.config = t.config
	return l.enter(env)
}

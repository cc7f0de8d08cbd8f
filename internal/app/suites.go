package app

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/suites"
	"purposeagent/environments"
)

// CheckSuite says which tasks can't be worked on here, by the checks of a launch:
// at most suites.MaxProblems. It asks no model.
func (a *App) CheckSuite(tasks []suites.Task) []suites.Problem {
	var problems []suites.Problem
	for i := range tasks {
		if len(problems) == suites.MaxProblems {
			break
		}
		spec, err := a.suiteSpec(&tasks[i])
		if err == nil {
			spec = spec.WithDefaults()
			if err = spec.Check(); err == nil {
				err = a.checkTask(spec)
			}
		}
		if err != nil {
			problems = append(problems, suites.Problem{Task: i + 1, ID: tasks[i].ID, Text: told(err)})
		}
	}
	return problems
}

// suiteSpec is what a task of a suite asks for, without models: with its check, the
// settings' defaults, its purpose and its step limit. Errors: CodeInvalid.
func (a *App) suiteSpec(t *suites.Task) (agent.RunSpec, error) {
	var spec agent.RunSpec
	kind, err := a.Registry.Kind(t.Environment)
	if err != nil {
		return spec, agent.InvalidFields(map[string]string{"environment": agent.MessageOf(err)})
	}
	if err := checkable(&kind, t); err != nil {
		return spec, err
	}
	config, err := a.Registry.Check(kind.Name, t.Settings())
	if err != nil {
		return spec, err
	}
	spec = agent.RunSpec{Environment: agent.EnvironmentRef{Name: kind.Name, Config: config}, Purpose: t.Purpose, Seed: t.Seed, MaxSteps: t.MaxSteps}
	if spec.Purpose == "" && kind.DrawPurpose != nil {
		if spec.Purpose, err = kind.DrawPurpose(config, t.Seed); err != nil {
			return spec, err
		}
	}
	if spec.Purpose == "" {
		return spec, agent.InvalidFields(map[string]string{"purpose": kind.Title + " draws no purposes, so each of its tasks needs one"})
	}
	if len(kind.Presets) > 0 {
		spec.MaxSteps = cmp.Or(spec.MaxSteps, kind.Presets[0].MaxSteps)
	}
	return spec, nil
}

// checkable refuses a check that an environment does not take with the task.
func checkable(kind *environments.Kind, t *suites.Task) error {
	for _, name := range slices.Sorted(maps.Keys(t.Check.Map())) {
		switch {
		case len(kind.Checks) == 0:
			return agent.InvalidFields(map[string]string{"check": kind.Title + " itself says when a task is done, and takes no check; leave it out"})
		case !slices.Contains(kind.Checks, name):
			return agent.InvalidFields(map[string]string{"check": fmt.Sprintf("%s has no check %q; there are %s", kind.Title, agent.Clip(name, 40), strings.Join(kind.Checks, ", "))})
		}
		if _, twice := t.Config.Map()[name]; twice {
			return agent.InvalidFields(map[string]string{"check": name + " is in the configuration too; give it once"})
		}
	}
	return nil
}

// told is what an error says, with its fields in one line.
func told(err error) string {
	e, ok := errors.AsType[*agent.Error](err)
	if !ok || len(e.Fields) == 0 {
		return agent.MessageOf(err)
	}
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(e.Fields)) {
		parts = append(parts, name+": "+e.Fields[name])
	}
	return strings.Join(parts, "; ")
}

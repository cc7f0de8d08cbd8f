package app

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"

	"purposeagent/agent"
	"purposeagent/agent/configschema"
	"purposeagent/agent/suites"
	"purposeagent/environments"
	"purposeagent/internal/engine"
	"purposeagent/internal/suitefile"
	"purposeagent/models"
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
	if err := suitefile.Changed(t); err != nil {
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

// Suites are task suites with what the application knows of them: whether their
// tasks can be worked on here, and how they are done. It is safe for concurrent use.
type Suites struct {
	*models.Suites
	app *App

	mu     sync.Mutex
	summed map[string]summed // by run of a suite
}

// summed is the summary of tries as they were.
type summed struct {
	tries   []suites.Try
	summary suites.Summary
}

// maxSummed bounds what is kept of summaries.
const maxSummed = 200

// summarise is suites.Summarise, done once for the same tries: a page that follows
// runs asks every two seconds.
func (s *Suites) summarise(run suites.Run, tries []suites.Try) suites.Summary {
	s.mu.Lock()
	defer s.mu.Unlock()
	if kept, ok := s.summed[run.ID]; ok && reflect.DeepEqual(kept.tries, tries) {
		return kept.summary
	}
	if s.summed == nil || len(s.summed) >= maxSummed {
		s.summed = map[string]summed{}
	}
	sum := suites.Summarise(run, tries)
	s.summed[run.ID] = summed{tries, sum}
	return sum
}

// Import keeps a new suite. Errors: CodeInvalid where a task can't be worked on
// here; CodeConflict where the name is taken.
func (s *Suites) Import(ctx context.Context, by string, suite suites.Suite, note string) (suites.Info, error) {
	if err := suites.Refusal(suite.Problems()); err != nil {
		return suites.Info{}, err
	}
	if err := suites.Refusal(s.app.CheckSuite(suite.Tasks)); err != nil {
		return suites.Info{}, err
	}
	return s.Create(ctx, by, suite, note)
}

// Change changes a suite as Edit does, and refuses tasks that can't be worked on here.
func (s *Suites) Change(ctx context.Context, by, id string, base int, suite suites.Suite, note string) (suites.Info, error) {
	if err := suites.Refusal(suite.Problems()); err != nil {
		return suites.Info{}, err
	}
	if err := suites.Refusal(s.app.CheckSuite(suite.Tasks)); err != nil {
		return suites.Info{}, err
	}
	return s.Edit(ctx, by, id, base, suite, note)
}

// Load returns a suite, by its id or name, as a file at a version; 0 is the newest.
func (s *Suites) Load(ctx context.Context, suite string, version int) (suites.Info, suites.Suite, error) {
	info, err := s.Get(ctx, suite)
	if err != nil {
		return info, suites.Suite{}, err
	}
	v, err := s.Version(ctx, info.ID, version)
	return info, suites.Suite{Name: info.Name, Description: info.Description, Tasks: v.Tasks}, err
}

// Copy keeps a version of a suite as a new one, which is not frozen.
func (s *Suites) Copy(ctx context.Context, by, suite string, version int, name string) (suites.Info, error) {
	info, content, err := s.Load(ctx, suite, version)
	if err != nil {
		return info, err
	}
	content.Name = name
	return s.Create(ctx, by, content, fmt.Sprintf("copied from %s, version %d", info.Name, cmp.Or(version, info.Version)))
}

// ReadPath reads a suite from a path on this machine, which only environments that
// start programs may: those who ask reach this machine's files by it.
func (s *Suites) ReadPath(path string, o suitefile.Options) (suites.Suite, error) {
	if !s.app.cfg.Programs {
		return suites.Suite{}, agent.InvalidFields(map[string]string{"path": "files of this machine are not read here, since whoever started Purpose did not allow programs: start it with --allow-programs, or import them with purpose suite import"})
	}
	return suitefile.Read(path, o)
}

// tested is what a run of a suite asks for, checked.
func tested(ask suites.Ask) (suites.Ask, error) {
	fields := map[string]string{}
	ask.Tries, ask.Memory = cmp.Or(ask.Tries, 1), cmp.Or(ask.Memory, "on")
	if ask.Tries < 1 || ask.Tries > suites.MaxTries {
		fields["tries"] = fmt.Sprintf("must be 1 to %d, got %d", suites.MaxTries, ask.Tries)
	}
	if ask.Split != "" && ask.Split != suites.Train && ask.Split != suites.Test {
		fields["split"] = "must be train or test, or left out for all tasks"
	}
	if ask.Memory != "on" && ask.Memory != "off" && ask.Memory != suites.Frozen {
		fields["memory"] = "must be on, off or frozen"
	}
	if ask.Rules != "" {
		fields["rules"] = "are taken at the launch; ask for frozen memory"
	}
	if ask.Version < 0 {
		fields["version"] = "must be 1 or more, or left out for the newest"
	}
	if len(fields) > 0 {
		return ask, agent.InvalidFields(fields)
	}
	return ask, nil
}

// Start launches the tasks of a suite as a group. All is checked before anything is
// stored. Errors: CodeNotFound; CodeInvalid with a message per field.
func (s *Suites) Start(ctx context.Context, by, suite string, ask suites.Ask) (suites.Run, error) {
	ask, err := tested(ask)
	if err != nil {
		return suites.Run{}, err
	}
	info, err := s.Get(ctx, suite)
	if err != nil {
		return suites.Run{}, err
	}
	version, err := s.Version(ctx, info.ID, ask.Version)
	if err != nil {
		return suites.Run{}, err
	}
	ask.Version = version.Number
	tasks := suites.Of(version.Tasks, ask.Split)
	switch n := len(tasks) * ask.Tries; {
	case n == 0:
		return suites.Run{}, agent.InvalidFields(map[string]string{"split": fmt.Sprintf("no task of %s is for %sing", info.Name, ask.Split)})
	case n > agent.MaxRepeats:
		return suites.Run{}, agent.InvalidFields(map[string]string{"tries": fmt.Sprintf("%d tasks with %d tries each are %d runs; at most %d are launched at once", len(tasks), ask.Tries, n, agent.MaxRepeats)})
	}
	specs, err := s.specs(ctx, tasks, ask)
	if err != nil {
		return suites.Run{}, err
	}
	if ask.Memory == suites.Frozen {
		taken, err := s.app.Snapshots.Take(ctx, by, agent.Clip("suite "+info.Name, 80))
		if err != nil {
			return suites.Run{}, err
		}
		ask.Rules = taken.ID
	}
	ask.Models = specs[0].Models
	run := suites.Run{ID: "x_" + strings.ToLower(rand.Text()[:16]), Suite: info.ID, Ask: ask, Hash: version.Hash, Tasks: len(tasks), By: by, At: s.app.cfg.Now().UTC()}
	var plan []engine.Planned
	var tries []suites.Try
	for try := 1; try <= ask.Tries; try++ { // a run that is stopped has tried each task as often, as far as it came
		for i := range tasks {
			spec, err := s.drawn(specs[i], try)
			if err != nil {
				return run, err
			}
			spec.Rules = ask.Rules
			plan = append(plan, engine.Planned{Spec: spec, Seed: spec.Seed, Label: suites.Label(tasks[i].ID, try, ask.Tries)})
			tries = append(tries, suites.Try{Task: tasks[i].ID, Try: try})
		}
	}
	_, err = s.app.Engine.CreateWith(ctx, plan, func(tx *sql.Tx, runs []agent.Run) error {
		run.Group = runs[0].Group
		for i := range runs {
			tries[i].Run = runs[i].ID
		}
		return s.Began(tx, run, tries)
	})
	return run, err
}

// specs is what the first try of each task asks for.
func (s *Suites) specs(ctx context.Context, tasks []suites.Task, ask suites.Ask) ([]agent.RunSpec, error) {
	specs := make([]agent.RunSpec, len(tasks))
	var problems []suites.Problem
	for i := range tasks {
		spec, err := s.app.suiteSpec(&tasks[i])
		if err != nil {
			problems = append(problems, suites.Problem{Task: i + 1, ID: tasks[i].ID, Text: told(err)})
			continue
		}
		spec.Models, spec.Budget, spec.Tags, spec.Memory = ask.Models, ask.Budget, ask.Tags, ask.Memory
		if ask.Memory == suites.Frozen {
			spec.Memory = "on"
		}
		// What is measured is the agent with its memory: chance never takes it away.
		spec.NoHoldout = true
		spec = spec.WithDefaults()
		spec.Approval = s.app.approval(spec)
		if specs[i], err = s.app.check(ctx, spec); err == nil {
			continue
		}
		if e, ok := errors.AsType[*agent.Error](err); ok && i == 0 && aboutAll(e) {
			return nil, err // models, tags or a budget: it would be said of each task
		}
		problems = append(problems, suites.Problem{Task: i + 1, ID: tasks[i].ID, Text: told(err)})
	}
	return specs, suites.Refusal(problems[:min(len(problems), suites.MaxProblems)])
}

// aboutAll reports whether what is wrong is no matter of one task.
func aboutAll(e *agent.Error) bool {
	for name := range e.Fields {
		if strings.HasPrefix(name, "models.") || strings.HasPrefix(name, "budget.") || name == "tags" {
			return true
		}
	}
	return false
}

// drawn is the spec of a later try: the same task, with other random numbers of the
// actor, and other chance outcomes where the world has such a setting.
func (s *Suites) drawn(spec agent.RunSpec, try int) (agent.RunSpec, error) {
	if try == 1 {
		return spec, nil
	}
	spec.Draw = int64(try - 1)
	kind, err := s.app.Registry.Kind(spec.Environment.Name)
	if err != nil {
		return spec, err
	}
	schema, err := configschema.Parse(kind.Schema)
	if err != nil || schema.Properties[drawSetting].Type != "integer" {
		return spec, err
	}
	var now struct {
		Draw int64 `json:"draw"`
	}
	if err := spec.Environment.Config.Decode(&now); err != nil {
		return spec, err
	}
	config := spec.Environment.Config.Map()
	config[drawSetting] = (now.Draw + int64(try-1)) % 1_000_000
	spec.Environment.Config, err = s.app.Registry.Check(kind.Name, agent.MustObject(config))
	return spec, err
}

// drawSetting is the setting by which worlds draw their chance outcomes, in the Lab
// too.
const drawSetting = "draw"

// Outcome is a run of a suite with what it shows by now.
func (s *Suites) Outcome(ctx context.Context, id string) (suites.Outcome, error) {
	run, err := s.Run(ctx, id)
	if err != nil {
		return suites.Outcome{}, err
	}
	tries, err := s.Tries(ctx, id)
	return suites.Outcome{Run: run, Summary: s.summarise(run, tries[id])}, err
}

// MaxCompared is how many runs of a suite are shown beside each other.
const MaxCompared = 20

// Outcomes are the newest runs of a suite with what they show, newest first.
func (s *Suites) Outcomes(ctx context.Context, id string) ([]suites.Outcome, error) {
	runs, err := s.Runs(ctx, id, MaxCompared)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(runs))
	for i := range runs {
		ids[i] = runs[i].ID
	}
	tries, err := s.Tries(ctx, ids...)
	out := make([]suites.Outcome, len(runs))
	for i := range runs {
		out[i] = suites.Outcome{Run: runs[i], Summary: s.summarise(runs[i], tries[runs[i].ID])}
	}
	return out, err
}

// Compare compares two runs of one suite. Errors: CodeInvalid for runs of two suites.
func (s *Suites) Compare(ctx context.Context, before, after string) (suites.Comparison, error) {
	var outcomes [2]suites.Outcome
	var tasks [2][]suites.Task
	for i, id := range []string{before, after} {
		var err error
		if outcomes[i], err = s.Outcome(ctx, id); err != nil {
			return suites.Comparison{}, err
		}
		if outcomes[i].Run.Suite != outcomes[0].Run.Suite {
			return suites.Comparison{}, agent.Errorf(agent.CodeInvalid, "%s and %s are runs of two suites; choose two of one", before, after)
		}
		v, err := s.Version(ctx, outcomes[i].Run.Suite, outcomes[i].Run.Version)
		if err != nil {
			return suites.Comparison{}, err
		}
		tasks[i] = v.Tasks
	}
	return suites.Compare(outcomes[0], outcomes[1], tasks[0], tasks[1]), nil
}

// ReadsPaths reports whether ReadPath is allowed.
func (s *Suites) ReadsPaths() bool { return s.app.cfg.Programs }

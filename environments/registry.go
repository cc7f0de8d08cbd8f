// Package environments knows the kinds of environments that tasks can run in,
// checks their configurations, and makes them.
package environments

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/configschema"
)

// Kind is a kind of environment: what forms, lists and launches need of it.
type Kind struct {
	Name  string // stable, part of stored runs: lower-case letters, digits and dashes
	Title string
	Text  string // one or two sentences for people
	// Icon is the path data of a line drawing, 44 units wide and high; "" for the
	// one that all others have.
	Icon string
	// Docs is its page in the folder docs, such as "docs/remote.md"; "" where it has
	// none of its own.
	Docs string
	// Schema is the JSON Schema (draft 2020-12) of a configuration: an object
	// with a title, description and default per property. "x-order" lists the
	// properties in the order in which a form shows them.
	Schema  json.RawMessage
	Presets []Preset
	// Designs are experiments worth doing here.
	Designs []Design
	// Control is the kind's negative control; nil where it has none.
	Control *Control
	// Refused, where not empty, says why the kind can't be used here and what to
	// do: it is listed, and Check, New and DrawPurpose refuse it.
	Refused string
	// Program says that New and DrawPurpose start a program: that is done for who
	// launches or draws, never for a page that is only looked at.
	Program bool
	// Undrawn says that its states are never drawn: what there is to see of a step
	// goes with it as files.
	Undrawn bool
	// Approval is the policy (agent.ParseApproval) of a run that says none: before
	// which actions a person is asked. "" asks nobody.
	Approval string
	// New makes an environment from a configuration that fits Schema and has
	// its defaults filled in. An environment that is an io.Closer must be
	// closed. Errors: CodeInvalid with Fields by property.
	New func(config agent.Object) (agent.Environment, error)
	// DrawPurpose returns the purpose that belongs to a seed, where the
	// environment draws its tasks by seed; nil where a purpose is always given.
	DrawPurpose func(config agent.Object, seed int64) (string, error)
	// CheckTask says before a launch whether a task can be worked on
	// (agent.TaskChecker); nil where only the world itself can tell, when it runs.
	CheckTask func(config agent.Object, task agent.Task) error
	// Checks names the properties of Schema that say when a task is done: a suite may
	// give them with the task. None where the environment itself decides.
	Checks []string
	// LimitFactor, where not 0, is how many times its optimum a fair task's step
	// limit is; else the presets' MaxSteps is what tasks are made for.
	LimitFactor float64
}

// Preset is a ready-made configuration with a purpose and a step limit that
// fit it. Where its kind has DrawPurpose, Purpose is the one of seed 1.
type Preset struct {
	Name     string
	Title    string
	Purpose  string
	Config   agent.Object
	MaxSteps int
}

// Design is an experiment worth doing, which the Lab offers.
type Design struct {
	Name  string // one among all kinds
	Title string
	Text  string // what it shows
	// Place orders the designs of all kinds; the Lab begins with the lowest.
	Place int
	// Request is a request that starts it, as POST /api/v1/experiments takes it.
	// It names no environment.
	Request agent.Object
}

// Control is a setting of a world in which nothing can be learned: whatever
// finds a gain there can't be trusted.
type Control struct {
	Config agent.Object // the properties that make it one
	Text   string       // what they do, as a heading
}

// Registry holds kinds of environments. It is immutable and safe for
// concurrent use.
type Registry struct {
	kinds []Kind
	forms []*form // of the same index
}

var kindName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)

// NewRegistry returns a registry of the kinds, in their order. Errors are
// CodeInvalid: a doubled or odd name, a schema that is none, or a preset that
// does not fit its own schema.
func NewRegistry(kinds ...Kind) (*Registry, error) {
	r := &Registry{}
	for _, k := range kinds {
		if !kindName.MatchString(k.Name) {
			return nil, agent.Errorf(agent.CodeInvalid, "%q is not a valid name for an environment; use lower-case letters, digits and dashes", k.Name)
		}
		if r.index(k.Name) >= 0 {
			return nil, agent.Errorf(agent.CodeInvalid, "there are two environments called %q", k.Name)
		}
		if k.New == nil {
			return nil, agent.Errorf(agent.CodeInvalid, "environment %q can't be made: it has no New", k.Name)
		}
		f, err := newForm(k.Schema)
		if err != nil {
			return nil, fmt.Errorf("environment %q: %w", k.Name, err)
		}
		for _, p := range k.Presets {
			if err := checkPreset(f, p); err != nil {
				return nil, fmt.Errorf("environment %q, preset %q: %w", k.Name, p.Name, err)
			}
		}
		for _, name := range k.Checks {
			if !f.has(name) {
				return nil, agent.Errorf(agent.CodeInvalid, "environment %q has no setting %q that could be a check", k.Name, name)
			}
		}
		if err := r.checkDesigns(f, k); err != nil {
			return nil, fmt.Errorf("environment %q: %w", k.Name, err)
		}
		r.kinds, r.forms = append(r.kinds, k), append(r.forms, f)
	}
	return r, nil
}

func checkPreset(f *form, p Preset) error {
	task := agent.Task{Purpose: p.Purpose, MaxSteps: p.MaxSteps, EarlyStopPhi: agent.DefaultEarlyStopPhi}
	if err := task.Check(); err != nil {
		return err
	}
	_, err := f.check(p.Config)
	return err
}

// checkDesigns checks what the Lab is told of a kind: the names of its designs
// are its own, and all configurations fit its schema.
func (r *Registry) checkDesigns(f *form, k Kind) error {
	names := map[string]bool{}
	for _, known := range r.kinds {
		for _, d := range known.Designs {
			names[d.Name] = true
		}
	}
	for _, d := range k.Designs {
		if d.Name == "" || names[d.Name] {
			return agent.Errorf(agent.CodeInvalid, "there are two designs called %q, or one without a name", d.Name)
		}
		names[d.Name] = true
		var ask struct {
			Spec struct {
				Environment agent.EnvironmentRef `json:"environment"`
			} `json:"spec"`
		}
		if err := d.Request.Decode(&ask); err != nil {
			return fmt.Errorf("design %q: %w", d.Name, err)
		}
		if _, err := f.check(ask.Spec.Environment.Config); err != nil {
			return fmt.Errorf("design %q: %w", d.Name, err)
		}
	}
	if k.Control != nil {
		if _, err := f.check(k.Control.Config); err != nil {
			return fmt.Errorf("negative control: %w", err)
		}
	}
	return nil
}

// Kinds returns all kinds in their order. The schemas and presets must not be
// changed.
func (r *Registry) Kinds() []Kind { return append([]Kind(nil), r.kinds...) }

// Kind returns the kind with the name, or CodeNotFound with a message that
// lists the names.
func (r *Registry) Kind(name string) (Kind, error) {
	if i := r.index(name); i >= 0 {
		return r.kinds[i], nil
	}
	return Kind{}, agent.Errorf(agent.CodeNotFound, "%s", r.unknown(name))
}

// Check returns the configuration with defaults filled in. Errors are
// CodeInvalid; their Fields are keyed "environment.name" for an unknown
// environment and "environment.config.<property>" for what does not fit.
func (r *Registry) Check(name string, config agent.Object) (agent.Object, error) {
	i := r.index(name)
	if i < 0 {
		return "", agent.InvalidFields(map[string]string{"environment.name": r.unknown(name)})
	}
	if text := r.kinds[i].Refused; text != "" {
		return "", agent.InvalidFields(map[string]string{"environment.name": text})
	}
	return r.forms[i].check(config)
}

// New checks the configuration and makes the environment. Errors are as for
// Check, or what the kind's own New finds.
func (r *Registry) New(ref agent.EnvironmentRef) (agent.Environment, error) {
	config, err := r.Check(ref.Name, ref.Config)
	if err != nil {
		return nil, err
	}
	env, err := r.kinds[r.index(ref.Name)].New(config)
	if err != nil {
		return nil, located(err)
	}
	return env, nil
}

// CheckTask returns nil for a task that the environment can be asked to work
// on, as far as that can be known before it runs. Errors are as for Check, and
// CodeInvalid with Fields "purpose" and "initial_state".
func (r *Registry) CheckTask(ref agent.EnvironmentRef, task agent.Task) error {
	config, err := r.Check(ref.Name, ref.Config)
	if err != nil {
		return err
	}
	if k := r.kinds[r.index(ref.Name)]; k.CheckTask != nil {
		return k.CheckTask(config, task)
	}
	return nil
}

// DrawPurpose returns the purpose that belongs to a seed of the environment,
// and false where its purposes are always given. Errors are as for Check.
func (r *Registry) DrawPurpose(ref agent.EnvironmentRef, seed int64) (string, bool, error) {
	config, err := r.Check(ref.Name, ref.Config)
	if err != nil {
		return "", false, err
	}
	k := r.kinds[r.index(ref.Name)]
	if k.DrawPurpose == nil {
		return "", false, nil
	}
	purpose, err := k.DrawPurpose(config, seed)
	if err != nil {
		return "", false, located(err)
	}
	return purpose, true, nil
}

// located moves the fields of a kind's own error below environment.config.
func located(err error) error {
	var e *agent.Error
	if !errors.As(err, &e) || len(e.Fields) == 0 {
		return err
	}
	fields := make(map[string]string, len(e.Fields))
	for name, text := range e.Fields {
		if !strings.HasPrefix(name, "environment.") {
			name = configschema.FieldPrefix + name
		}
		fields[name] = text
	}
	moved := agent.InvalidFields(fields)
	moved.Code, moved.Err = e.Code, e.Err
	return moved
}

func (r *Registry) index(name string) int {
	for i, k := range r.kinds {
		if k.Name == name {
			return i
		}
	}
	return -1
}

func (r *Registry) unknown(name string) string {
	names := make([]string, len(r.kinds))
	for i, k := range r.kinds {
		names[i] = k.Name
	}
	text := fmt.Sprintf("there is no environment %q; there are %s", shorten(name), strings.Join(names, ", "))
	if len(names) == 0 {
		text = fmt.Sprintf("there is no environment %q, nor any other", shorten(name))
	}
	return text + suggest(name, names)
}

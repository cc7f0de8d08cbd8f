package agent

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"purposeagent/agent/language"
)

// Defaults and limits of a task.
const (
	DefaultMaxSteps     = 20
	MaxMaxSteps         = 100_000
	DefaultEarlyStopPhi = 9.0
	MaxPhi              = 10.0
	MaxPurposeBytes     = 4_000
	MaxDescriptionBytes = 32_000
)

// EnvironmentRef names a kind of environment and its configuration.
type EnvironmentRef struct {
	Name   string `json:"name"`
	Config Object `json:"config"`
}

// ModelRefs names the model of each role: "reasoner" or provider:model.
type ModelRefs struct {
	Actor     string `json:"actor"`
	Critic    string `json:"critic"`
	Optimizer string `json:"optimizer"`
}

// RunSpec is what somebody asks for when launching a run: the body of POST /api/v1/runs.
type RunSpec struct {
	Environment  EnvironmentRef `json:"environment"`
	Purpose      string         `json:"purpose"`
	Description  string         `json:"task_description,omitempty"`
	InitialState *Object        `json:"initial_state,omitempty"`
	MaxSteps     int            `json:"max_steps"`
	EarlyStopPhi float64        `json:"early_stop_phi"`
	Seed         int64          `json:"seed"`
	Models       ModelRefs      `json:"models"`
	Memory       string         `json:"memory"` // on or off
	// Rules is the id of a snapshot of the library whose rules are used, in place
	// of the library as it is. Such a run teaches nothing.
	Rules   string  `json:"rules,omitempty"`
	Repeats int     `json:"repeats"`
	Budget  Budget  `json:"budget"`
	Pace    float64 `json:"pace,omitempty"` // seconds between steps, for watching
	// Draw gives the actor other random numbers than the seed alone.
	Draw int64 `json:"draw,omitempty"`
	// Origin says which run this one was forked from. A fork teaches nothing: the
	// steps that it took over were learned from.
	Origin *Origin `json:"origin,omitempty"`
	// Approval says before which actions a person is asked, see ParseApproval.
	Approval string `json:"approval,omitempty"`
	// NoHoldout keeps chance from ever withholding the learned set from the run.
	NoHoldout bool `json:"no_holdout,omitempty"`
	// Twin says that another run of the group does the same task with memory the
	// other way, so that the two together measure what the learned set is worth.
	Twin bool `json:"twin,omitempty"`
	// Tags are words of people to find the run by; they can be changed later.
	Tags []string `json:"tags,omitempty"`
}

// Reasoner is the name of the offline reasoner in a ModelRefs.
const Reasoner = "reasoner"

// MaxRepeats is the most runs that one RunSpec may launch.
const MaxRepeats = 1000

// WithDefaults fills what is left out: 20 steps, Φ 9.0, the reasoner, memory on, one run.
func (s RunSpec) WithDefaults() RunSpec {
	if s.MaxSteps == 0 {
		s.MaxSteps = DefaultMaxSteps
	}
	if s.EarlyStopPhi == 0 {
		s.EarlyStopPhi = DefaultEarlyStopPhi
	}
	if s.Models.Actor == "" {
		s.Models.Actor = Reasoner
	}
	if s.Models.Critic == "" {
		s.Models.Critic = s.Models.Actor
	}
	if s.Models.Optimizer == "" {
		s.Models.Optimizer = s.Models.Actor
	}
	if s.Memory == "" {
		s.Memory = "on"
	}
	if s.Repeats == 0 {
		s.Repeats = 1
	}
	return s
}

// Extended returns the spec with more to spend. What has no limit keeps none.
func (s RunSpec) Extended(steps int, more Budget) RunSpec {
	s.MaxSteps += max(steps, 0)
	if s.Budget.Tokens > 0 {
		s.Budget.Tokens += max(more.Tokens, 0)
	}
	if s.Budget.USD > 0 {
		s.Budget.USD += max(more.USD, 0)
	}
	if s.Budget.Seconds > 0 {
		s.Budget.Seconds += max(more.Seconds, 0)
	}
	return s
}

// Task returns the spec as a task with the given seed.
func (s RunSpec) Task(seed int64) Task {
	t := Task{Purpose: s.Purpose, Description: s.Description, MaxSteps: s.MaxSteps,
		EarlyStopPhi: s.EarlyStopPhi, Seed: seed, Budget: s.Budget, Pace: s.Pace, Approval: s.Approval, Draw: s.Draw}
	if s.InitialState != nil {
		t.InitialState = &State{Data: *s.InitialState}
	}
	return t.WithDefaults()
}

// Check returns a CodeInvalid error with a message per field. It does not look
// at the environment's configuration or at the models' names.
func (s RunSpec) Check() error {
	fields := map[string]string{}
	if e, ok := errors.AsType[*Error](s.Task(s.Seed).Check()); ok && e != nil {
		fields = e.Fields
	}
	if s.Memory != "on" && s.Memory != "off" {
		fields["memory"] = `must be "on" or "off"`
	}
	if s.Repeats < 1 || s.Repeats > MaxRepeats {
		fields["repeats"] = fmt.Sprintf("must be 1 to %d, got %d", MaxRepeats, s.Repeats)
	}
	if s.Environment.Name == "" {
		fields["environment.name"] = "name an environment"
	}
	if err := CheckTags(s.Tags); err != nil {
		fields["tags"] = MessageOf(err)
	}
	if len(fields) > 0 {
		return InvalidFields(fields)
	}
	return nil
}

// Origin says where a forked run comes from.
type Origin struct {
	Run  string `json:"run"`
	Step int    `json:"step"` // the steps that it took over; 0: the initial state only
	By   string `json:"by,omitempty"`
	// State says that it begins in a changed state, and took over no steps.
	State bool `json:"state,omitempty"`
}

// Task is what one run is asked to do.
type Task struct {
	Purpose     string `json:"purpose"`
	Description string `json:"description,omitempty"` // defaults to Purpose
	// InitialState replaces Environment.Reset's state where it is given.
	InitialState *State `json:"initial_state,omitempty"`
	MaxSteps     int    `json:"max_steps"`
	// EarlyStopPhi ends the run as soon as Φ reaches it; 0 < Φ ≤ 10. Where the
	// environment knows the outcome, a critic's Φ ends it only once the purpose is
	// reached; the environment's own Φ does at once.
	EarlyStopPhi float64 `json:"early_stop_phi"`
	Seed         int64   `json:"seed"`
	Budget       Budget  `json:"budget"`
	// Pace is the least time between two steps in seconds, so that people can
	// watch a fast actor think. 0 does not wait.
	Pace float64 `json:"pace,omitempty"`
	// Draw gives the actor other random numbers than the seed alone; the world stays.
	Draw int64 `json:"draw,omitempty"`
	// Approval says before which actions a person is asked, see ParseApproval.
	Approval string `json:"approval,omitempty"`
}

// MaxPace bounds Task.Pace, in seconds.
const MaxPace = 60

// Budget limits what a run may spend; zero means no limit.
type Budget struct {
	Tokens  int64   `json:"tokens,omitempty"`
	USD     float64 `json:"usd,omitempty"` // by the price table
	Seconds float64 `json:"seconds,omitempty"`
}

// Elapsed returns the time budget as a duration.
func (b Budget) Elapsed() time.Duration { return time.Duration(b.Seconds * float64(time.Second)) }

// WithDefaults fills what is left out.
func (t Task) WithDefaults() Task {
	t.Purpose = strings.TrimSpace(t.Purpose)
	if t.Description == "" {
		t.Description = t.Purpose
	}
	if t.MaxSteps == 0 {
		t.MaxSteps = DefaultMaxSteps
	}
	if t.EarlyStopPhi == 0 {
		t.EarlyStopPhi = DefaultEarlyStopPhi
	}
	return t
}

// Check returns a CodeInvalid error with a message for each field that is wrong.
func (t Task) Check() error {
	fields := map[string]string{}
	text := func(name, value string, limit int) {
		switch {
		case len(value) > limit:
			fields[name] = fmt.Sprintf("is %d bytes long; at most %d are allowed", len(value), limit)
		case !utf8.ValidString(value):
			fields[name] = "is not valid UTF-8 text"
		}
	}
	text("purpose", t.Purpose, MaxPurposeBytes)
	text("task_description", t.Description, MaxDescriptionBytes)
	if strings.TrimSpace(t.Purpose) == "" {
		fields["purpose"] = "say in a sentence what the agent should reach"
	}
	if t.MaxSteps < 1 || t.MaxSteps > MaxMaxSteps {
		fields["max_steps"] = fmt.Sprintf("must be 1 to %d, got %d", MaxMaxSteps, t.MaxSteps)
	}
	if !(t.EarlyStopPhi > 0 && t.EarlyStopPhi <= MaxPhi) { // also refuses NaN
		fields["early_stop_phi"] = fmt.Sprintf("must be above 0 and at most 10, got %g", t.EarlyStopPhi)
	}
	if t.Budget.Tokens < 0 {
		fields["budget.tokens"] = "must not be negative"
	}
	if !(t.Budget.USD >= 0 && t.Budget.USD <= 1e6) {
		fields["budget.usd"] = "must be 0 to 1e6 dollars"
	}
	if t.Budget.Seconds < 0 || math.IsNaN(t.Budget.Seconds) || t.Budget.Seconds > 1e9 {
		fields["budget.seconds"] = "must be 0 to 1e9"
	}
	if !(t.Pace >= 0 && t.Pace <= MaxPace) {
		fields["pace"] = fmt.Sprintf("must be 0 to %d seconds a step, got %g", MaxPace, t.Pace)
	}
	if _, err := ParseApproval(t.Approval); err != nil {
		fields["approval"] = MessageOf(err)
	}
	if len(fields) > 0 {
		return InvalidFields(fields)
	}
	return nil
}

// TaskType names the family of a task within its environment: its purpose with
// the values of the announced vocabulary, in any of their forms, as {attribute}
// and numbers as #, so that "bring a red cup" and "bring two blue cups" differ
// in the number alone. What the purpose does not want is {not attribute}: of
// "without red" the task is another one. Credit is measured against the
// baseline of the type.
func TaskType(purpose string, vocabulary map[string][]string) string {
	attribute, byStem := map[string]string{}, map[string]string{}
	note := func(table map[string]string, key, name string) {
		if other, taken := table[key]; !taken || name < other {
			table[key] = name
		}
	}
	for name, values := range vocabulary {
		for _, v := range values {
			v = strings.ToLower(v)
			note(attribute, v, name)
			note(byStem, language.English.Stem(v), name)
		}
	}
	var list []string
	for _, w := range language.English.Read(purpose).Words {
		if w.Text == "a" || w.Text == "an" || w.Text == "the" {
			continue
		}
		name, known := attribute[w.Text]
		if !known {
			name, known = byStem[w.Stem]
		}
		switch {
		case known && w.Unwanted:
			list = append(list, "{not "+name+"}")
		case known:
			list = append(list, "{"+name+"}")
		case strings.Trim(w.Text, "-0123456789.,") == "" || language.English.IsNumeral(w.Text):
			list = append(list, "#")
		default:
			list = append(list, w.Text)
		}
	}
	return Clip(strings.Join(list, " "), maxTypeBytes)
}

const maxTypeBytes = 120

// TaskText is what trajectories are compared by.
func TaskText(t Task) string {
	if t.Description == t.Purpose {
		return t.Purpose
	}
	return t.Purpose + "\n" + t.Description
}

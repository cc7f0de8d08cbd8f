package agent

import (
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

package agent

import (
	"fmt"
	"strings"
)

// Origin says where a forked run comes from.
type Origin struct {
	Run  string `json:"run"`
	Step int    `json:"step"` // the steps that it took over; 0: the initial state only
	By   string `json:"by,omitempty"`
	// State says that it begins in a changed state, and took over no steps.
	State bool `json:"state,omitempty"`
}

// LibraryNow stands for the library as it is, where a fork chooses its rules.
const LibraryNow = "now"

// Fork asks for another run from a step of one: the steps up to it are taken
// over and cost nothing. What is left out stays as it was.
type Fork struct {
	Step   int     `json:"step"`             // steps to take over, from 0
	Action *Action `json:"action,omitempty"` // what to do next, instead of asking the actor
	// State begins in this state instead, with no steps before it.
	State  *Object   `json:"state,omitempty"`
	Note   string    `json:"note,omitempty"` // to the actor
	Models ModelRefs `json:"models,omitzero"`
	Memory string    `json:"memory,omitempty"`
	// Rules is a snapshot whose rules are used; LibraryNow the library as it is.
	Rules    string `json:"rules,omitempty"`
	MaxSteps int    `json:"max_steps,omitempty"`
	Approval string `json:"approval,omitempty"`
	// Draw gives the actor other random numbers; the world, which the seed draws,
	// stays.
	Draw int64 `json:"draw,omitempty"`
}

// Spec returns the spec of the run that is asked for. Errors: CodeInvalid with
// a message per field.
func (f Fork) Spec(parent Run, by string) (RunSpec, error) {
	fields := map[string]string{}
	if f.Step < 0 || f.Step > parent.Steps {
		fields["step"] = fmt.Sprintf("must be 0 to %d, the steps of run %s; got %d", parent.Steps, parent.ID, f.Step)
	}
	if f.State != nil && f.Action != nil {
		fields["state"] = "either another state or another action, not both"
	}
	if err := checkNote("note", strings.TrimSpace(f.Note), false); err != nil {
		fields["note"] = fmt.Sprintf("is longer than %d bytes, or no text", MaxNoteBytes)
	}
	if len(fields) > 0 {
		return RunSpec{}, InvalidFields(fields)
	}
	s := parent.Spec
	s.Seed, s.Repeats, s.Twin, s.NoHoldout = parent.Seed, 1, false, true
	s.Tags = parent.Tags
	s.Origin = &Origin{Run: parent.ID, Step: f.Step, By: by, State: f.State != nil}
	set := func(field *string, value string) {
		if value != "" {
			*field = value
		}
	}
	set(&s.Models.Actor, f.Models.Actor)
	set(&s.Models.Critic, f.Models.Critic)
	set(&s.Models.Optimizer, f.Models.Optimizer)
	set(&s.Memory, f.Memory)
	set(&s.Approval, f.Approval)
	set(&s.Rules, f.Rules)
	if f.Rules == LibraryNow {
		s.Rules = ""
	}
	if f.Draw != 0 {
		s.Draw = f.Draw
	}
	switch {
	case f.MaxSteps != 0:
		s.MaxSteps = f.MaxSteps
	case f.State == nil && f.Step >= s.MaxSteps:
		s.MaxSteps = min(f.Step+s.MaxSteps, MaxMaxSteps)
	}
	if f.State != nil {
		s.InitialState, s.Origin.Step = f.State, f.Step
	} else if s.MaxSteps <= f.Step {
		return s, InvalidFields(map[string]string{"max_steps": fmt.Sprintf("must be above %d, the steps that are taken over; got %d", f.Step, s.MaxSteps)})
	}
	return s, nil
}

// Events returns what stands in the new run's log after the steps that it took
// over. next is the parent's next step, nil where it has none.
func (f Fork) Events(by string, next *Step) []EventData {
	var events []EventData
	if note := strings.TrimSpace(f.Note); note != "" {
		events = append(events, NoteAdded{Text: note, By: by, After: f.Step})
	}
	if f.Action != nil {
		asked := ApprovalAsked{Proposed: Proposed{Index: f.Step + 1}, Why: "the fork begins with another action"}
		if next != nil {
			asked.Action, asked.Memory, asked.Retrieval = next.Action, next.Memory, next.Retrieval
			asked.Examples, asked.Prompt, asked.Phi = next.Examples, next.Prompt, next.Score.PhiBefore
		}
		events = append(events, asked, ApprovalAnswered{Index: f.Step + 1, Verdict: VerdictEdited, By: by,
			Action: Action{Name: f.Action.Name, Params: f.Action.Params}})
	}
	return events
}

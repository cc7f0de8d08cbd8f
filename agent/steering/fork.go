package steering

import (
	"fmt"
	"strings"

	"purposeagent/agent"
)

// LibraryNow stands for the library as it is, where a fork chooses its rules.
const LibraryNow = "now"

// Fork asks for another run from a step of one: the steps up to it are taken
// over and cost nothing. What is left out stays as it was.
type Fork struct {
	Step   int           `json:"step"`             // steps to take over, from 0
	Action *agent.Action `json:"action,omitempty"` // what to do next, instead of asking the actor
	// State begins in this state instead, with no steps before it.
	State  *agent.Object   `json:"state,omitempty"`
	Note   string          `json:"note,omitempty"` // to the actor
	Models agent.ModelRefs `json:"models,omitzero"`
	Memory string          `json:"memory,omitempty"`
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
func (f Fork) Spec(parent agent.Run, by string) (agent.RunSpec, error) {
	fields := map[string]string{}
	if f.Step < 0 || f.Step > parent.Steps {
		fields["step"] = fmt.Sprintf("must be 0 to %d, the steps of run %s; got %d", parent.Steps, parent.ID, f.Step)
	}
	if f.State != nil && f.Action != nil {
		fields["state"] = "either another state or another action, not both"
	}
	if _, err := agent.CheckNote(f.Note); err != nil && strings.TrimSpace(f.Note) != "" {
		fields["note"] = fmt.Sprintf("is longer than %d bytes, or no text", agent.MaxNoteBytes)
	}
	if len(fields) > 0 {
		return agent.RunSpec{}, agent.InvalidFields(fields)
	}
	s := parent.Spec
	s.Seed, s.Repeats, s.Twin, s.NoHoldout = parent.Seed, 1, false, true
	s.Tags = parent.Tags
	s.Origin = &agent.Origin{Run: parent.ID, Step: f.Step, By: by, State: f.State != nil}
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
		s.MaxSteps = min(f.Step+s.MaxSteps, agent.MaxMaxSteps)
	}
	if f.State != nil {
		s.InitialState, s.Origin.Step = f.State, f.Step
	} else if s.MaxSteps <= f.Step {
		return s, agent.InvalidFields(map[string]string{"max_steps": fmt.Sprintf("must be above %d, the steps that are taken over; got %d", f.Step, s.MaxSteps)})
	}
	return s, nil
}

// Events returns what stands in the new run's log after the steps that it took
// over. next is the parent's next step, nil where it has none.
func (f Fork) Events(by string, next *agent.Step) []agent.EventData {
	var events []agent.EventData
	if note := strings.TrimSpace(f.Note); note != "" {
		events = append(events, agent.NoteAdded{Text: note, By: by, After: f.Step})
	}
	if f.Action != nil {
		asked := agent.ApprovalAsked{Proposed: agent.Proposed{Index: f.Step + 1}, Why: "the fork begins with another action"}
		if next != nil {
			asked.Action, asked.Memory, asked.Retrieval = next.Action, next.Memory, next.Retrieval
			asked.Examples, asked.Prompt, asked.Phi = next.Examples, next.Prompt, next.Score.PhiBefore
		}
		events = append(events, asked, agent.ApprovalAnswered{Index: f.Step + 1, Verdict: agent.VerdictEdited, By: by,
			Action: agent.Action{Name: f.Action.Name, Params: f.Action.Params}})
	}
	return events
}

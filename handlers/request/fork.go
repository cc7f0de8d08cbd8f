package request

import (
	"purposeagent/agent"
	"purposeagent/agent/steering"
)

// Fork asks for another run from a step of one: the body of POST /runs/{id}/fork.
// What is left out stays as it was.
type Fork struct {
	Step     int           `json:"step" minimum:"0" maximum:"100000" doc:"steps to take over; they cost nothing"`
	Action   *Action       `json:"action,omitempty" doc:"what to do next, instead of asking the actor"`
	State    *agent.Object `json:"state,omitempty" flag:"state" doc:"begin in this state instead, with no steps before it" usage:"begin in this state instead, a JSON object"`
	Note     string        `json:"note,omitempty" flag:"note" doc:"to the actor" usage:"to the actor"`
	Models   ForkModels    `json:"models,omitempty,omitzero"`
	Memory   string        `json:"memory,omitempty" flag:"memory" enum:"on,off" usage:"on or off"`
	Rules    string        `json:"rules,omitempty" flag:"rules" doc:"id of a snapshot of the library whose rules are used, or now: the library as it is" usage:"id of a snapshot of the library whose rules are used, or now"`
	MaxSteps int           `json:"max_steps,omitempty" flag:"max-steps" minimum:"0" maximum:"100000" usage:"most steps, with those that are taken over"`
	Approval string        `json:"approval,omitempty" flag:"approval" usage:"before which actions a person is asked: none, every, or as the guide says"`
	Draw     int64         `json:"draw,omitempty" flag:"draw" doc:"other random numbers for the actor; the world, which the seed draws, stays" usage:"other random numbers for the actor"`
}

// ForkModels names who plays the roles in a fork; what is "" stays as it was.
type ForkModels struct {
	Actor     string `json:"actor,omitempty" flag:"model" usage:"the actor"`
	Critic    string `json:"critic,omitempty" flag:"critic" usage:"the critic"`
	Optimizer string `json:"optimizer,omitempty" flag:"optimizer" usage:"the optimizer"`
}

// Action is an action that a person chooses.
type Action struct {
	Name   string       `json:"name" flag:"action" minLength:"1" usage:"name of the action to do instead"`
	Params agent.Object `json:"params,omitempty" flag:"params" usage:"its parameters as a JSON object"`
}

// Action returns what is to be done; nil for nil.
func (a *Action) Action() *agent.Action {
	if a == nil {
		return nil
	}
	return &agent.Action{Name: a.Name, Params: a.Params}
}

// Fork returns what is asked for.
func (r *Fork) Fork() steering.Fork {
	return steering.Fork{Step: r.Step, Action: r.Action.Action(), State: r.State, Note: r.Note, Models: agent.ModelRefs(r.Models),
		Memory: r.Memory, Rules: r.Rules, MaxSteps: r.MaxSteps, Approval: r.Approval, Draw: r.Draw}
}

// Answer answers what a run asks: the body of POST /runs/{id}/approve.
type Answer struct {
	Index   int     `json:"index" minimum:"0" doc:"the step that is asked about; another one is a conflict"`
	Verdict string  `json:"verdict,omitempty" enum:"approved,edited,rejected" default:"approved"`
	Action  *Action `json:"action,omitempty" doc:"what to do instead, where the verdict is edited"`
	Reason  string  `json:"reason,omitempty" flag:"reason" doc:"the actor is told why its action was rejected" usage:"the actor is told why"`
}

// Answer returns what is answered.
func (r *Answer) Answer() agent.Answer {
	return agent.Answer{Index: r.Index, Verdict: r.Verdict, Action: r.Action.Action(), Reason: r.Reason}
}

// Extend gives a run more to spend: the body of POST /runs/{id}/extend.
type Extend struct {
	Steps  int          `json:"steps,omitempty" minimum:"0" doc:"more steps"`
	Budget agent.Budget `json:"budget,omitempty" doc:"more of each part that is limited"`
}

// Note tells the actor something: the body of POST /runs/{id}/note.
type Note struct {
	Text string `json:"text" minLength:"1" maxLength:"4000" doc:"at most 4000 bytes"`
}

// Phi says what Φ is after a step, in place of the critic: the body of POST
// /runs/{id}/steps/{n}/phi.
type Phi struct {
	Phi    float64 `json:"phi" minimum:"0" maximum:"10"`
	Reason string  `json:"reason" minLength:"1" maxLength:"4000"`
}

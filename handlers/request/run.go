// Package request holds what is asked of the program about runs, once for all who
// ask: the API reads these bodies, forms and commands fill them in, and pages show
// them as commands to copy. A field's tags say how the API describes it (doc), and
// how a command line does (flag, usage).
package request

import "purposeagent/agent"

// Run asks for one or more runs: the body of POST /runs. What is zero or left out
// is the default; zero itself is refused where it means nothing.
type Run struct {
	Environment  Environment   `json:"environment"`
	Purpose      string        `json:"purpose,omitempty" flag:"purpose,p" doc:"what the agent should reach; may be left out where the environment draws it from the seed" usage:"what the agent should reach; drawn from the seed where the environment can"`
	Description  string        `json:"task_description,omitempty" flag:"description" doc:"defaults to the purpose" usage:"the task in more words"`
	InitialState *agent.Object `json:"initial_state,omitempty" flag:"initial-state" usage:"begin in this state, a JSON object"`
	MaxSteps     int           `json:"max_steps,omitempty" flag:"max-steps" minimum:"1" maximum:"100000" doc:"default 20" usage:"most steps"`
	EarlyStopPhi float64       `json:"early_stop_phi,omitempty" flag:"early-stop-phi" exclusiveMinimum:"0" maximum:"10" doc:"default 9.0" usage:"the task ends as soon as Φ reaches this; by a model's word only where the environment does not know better"`
	Seed         int64         `json:"seed,omitempty" flag:"seed" doc:"0 draws one"`
	Models       Models        `json:"models,omitempty,omitzero"`
	Memory       string        `json:"memory,omitempty" flag:"memory" enum:"on,off" doc:"on (default): rules are used and learned; off: neither" usage:"on: rules are used and learned; off: neither"`
	Repeats      int           `json:"repeats,omitempty" minimum:"1" maximum:"1000" doc:"runs with consecutive seeds; default 1"`
	Budget       Budget        `json:"budget,omitempty,omitzero"`
	Pace         float64       `json:"pace,omitempty" flag:"pace" minimum:"0" doc:"minimum seconds between steps, for watching; default 0" usage:"minimum seconds between steps, for watching"`
	Approval     string        `json:"approval,omitempty" flag:"approval" usage:"before which actions a person is asked: none, every, destructive, or as the guide says" doc:"before which actions a person is asked: none, every, or destructive, actions:NAME,NAME, unsure:0.4, stuck:5, with ; between; left out: what the environment asks for, which is none or destructive"`
	Tags         []string      `json:"tags,omitempty" flag:"tags" maxItems:"12" minLength:"1" maxLength:"40" pattern:"^[a-z0-9._/-]+$" patternDescription:"small letters, digits, - _ . or /" doc:"words to find the run by" usage:"words to find the run by, with commas between"`
	Rules        string        `json:"rules,omitempty" flag:"rules" doc:"id of a snapshot of the library whose rules are used, in place of the library as it is; the run teaches nothing then" usage:"id of a snapshot of the library whose rules are used; the run teaches nothing then"`
}

// Environment names a kind of environment and its configuration.
type Environment struct {
	Name   string       `json:"name" flag:"environment,e" minLength:"1" doc:"see GET /environments" usage:"kind of environment, such as maze"`
	Config agent.Object `json:"config,omitempty" flag:"config" usage:"its configuration as a JSON object"`
}

// Models names who plays the roles.
type Models struct {
	Actor     string `json:"actor,omitempty" flag:"model" doc:"reasoner or provider:model; default reasoner" usage:"the actor: reasoner or provider:model"`
	Critic    string `json:"critic,omitempty" flag:"critic" doc:"default: as the actor" usage:"default: as --model"`
	Optimizer string `json:"optimizer,omitempty" flag:"optimizer" doc:"default: as the actor" usage:"default: as --model"`
}

// Budget limits what a run may spend; zero is no limit.
type Budget struct {
	Tokens  int64   `json:"tokens,omitempty" minimum:"0"`
	USD     float64 `json:"usd,omitempty" minimum:"0" doc:"by the price table of the settings"`
	Seconds float64 `json:"seconds,omitempty" minimum:"0"`
}

// Spec returns what is asked for; its zeros are filled in by the launch.
func (r *Run) Spec() agent.RunSpec {
	return agent.RunSpec{
		Environment: agent.EnvironmentRef(r.Environment), Purpose: r.Purpose, Description: r.Description, InitialState: r.InitialState,
		MaxSteps: r.MaxSteps, EarlyStopPhi: r.EarlyStopPhi, Seed: r.Seed, Models: agent.ModelRefs(r.Models), Memory: r.Memory, Rules: r.Rules,
		Repeats: r.Repeats, Budget: agent.Budget(r.Budget), Pace: r.Pace, Approval: r.Approval, Tags: r.Tags,
	}
}

// RunOf returns the request that asks for a spec.
func RunOf(s agent.RunSpec) Run {
	return Run{
		Environment: Environment(s.Environment), Purpose: s.Purpose, Description: s.Description, InitialState: s.InitialState,
		MaxSteps: s.MaxSteps, EarlyStopPhi: s.EarlyStopPhi, Seed: s.Seed, Models: Models(s.Models), Memory: s.Memory, Rules: s.Rules,
		Repeats: s.Repeats, Budget: Budget(s.Budget), Pace: s.Pace, Approval: s.Approval, Tags: s.Tags,
	}
}

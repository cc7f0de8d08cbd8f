package launch

import (
	"encoding/json"
	"math"
	"net/url"
	"strconv"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/configschema"
	"purposeagent/handlers/request"
	"purposeagent/handlers/ui"
)

// launchForm is what stands in the inputs of the page "New run": texts, as a
// person typed them. It is kept in the settings as the last inputs.
type launchForm struct {
	Environment  string            `json:"environment"`
	Config       map[string]string `json:"config,omitempty"`
	Purpose      string            `json:"purpose,omitempty"`
	Description  string            `json:"task_description,omitempty"`
	InitialState string            `json:"initial_state,omitempty"`
	MaxSteps     string            `json:"max_steps,omitempty"`
	EarlyStopPhi string            `json:"early_stop_phi,omitempty"`
	Seed         string            `json:"seed,omitempty"`
	Actor        string            `json:"actor,omitempty"`
	Critic       string            `json:"critic,omitempty"`
	Optimizer    string            `json:"optimizer,omitempty"`
	Memory       string            `json:"memory,omitempty"`
	Repeats      string            `json:"repeats,omitempty"`
	Tokens       string            `json:"tokens,omitempty"`
	USD          string            `json:"usd,omitempty"`
	Seconds      string            `json:"seconds,omitempty"`
	Pace         string            `json:"pace,omitempty"`
	Tags         string            `json:"tags,omitempty"`
	Approval     string            `json:"approval,omitempty"`
	Approve      string            `json:"approval_actions,omitempty"` // names, where Approval is "actions"
}

// kept is what the next launch starts with: what is to be done and with what.
// What concerns one launch only starts as usual each time: 40 repeats or a
// person to ask, left over from the last time, start what nobody meant.
func (f launchForm) kept() launchForm {
	f.InitialState, f.Seed, f.Memory, f.Repeats = "", "", "", ""
	f.Tokens, f.USD, f.Seconds, f.Tags, f.Approval, f.Approve = "", "", "", "", "", ""
	return f
}

// withDefaults fills what a new form starts with.
func (f launchForm) withDefaults() launchForm {
	fill := func(field *string, text string) {
		if *field == "" {
			*field = text
		}
	}
	fill(&f.MaxSteps, strconv.Itoa(agent.DefaultMaxSteps))
	fill(&f.EarlyStopPhi, "9.0")
	fill(&f.Actor, agent.Reasoner)
	fill(&f.Memory, "on")
	fill(&f.Repeats, "1")
	return f
}

// readLaunchForm takes the inputs from posted or linked values. Text that is
// not valid UTF-8 is kept, so that the check can say so.
func readLaunchForm(values url.Values) launchForm {
	get := func(name string) string { return strings.TrimSpace(values.Get(name)) }
	f := launchForm{
		Environment: get("environment.name"), Config: map[string]string{},
		Purpose: get("purpose"), Description: get("task_description"), InitialState: get("initial_state"),
		MaxSteps: get("max_steps"), EarlyStopPhi: get("early_stop_phi"), Seed: get("seed"),
		Actor: get("models.actor"), Critic: get("models.critic"), Optimizer: get("models.optimizer"),
		Memory: get("memory"), Repeats: get("repeats"),
		Tokens: get("budget.tokens"), USD: get("budget.usd"), Seconds: get("budget.seconds"), Pace: get("pace"), Tags: get("tags"),
		Approval: get("approval"), Approve: get("approval_actions"),
	}
	for name, all := range values {
		if prop, ok := strings.CutPrefix(name, configschema.FieldPrefix); ok && len(all) > 0 {
			f.Config[prop] = all[len(all)-1] // a check box follows its hidden "false"
		}
	}
	return f
}

// formOfSpec shows a spec in the form.
func formOfSpec(spec agent.RunSpec, schema ui.ConfigSchema) launchForm {
	f := launchForm{
		Environment: spec.Environment.Name, Config: schema.Values(spec.Environment.Config),
		Purpose: spec.Purpose, Description: spec.Description,
		MaxSteps: strconv.Itoa(spec.MaxSteps), EarlyStopPhi: ui.Decimals(spec.EarlyStopPhi),
		Actor: spec.Models.Actor, Critic: spec.Models.Critic, Optimizer: spec.Models.Optimizer,
		Memory: spec.Memory, Repeats: strconv.Itoa(max(spec.Repeats, 1)),
	}
	if spec.Description == spec.Purpose {
		f.Description = ""
	}
	if spec.InitialState != nil {
		f.InitialState = spec.InitialState.String()
	}
	if spec.Seed != 0 {
		f.Seed = strconv.FormatInt(spec.Seed, 10)
	}
	if spec.Budget.Tokens > 0 {
		f.Tokens = strconv.FormatInt(spec.Budget.Tokens, 10)
	}
	f.USD = ui.Amount(spec.Budget.USD)
	if spec.Budget.Seconds > 0 {
		f.Seconds = ui.Decimals(spec.Budget.Seconds)
	}
	if spec.Pace > 0 {
		f.Pace = ui.Decimals(spec.Pace)
	}
	f.Approval = spec.Approval
	if names, ok := strings.CutPrefix(spec.Approval, approveActions+":"); ok && !strings.Contains(names, ";") {
		f.Approval, f.Approve = approveActions, names
	}
	return f.withDefaults()
}

// approveActions is the choice that a person is asked before the named actions.
const approveActions = "actions"

// approveNone says that nobody is asked, where the environment itself would ask.
const approveNone = "none"

// approval is the policy that the form means.
func (f launchForm) approval() string {
	if f.Approval == approveActions {
		return approveActions + ":" + f.Approve
	}
	return f.Approval
}

// spec reads the form. Each text that can't be what it should be has a message
// under its field's name; the spec then holds the zero value there.
func (f launchForm) spec(schema ui.ConfigSchema) (agent.RunSpec, map[string]string) {
	config, problems := schema.Config(f.Config)
	p := ui.FieldParser{Problems: problems}
	s := request.Run{
		Environment: request.Environment{Name: f.Environment, Config: config},
		Purpose:     f.Purpose, Description: f.Description,
		MaxSteps:     int(p.Integer("max_steps", f.MaxSteps, math.MaxInt32)),
		EarlyStopPhi: p.Number("early_stop_phi", f.EarlyStopPhi),
		Seed:         p.Integer("seed", f.Seed, math.MaxInt64),
		Models:       request.Models{Actor: f.Actor, Critic: f.Critic, Optimizer: f.Optimizer},
		Memory:       f.Memory,
		Repeats:      int(p.Integer("repeats", f.Repeats, math.MaxInt32)),
		Budget: request.Budget{
			Tokens:  p.Integer("budget.tokens", f.Tokens, math.MaxInt64),
			USD:     p.Number("budget.usd", f.USD),
			Seconds: p.Number("budget.seconds", f.Seconds),
		},
		Pace: p.Number("pace", f.Pace), Approval: f.approval(),
	}
	var err error
	if s.Tags, err = agent.ParseTags(f.Tags); err != nil {
		p.Problems["tags"] = agent.MessageOf(err)
	}
	p.NotZero("max_steps", f.MaxSteps, s.MaxSteps == 0)
	p.NotZero("early_stop_phi", f.EarlyStopPhi, s.EarlyStopPhi == 0)
	p.NotZero("repeats", f.Repeats, s.Repeats == 0)
	if f.InitialState != "" {
		state, err := agent.ParseObject([]byte(f.InitialState))
		if err != nil {
			p.Problems["initial_state"] = agent.MessageOf(err)
		} else if !state.IsEmpty() {
			s.InitialState = &state
		}
	}
	return s.Spec().WithDefaults(), p.Problems
}

// object returns the form as it is stored; parse is its inverse.
func (f launchForm) object() (agent.Object, error) { return agent.NewObject(f) }

// lastInputs reads stored inputs; what can't be read is an empty form.
func lastInputs(stored agent.Object) launchForm {
	var f launchForm
	if err := json.Unmarshal([]byte(stored.String()), &f); err != nil {
		return launchForm{}
	}
	return f
}

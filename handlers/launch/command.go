package launch

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"purposeagent/agent"
	"purposeagent/handlers/ui"
)

// launchBody is the JSON body of POST /api/v1/runs in the order in which
// people read it.
type launchBody struct {
	Environment  agent.EnvironmentRef `json:"environment"`
	Purpose      string               `json:"purpose,omitempty"`
	Description  string               `json:"task_description,omitempty"`
	InitialState *agent.Object        `json:"initial_state,omitempty"`
	MaxSteps     int                  `json:"max_steps"`
	EarlyStopPhi float64              `json:"early_stop_phi"`
	Seed         int64                `json:"seed,omitempty"`
	Models       agent.ModelRefs      `json:"models"`
	Memory       string               `json:"memory"`
	Repeats      int                  `json:"repeats,omitempty"`
	Budget       *agent.Budget        `json:"budget,omitempty"`
	Pace         float64              `json:"pace,omitempty"`
	Approval     string               `json:"approval,omitempty"`
	Tags         []string             `json:"tags,omitempty"`
	Rules        string               `json:"rules,omitempty"`
}

// launchCurl writes the launch as a request to the API.
func launchCurl(spec agent.RunSpec, apiURL string) (string, error) {
	body := launchBody{
		Environment: spec.Environment, Purpose: spec.Purpose, Description: spec.Description,
		InitialState: spec.InitialState, MaxSteps: spec.MaxSteps, EarlyStopPhi: spec.EarlyStopPhi,
		Seed: spec.Seed, Models: spec.Models, Memory: spec.Memory, Repeats: spec.Repeats, Pace: spec.Pace, Approval: spec.Approval, Tags: spec.Tags, Rules: spec.Rules,
	}
	if spec.Budget != (agent.Budget{}) {
		body.Budget = &spec.Budget
	}
	var raw bytes.Buffer
	e := json.NewEncoder(&raw)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(body); err != nil {
		return "", fmt.Errorf("write request body: %w", err)
	}
	return "curl " + ui.ShellQuote(apiURL) + " \\\n  -H 'Content-Type: application/json' \\\n  -d " +
		ui.ShellQuote(strings.TrimSpace(raw.String())), nil
}

// launchCLI writes one run of the launch as a command.
func launchCLI(spec agent.RunSpec) string {
	lines := []string{"purpose run --environment " + ui.ShellQuote(spec.Environment.Name)}
	flag := func(name, value string) { lines = append(lines, "--"+name+" "+ui.ShellQuote(value)) }
	if !spec.Environment.Config.IsEmpty() {
		flag("config", spec.Environment.Config.String())
	}
	if spec.Purpose != "" {
		flag("purpose", spec.Purpose)
	}
	flag("model", spec.Models.Actor)
	if spec.Models.Critic != spec.Models.Actor {
		flag("critic", spec.Models.Critic)
	}
	if spec.Models.Optimizer != spec.Models.Actor {
		flag("optimizer", spec.Models.Optimizer)
	}
	if spec.Seed != 0 {
		flag("seed", strconv.FormatInt(spec.Seed, 10))
	}
	flag("max-steps", strconv.Itoa(spec.MaxSteps))
	flag("early-stop-phi", ui.Decimals(spec.EarlyStopPhi))
	flag("memory", spec.Memory)
	if spec.Pace > 0 {
		flag("pace", ui.Decimals(spec.Pace))
	}
	if len(spec.Tags) > 0 {
		flag("tags", strings.Join(spec.Tags, ","))
	}
	return strings.Join(lines, " \\\n  ")
}

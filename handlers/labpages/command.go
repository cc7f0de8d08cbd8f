package labpages

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"purposeagent/agent"
	"purposeagent/handlers/ui"
	"purposeagent/internal/lab"
)

// labBody is the JSON body that starts an experiment, in the order in which
// people read it and without what is left to the lab.
type labBody struct {
	Name   string  `json:"name,omitempty"`
	Worlds []int64 `json:"worlds,omitempty"`
	specBody
}

type specBody struct {
	Environment   agent.EnvironmentRef `json:"environment"`
	TestConfig    *agent.Object        `json:"test_config,omitempty"`
	Purpose       string               `json:"purpose,omitempty"`
	Models        agent.ModelRefs      `json:"models"`
	Source        string               `json:"source,omitempty"`
	Arms          []lab.Arm            `json:"arms"`
	Trainer       string               `json:"trainer,omitempty"`
	Seed          int64                `json:"seed"`
	Train         int                  `json:"train,omitempty"`
	Test          int                  `json:"test"`
	TrainFrom     int64                `json:"train_from,omitempty"`
	TestFrom      int64                `json:"test_from,omitempty"`
	MaxSteps      int                  `json:"max_steps,omitempty"`
	TrainMaxSteps int                  `json:"train_max_steps,omitempty"`
	LimitFactor   float64              `json:"limit_factor,omitempty"`
	Curve         []int                `json:"curve,omitempty"`
	Pollution     float64              `json:"pollution,omitempty"`
	Irrelevant    int                  `json:"irrelevant,omitempty"`
	Planted       int                  `json:"planted,omitempty"`
	Tries         int                  `json:"tries,omitempty"`
	ChangeAt      int                  `json:"change_at,omitempty"`
	ChangeConfig  *agent.Object        `json:"change_config,omitempty"`
	Draws         int                  `json:"draws,omitempty"`
}

// labCurl writes the experiment as a request to the API.
func labCurl(ask lab.Request, apiURL string) (string, error) {
	s := ask.Spec
	body := labBody{Name: ask.Name, Worlds: ask.Worlds, specBody: specBody{
		Environment: s.Environment, Purpose: s.Purpose, Models: s.Models, Trainer: s.Trainer, Source: s.Source, Arms: s.Arms, Seed: s.Seed,
		Train: s.Train, Test: s.Test, TrainFrom: s.TrainFrom, TestFrom: s.TestFrom, MaxSteps: s.MaxSteps,
		TrainMaxSteps: s.TrainMaxSteps, LimitFactor: s.LimitFactor, Curve: s.Curve, Pollution: s.Pollution,
		Irrelevant: s.Irrelevant, Planted: s.Planted, Tries: s.Tries, ChangeAt: s.ChangeAt, Draws: s.Draws,
	}}
	if !s.TestConfig.IsEmpty() {
		body.TestConfig = &s.TestConfig
	}
	if !s.ChangeConfig.IsEmpty() {
		body.ChangeConfig = &s.ChangeConfig
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

// labCLI writes the experiment as a command. One of the installation's own
// library is not for the command line, which has none: it returns "".
func labCLI(ask lab.Request) string {
	s := ask.Spec
	if s.Source == lab.SourceLibrary {
		return ""
	}
	lines := []string{"purpose lab --environment " + ui.ShellQuote(s.Environment.Name)}
	flag := func(name, value string) {
		if value != "" {
			lines = append(lines, "--"+name+" "+ui.ShellQuote(value))
		}
	}
	count := func(name string, n int64) {
		if n != 0 {
			flag(name, strconv.FormatInt(n, 10))
		}
	}
	part := func(name string, x float64) {
		if x != 0 {
			flag(name, strconv.FormatFloat(x, 'f', -1, 64))
		}
	}
	if !s.Environment.Config.IsEmpty() {
		flag("config", s.Environment.Config.String())
	}
	if !s.TestConfig.IsEmpty() {
		flag("test-config", s.TestConfig.String())
	}
	flag("purpose", s.Purpose)
	flag("worlds", worldsText(ask.Worlds))
	flag("arms", strings.ReplaceAll(lab.JoinArms(s.Arms), " ", ""))
	count("train", int64(s.Train))
	count("test", int64(s.Test))
	count("seed", s.Seed)
	count("train-from", s.TrainFrom)
	count("test-from", s.TestFrom)
	count("max-steps", int64(s.MaxSteps))
	count("train-max-steps", int64(s.TrainMaxSteps))
	part("limit-factor", s.LimitFactor)
	flag("curve", commaText(s.Curve))
	if s.Models.Actor != agent.Reasoner {
		flag("model", s.Models.Actor)
	}
	flag("critic", s.Models.Critic)
	flag("optimizer", s.Models.Optimizer)
	flag("trainer", s.Trainer)
	part("pollution", s.Pollution)
	count("irrelevant", int64(s.Irrelevant))
	count("planted", int64(s.Planted))
	count("change-at", int64(s.ChangeAt))
	if !s.ChangeConfig.IsEmpty() {
		flag("change-config", s.ChangeConfig.String())
	}
	count("tries", int64(s.Tries))
	count("draws", int64(s.Draws))
	return strings.Join(append(lines, "--json > report.json"), " \\\n  ")
}

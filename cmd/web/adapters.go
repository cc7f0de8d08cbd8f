package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"

	"purposeagent/agent"
	"purposeagent/agent/llm"
	"purposeagent/environments"
	"purposeagent/handlers"
	"purposeagent/handlers/api"
	"purposeagent/internal/engine"
	"purposeagent/internal/lab"
)

// apiEngine is the engine with the application's own Launch, which can draw
// purposes.
type apiEngine struct {
	*engine.Engine
	app *app
}

func (e apiEngine) Launch(ctx context.Context, spec agent.RunSpec) ([]agent.Run, error) {
	return e.app.Launch(ctx, spec)
}

// apiLab is the lab with audits of the library's rules.
type apiLab struct {
	*lab.Jobs
	app *app
}

// Audit starts an experiment that does the same tasks with the library as it
// is, without one rule of it, and without memory. Where the request names no
// configuration, it is that of a run that speaks for the rule.
func (l apiLab) Audit(ctx context.Context, by, rule string, ask lab.Request) (agent.Experiment, error) {
	h, err := l.app.library.Get(ctx, rule)
	if err != nil {
		return agent.Experiment{}, err
	}
	s := &ask.Spec
	if s.Environment.Name = h.Scope.Environment; s.Environment.Name == "" {
		return agent.Experiment{}, agent.Errorf(agent.CodeConflict, "rule %s belongs to no environment; start an experiment with the arm %s%s where you want to audit it", rule, lab.LeaveOneOut, rule)
	}
	if s.Environment.Config.IsEmpty() {
		s.Environment.Config = l.app.whereLearned(ctx, h)
	}
	s.Source, s.Arms = lab.SourceLibrary, []lab.Arm{lab.On, lab.LeaveOneOut + lab.Arm(rule), lab.Off}
	if ask.Name == "" {
		ask.Name = agent.Clip("audit of "+rule+": "+h.Title, lab.MaxName-8)
	}
	return l.Start(ctx, by, ask)
}

// whereLearned is the configuration of a run that speaks for the rule; the
// default one if they are gone.
func (a *app) whereLearned(ctx context.Context, h *agent.Heuristic) agent.Object {
	for _, e := range h.Evidence {
		if run, err := a.db.Runs().Get(ctx, e.Run); err == nil && run.Spec.Environment.Name == h.Scope.Environment {
			return run.Spec.Environment.Config
		}
	}
	return ""
}

// kinds shows the registry as pages see it.
type kinds struct{ *environments.Registry }

func (k kinds) Kinds() []handlers.Kind {
	var out []handlers.Kind
	for _, kind := range k.Registry.Kinds() {
		h := handlers.Kind{Name: kind.Name, Title: kind.Title, Text: kind.Text, Schema: kind.Schema, DrawPurpose: kind.DrawPurpose, Program: kind.Program}
		for _, p := range kind.Presets {
			if kind.DrawPurpose != nil {
				p.Purpose = "" // each seed is another task; the preset's is one of them
			}
			h.Presets = append(h.Presets, handlers.Preset(p))
		}
		out = append(out, h)
	}
	return out
}

func (a *app) listEnvironments() []api.Environment {
	var out []api.Environment
	for _, kind := range a.registry.Kinds() {
		e := api.Environment{Name: kind.Name, Title: kind.Title, Text: kind.Text, Schema: kind.Schema, Presets: []api.EnvironmentPreset{}}
		for _, p := range kind.Presets {
			e.Presets = append(e.Presets, api.EnvironmentPreset(p))
		}
		if env, _, done, err := a.glance(agent.EnvironmentRef{Name: kind.Name}); err == nil {
			e.Actions = env.Actions()
			done()
		}
		out = append(out, e)
	}
	return out
}

func (a *app) listModels() []api.Model {
	list := []api.Model{{Ref: agent.Reasoner, Text: "offline reasoner (no language model)"}}
	connections, err := a.models.Connections(context.Background())
	if err != nil {
		return list // the reasoner is always there
	}
	for _, c := range connections {
		if !c.Disabled && usable(c) {
			p, _ := llm.ProviderOf(c.Provider)
			list = append(list, api.Model{Ref: c.Name + ":NAME", Text: "a model of " + p.Title + " at " + llm.Address(c)})
		}
	}
	return list
}

// simulate answers what a run in an environment would be given, and why. It
// starts no program.
func (a *app) simulate(ctx context.Context, environment string, config agent.Object, p agent.Probe) (agent.Simulation, error) {
	env, _, done, err := a.glance(agent.EnvironmentRef{Name: environment, Config: config})
	if err != nil {
		return agent.Simulation{}, err
	}
	defer done()
	p.Semantics = a.models.Semantics(ctx)
	p.Scope, p.Actions, p.World = agent.ScopeOf(environment, env), env.Actions(), agent.DescriptionOf(env)
	return agent.Simulate(ctx, a.replay, a.library, p)
}

// sealed returns the SHA-256 of the secret rules of the demo's world, which is
// shown before anybody can have learned them.
func (a *app) sealed() string {
	env, err := a.registry.New(agent.EnvironmentRef{Name: demoEnvironment, Config: demoConfig})
	if err != nil {
		return ""
	}
	if s, ok := env.(interface{ Commitment() string }); ok {
		return s.Commitment()
	}
	return ""
}

// drawSeed draws a seed for a run whose launcher gave none.
func drawSeed() int64 {
	var raw [8]byte
	_, _ = rand.Read(raw[:]) // never fails, by its documentation
	return int64(binary.LittleEndian.Uint64(raw[:]) >> 34)
}

func repeatLabel(i int) string { return fmt.Sprintf("run %d", i+1) }

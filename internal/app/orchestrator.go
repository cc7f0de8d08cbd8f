package app

import (
	"context"
	"io"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/roles"
	"purposeagent/agent/rulestore"
	"purposeagent/environments"
	"purposeagent/environments/mcp"
	"purposeagent/environments/remote"
)

// stepTimeout limits one action: the built-in environments answer at once.
const stepTimeout = 30 * time.Second

// orchestrator makes what works one run.
func (a *App) orchestrator(ctx context.Context, run agent.Run) (*agent.Orchestrator, error) {
	env, err := a.Registry.New(run.Spec.Environment)
	if err != nil {
		return nil, err
	}
	a.closeAfter(ctx, env)
	a.glances.remember(run.Spec.Environment, env)
	memory := run.Spec.Memory == "on"
	learn := memory && run.Spec.Origin == nil && run.Spec.Rules == ""
	cfg := agent.Config{
		Environment: env, EnvironmentName: run.Spec.Environment.Name,
		Memory: agent.MemoryConfig{Replay: a.Replay, Library: a.Library, Calibrator: a.Critics,
			Recall: memory, Learn: learn, Holdout: learn && !run.Spec.NoHoldout, Twin: run.Spec.Twin},
		Retrieval: a.retrieval(ctx),
		Limits:    agent.Limits{StepTimeout: patience(env), PauseOnBudget: true, EndOnRefusal: a.cfg.Alone},
		Files:     a.db.Files(run.ID),
		Hooks:     agent.Hooks{OnThinking: a.Thinking.Note, Inbox: a.Engine.Inbox},
	}
	if run.Spec.Rules != "" {
		rules, err := a.Snapshots.Rules(ctx, run.Spec.Rules)
		if err != nil {
			return nil, err
		}
		cfg.Memory.Library = rulestore.NewFixed(rules)
	}
	context.AfterFunc(ctx, func() { a.Thinking.Forget(run.ID) })
	if cfg.Actor, err = a.roles.actor(run.Spec.Models.Actor); err != nil {
		return nil, err
	}
	if cfg.Critic, err = a.roles.critic(run.Spec, env); err != nil {
		return nil, err
	}
	cfg.Critic = &roles.Corrected{Critic: cfg.Critic, Words: a.PhiWords, Environment: run.Spec.Environment.Name}
	if memory {
		if cfg.Memory.Optimizer, err = a.roles.optimizer(run.Spec.Models.Optimizer); err != nil {
			return nil, err
		}
	}
	return agent.NewOrchestrator(cfg)
}

// retrieval is how rules are found for a step, of a run and where people ask what
// one would be given.
func (a *App) retrieval(ctx context.Context) agent.RetrievalConfig {
	return agent.RetrievalConfig{Semantics: a.Models.Semantics(ctx), Applicability: a.Applicability, Playbook: a.Playbooks}
}

// environmentOptions says what environments may do beyond computing. Programs
// that have done their work wait in the pool for the next run.
func (a *App) environmentOptions() []environments.Option {
	options := []environments.Option{environments.WithScripts(a.scripts)}
	if a.cfg.Programs {
		options = append(options, environments.WithPrograms(remote.Options{Logger: a.cfg.Logger, Pool: a.programs, AllowPrivate: a.cfg.PrivateHosts}),
			environments.WithServers(mcp.Options{Logger: a.cfg.Logger, Eras: mcp.NewEras()}))
	}
	if a.cfg.Programs && a.cfg.PrivateHosts {
		options = append(options, environments.WithPrivateHosts())
	}
	return options
}

// closeAfter closes what an environment opened when ctx ends; Close waits
// for it.
func (a *App) closeAfter(ctx context.Context, env agent.Environment) {
	if _, ok := env.(io.Closer); !ok {
		return
	}
	a.background.Add(1)
	context.AfterFunc(ctx, func() {
		defer a.background.Done()
		closeEnvironment(env)
	})
}

// closeEnvironment closes what an environment opened, if it opened anything.
// There is nobody to tell of an error.
func closeEnvironment(env agent.Environment) {
	if c, ok := env.(io.Closer); ok {
		_ = c.Close()
	}
}

// patience is how long one action may take: the built-in environments answer
// at once, others say how long they wait for whom they ask.
func patience(env agent.Environment) time.Duration {
	if slow, ok := env.(interface{ Timeout() time.Duration }); ok {
		return max(stepTimeout, slow.Timeout())
	}
	return stepTimeout
}

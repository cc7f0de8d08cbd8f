package lab

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"

	"purposeagent/agent"
)

// arm is one arm, ready to work test tasks.
type arm struct {
	name   Arm
	config agent.Object
	draw   int // by which its chance is drawn, where the world has such a setting
	rules  []*agent.Heuristic
	memory bool
	// library and replay are what the actor sees; nil where it sees none.
	library agent.Library
	replay  agent.Replay
	// experience is the training's replay, for critics that learn from it and
	// for replaying. It is frozen like the rest.
	experience agent.Replay
	replays    bool // acts by trajectories instead of rules
	pageAlone  bool // sees the playbook, and no rules beside it
	explores   bool // acts by the environment's own explorer
	roles      Roles

	mu     sync.Mutex
	broken error // the first failure; nothing more is tried after it
}

// explorer is an environment that offers a player written by hand. It sees
// what any actor sees, learns nothing, and serves one task.
type explorer interface {
	Explorer() agent.Decider
}

// after returns what an arm names after a colon, such as a rule.
func (a Arm) after(prefix string) (string, bool) { return strings.CutPrefix(string(a), prefix) }

// armsOf makes the arms of the specification, in its order.
func (e *experiment) armsOf(ctx context.Context, m memory, report *Report) ([]*arm, error) {
	shown := m
	if e.spec.Pollution > 0 || e.spec.Irrelevant > 0 {
		var err error
		if shown.rules, err = e.pollute(ctx, m, report); err != nil {
			return nil, err
		}
	}
	arms := make([]*arm, len(e.spec.Arms))
	for i, name := range e.spec.Arms {
		from := shown
		switch name {
		case Clean, Shuffled:
			from = m
		case Off, Placebo, On, Append, PlaybookOnly, Explorer:
		}
		a, err := e.armWith(name, i, from)
		if err != nil {
			return nil, err
		}
		if environment, ok := name.placebo(); ok {
			rules, source, err := e.placebo(ctx, environment, len(m.rules), m.scope)
			switch {
			case ctx.Err() != nil:
				return nil, context.Cause(ctx)
			case agent.CodeOf(err) == agent.CodeInvalid, isJournal(err):
				return nil, err
			case err != nil:
				a.broken = err
			}
			a.rules, a.library = rules, freeze(m.scope, rules)
			if name == Placebo {
				report.Placebo = &PlaceboReport{Source: source, Rules: len(rules)}
			}
		}
		arms[i] = a
	}
	return arms, nil
}

// armWith makes one arm from a memory.
func (e *experiment) armWith(name Arm, n int, m memory) (*arm, error) {
	return e.armIn("test", name, n, m)
}

// armIn makes one arm that is tested in the world of a split.
func (e *experiment) armIn(split string, name Arm, n int, m memory) (*arm, error) {
	a := &arm{name: name, config: e.armConfig(split, n), draw: n + 1, memory: name != Off && name != Explorer, experience: m.replay, roles: e.cfg.Roles}
	env, err := e.cfg.World.New(a.config)
	if err != nil {
		return nil, err
	}
	defer closeEnvironment(env)
	if scope := e.scopeOf(env); scope != m.scope {
		return nil, agent.Errorf(agent.CodeInvalid, "the test tasks obey other laws (%s) than the training tasks (%s): nothing learned there may be used here", scope.Dynamics, m.scope.Dynamics)
	}
	switch name {
	case Off:
	case Explorer:
		a.explores = true
	case Shuffled:
		a.rules = shuffle(m.rules, rand.New(rand.NewPCG(uint64(e.spec.Seed), 0x5f)))
	case Append:
		a.replays = !a.roles.Examples
		if !a.replays {
			a.replay = a.experience
		}
	case PlaybookOnly:
		a.rules, a.pageAlone = m.rules, true
	case Placebo: // armsOf adds its rules
	case On, Clean:
		a.rules, a.replay = m.rules, a.experience
	default:
		if err := e.named(a, m); err != nil {
			return nil, err
		}
	}
	a.library = freeze(m.scope, a.rules)
	return a, nil
}

// named makes an arm that is On but for what it names.
func (e *experiment) named(a *arm, m memory) error {
	if _, ok := a.name.placebo(); ok {
		return nil
	}
	a.rules, a.replay = m.rules, a.experience
	if id, ok := a.name.after(LeaveOneOut); ok {
		a.rules = slices.DeleteFunc(slices.Clone(m.rules), func(h *agent.Heuristic) bool { return h.ID == id })
		if len(a.rules) == len(m.rules) {
			a.broken = agent.Errorf(agent.CodeNotFound, "there is no rule %s among the %d that the arms begin with", id, len(m.rules))
		}
		return nil
	}
	roles, err := e.otherRoles(a.name)
	if err != nil {
		return err
	}
	if _, ok := a.name.after(OtherModel); ok {
		a.roles.Actor, a.roles.Examples = roles.Actor, roles.Examples
		return nil
	}
	a.roles.Critic = roles.Critic
	return nil
}

// otherRoles returns the roles that an arm names: those of another model or
// critic. CodeInvalid where there is none.
func (e *experiment) otherRoles(name Arm) (Roles, error) {
	models := e.spec.Models
	if ref, ok := name.after(OtherModel); ok {
		models.Actor = ref
	} else if ref, ok := name.after(OtherCritic); ok {
		models.Critic = ref
	}
	if e.cfg.Others == nil {
		return Roles{}, agent.InvalidFields(map[string]string{"arms": fmt.Sprintf("%s: there are no other models here", name)})
	}
	roles, err := e.cfg.Others(models)
	if err != nil {
		return roles, agent.InvalidFields(map[string]string{"arms": fmt.Sprintf("%s: %s", name, agent.MessageOf(err))})
	}
	return roles, nil
}

// trainer is the role of who acts in training.
func (e *experiment) trainer() (agent.Decider, error) {
	if e.spec.Trainer == "" {
		return e.cfg.Roles.Actor()
	}
	if e.cfg.Others == nil {
		return nil, agent.InvalidFields(map[string]string{"trainer": "there are no other models here"})
	}
	models := e.spec.Models
	models.Actor = e.spec.Trainer
	roles, err := e.cfg.Others(models)
	if err != nil {
		return nil, agent.InvalidFields(map[string]string{"trainer": agent.MessageOf(err)})
	}
	return roles.Actor()
}

// checkArms looks at what arms need that a specification alone can't tell.
func (e *experiment) checkArms() error {
	invalid := func(format string, args ...any) error {
		return agent.InvalidFields(map[string]string{"arms": fmt.Sprintf(format, args...)})
	}
	for _, name := range e.spec.Arms {
		if name == Explorer {
			env, err := e.cfg.World.New(e.config("test"))
			if err != nil {
				return err
			}
			_, ok := env.(explorer)
			closeEnvironment(env)
			if !ok {
				return invalid("the environment %s offers no %s; leave it out", e.cfg.World.Name, Explorer)
			}
		}
		if id, ok := name.after(LeaveOneOut); ok && e.frozen != nil {
			if !slices.ContainsFunc(usable(e.frozen.Rules), func(h *agent.Heuristic) bool { return h.ID == id }) {
				return invalid("there is no usable rule %s in the library for this environment", agent.Clip(id, 40))
			}
		}
		if environment, ok := name.placebo(); ok && environment != "" {
			if _, _, _, err := e.elsewhere(environment); err != nil {
				return err
			}
		}
		if name == PlaybookOnly && !e.cfg.Roles.Examples {
			return invalid("%s is for language models; the offline reasoner reads rules, so leave it out", PlaybookOnly)
		}
		_, model := name.after(OtherModel)
		_, critic := name.after(OtherCritic)
		if model || critic {
			if _, err := e.otherRoles(name); err != nil {
				return err
			}
		}
	}
	return nil
}

// orchestrator makes what works one test task in an arm. The environment is
// the worker's own; counts are of what the memory of a language model is worth.
func (e *experiment) orchestrator(a *arm, env agent.Environment, scope agent.Scope, onStep func(agent.Step), counts *MemoryCounts) (*agent.Orchestrator, error) {
	actor, err := a.actor(env, counts)
	if err != nil {
		return nil, err
	}
	critic, err := a.roles.Critic(env, scope, a.experience)
	if err != nil {
		return nil, err
	}
	cfg := agent.Config{Environment: env, EnvironmentName: e.cfg.World.Name, Scope: &scope, Actor: actor, Critic: critic,
		Memory: agent.MemoryConfig{Recall: a.memory}, Limits: agent.Limits{StepTimeout: e.cfg.StepTimeout, EndOnRefusal: true},
		Hooks: agent.Hooks{OnStep: onStep}, Clock: agent.Clock{Now: (&clock{}).now}}
	if a.memory {
		cfg.Retrieval.Playbook = a.roles.Playbook
		cfg.Memory.Library, cfg.Memory.Replay = a.library, a.replay
		cfg.Retrieval.Applicability = a.roles.Applicability
	}
	return agent.NewOrchestrator(cfg)
}

func (a *arm) actor(env agent.Environment, counts *MemoryCounts) (agent.Decider, error) {
	if a.explores {
		x, ok := env.(explorer)
		if !ok {
			return nil, agent.Errorf(agent.CodeInvalid, "the environment offers no %s", Explorer)
		}
		return x.Explorer(), nil
	}
	actor, err := a.roles.Actor()
	switch {
	case err != nil:
		return nil, err
	case a.replays:
		return newReplayer(actor, a.experience), nil
	case a.pageAlone:
		return pageReader{a.fitting(actor, counts)}, nil
	}
	return a.fitting(actor, counts), nil
}

// pageReader shows its actor the playbook, and no rules beside it.
type pageReader struct{ actor agent.Decider }

// Decide asks the actor.
func (p pageReader) Decide(ctx context.Context, s *agent.Situation) (agent.Decision, error) {
	bare := *s
	bare.Memory = agent.Memory{Playbook: s.Memory.Playbook}
	return p.actor.Decide(ctx, &bare)
}

package lab

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"purposeagent/agent"
)

// arm is one arm, ready to work test tasks.
type arm struct {
	name   Arm
	config agent.Object
	rules  []*agent.Heuristic
	memory bool
	// library and replay are what the actor sees; nil where it sees none.
	library agent.Library
	replay  agent.Replay
	// experience is the training's replay, for critics that learn from it and
	// for replaying. It is frozen like the rest.
	experience agent.Replay
	replays    bool // acts by trajectories instead of rules

	mu     sync.Mutex
	broken error // the first failure; nothing more is tried after it
}

// armsOf makes the arms of the specification, in its order.
func (e *experiment) armsOf(ctx context.Context, l *learner, report *Report) ([]*arm, error) {
	arms := make([]*arm, len(e.spec.Arms))
	for i, name := range e.spec.Arms {
		a, err := e.armWith(ctx, name, i, l)
		if err != nil {
			return nil, err
		}
		if name == Placebo {
			rules, source, err := e.placebo(ctx, report.Promoted+report.InTrial, l.scope)
			switch {
			case ctx.Err() != nil:
				return nil, context.Cause(ctx)
			case agent.CodeOf(err) == agent.CodeInvalid:
				return nil, err
			case err != nil:
				a.broken = err
			}
			a.rules, a.library = rules, freeze(l.library, l.scope, rules)
			report.Placebo = &PlaceboReport{Source: source, Rules: len(rules)}
		}
		arms[i] = a
	}
	return arms, nil
}

// armWith makes one arm from what the learner has now. The placebo is given
// its rules later.
func (e *experiment) armWith(ctx context.Context, name Arm, n int, l *learner) (*arm, error) {
	a := &arm{name: name, config: e.armConfig(n), memory: name != Off, experience: frozenReplay{l.replay}}
	set, err := l.library.Usable(ctx, l.scope)
	if err != nil {
		return nil, err
	}
	env, err := e.cfg.World.New(a.config)
	if err != nil {
		return nil, err
	}
	defer closeEnvironment(env)
	if scope := agent.ScopeOf(e.cfg.World.Name, env); scope != l.scope {
		return nil, agent.Errorf(agent.CodeInvalid, "the test tasks obey other laws (%s) than the training tasks (%s): nothing learned there may be used here", scope.Dynamics, l.scope.Dynamics)
	}
	switch name {
	case On:
		a.rules, a.replay = set.Rules, a.experience
	case Shuffled:
		a.rules = shuffle(set.Rules, rand.New(rand.NewPCG(uint64(e.spec.Seed), 0x5f)))
	case Append:
		a.replays = !e.cfg.Roles.Examples
		if !a.replays {
			a.replay = a.experience
		}
	case Off, Placebo:
	}
	a.library = freeze(l.library, l.scope, a.rules)
	return a, nil
}

// orchestrator makes what works one test task in an arm. The environment is
// the worker's own.
func (e *experiment) orchestrator(a *arm, env agent.Environment, scope agent.Scope, onStep func(agent.Step)) (*agent.Orchestrator, error) {
	actor, err := e.cfg.Roles.Actor()
	if err != nil {
		return nil, err
	}
	if a.replays {
		actor = newReplayer(actor, a.experience)
	}
	critic, err := e.cfg.Roles.Critic(env, scope, a.experience)
	if err != nil {
		return nil, err
	}
	cfg := agent.Config{Environment: env, EnvironmentName: e.cfg.World.Name, Actor: actor, Critic: critic,
		Memory: a.memory, StepTimeout: e.cfg.StepTimeout, OnStep: onStep, Now: (&clock{}).now}
	if a.memory {
		cfg.Library, cfg.Replay = a.library, a.replay
	}
	return agent.NewOrchestrator(cfg)
}

// evaluate works all tasks in all arms, interleaved: each task in every arm
// before the next, as far as several at once allow. The results are in the
// order of the arms and tasks. Only ctx ends it with an error.
func (e *experiment) evaluate(ctx context.Context, phase string, arms []*arm, tasks []task) ([][]*Outcome, error) {
	results := make([][]*Outcome, len(arms))
	for i := range results {
		results[i] = make([]*Outcome, len(tasks))
	}
	total := int64(len(arms) * len(tasks))
	var next, done atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	for range min(e.cfg.Parallel, int(total)) {
		group.Go(func() error {
			desk := desk{e: e, envs: make([]agent.Environment, len(arms))}
			defer desk.close()
			for job := next.Add(1) - 1; job < total; job = next.Add(1) - 1 {
				t, k := int(job)/len(arms), int(job)%len(arms)
				o, err := desk.work(ctx, phase, arms[k], k, tasks[t])
				if err != nil {
					return err
				}
				results[k][t] = o
				if o != nil && phase == phaseTesting {
					e.tally.add(o.Arm, 1, int(indicator(o.Success)))
				}
				e.tell(Progress{Phase: phase, Done: int(done.Add(1)), Of: int(total)})
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return results, nil
}

// desk is where one goroutine works: it has its own environment for each arm.
type desk struct {
	e    *experiment
	envs []agent.Environment
}

func (d *desk) close() {
	for _, env := range d.envs {
		if env != nil {
			closeEnvironment(env)
		}
	}
}

// work does one task in one arm, unless the journal has its outcome. It
// returns nothing for an arm that is broken. Only ctx and the journal are errors.
func (d *desk) work(ctx context.Context, phase string, a *arm, k int, t task) (*Outcome, error) {
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	var before Outcome
	key := testKey(phase, a.name, t.Seed)
	if kept, err := recall(ctx, d.e.journal, key, &before); err != nil {
		return nil, err
	} else if kept {
		return &before, nil
	}
	a.mu.Lock()
	broken := a.broken != nil
	a.mu.Unlock()
	if broken {
		return nil, nil
	}
	o, err := d.attempt(ctx, phase, a, k, t)
	if err == nil {
		return &o, note(ctx, d.e.journal, key, o)
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.broken = errors.Join(a.broken, err)
	return nil, nil
}

func (d *desk) attempt(ctx context.Context, phase string, a *arm, k int, t task) (o Outcome, err error) {
	if d.envs[k] == nil {
		if d.envs[k], err = d.e.cfg.World.New(a.config); err != nil {
			return o, err
		}
	}
	env := d.envs[k]
	scored := false
	work, err := d.e.orchestrator(a, env, agent.ScopeOf(d.e.cfg.World.Name, env), func(s agent.Step) { scored = s.Score.Known() })
	if err != nil {
		return o, err
	}
	began := d.e.cfg.Now()
	result, err := work.Run(ctx, runName(phase+"-"+string(a.name), t.Seed), t.Task)
	o = outcomeOf(a.name, t, result, scored, err)
	o.Seconds = d.e.cfg.Now().Sub(began).Seconds()
	return o, err
}

package lab

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/calibration"
	"purposeagent/agent/learning"
	"purposeagent/agent/replay"
	"purposeagent/agent/rulestore"
)

// learner is one training: a library and a replay of its own.
type learner struct {
	e         *experiment
	world     World
	config    agent.Object
	env       agent.Environment
	scope     agent.Scope
	phase     string // names it in progress and journal
	library   *rulestore.Memory
	optimizer agent.Learner
	actor     agent.Decider
	replay    *replay.ExperienceReplay
	critic    agent.Critic
	told      *recorder // the distiller
	seen      *witness  // of the replay
	gate      *calibration.CriticLog
	work      *agent.Orchestrator
	clock     *clock
	scored    bool // the last step
	failed    int
	lastErr   string
	// lost are failed tasks that the journal gets with the next one that ends
	// well: a training that was given up tries its last failures again.
	lost []lost
}

// lost is a failed task with its key.
type lost struct {
	key  string
	task trained
}

// clock counts instead of telling the time, so that what is learned does not
// depend on when. It is safe for concurrent use.
type clock struct{ ticks atomic.Int64 }

func (c *clock) now() time.Time { return time.Unix(c.ticks.Add(1), 0).UTC() }

func (e *experiment) newLearner(w World, config agent.Object, phase string) (made *learner, err error) {
	env, err := w.New(config)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			closeEnvironment(env)
		}
	}()
	l := &learner{e: e, world: w, config: config, env: env, phase: phase, scope: agent.ScopeOf(w.Name, env), clock: &clock{}}
	l.library = rulestore.NewMemory(l.clock.now)
	l.replay = replay.New(capacity)
	if l.actor, err = e.trainer(); err != nil {
		return nil, err
	}
	distiller, contrast, err := e.cfg.Roles.Distiller(l.replay)
	if err != nil {
		return nil, err
	}
	l.told, l.seen = &recorder{Distiller: distiller}, &witness{Replay: l.replay}
	l.gate = calibration.NewCriticLog() // the critic is under the same gate as everywhere
	cfg := learning.OptimizerConfig{Library: l.library, Replay: l.replay, Distiller: l.told, Contrast: contrast, Calibrator: l.gate, Now: l.clock.now}
	if e.cfg.Roles.ModelDistiller {
		cfg.Applicability = e.cfg.Roles.Applicability
	}
	l.optimizer, err = learning.NewHeuristicOptimizer(cfg)
	if err != nil {
		return nil, err
	}
	return l, l.enter(env)
}

// enter makes what works the tasks in an environment. The scope stays.
func (l *learner) enter(env agent.Environment) (err error) {
	e := l.e
	l.env = env
	if l.critic, err = e.cfg.Roles.Critic(env, l.scope, l.replay); err != nil {
		return err
	}
	l.work, err = agent.NewOrchestrator(agent.Config{Environment: env, EnvironmentName: l.world.Name, Scope: &l.scope, Actor: l.actor, Critic: l.critic,
		Memory: agent.MemoryConfig{Optimizer: l.optimizer, Replay: l.seen, Library: l.library, Calibrator: l.gate,
			Recall: true, Learn: true, Holdout: true},
		Retrieval: agent.RetrievalConfig{Applicability: e.cfg.Roles.Applicability, Playbook: e.cfg.Roles.Playbook},
		Limits:    agent.Limits{EndOnRefusal: true, StepTimeout: e.cfg.StepTimeout}, Clock: agent.Clock{Now: l.clock.now},
		Hooks: agent.Hooks{OnStep: func(s agent.Step) { l.scored = s.Score.Known() }}})
	return err
}

// patience is how many training tasks may fail before the training does.
func patience(n int) int { return max(5, n/10) }

// train works one task and learns from it, or learns again from what the
// journal has of it. Only ctx, the journal and a training that can't be done
// any more are errors.
func (l *learner) train(ctx context.Context, t task, n int) (Outcome, error) {
	if err := l.meet(t); err != nil {
		return Outcome{}, err
	}
	var done trained
	key := trainKey(l.phase, t.number)
	kept, err := recall(ctx, l.e.journal, key, &done)
	switch {
	case err != nil:
		return Outcome{}, err
	case kept:
		return done.Outcome, l.again(ctx, t, done)
	}
	began := l.e.cfg.Now()
	l.seen.last, l.told.said, l.told.past = nil, nil, false
	result, err := l.work.Run(ctx, runName("train", t.number), t.Task)
	if ctx.Err() != nil {
		return Outcome{}, context.Cause(ctx)
	}
	if err == nil {
		err = cmp.Or(judged(t, result), l.told.unanswered()) // a task that nobody could learn from
	}
	done = trained{Outcome: outcomeOf("", t, result, l.scored, err), Trajectory: l.seen.last, Ended: l.clock.ticks.Load()}
	done.Outcome.Seconds = l.e.cfg.Now().Sub(began).Seconds()
	if l.e.cfg.Roles.ModelDistiller {
		done.Said = l.told.said
	}
	if err != nil {
		l.failed, l.lastErr = l.failed+1, done.Outcome.Error
		if l.failed > patience(n) {
			return done.Outcome, agent.Wrap(agent.CodeUnavailable, err, "training was given up: %d tasks failed, the last one because %s", l.failed, l.lastErr)
		}
		l.lost = append(l.lost, lost{key, done})
		return done.Outcome, nil
	}
	for _, f := range l.lost {
		if err := note(ctx, l.e.journal, f.key, f.task); err != nil {
			return done.Outcome, err
		}
	}
	l.lost = nil
	return done.Outcome, note(ctx, l.e.journal, key, done)
}

// again learns from a task that was worked before the interruption. A critic
// that learns is shown how the task began, as it was then.
func (l *learner) again(ctx context.Context, t task, done trained) error {
	defer l.clock.ticks.Store(done.Ended)
	if done.Trajectory == nil {
		l.failed, l.lastErr = l.failed+1, done.Outcome.Error
		return nil
	}
	if !l.e.cfg.Roles.ModelCritic {
		_, _ = l.critic.Assess(ctx, agent.Assessment{Task: t.Task, World: agent.DescriptionOf(l.env), After: done.Trajectory.Initial, Seed: t.Seed}) // what it says was used then
	}
	l.clock.ticks.Store(done.Trajectory.At.Unix())
	l.told.said, l.told.next, l.told.past = done.Said, 0, l.e.cfg.Roles.ModelDistiller
	_, _ = l.work.PostTask(ctx, done.Trajectory) // a lesson that failed then fails again, and the training went on
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// learn trains on the training tasks and tests along the way where a curve is
// asked for.
func (e *experiment) learn(ctx context.Context, report *Report, tests []task) (memory, error) {
	tasks, early, err := e.curriculum(ctx, tests)
	if err != nil {
		return memory{}, err
	}
	l, err := e.newLearner(e.cfg.World, e.config("train"), phaseTraining)
	if err != nil {
		return memory{}, err
	}
	defer func() { closeEnvironment(l.env) }() // the one that it is in then
	planted, err := e.plant(ctx, l)
	if err != nil {
		return memory{}, err
	}
	if c, ok := l.env.(interface{ Commitment() string }); ok {
		report.Commitment = c.Commitment()
	}
	for i := 0; ; i++ {
		if slices.Contains(e.spec.Curve, i) {
			if err := e.point(ctx, l, report, i, tests, early); err != nil {
				return memory{}, err
			}
		}
		if i == len(tasks) {
			break
		}
		if i == e.spec.ChangeAt && i > 0 {
			if err := l.changeLaw(); err != nil {
				return memory{}, err
			}
		}
		e.tell(Progress{Phase: phaseTraining, Done: i, Of: len(tasks)})
		o, err := l.train(ctx, tasks[i], len(tasks))
		if err != nil {
			return memory{}, err
		}
		if o.Success {
			report.Training.Successes++
		}
		report.Training.Outcomes = append(report.Training.Outcomes, o)
		if err := planted.look(ctx, l, i+1); err != nil {
			return memory{}, err
		}
	}
	report.Planted = planted.report()
	report.Training.N, report.Training.Failed, report.Training.Error = len(tasks), l.failed, l.lastErr
	if report.Training.Discredited, err = l.gate.Discredited(ctx, l.scope); err != nil {
		return memory{}, err
	}
	ledger, err := l.library.Ledger(ctx, l.scope)
	if err != nil {
		return memory{}, err
	}
	report.LawChanges = ledger.Changes
	if ledger.Suspended != nil {
		report.Training.Suspended = ledger.Suspended.Reason
	}
	all, err := l.library.All(ctx, l.scope)
	if err != nil {
		return memory{}, err
	}
	report.Library = agent.NewLibraryReport(all)
	m, err := l.memory(ctx)
	report.count(m.rules)
	return m, err
}

// memory is what the learner has now.
func (l *learner) memory(ctx context.Context) (memory, error) {
	set, err := l.library.Usable(ctx, l.scope)
	if err != nil {
		return memory{}, err
	}
	return memory{scope: l.scope, rules: set.Rules, replay: frozenReplay{l.replay}}, nil
}

// point tests the library as it stands after some training: in the world of
// then, where the laws change later.
func (e *experiment) point(ctx context.Context, l *learner, report *Report, after int, tests, early []task) error {
	m, err := l.memory(ctx)
	if err != nil {
		return err
	}
	split := "test"
	if after <= e.spec.ChangeAt && e.spec.ChangeAt > 0 {
		split, tests = beforeChange, early
	}
	on, err := e.armIn(split, On, 0, m)
	if err != nil {
		return err
	}
	results, err := e.evaluate(ctx, fmt.Sprintf("testing after %d tasks", after), []*arm{on}, tests)
	if err != nil {
		return err
	}
	report.Curve = append(report.Curve, pointOf(after, len(on.rules), on, results[0]))
	return nil
}

// foreign is what was learned in another world, and which that is.
type foreign struct {
	rules  []*agent.Heuristic
	source string
}

// placebo learns as many rules in another world as the learner has, and makes
// them rules of the learner's scope. The world is of the environment named, or for
// "" the nearest one. It returns where they come from.
func (e *experiment) placebo(ctx context.Context, environment string, rules int, target agent.Scope) ([]*agent.Heuristic, string, error) {
	learned, done := e.foreign[environment]
	if !done {
		var err error
		if learned, err = e.learnElsewhere(ctx, environment); err != nil {
			return nil, learned.source, err
		}
		if e.foreign == nil {
			e.foreign = map[string]foreign{}
		}
		e.foreign[environment] = learned
	}
	return rescoped(learned.rules, rules, target), learned.source, nil
}

// learnElsewhere does the same training in another world.
func (e *experiment) learnElsewhere(ctx context.Context, environment string) (foreign, error) {
	w, config, source, err := e.elsewhere(environment)
	if err != nil {
		return foreign{}, err
	}
	train := e.spec.Train
	if train == 0 {
		train = libraryTraining
	}
	tasks, err := e.tasks(ctx, w, config, e.spec.TrainFrom, train, e.spec.TrainMaxSteps, 2)
	if err != nil {
		return foreign{}, err
	}
	l, err := e.newLearner(w, config, phasePlacebo)
	if err != nil {
		return foreign{}, err
	}
	defer closeEnvironment(l.env)
	for i, t := range tasks {
		e.tell(Progress{Phase: phasePlacebo, Done: i, Of: len(tasks)})
		if _, err := l.train(ctx, t, len(tasks)); err != nil {
			return foreign{}, err
		}
	}
	m, err := l.memory(ctx)
	return foreign{m.rules, source}, err
}

// elsewhere finds another world: one of the environment named, or for "" the next
// one of the same kind, else another kind of environment.
func (e *experiment) elsewhere(environment string) (w World, config agent.Object, source string, err error) {
	if e.settings.world && environment == "" {
		var now struct {
			World int64 `json:"world"`
		}
		if err := e.spec.Environment.Config.Decode(&now); err != nil {
			return w, "", "", err
		}
		other := now.World + 1
		if other > e.settings.maxWorld {
			other = e.settings.minWorld
		}
		config = with(e.config("train"), map[string]any{"world": other})
		return e.cfg.World, config, fmt.Sprintf("%s, world %d", e.cfg.World.Name, other), nil
	}
	for _, w := range e.cfg.Elsewhere {
		if w.Name == e.cfg.World.Name || environment != "" && w.Name != environment {
			continue
		}
		if config, err := w.Check(""); err == nil { // one that needs settings is not just elsewhere
			return w, config, w.Name, nil
		}
	}
	problem := fmt.Sprintf("there is no other world in which rules for a %s could be learned; leave it out", Placebo)
	if environment != "" {
		problem = fmt.Sprintf("%s%s: choose an environment other than %s that works without settings", PlaceboOf, agent.Clip(environment, 40), e.cfg.World.Name)
	}
	return w, "", "", agent.InvalidFields(map[string]string{"arms": problem})
}

// rescoped returns up to n rules, those with the most evidence first, as rules
// of another scope.
func rescoped(rules []*agent.Heuristic, n int, scope agent.Scope) []*agent.Heuristic {
	out := make([]*agent.Heuristic, len(rules))
	for i, h := range rules {
		out[i] = h.Clone()
		out[i].Scope = scope
	}
	slices.SortStableFunc(out, func(a, b *agent.Heuristic) int {
		if more := (b.Good + b.Bad) - (a.Good + a.Bad); more != 0 {
			return more
		}
		return strings.Compare(a.ID, b.ID)
	})
	return out[:min(n, len(out))]
}

// shuffle returns the rules with what they advise permuted among them: the
// actions of predicates, and the strategies of rules in words.
func shuffle(rules []*agent.Heuristic, rng *rand.Rand) []*agent.Heuristic {
	out := make([]*agent.Heuristic, len(rules))
	var lifted, worded []int
	for i, h := range rules {
		out[i] = h.Clone()
		switch {
		case h.States() != nil:
			out[i].Predicate.States = h.States().Permuted(rng.Perm(len(h.States().Actions)))
		case h.Predicate != nil:
			lifted = append(lifted, i)
		default:
			worded = append(worded, i)
		}
	}
	for _, group := range [][]int{lifted, worded} {
		for k, from := range rng.Perm(len(group)) {
			to, h := out[group[k]], rules[group[from]]
			to.Strategy, to.Avoid, to.Steps, to.Action = h.Strategy, h.Avoid, h.Steps, h.Action
			if h.Predicate != nil {
				p := *to.Predicate
				p.Action, p.Params = h.Predicate.Action, h.Predicate.Params
				to.Predicate = &p
			}
		}
	}
	return out
}

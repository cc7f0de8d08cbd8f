package lab

import (
	"context"
	"fmt"
	"io"
	"maps"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"purposeagent/agent"
	"purposeagent/agent/experiments"
	"purposeagent/agent/replay"
	"purposeagent/agent/suites"
)

// Roles make the parts of an agent. The same are used for every arm.
type Roles struct {
	Actor func() (agent.Decider, error)
	// Critic makes a critic for one environment. It may learn from the replay.
	Critic func(env agent.Environment, scope agent.Scope, replay agent.Replay) (agent.Critic, error)
	// Distiller makes what learns from the replay's trajectories, and how many
	// contrasting ones a lesson gets (learning.OptimizerConfig.Contrast).
	Distiller func(replay agent.Replay) (d agent.Distiller, contrast int, err error)
	// Examples says that the actor reads remembered trajectories, as language
	// models do; the append-successes arm gives it those instead of replaying.
	Examples bool
	// Playbook writes the library on one page for actors that read words; nil: they
	// see rules only.
	Playbook agent.PlaybookComposer
	// Claims makes a reader of rules, for one task: it says what rules claim in
	// a situation. Nil where nobody but a language model can tell.
	Claims func() (func(s *agent.Situation, set *agent.RuleSet) []Claim, error)
	// Applicability tells the actor which rules hold now, where it does not read
	// the library in its own way; nil: words and vectors decide alone.
	Applicability agent.Applicability
	// ModelCritic and ModelDistiller say that a language model has the role.
	// What it said is kept and not asked again when an experiment goes on.
	ModelCritic, ModelDistiller bool
}

// Config is what a Lab works with. World and Roles are required.
type Config struct {
	World World
	// Elsewhere are other kinds of environments, in which the placebo's rules
	// are learned where World has no other worlds of its own, or where an arm
	// names one.
	Elsewhere []World
	Roles     Roles
	// Others makes the roles with other models, for arms that name one. May be
	// nil where there are none.
	Others func(models agent.ModelRefs) (Roles, error)
	// Library takes a snapshot of the installation's library in a scope; nil
	// where there is none.
	Library  func(ctx context.Context, scope agent.Scope) (Frozen, error)
	Parallel int              // test tasks, and worlds, at once; 0: one per core
	Now      func() time.Time // for the time that it took; nil: time.Now
	// Progress is told how far it is, from one goroutine at a time.
	Progress func(Progress)
	// Journal keeps what was done; nil: nothing is kept. An experiment goes on
	// from it, whatever interrupted it.
	Journal Journal
	// Before is how long it was worked before it was interrupted.
	Before time.Duration
	// StepTimeout limits one action of the environment; 0: 30 s.
	StepTimeout time.Duration
}

// Progress is how far an experiment has come.
type Progress struct {
	World, Worlds int    // which of how many worlds, from 1; 0 for a single one
	Phase         string // "training", "training the placebo", "looking for false rules to plant", "testing", "testing after N tasks", "testing, try N" or "comparing with the truth"
	Done, Of      int
	Arms          map[Arm]experiments.ArmProgress // of the test, in all worlds so far
}

// The phases that have one name.
const (
	phaseTraining = "training"
	phasePlacebo  = "training the placebo"
	phaseScout    = "looking for false rules to plant"
	phaseTesting  = "testing"
	phaseTruth    = "comparing with the truth"
)

// libraryTraining is the number of tasks that a placebo is trained on where
// the experiment itself trains on none.
const libraryTraining = 200

// capacity is the number of trajectories that a training keeps.
const capacity = replay.DefaultCapacity

// experiment is one in progress.
type experiment struct {
	cfg      Config
	spec     Spec
	settings settings
	journal  Journal
	title    string       // of its chapter in the journal
	frozen   *Frozen      // the library's snapshot, where it is about that
	fixed    *agent.Scope // of all of it, where laws change unannounced
	// foreign are the rules that were learned elsewhere, once they were, by the
	// environment that an arm names; "" where it names none.
	foreign map[string]foreign

	world  int // of worlds, from 1; 0 for a single one
	worlds int
	tally  *tally
}

// tally counts the test tasks that ended, by arm, over all worlds.
type tally struct {
	told sync.Mutex // held while somebody is told how far it is
	mu   sync.Mutex
	arms map[Arm]experiments.ArmProgress
}

func (t *tally) add(a Arm, n, successes int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.arms == nil {
		t.arms = map[Arm]experiments.ArmProgress{}
	}
	was := t.arms[a]
	t.arms[a] = experiments.ArmProgress{N: was.N + n, Successes: was.Successes + successes}
}

func (t *tally) now() map[Arm]experiments.ArmProgress {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.arms)
}

// Run does the whole experiment. Errors: CodeInvalid for a spec that does not
// fit, with a message per field; CodeStopped when ctx ends; CodeUnavailable
// when training itself can't be done. An arm that fails is reported in its
// place and the others go on. Equal specs give equal reports but for Seconds.
func Run(ctx context.Context, cfg Config, spec Spec) (*Report, error) {
	e, err := plan(ctx, cfg, spec)
	if err != nil {
		return nil, err
	}
	return e.run(ctx)
}

func (e *experiment) run(ctx context.Context) (*Report, error) {
	began := e.cfg.Now()
	report := &Report{Format: Format, Spec: e.spec, ConfigHash: e.spec.Hash(), Training: TrainingReport{Outcomes: []Outcome{}}}
	tasks, err := e.testTasks()
	if err == nil && tasks == nil {
		tasks, err = e.tasks(ctx, e.cfg.World, e.config("test"), e.spec.TestFrom, e.spec.Test, e.spec.MaxSteps, 1)
	}
	if err != nil {
		return nil, err
	}
	var m memory
	if e.frozen != nil {
		m, err = e.given(ctx, report)
	} else {
		m, err = e.learn(ctx, report, tasks)
	}
	if err != nil {
		return nil, err
	}
	if report.Truth, err = e.truth(ctx, m, tasks); err != nil {
		return nil, err
	}
	arms, err := e.armsOf(ctx, m, report)
	if err != nil {
		return nil, err
	}
	results, err := e.evaluate(ctx, phaseTesting, arms, tasks)
	if err != nil {
		return nil, err
	}
	more, err := e.again(ctx, arms, tasks)
	if err != nil {
		return nil, err
	}
	report.fill(arms, tasks, results)
	report.fillTries(arms, tasks, results, more)
	report.Seconds = (e.cfg.Before + e.cfg.Now().Sub(began)).Seconds()
	return report, nil
}

// Plan returns the specification with all that is fixed before the start. The
// errors are those of Run for a spec that does not fit.
func Plan(ctx context.Context, cfg Config, spec Spec) (Spec, error) {
	e, err := plan(ctx, cfg, spec)
	if err != nil {
		return spec, err
	}
	return e.spec, nil
}

// withDefaults fills what is left out.
func (cfg Config) withDefaults() Config {
	if cfg.Parallel < 1 {
		cfg.Parallel = runtime.GOMAXPROCS(0)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Progress == nil {
		cfg.Progress = func(Progress) {}
	}
	if cfg.StepTimeout == 0 {
		cfg.StepTimeout = 30 * time.Second
	}
	if cfg.Journal == nil {
		cfg.Journal = noJournal{}
	}
	return cfg
}

// plan fixes all of an experiment.
func plan(ctx context.Context, cfg Config, spec Spec) (*experiment, error) {
	cfg = cfg.withDefaults()
	spec = spec.WithDefaults()
	if spec.LimitFactor == 0 {
		spec.LimitFactor = cfg.World.LimitFactor
	}
	if spec.Suite != nil { // its own settings are those of its first task
		first := append(append([]suites.Task{}, spec.Suite.Train...), spec.Suite.Test...)
		if len(first) > 0 {
			spec.Environment.Config = first[0].Settings()
		}
	} else if spec.Purpose == "" && cfg.World.DrawPurpose == nil {
		spec.Purpose = cfg.World.Purpose
	}
	config, err := cfg.World.Check(spec.Environment.Config)
	if err != nil {
		return nil, err
	}
	spec.Environment = agent.EnvironmentRef{Name: cfg.World.Name, Config: config}
	if _, err := cfg.World.Check(with(with(config, spec.ChangeConfig.Map()), spec.TestConfig.Map())); err != nil {
		return nil, err
	}
	if err := spec.Check(); err != nil {
		return nil, err
	}
	e := &experiment{cfg: cfg, spec: spec, settings: cfg.World.settings(), journal: cfg.Journal, tally: &tally{}}
	if err := e.checkChange(); err != nil {
		return nil, err
	}
	if err := e.planSuite(); err != nil {
		return nil, err
	}
	if err := e.checkPurpose(); err != nil {
		return nil, err
	}
	if spec.Source == SourceLibrary {
		if err := e.freeze(ctx); err != nil {
			return nil, err
		}
	}
	if spec.Trainer != "" {
		if _, err := e.trainer(); err != nil {
			return nil, err
		}
	}
	return e, e.checkArms()
}

// checkPurpose refuses a purpose that the world can't read, before the first
// task. Those that a world draws fit it.
func (e *experiment) checkPurpose() error {
	if e.spec.Purpose == "" || e.cfg.World.CheckTask == nil {
		return nil
	}
	for split, seed := range map[string]int64{"train": e.spec.TrainFrom, "test": e.spec.TestFrom} {
		task := agent.Task{Purpose: e.spec.Purpose, Seed: seed}.WithDefaults()
		if err := e.cfg.World.CheckTask(e.config(split), task); err != nil {
			return err
		}
	}
	return nil
}

// config returns the environment's configuration for a split: train, test,
// afterChange for the training tasks after a change of law, or beforeChange for
// the test tasks of what was learned until then.
func (e *experiment) config(split string) agent.Object {
	config := e.spec.Environment.Config
	if split == "test" || split == afterChange {
		config = with(config, e.spec.ChangeConfig.Map())
	}
	if split == "test" || split == beforeChange {
		config = with(config, e.spec.TestConfig.Map())
	}
	switch split {
	case afterChange:
		split = "train"
	case beforeChange:
		split = "test"
	}
	if e.settings.split && e.spec.Suite == nil {
		config = with(config, map[string]any{"split": split})
	}
	return config
}

// armConfig is the test configuration of the n-th arm, of a split.
func (e *experiment) armConfig(split string, n int) agent.Object {
	config := e.config(split)
	if !e.settings.draw {
		return config
	}
	var now struct {
		Draw int64 `json:"draw"`
	}
	if err := config.Decode(&now); err != nil {
		return config // the environment checked it: it decodes
	}
	return with(config, map[string]any{"draw": (now.Draw + int64(n) + 1) % 1_000_000})
}

// optimal is an environment that knows the least number of actions of a task.
type optimal interface {
	Optimum(task agent.Task) (int, error)
}

// task is one task with what is known of it.
type task struct {
	agent.Task
	optimum int // 0: not known
	try     int // from 2 on; 0 for the first
	// Of a suite's task: its id, its settings, and its number, by which what is done
	// is kept; of one that is drawn the number is its seed.
	id     string
	config agent.Object
	number int64
}

// tasks draws tasks by seeds that count up.
func (e *experiment) tasks(ctx context.Context, w World, config agent.Object, from int64, n, limit int, slack float64) ([]task, error) {
	out := make([]task, n)
	group, ctx := errgroup.WithContext(ctx)
	for part := range e.cfg.Parallel {
		group.Go(func() error {
			env, err := w.New(config)
			if err != nil {
				return err
			}
			defer closeEnvironment(env)
			for i := part; i < n; i += e.cfg.Parallel {
				if err := ctx.Err(); err != nil {
					return err
				}
				if out[i], err = e.task(w, env, config, from+int64(i), limit, slack); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return out, group.Wait()
}

func (e *experiment) task(w World, env agent.Environment, config agent.Object, seed int64, limit int, slack float64) (task, error) {
	return e.taskFor(w, env, config, seed, e.spec.Purpose, limit, slack)
}

// taskFor is the task of a seed with a purpose, which is drawn where it is "".
func (e *experiment) taskFor(w World, env agent.Environment, config agent.Object, seed int64, purpose string, limit int, slack float64) (task, error) {
	t := task{number: seed, Task: agent.Task{Purpose: purpose, Seed: seed, MaxSteps: limit}}
	if w.Name != e.spec.Environment.Name {
		t.Purpose = w.Purpose
	}
	if w.DrawPurpose != nil && (t.Purpose == "" || w.Name != e.spec.Environment.Name) {
		purpose, err := w.DrawPurpose(config, seed)
		if err != nil {
			return t, err
		}
		t.Purpose = purpose
	}
	_, verifies := env.(agent.Verifier)
	if _, judges := env.(agent.Judge); verifies || judges {
		t.EarlyStopPhi = agent.MaxPhi // the environment says when it is over, not the critic
	}
	t.Task = t.WithDefaults()
	if o, ok := env.(optimal); ok {
		n, err := o.Optimum(t.Task)
		if err != nil {
			return t, err
		}
		t.optimum = n
	}
	factor := e.spec.LimitFactor
	if w.Name != e.spec.Environment.Name {
		factor = w.LimitFactor
	}
	switch {
	case limit > 0:
	case factor > 0 && t.optimum > 0:
		t.MaxSteps = max(int(slack*factor*float64(t.optimum)), 1)
	case w.MaxSteps > 0:
		t.MaxSteps = w.MaxSteps
	}
	if err := t.Check(); err != nil {
		return t, err
	}
	return t, nil
}

func (e *experiment) tell(p Progress) {
	e.tally.told.Lock()
	defer e.tally.told.Unlock()
	p.World, p.Worlds, p.Arms = e.world, e.worlds, e.tally.now()
	e.cfg.Progress(p)
}

// closeEnvironment lets go of what an environment holds. That it could not is
// no result of an experiment.
func closeEnvironment(env agent.Environment) {
	if c, ok := env.(io.Closer); ok {
		_ = c.Close()
	}
}

func runName(phase string, seed int64) string { return fmt.Sprintf("%s-%d", phase, seed) }

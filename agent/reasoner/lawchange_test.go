package reasoner_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/calibration"
	"purposeagent/agent/distiller"
	"purposeagent/agent/learning"
	"purposeagent/agent/reasoner"
	"purposeagent/agent/replay"
	"purposeagent/agent/rulestore"
	"purposeagent/environments/workshop"
)

// course is a field with a flag: the state says where the flag is, and each
// step goes to a side. Mirrored, each step goes to the other side. Slippery,
// a step goes somewhere at random three times in ten.
type course struct {
	agent.SimpleEnvironment
	mirrored bool
	slippery bool
	random   bool // the outcome is drawn
	rng      *rand.Rand
	lot      bool
}

const courseSize, courseLimit = 7, 14

var courseMoves = map[string][2]int{"north": {0, -1}, "south": {0, 1}, "west": {-1, 0}, "east": {1, 0}}

func (c *course) Actions() []agent.ActionSpec {
	return []agent.ActionSpec{{Name: "north"}, {Name: "south"}, {Name: "west"}, {Name: "east"}}
}

func (c *course) Describe() agent.Description { return agent.Description{Text: "a field with a flag"} }

func (c *course) state(x, y, fx, fy int) agent.State {
	across, along := "none", "none"
	switch {
	case fx > x:
		across = "east"
	case fx < x:
		across = "west"
	}
	switch {
	case fy > y:
		along = "south"
	case fy < y:
		along = "north"
	}
	return agent.State{Data: agent.MustObject(map[string]any{"x": x, "y": y, "fx": fx, "fy": fy, "across": across, "along": along})}
}

func (c *course) Reset(_ context.Context, task agent.Task) (agent.State, error) {
	r := rand.New(rand.NewPCG(uint64(task.Seed), 5))
	c.rng = rand.New(rand.NewPCG(uint64(task.Seed), 6))
	c.lot = r.IntN(2) == 0
	for {
		x, y, fx, fy := r.IntN(courseSize), r.IntN(courseSize), r.IntN(courseSize), r.IntN(courseSize)
		if abs(x-fx)+abs(y-fy) >= 4 {
			return c.state(x, y, fx, fy), nil
		}
	}
}

func abs(n int) int { return max(n, -n) }

type spot struct{ X, Y, FX, FY int }

func (c *course) at(s agent.State) (p spot) {
	if err := s.Data.Decode(&p); err != nil {
		panic(err)
	}
	return p
}

func (c *course) Execute(_ context.Context, a agent.Action, s agent.State) (agent.State, error) {
	p := c.at(s)
	d := courseMoves[a.Name]
	if c.mirrored {
		d = [2]int{-d[0], -d[1]}
	}
	if c.slippery && c.rng.Float64() < .3 {
		d = [][2]int{{0, -1}, {0, 1}, {-1, 0}, {1, 0}}[c.rng.IntN(4)]
	}
	p.X, p.Y = min(max(p.X+d[0], 0), courseSize-1), min(max(p.Y+d[1], 0), courseSize-1)
	return c.state(p.X, p.Y, p.FX, p.FY), nil
}

func (c *course) there(s agent.State) bool {
	p := c.at(s)
	return p.X == p.FX && p.Y == p.FY
}

func (c *course) IsTerminal(s agent.State) bool { return c.there(s) }

func (c *course) Verify(_ context.Context, s agent.State) (agent.Verdict, error) {
	ok := c.there(s)
	if c.random {
		ok = c.lot
	}
	return agent.Verdict{Success: ok, Score: 0}, nil
}

// exactCourse is a course with a potential.
type exactCourse struct{ *course }

func (c exactCourse) Potential(s agent.State) (float64, error) {
	p := c.at(s)
	return 10 * (1 - float64(abs(p.X-p.FX)+abs(p.Y-p.FY))/(2*courseSize)), nil
}

// lab is one training with the real parts, in a world that may become another.
type changing struct {
	name    string
	library *rulestore.Memory
	replay  *replay.ExperienceReplay
	log     *calibration.CriticLog
	ticks   atomic.Int64
	opt     *learning.HeuristicOptimizer
}

func newChanging(t testing.TB, name string) *changing {
	t.Helper()
	c := &changing{name: name, replay: replay.New(0), log: calibration.NewCriticLog()}
	c.library = rulestore.NewMemory(c.now)
	c.restart(t)
	return c
}

func (c *changing) now() time.Time { return time.Unix(c.ticks.Add(1), 0).UTC() }

func (c *changing) restart(t testing.TB) {
	t.Helper()
	var err error
	c.opt, err = learning.NewHeuristicOptimizer(learning.OptimizerConfig{Library: c.library, Replay: c.replay, Contrast: -1, Calibrator: c.log,
		Distiller: distiller.New(distiller.Config{Replay: c.replay}), Now: c.now})
	check(t, err)
}

func (c *changing) run(t testing.TB, env agent.Environment, task agent.Task, learn bool) bool {
	t.Helper()
	cfg := agent.Config{Environment: env, EnvironmentName: c.name, Actor: reasoner.NewActor(reasoner.ActorConfig{}),
		Critic: reasoner.NewCritic(env, nil), Memory: agent.MemoryConfig{Replay: c.replay, Library: c.library, Calibrator: c.log, Recall: true, Learn: learn, Holdout: learn}, Clock: agent.Clock{Now: c.now}}
	if learn {
		cfg.Memory.Optimizer = c.opt
	}
	o, err := agent.NewOrchestrator(cfg)
	check(t, err)
	result, err := o.Run(context.Background(), fmt.Sprintf("run-%v-%d", learn, task.Seed), task)
	check(t, err)
	return result.Success
}

func (c *changing) scope(env agent.Environment) agent.Scope { return agent.ScopeOf(c.name, env) }

// law is a world before and after the change.
type law struct {
	name          string
	before, after agent.Environment
	task          func(seed int64, env agent.Environment) agent.Task
}

// swapped is a workshop under the name of another one's laws.
type swapped struct {
	*workshop.Workshop
	dynamics string
}

func (s swapped) Describe() agent.Description {
	d := s.Workshop.Describe()
	d.Dynamics = s.dynamics
	return d
}

func courseLaw(exact bool, after course) law {
	open := func(c course) agent.Environment {
		if exact {
			return exactCourse{&c}
		}
		return &c
	}
	return law{name: "course", before: open(course{slippery: after.slippery, random: after.random}), after: open(after),
		task: func(seed int64, _ agent.Environment) agent.Task {
			return agent.Task{Purpose: "reach the flag", Seed: seed, MaxSteps: courseLimit, EarlyStopPhi: agent.MaxPhi}
		}}
}

func workshopLaw(t testing.TB, i int, config map[string]any) law {
	open := func(install string) *workshop.Workshop {
		w, err := workshop.New(agent.MustObject(config), install)
		check(t, err)
		return w
	}
	before := open(fmt.Sprint("law-", i))
	after := swapped{open(fmt.Sprint("other-law-", i)), before.Describe().Dynamics}
	return law{name: "workshop", before: before, after: after, task: func(seed int64, env agent.Environment) agent.Task {
		w, ok := env.(*workshop.Workshop)
		if !ok {
			w = env.(swapped).Workshop
		}
		return agent.Task{Purpose: w.DrawPurpose(seed), Seed: seed, MaxSteps: workshop.DefaultMaxSteps, EarlyStopPhi: agent.MaxPhi}
	}}
}

func (c *changing) share(t testing.TB, l law, env agent.Environment, n int) float64 {
	won := 0
	for i := range n {
		if c.run(t, env, l.task(int64(900_001+i), env), false) {
			won++
		}
	}
	return float64(won) / float64(n)
}

func lawOf(t testing.TB, kind string, i int) law {
	switch kind {
	case "course":
		return courseLaw(false, course{mirrored: true})
	case "exact":
		return courseLaw(true, course{mirrored: true})
	case "slippery":
		return courseLaw(false, course{mirrored: true, slippery: true})
	case "random":
		return courseLaw(false, course{mirrored: true, random: true})
	case "workshop":
		return workshopLaw(t, i, map[string]any{})
	case "rewards":
		return workshopLaw(t, i, map[string]any{"rewards": "random", "draw": i})
	}
	panic(kind)
}

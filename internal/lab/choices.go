package lab

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"purposeagent/agent"
	"purposeagent/agent/stats"
)

// Told is what an actor is told in Choices.
type Told string

// The ways to be told.
const (
	ToldOne     Told = "one"     // one rule, which applies
	ToldAnother Told = "another" // one rule, which does not apply
	ToldNothing Told = "nothing"
)

// ToldWays are in the order in which they are asked.
var ToldWays = []Told{ToldNothing, ToldAnother, ToldOne}

// Words say it for people.
func (t Told) Words() string {
	switch t {
	case ToldOne:
		return "one rule that applies"
	case ToldAnother:
		return "one rule that does not apply"
	case ToldNothing:
	}
	return "no rule"
}

// ChoicesReport says how often an actor chose right in states in which one
// action is right and one rule is known that says so.
type ChoicesReport struct {
	Model  string              `json:"model"`
	Worlds []int64             `json:"worlds"`
	States int                 `json:"states"`
	Legal  float64             `json:"legal"` // actions to choose from, mean
	Told   map[Told]ToldReport `json:"told"`
}

// ToldReport is one way to be told.
type ToldReport struct {
	N     int     `json:"n"` // answers
	Right int     `json:"right"`
	Share float64 `json:"share"`
	Low   float64 `json:"low"` // Wilson
	High  float64 `json:"high"`
	// Failed counts the answers that could not be had, Error says why the first one
	// could not. They are in no share.
	Failed int    `json:"failed,omitempty"`
	Error  string `json:"error,omitempty"`
}

// walkedTasks is how many held-out tasks are walked through for each state wanted.
const walkedTasks = 6

// Choices trains in each world, walks through held-out tasks (six for each state
// wanted where the spec names no number), and stops in
// states in which exactly one action gets nearer by the environment's own
// measure and a rule speaks for it alone. There it asks the actor three times:
// with no rule, with one that does not hold there, and with the one that does.
// It shows whether a model does what it is told, apart from whether what it is
// told is right. Errors are those of Run, and CodeInvalid where the environment
// does not know the distance or too few states are found.
func Choices(ctx context.Context, cfg Config, spec Spec, worlds []int64, states int) (*ChoicesReport, error) {
	if spec.Test == 0 {
		spec.Test = walkedTasks * states
	}
	spec = spec.WithDefaults()
	r := &ChoicesReport{Model: spec.Models.Actor, Worlds: worlds, Told: map[Told]ToldReport{}}
	for i, n := range worlds {
		s := spec
		s.Arms = []Arm{On}
		s.Environment.Config = with(spec.Environment.Config, map[string]any{"world": n})
		e, err := plan(ctx, cfg, s)
		if err != nil {
			return nil, err
		}
		e.world, e.worlds = i+1, len(worlds)
		found, err := e.choices(ctx, states*(i+1)/len(worlds)-r.States)
		if err != nil {
			return nil, err
		}
		for k := range found {
			if err := r.ask(ctx, e, &found[k]); err != nil {
				return nil, err
			}
			e.tell(Progress{Phase: phaseTesting, Done: k + 1, Of: len(found)})
		}
	}
	r.Legal /= float64(max(r.States, 1))
	return r, nil
}

// known is a state in which one action is right, and a rule that says so.
type known struct {
	situation   agent.Situation
	right       agent.Action
	told, other agent.Recalled
}

// ask asks the actor in every way to be told.
func (r *ChoicesReport) ask(ctx context.Context, e *experiment, k *known) error {
	r.States++
	r.Legal += float64(len(k.situation.Legal))
	for _, way := range ToldWays {
		actor, err := e.cfg.Roles.Actor()
		if err != nil {
			return err
		}
		s := k.situation
		switch way {
		case ToldOne:
			s.Memory.Rules = []agent.Recalled{k.told}
		case ToldAnother:
			s.Memory.Rules = []agent.Recalled{k.other}
		case ToldNothing:
		}
		d, err := actor.Decide(ctx, &s)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		t := r.Told[way]
		switch {
		case err != nil && !errors.Is(err, agent.ErrUnusable):
			t.Failed++
			t.Error = cmp.Or(t.Error, agent.MessageOf(err))
		case err == nil && d.Action.Key() == k.right.Key():
			t.N, t.Right = t.N+1, t.Right+1
		default:
			t.N++ // an answer that can't be used is a wrong one
		}
		w := stats.Wilson(t.Right, t.N)
		t.Share, t.Low, t.High = float64(t.Right)/float64(max(t.N, 1)), w.Low, w.High
		r.Told[way] = t
	}
	return nil
}

// choices trains and finds so many states.
func (e *experiment) choices(ctx context.Context, n int) ([]known, error) {
	tests, err := e.tasks(ctx, e.cfg.World, e.config("test"), e.spec.TestFrom, e.spec.Test, e.spec.MaxSteps, 1)
	if err != nil {
		return nil, err
	}
	m, err := e.learn(ctx, &Report{}, tests)
	if err != nil {
		return nil, err
	}
	env, err := e.cfg.World.New(e.config("test"))
	if err != nil {
		return nil, err
	}
	defer closeEnvironment(env)
	distance, exact := env.(agent.Potential)
	legal, listed := env.(agent.Legal)
	if !exact || !listed || e.cfg.Roles.Applicability == nil {
		return nil, agent.Errorf(agent.CodeInvalid, "the environment %s does not tell how near the purpose is and what can be done: which choice is right is not known", e.cfg.World.Name)
	}
	w := chooser{e: e, env: env, distance: distance, legal: legal, set: &agent.RuleSet{Scope: m.scope, Revision: 1, Rules: m.rules}, uses: map[string]int{}, most: max(n/8, 2)}
	for i := range tests {
		if err := w.walk(ctx, &tests[i]); err != nil {
			return nil, err
		}
		if len(w.found) >= n {
			return w.found[:n], nil
		}
	}
	return nil, agent.Errorf(agent.CodeInvalid, "only %d of %d states were found in which a rule that was learned speaks for the one right action; train or test more", len(w.found), n)
}

// chooser walks through tasks and collects states.
type chooser struct {
	e        *experiment
	env      agent.Environment
	distance agent.Potential
	legal    agent.Legal
	set      *agent.RuleSet
	uses     map[string]int // of a rule
	most     int
	found    []known
}

// fewest is how many actions there must be to choose from.
const fewest = 6

// walk goes mostly towards the goal, and takes one state at most.
func (w *chooser) walk(ctx context.Context, t *task) error {
	state, err := w.env.Reset(ctx, t.Task)
	if err != nil {
		return err
	}
	rng := rand.New(rand.NewPCG(uint64(w.e.spec.Seed), uint64(t.Seed)))
	s := agent.Situation{Task: t.Task, Scope: w.set.Scope, World: agent.DescriptionOf(w.env), Actions: w.env.Actions()}
	for s.Index = 1; s.Index <= t.MaxSteps && !w.env.IsTerminal(state); s.Index++ {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		s.State, s.Legal = state, w.legal.LegalActions(state)
		if len(s.Legal) == 0 {
			return nil
		}
		afters, gains, err := w.look(ctx, &s)
		if err != nil {
			return err
		}
		if w.take(&s, gains) {
			return nil
		}
		next := slices.Index(gains, slices.Max(gains))
		if rng.Float64() < truthWander {
			next = rng.IntN(len(s.Legal))
		}
		s.History = append(s.History, agent.Step{Index: s.Index, Before: state, Action: s.Legal[next], After: afters[next]})
		state = afters[next]
	}
	return nil
}

// look tries each action: what comes of it, and how much nearer it gets.
func (w *chooser) look(ctx context.Context, s *agent.Situation) (afters []agent.State, gains []float64, err error) {
	now, err := w.distance.Potential(s.State)
	if err != nil {
		return nil, nil, err
	}
	afters, gains = make([]agent.State, len(s.Legal)), make([]float64, len(s.Legal))
	for i, a := range s.Legal {
		if afters[i], err = w.env.Execute(ctx, a, s.State); err != nil {
			return nil, nil, fmt.Errorf("try %s: %w", a.Label(), err)
		}
		if gains[i], err = w.distance.Potential(afters[i]); err != nil {
			return nil, nil, err
		}
		gains[i] -= now
	}
	return afters, gains, nil
}

// take keeps a state in which one action is right and a rule says so.
func (w *chooser) take(s *agent.Situation, gains []float64) bool {
	right := -1
	for i, gain := range gains {
		if gain > 1e-9 {
			if right >= 0 {
				return false
			}
			right = i
		}
	}
	if right < 0 || len(s.Legal) < fewest {
		return false
	}
	applying := w.e.cfg.Roles.Applicability.Applying(s, w.set)
	k := known{situation: *s, right: s.Legal[right]}
	k.situation.History = slices.Clone(s.History)
	sure := 0.0
	for _, h := range w.set.Rules {
		b, holds, readable := applying.Of(h.ID)
		switch {
		case !readable || w.uses[h.ID] >= w.most:
		case !holds:
			if k.other.Rule == nil && h.Predicate != nil && h.Strategy != "" {
				k.other = agent.Recalled{Rule: h, Score: 1}
			}
		case b.Advises() && !b.Against && !b.General && len(b.Actions) == 1 && b.Actions[0].Key() == k.right.Key() && b.Sure > sure:
			sure, k.told = b.Sure, agent.Recalled{Rule: h, Score: 1, Bearing: &b}
		}
	}
	if k.told.Rule == nil || k.other.Rule == nil {
		return false
	}
	w.uses[k.told.Rule.ID]++
	w.found = append(w.found, k)
	return true
}

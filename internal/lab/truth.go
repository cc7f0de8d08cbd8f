package lab

import (
	"context"
	"fmt"
	"math/rand/v2"

	"purposeagent/agent"
)

// truthful is an environment with secrets that rules can be held against, by
// what they say of actions and not by their words.
type truthful interface {
	// Facts names the secrets, in a fixed order.
	Facts() []string
	// Decides names the fact that makes an action right or wrong in a state; ""
	// where no secret does.
	Decides(state agent.State, action agent.Action) string
}

// Claim is what a set of rules says of one action in one situation.
type Claim struct {
	Action agent.Action
	Rule   *agent.Heuristic
	Good   bool // it advises the action; else it warns of it
}

// How rules are held against the truth.
const (
	truthTasks  = 50  // test tasks that are walked through
	truthShare  = 0.9 // of what a rule says must be true, and of a fact's cases known
	truthWander = 0.3 // share of steps that are drawn, so that mistakes are seen too
)

// counts tallies what a rule says, and what is known of a fact.
type counts struct{ right, all int }

func (c counts) enough() bool { return c.all > 0 && float64(c.right) >= truthShare*float64(c.all) }

// truth holds the rules against the secrets of the world, where it has some
// and where the rules can be read. It walks through test tasks, mostly towards
// the goal, and compares what the rules say of each action that a secret
// decides with what the action does to the exact distance.
//
// A rule is right if nine tenths of what it says there are true. A fact is
// found if in nine tenths of the cases where it makes an action good, a rule
// says so. A case is an action in a task.
func (e *experiment) truth(ctx context.Context, m memory, tasks []task) (*TruthReport, error) {
	if e.cfg.Roles.Claims == nil || e.spec.Suite != nil { // its tasks may have several settings
		return nil, nil
	}
	env, err := e.cfg.World.New(e.config("test"))
	if err != nil {
		return nil, err
	}
	defer closeEnvironment(env)
	secret, ok := env.(truthful)
	distance, exact := env.(agent.Potential)
	legal, listed := env.(agent.Legal)
	if !ok || !exact || !listed || len(secret.Facts()) == 0 {
		return nil, nil
	}
	w := walker{e: e, env: env, secret: secret, distance: distance, legal: legal, set: &agent.RuleSet{Scope: m.scope, Revision: 1, Rules: m.rules},
		rules: map[*agent.Heuristic]counts{}, facts: map[string]counts{}}
	for i := range tasks[:min(len(tasks), truthTasks)] {
		e.tell(Progress{Phase: phaseTruth, Done: i, Of: min(len(tasks), truthTasks)})
		if err := w.walk(ctx, &tasks[i]); err != nil {
			return nil, err
		}
	}
	return w.report(), nil
}

type walker struct {
	e        *experiment
	env      agent.Environment
	secret   truthful
	distance agent.Potential
	legal    agent.Legal
	set      *agent.RuleSet
	rules    map[*agent.Heuristic]counts
	facts    map[string]counts
	met      map[string]bool // cases that the task had before
}

func (w *walker) walk(ctx context.Context, t *task) error {
	state, err := w.env.Reset(ctx, t.Task)
	if err != nil {
		return err
	}
	claims, err := w.e.cfg.Roles.Claims()
	if err != nil {
		return err
	}
	w.met = map[string]bool{}
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
		afters, best, err := w.look(ctx, &s, claims(&s, w.set))
		if err != nil {
			return err
		}
		if rng.Float64() < truthWander {
			best = rng.IntN(len(s.Legal))
		}
		s.History = append(s.History, agent.Step{Index: s.Index, Before: state, Action: s.Legal[best], After: afters[best]})
		state = afters[best]
	}
	return nil
}

// look tries each action, counts what was said of it, and returns what comes
// of each and which is best.
func (w *walker) look(ctx context.Context, s *agent.Situation, claims []Claim) (afters []agent.State, best int, err error) {
	said := make(map[string]Claim, len(claims))
	for _, c := range claims {
		said[c.Action.Key()] = c
	}
	now, err := w.distance.Potential(s.State)
	if err != nil {
		return nil, 0, err
	}
	most := -1.0
	afters = make([]agent.State, len(s.Legal))
	for i, a := range s.Legal {
		if afters[i], err = w.env.Execute(ctx, a, s.State); err != nil {
			return nil, 0, err
		}
		phi, err := w.distance.Potential(afters[i])
		if err != nil {
			return nil, 0, err
		}
		if phi > most {
			best, most = i, phi
		}
		if fact := w.secret.Decides(s.State, a); fact != "" {
			claim, spoken := said[a.Key()]
			w.count(fact, a, claim, spoken, phi > now+1e-9)
		}
	}
	return afters, best, nil
}

// count counts a case once in a task: an action that is there to be done in
// ten steps is not ten cases.
func (w *walker) count(fact string, a agent.Action, claim Claim, spoken, good bool) {
	once := func(of string) bool {
		key := fmt.Sprint(of, good, a.Key())
		known := w.met[key]
		w.met[key] = true
		return !known
	}
	if spoken && once(claim.Rule.ID) {
		c := w.rules[claim.Rule]
		c.all++
		if claim.Good == good {
			c.right++
		}
		w.rules[claim.Rule] = c
	}
	if good && once("fact "+fact) {
		c := w.facts[fact]
		c.all++
		if spoken && claim.Good {
			c.right++
		}
		w.facts[fact] = c
	}
}

// report sums up. Facts that no case was seen of are left out: nothing can be
// said of them.
func (w *walker) report() *TruthReport {
	r := &TruthReport{Rules: len(w.rules)}
	for _, c := range w.rules {
		if c.enough() {
			r.Right++
		}
	}
	for _, name := range w.secret.Facts() {
		c := w.facts[name]
		if c.all > 0 {
			r.Facts++
		}
		if c.enough() {
			r.Found++
		}
	}
	r.shares()
	return r
}

func (r *TruthReport) shares() {
	if r.Rules > 0 {
		r.Precision = finite(float64(r.Right) / float64(r.Rules))
	}
	if r.Facts > 0 {
		r.Recall = finite(float64(r.Found) / float64(r.Facts))
	}
}

// add adds another world's counts.
func (r *TruthReport) add(o TruthReport) {
	r.Facts, r.Found = r.Facts+o.Facts, r.Found+o.Found
	r.Rules, r.Right = r.Rules+o.Rules, r.Right+o.Right
	r.shares()
}

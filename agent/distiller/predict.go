package distiller

import (
	"context"
	"strconv"

	"purposeagent/agent"
	"purposeagent/agent/features"
	"purposeagent/agent/learning"
	"purposeagent/agent/stats"
)

var _ learning.Predictor = (*Distiller)(nil)

// transition is one step of a trajectory as a learner sees it.
type transition struct {
	step     int // index of the step
	lifted   features.Lifted
	features []string
	numbers  []features.Quantity
	label    verdict // unknown where it teaches nothing
	effects  []effect
	still    bool // it changed nothing
}

// transitions reads a trajectory with the memory that the actor had in it. The
// Δ of discredited critics labels nothing.
func transitions(t *agent.Trajectory, world agent.StateSpec, specs []agent.ActionSpec, discredited []string, ends *ends) (read reading) {
	read.trajectory = t
	if len(t.Steps) == 0 {
		return read
	}
	e := features.NewEpisode(world, t.Task.Purpose)
	e.Look(&t.Initial)
	states := make([]uint64, 0, len(t.Steps)+1)
	states = append(states, e.Now().Hash)
	views := append(make([]*features.View, 0, len(t.Steps)+1), e.Now())
	out := make([]transition, len(t.Steps))
	read.purpose, read.transitions = e.Purpose(), out
	for i := range t.Steps {
		l := features.Lift(specs, t.Steps[i].Action)
		s := e.Scene()
		out[i] = transition{step: t.Steps[i].Index, lifted: l, features: s.Of(&l), numbers: s.NumbersOf(&l)}
		e.Take(&l, &t.Steps[i].After)
		states = append(states, e.Now().Hash)
		views = append(views, e.Now())
		out[i].effects, out[i].still = effectsOf(&l, views[i], views[i+1]), states[i] == states[i+1]
	}
	read.states = states
	told := map[uint64]bool{}
	for i, v := range labels(t, states, discredited, ends) {
		if name := out[i].lifted.Action.Name; name == agent.Done || name == agent.NoAction {
			continue
		}
		// A step that says word for word what an earlier one of the episode said
		// is no further evidence: else a circle has a voice for each round.
		if said := out[i].saying(states[i]); v == unknown || !told[said] {
			told[said] = v != unknown
			out[i].label = v
		}
	}
	if judged(t, discredited) != byOutcome {
		return read // each step was judged by itself
	}
	read.plans = drawPlans(t, e, views, out)
	return read
}

// saying identifies what a step can teach: the state, the action and all that
// held of it there.
func (tr *transition) saying(state uint64) uint64 {
	h := features.Hash{Sum: state ^ tr.lifted.Hash}
	for _, f := range tr.features {
		h.Add(f)
	}
	for _, n := range tr.numbers {
		h.Add(n.Name)
		h.Add(strconv.FormatFloat(n.Value, 'g', -1, 64))
	}
	return h.Sum
}

// claimChance is what a rule in words is taken to promise: a claim that is
// true nine times in ten.
const claimChance = 0.9

// Predict says what the standing rules gave to each labelled transition of the
// lesson's trajectory, from what was known before it: for a counted rule its
// posterior mean, where it is the one that the actor would go by; for a claim
// in words that the reasoner can read, nine in ten for or against. Errors are
// those of the replay.
func (d *Distiller) Predict(ctx context.Context, lesson agent.Lesson) ([]learning.Prediction, error) {
	if len(lesson.Rules) == 0 {
		return nil, nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	f, _, err := d.field(ctx, &lesson)
	if err != nil {
		return nil, err
	}
	f.book = f.book.Next(lesson.Rules, lesson.Actions, &lesson.World.State, &lesson.Trajectory.Initial)
	bases := map[string]stats.Interval{}
	var out []learning.Prediction
	for _, tr := range f.read(lesson.Trajectory, lesson.World.State, lesson.Actions) {
		if tr.label != good && tr.label != bad {
			continue // what speaks weakly proves nobody wrong
		}
		name := tr.lifted.Action.Name
		base, known := bases[name]
		if !known {
			base = f.base(name)
			bases[name] = base
		}
		for _, m := range predicting(f.book, &tr) {
			p := m.Mean
			if !m.Rule.Counted() {
				p = claimChance
				if m.Rule.Strategy == "" {
					p = 1 - claimChance
				}
			}
			out = append(out, learning.Prediction{Rule: m.Rule.ID, Step: tr.step, P: p, Base: against(p, base), Good: tr.label == good})
		}
	}
	return out, nil
}

// base returns the Wilson interval of the share of good transitions of an
// action that was taken without advice. Those that followed a rule say nothing
// about what it would come to without one: a rule that is always followed would
// be its own base rate.
func (f *field) base(action string) stats.Interval {
	n, hits := 0, 0
	if p := f.plots[action]; p != nil {
		n, hits = p.unadvised.good+p.unadvised.bad, p.unadvised.good
	}
	return stats.Wilson(hits, n)
}

// against returns the base rate that a rule's word is held against: of those
// that the interval leaves possible the one that is nearest to it, so that a
// base rate that is hardly known proves nothing.
func against(p float64, base stats.Interval) float64 { return min(max(p, base.Low), base.High) }

// predicting returns the rules that say something about a transition: all
// claims that hold, and of the counted ones the one that comes first.
func predicting(b *features.Book, tr *transition) []*features.Reading {
	var out []*features.Reading
	counted := false
	for _, m := range b.Holding(&tr.lifted, tr.features, tr.numbers) {
		if m.Rule.ID == "" || counted && m.Rule.Counted() {
			continue
		}
		counted = counted || m.Rule.Counted()
		out = append(out, m)
	}
	return out
}

package reasoner

import (
	"context"
	"strconv"

	"purposeagent/agent"
	"purposeagent/agent/learning"
	"purposeagent/agent/stats"
)

var _ learning.Predictor = (*Distiller)(nil)

// transition is one step of a trajectory as a learner sees it.
type transition struct {
	step     int // index of the step
	lifted   lifted
	features []string
	numbers  []quantity
	label    verdict // unknown where it teaches nothing
	effects  []effect
}

// transitions reads a trajectory with the memory that the actor had in it. The
// Δ of discredited critics labels nothing.
func transitions(t *agent.Trajectory, world agent.StateSpec, specs []agent.ActionSpec, discredited []string, ends *ends) ([]transition, []*plan) {
	if len(t.Steps) == 0 {
		return nil, nil
	}
	e := newEpisode(world, t.Task.Purpose)
	e.look(&t.Initial)
	states := make([]uint64, 0, len(t.Steps)+1)
	states = append(states, e.see().hash)
	views := append(make([]*view, 0, len(t.Steps)+1), e.see())
	out := make([]transition, len(t.Steps))
	for i := range t.Steps {
		l := lift(specs, t.Steps[i].Action)
		s := e.scene()
		out[i] = transition{step: t.Steps[i].Index, lifted: l, features: s.features(&l), numbers: s.numbersOf(&l)}
		e.take(&l, &t.Steps[i].After)
		states = append(states, e.see().hash)
		views = append(views, e.see())
		out[i].effects = effectsOf(&l, views[i], views[i+1])
	}
	told := map[uint64]bool{}
	for i, v := range labels(t, states, discredited, ends) {
		if name := out[i].lifted.action.Name; name == agent.Done || name == agent.NoAction {
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
		return out, nil // each step was judged by itself
	}
	return out, drawPlans(t, e, views, out)
}

// saying identifies what a step can teach: the state, the action and all that
// held of it there.
func (tr *transition) saying(state uint64) uint64 {
	h := hash{state ^ tr.lifted.hash}
	for _, f := range tr.features {
		h.add(f)
	}
	for _, n := range tr.numbers {
		h.add(n.name)
		h.add(strconv.FormatFloat(n.value, 'g', -1, 64))
	}
	return h.sum
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
	book := newBook(lesson.Rules, lesson.Actions, &lesson.World.State, &lesson.Trajectory.Initial)
	bases := map[string]stats.Interval{}
	var out []learning.Prediction
	for _, tr := range f.read(lesson.Trajectory, lesson.World.State, lesson.Actions) {
		if tr.label != good && tr.label != bad {
			continue // what speaks weakly proves nobody wrong
		}
		name := tr.lifted.action.Name
		base, known := bases[name]
		if !known {
			base = f.base(name)
			bases[name] = base
		}
		for _, m := range predicting(book, &tr) {
			p := m.mean
			if !m.rule.Counted() {
				p = claimChance
				if m.rule.Strategy == "" {
					p = 1 - claimChance
				}
			}
			out = append(out, learning.Prediction{Rule: m.rule.ID, Step: tr.step, P: p, Base: against(p, base), Good: tr.label == good})
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
func predicting(b *book, tr *transition) []*matcher {
	var out []*matcher
	counted := false
	for _, m := range b.holds(&tr.lifted, tr.features, tr.numbers) {
		if m.rule.ID == "" || counted && m.rule.Counted() {
			continue
		}
		counted = counted || m.rule.Counted()
		out = append(out, m)
	}
	return out
}

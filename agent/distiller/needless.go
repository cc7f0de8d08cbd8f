package distiller

import (
	"slices"
	"strconv"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/features"
)

// plan is what led to an end that was good: the steps without its detours. The
// steps before a success, or a new high of the score, are no proof that each of
// them was needed: hindsight has seen one way only. Contrast tells: a step was
// needless if another plan took the same other steps, in situations alike for
// all that rules may speak of, without it and without its effect. This is action
// elimination (Nakhost and Müller 2010) with witnesses in place of a model.
type plan struct {
	owner string // its trajectory
	end   string // what it led to; only plans to the same end are compared
	steps []planStep
}

// planStep is one step of a plan.
type planStep struct {
	at       int    // index of the trajectory's step
	key      uint64 // what was done, with what its arguments are in view of the purpose
	facts    []fact
	moved    bool // it led to another place: distances judge it, contrast does not
	needless bool
	verb     string
	number   int // of its example, −1: none
}

// fact is something that rules may say of a step, true or no longer true when it
// was taken, and the step of the plan that made it so, −1: it was so from the start.
type fact struct {
	feature uint64
	holds   bool
	by      int
}

// maxPlan bounds the steps of a plan: each is looked at from all before it. maxPlans
// bounds the plans of a scope, newest kept.
const (
	maxPlan  = 24
	maxPlans = DefaultWindow
)

// drawPlans returns the plans of a trajectory: the way to its success, or else to
// each new high of its score.
func drawPlans(t *agent.Trajectory, e *features.Episode, views []*features.View, list []transition) []*plan {
	last := lastStep(t)
	if last < 0 {
		return nil
	}
	if t.Outcome.Success {
		return compact(drawPlan(t.ID, "success", e, views, list, 0, last))
	}
	score := progress(t)
	if score == nil {
		return nil
	}
	var out []*plan
	best, first := score[0], 0
	for i := range t.Steps {
		if moved(best, score[i+1]) > 0 {
			out = append(out, drawPlan(t.ID, "score after "+strconv.FormatFloat(best, 'g', 6, 64), e, views, list, first, i))
			best, first = score[i+1], i+1
		}
	}
	return compact(out...)
}

func compact(plans ...*plan) []*plan {
	return slices.DeleteFunc(plans, func(p *plan) bool { return p == nil })
}

// drawPlan returns the plan of the steps first to last, nil if it is too long to
// be looked at.
func drawPlan(owner, end string, e *features.Episode, views []*features.View, list []transition, first, last int) *plan {
	p := &plan{owner: owner, end: end}
	for i := first; i <= last; i++ {
		for j := last; j > i; j-- { // the last time that this state was left
			if views[j].Hash == views[i].Hash {
				i = j
				break
			}
		}
		if len(p.steps) == maxPlan {
			return nil
		}
		p.steps = append(p.steps, planStep{at: i, number: -1, moved: views[i].Place != views[i+1].Place})
	}
	seen := make([]*features.View, len(p.steps))
	for i := range p.steps {
		seen[i] = views[p.steps[i].at]
	}
	for i := range p.steps {
		s, l := &p.steps[i], &list[p.steps[i].at].lifted
		s.verb = l.Action.Name
		s.facts = factsOf(e, seen[:i+1], l)
		s.key = keyOf(e.Bare(seen[i], l), l)
		s.moved = s.moved || slices.ContainsFunc(l.Args, func(a features.Argument) bool { return a.Passage })
	}
	return p
}

// factsOf returns what may be said of an action in the last of the views, with
// what made it so.
func factsOf(e *features.Episode, views []*features.View, l *features.Lifted) []fact {
	var out []fact
	index := map[uint64]int{}
	for i, v := range views {
		now := map[uint64]bool{}
		for _, f := range e.Bare(v, l) {
			feature := features.HashText(f)
			now[feature] = true
			at, known := index[feature]
			switch {
			case !known:
				index[feature] = len(out)
				out = append(out, fact{feature, true, i - 1})
			case !out[at].holds:
				out[at].holds, out[at].by = true, i-1
			}
		}
		for at := range out {
			if out[at].holds && !now[out[at].feature] {
				out[at].holds, out[at].by = false, i-1
			}
		}
	}
	return out
}

func keyOf(bare []string, l *features.Lifted) uint64 {
	h := features.NewHash()
	h.Add(l.Template)
	for _, f := range bare {
		if features.IsRelation(f) || strings.HasSuffix(f, " is named in the purpose") {
			h.Add(f)
		}
	}
	return h.Sum
}

// contrast marks the steps of p that were needless if w is taken for a witness,
// and reports whether it marked any.
func (p *plan) contrast(w *plan) bool {
	if p.end != w.end || len(w.steps) >= len(p.steps) {
		return false
	}
	left, twin := p.align(w)
	if left == nil {
		return false
	}
	kept := make([]bool, len(left))
	for i, j := range twin {
		if j >= 0 && !p.steps[i].alike(&w.steps[j], left, kept) {
			return false
		}
	}
	found := false
	for i := range left {
		if left[i] && !kept[i] && !p.steps[i].needless {
			p.steps[i].needless, found = true, true
		}
	}
	return found
}

// align finds the steps of w among those of p, the last with the last. It returns
// which steps of p are left over and for the others their twins; nil if there is
// no such way to see it, or if what is left over went from place to place.
func (p *plan) align(w *plan) (left []bool, twin []int) {
	left, twin = make([]bool, len(p.steps)), make([]int, len(p.steps))
	j := len(w.steps) - 1
	for i := len(p.steps) - 1; i >= 0; i-- {
		twin[i] = -1
		if j >= 0 && p.steps[i].key == w.steps[j].key {
			twin[i] = j
			j--
			continue
		}
		if left[i] = true; p.steps[i].moved || i == len(p.steps)-1 {
			return nil, nil
		}
	}
	if j >= 0 {
		return nil, nil
	}
	return left, twin
}

// alike reports whether a step was taken in a situation like its twin's, but for
// the effects of the steps that are left over, which its twin must not have had:
// else it may have needed them. It notes the steps whose effect the twin had too.
func (s *planStep) alike(twin *planStep, left, kept []bool) bool {
	holds := map[uint64]bool{}
	for _, f := range twin.facts {
		if f.holds {
			holds[f.feature] = true
		}
	}
	met := 0
	for _, f := range s.facts {
		same := holds[f.feature] == f.holds
		if holds[f.feature] {
			met++
		}
		switch {
		case f.by < 0 || !left[f.by]:
			if !same {
				return false
			}
		case same:
			kept[f.by] = true
		}
	}
	return met == len(holds) // nothing was so for the twin that never was for this one
}

// compare holds a new plan against those of the scope, and them against it. It
// returns the older ones in which steps turned out to be needless.
func (f *field) compare(p *plan) []*plan {
	var out []*plan
	for _, old := range f.plans {
		p.contrast(old)
		if old.contrast(p) {
			out = append(out, old)
		}
	}
	return out
}

// keep takes in the plans of a trajectory, and labels anew what they show to be
// needless in older ones. It adds the verbs of those to touched.
func (f *field) keep(plans []*plan, touched map[string]bool) {
	for _, p := range plans {
		for _, old := range f.compare(p) {
			for i := range old.steps {
				s := &old.steps[i]
				if plot := f.plots[s.verb]; s.needless && s.number >= 0 && plot != nil && plot.relabel(s.number, good, doubtful) {
					touched[s.verb] = true
				}
			}
		}
		f.plans = append(f.plans, p)
	}
	if over := len(f.plans) - maxPlans; over > 0 {
		f.plans = slices.Delete(f.plans, 0, over)
	}
}

package distiller

import (
	"cmp"
	"context"
	"slices"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/credit"
	"purposeagent/agent/features"
	"purposeagent/agent/learning"
)

var _ learning.EffectChecker = (*Distiller)(nil)

// effect is how an action changed one field: which action and field, and what
// became of it, a value or for a number a direction.
type effect struct{ field, became uint64 }

// effectsOf returns what a step changed, each field once. A field is a plain
// value or a number of the state, or an attribute of an argument of the action.
func effectsOf(l *features.Lifted, before, after *features.View) []effect {
	if before.Hash == after.Hash {
		return nil
	}
	var out []effect
	changed := func(field, became string) {
		f := features.NewHash()
		f.Add(l.Template)
		f.Add(field)
		out = append(out, effect{f.Sum, features.HashText(became)})
	}
	compare := func(kind string, before, after []features.Attribute) {
		was := make(map[string]string, len(before))
		for _, a := range before {
			was[a.Name] = a.Value
		}
		for _, a := range after {
			if v, known := was[a.Name]; known && v != a.Value {
				changed(kind+a.Name, a.Value)
			}
		}
	}
	compare("value ", before.Facts, after.Facts)
	was := make(map[string]float64, len(before.Numbers))
	for _, n := range before.Numbers {
		was[n.Name] = n.Value
	}
	for _, n := range after.Numbers {
		if v, known := was[n.Name]; known && n.Value > v {
			changed("number "+n.Name, "more")
		} else if known && n.Value < v {
			changed("number "+n.Name, "less")
		}
	}
	for _, arg := range l.Args {
		if x, y := before.Thing(arg.ID), after.Thing(arg.ID); x != nil && y != nil {
			compare("argument "+arg.Param+" ", x.Attrs, y.Attrs)
		}
	}
	return out[:min(len(out), maxEffects)]
}

// Bounds of what is remembered of effects: of one step, and the fields of a scope.
const (
	maxEffects = 32
	maxChanged = 1 << 13
)

// A field's change is certain under an action if it came to the same so many
// times, and nearly always. What changes now this way and now that, as a place
// does, foretells nothing; nor is a field that never changed before a surprise:
// one who learns comes to see new things.
const (
	certainTimes = 8
	certainShare = 0.9
)

// effects counts what actions did, of the trajectories in the window.
type effects struct {
	counts map[uint64]map[uint64]int // by field: what became of it
	owned  map[string][]effect       // by trajectory
}

func newEffects() *effects {
	return &effects{counts: map[uint64]map[uint64]int{}, owned: map[string][]effect{}}
}

// expected returns what a field becomes if it changes, where that is certain.
func (f *effects) expected(field uint64) (became uint64, ok bool) {
	most, total := 0, 0
	for value, n := range f.counts[field] {
		if total += n; n > most {
			became, most = value, n
		}
	}
	return became, most >= certainTimes && float64(most) >= certainShare*float64(total)
}

// add counts the steps of a trajectory, but for those of verbs whose law has
// changed since.
func (f *effects) add(t *agent.Trajectory, list []transition, since map[string]time.Time) {
	var owned []effect
	for i := range list {
		if t.At.Before(since[list[i].lifted.Action.Name]) {
			continue
		}
		for _, e := range list[i].effects {
			c := f.counts[e.field]
			if c == nil {
				if len(f.counts) >= maxChanged {
					continue
				}
				c = map[uint64]int{}
				f.counts[e.field] = c
			}
			c[e.became]++
			owned = append(owned, e)
		}
	}
	f.owned[t.ID] = owned
}

// forget takes a trajectory out.
func (f *effects) forget(owner string) {
	for _, e := range f.owned[owner] {
		c := f.counts[e.field]
		if c[e.became]--; c[e.became] == 0 {
			delete(c, e.became)
		}
		if len(c) == 0 {
			delete(f.counts, e.field)
		}
	}
	delete(f.owned, owner)
}

// check counts by action the steps that changed something whose change was
// certain, and those of them in which all of that came as before.
func (f *effects) check(list []transition) []credit.Surprise {
	var out []credit.Surprise
	for _, t := range list {
		checked, right := false, true
		for _, e := range t.effects {
			if became, ok := f.expected(e.field); ok {
				checked, right = true, right && became == e.became
			}
		}
		if !checked {
			continue
		}
		name := t.lifted.Action.Name
		at := slices.IndexFunc(out, func(s credit.Surprise) bool { return s.Action == name })
		if at < 0 {
			at = len(out)
			out = append(out, credit.Surprise{Action: name})
		}
		if out[at].Checked++; right {
			out[at].Right++
		}
	}
	slices.SortFunc(out, func(a, b credit.Surprise) int { return cmp.Compare(a.Action, b.Action) })
	return out
}

// Effects says of the lesson's trajectory whether actions did what they always
// did. Errors are those of the replay.
func (d *Distiller) Effects(ctx context.Context, lesson agent.Lesson) ([]credit.Surprise, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f, _, err := d.field(ctx, &lesson)
	if err != nil || len(lesson.Trajectory.Steps) == 0 {
		return nil, err
	}
	return f.effects.check(f.read(lesson.Trajectory, lesson.World.State, lesson.Actions)), nil
}

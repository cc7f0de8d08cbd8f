package distiller

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"purposeagent/agent"
	"purposeagent/agent/features"
)

// way is what one episode did.
type way struct {
	purpose string
	asked   []string // words of the purpose that the world has values for, or all
	success bool
	done    []features.Taken // what changed something
	steps   []wayStep        // what led to the success
	shape   uint64           // hash of their actions and constants
	form    uint64           // hash of all that they are compared by
	end     agent.EvidenceRef
}

// words are those under which the episode is looked at.
func (w *way) words() []string { return append([]string{""}, w.asked...) }

// wayStep is one step of what led to a success.
type wayStep struct {
	action string
	fixed  map[string]string // its constants
	names  map[string]string // by parameter: what stands for the thing
	again  bool
	kind   uint64 // hash of the action and names
	exact  uint64 // hash of the constants
}

// wayOf reads what an episode did.
func wayOf(t *agent.Trajectory, purpose *features.Purpose, list []transition, world *agent.StateSpec) *way {
	w := &way{purpose: t.Task.Purpose, success: t.Outcome.Success, asked: askedIn(purpose, world)}
	last := lastStep(t)
	if len(list) > maxDone || last < 0 {
		return w
	}
	for i := range list {
		if l := &list[i].lifted; !list[i].still || i == last {
			w.done = append(w.done, l.Taken())
		}
	}
	s := &t.Steps[last]
	w.end = agent.EvidenceRef{Run: t.Run, Step: s.Index, Delta: s.Score.Delta, Good: w.success}
	if !w.success {
		return w
	}
	names := map[string]string{}
	taken := map[string]int{}
	for i := range list[:last+1] {
		if tr := &list[i]; tr.label == good && (!tr.still || i == last) {
			w.step(&tr.lifted, names, taken)
		}
	}
	if len(w.steps) > agent.MaxWorkflow {
		w.steps = nil
	}
	shape, form := features.NewHash(), features.NewHash()
	for i := range w.steps {
		s := &w.steps[i]
		form.Sum ^= s.kind
		form.Add("")
		form.Sum ^= s.exact
		form.Add("")
		shape.Add(s.action)
		for _, name := range slices.Sorted(maps.Keys(s.fixed)) {
			shape.Add(s.fixed[name])
		}
		shape.Add("")
	}
	w.shape, w.form = shape.Sum, form.Sum
	return w
}

// step adds a step. Going from place to place is one step, however often it is done.
func (w *way) step(l *features.Lifted, names map[string]string, taken map[string]int) {
	s := wayStep{action: l.Action.Name, fixed: map[string]string{}, names: map[string]string{}}
	for _, c := range l.Constants {
		s.fixed[c.Name] = c.Value
	}
	for _, a := range l.Args {
		if a.Passage {
			s.names[a.Param], s.again = a.Param, true
			continue
		}
		name, known := names[a.ID]
		if !known {
			name = a.Param
			if taken[a.Param]++; taken[a.Param] > 1 {
				name = fmt.Sprintf("%s %d", a.Param, taken[a.Param])
			}
			names[a.ID] = name
		}
		s.names[a.Param] = name
	}
	s.hash()
	if n := len(w.steps); s.again && n > 0 && w.steps[n-1].again && w.steps[n-1].action == s.action {
		return
	}
	w.steps = append(w.steps, s)
}

func (s *wayStep) hash() {
	of := func(first string, pairs map[string]string) uint64 {
		h := features.NewHash()
		h.Add(first)
		for _, name := range slices.Sorted(maps.Keys(pairs)) {
			h.Add(name)
			h.Add(pairs[name])
		}
		return h.Sum
	}
	s.kind, s.exact = of(s.action, s.names), of("", s.fixed)
}

// askedIn returns the words of a purpose by which its tasks are told apart.
func askedIn(p *features.Purpose, world *agent.StateSpec) []string {
	var out []string
	for _, word := range p.Words {
		for _, values := range world.Vocabulary {
			if slices.Contains(values, word) {
				out = append(out, word)
				break
			}
		}
	}
	return out
}

// ways is what the trajectories of a window did, and the procedures that are lifted
// from them.
type ways struct {
	byTrajectory map[string]*way
	byWord       map[string][]*way // those whose tasks ask for it, oldest first; "": all
	lifted       map[string]*procedure
}

func newWays() *ways {
	return &ways{map[string]*way{}, map[string][]*way{}, map[string]*procedure{}}
}

// add takes in what a trajectory did.
func (f *ways) add(trajectory string, w *way, specs []agent.ActionSpec) {
	f.byTrajectory[trajectory] = w
	for _, word := range w.words() {
		f.byWord[word] = append(f.byWord[word], w)
		switch old := f.lifted[word]; {
		case len(w.steps) > 0:
			f.lift(word, specs)
		case old != nil:
			old.count(w)
		}
	}
}

// constant is one that a step was done with.
type constant struct{ action, name, value string }

// rates returns how often actions have their constants in the successes of tasks that
// don't ask for a word, of the newest ones.
func (f *ways) rates(word string) map[constant]float64 {
	counts := map[constant]float64{}
	all := f.byWord[""]
	for i, n := len(all)-1, 0; i >= 0 && n < maxWays; i-- {
		if w := all[i]; len(w.steps) > 0 && !slices.Contains(w.asked, word) {
			n++
			for _, s := range w.steps {
				for name, value := range s.fixed {
					counts[constant{s.action, name, value}]++
					counts[constant{s.action, name, ""}]++
				}
			}
		}
	}
	rates := make(map[constant]float64, len(counts))
	for c, n := range counts {
		if c.value != "" {
			rates[c] = (n + 1) / (counts[constant{c.action, c.name, ""}] + 2)
		}
	}
	return rates
}

// forget takes out what a trajectory did.
func (f *ways) forget(trajectory string) {
	w := f.byTrajectory[trajectory]
	if w == nil {
		return
	}
	delete(f.byTrajectory, trajectory)
	for _, word := range w.words() {
		if f.byWord[word] = slices.DeleteFunc(f.byWord[word], func(o *way) bool { return o == w }); len(f.byWord[word]) == 0 {
			delete(f.byWord, word)
		}
		if p := f.lifted[word]; p != nil {
			p.uncount(w)
		}
	}
}

// lift lifts the procedure of a word, and anew when there are twice as many successes as
// it was lifted from, or when it has become the way of too few of them: one that is
// another after each task could prove nothing.
func (f *ways) lift(word string, specs []agent.ActionSpec) {
	all, old := f.byWord[word], f.lifted[word]
	if old != nil {
		old.count(all[len(all)-1])
		old.since++
		if solved := old.of + old.since; solved < 2*old.of && float64(old.good) >= likeShare*float64(solved) {
			return
		}
	}
	var successes []*way
	for i := len(all) - 1; i >= 0 && len(successes) < maxWays; i-- {
		if len(all[i].steps) > 0 {
			successes = append(successes, all[i])
		}
	}
	slices.Reverse(successes)
	p := lift(word, successes, f.rates(word), specs)
	switch {
	case p == nil:
		delete(f.lifted, word)
		return
	case old != nil && slices.Equal(p.steps, old.steps):
		old.of, old.since = p.of, 0
		return
	}
	for _, w := range all {
		p.count(w)
	}
	f.lifted[word] = p
}

// procedures returns what was lifted: for the tasks that ask for one word, and for all
// of them. What a word's procedure says must be more than that of all.
func (f *ways) procedures(specs []agent.ActionSpec) []*procedure {
	all := f.lifted[""]
	var out []*procedure
	for _, word := range slices.Sorted(maps.Keys(f.lifted)) {
		p := f.lifted[word]
		if word != "" && (len(f.byWord[word]) == len(f.byWord[""]) || all != nil && slices.Equal(p.steps, all.steps) || !p.fixes(specs)) {
			continue
		}
		if p.good >= leastWays {
			out = append(out, p)
		}
	}
	slices.SortStableFunc(out, func(a, b *procedure) int { return cmp.Compare(b.from, a.from) })
	return out[:min(len(out), maxProcedures)]
}

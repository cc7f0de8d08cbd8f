package reasoner

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"purposeagent/agent"
	"purposeagent/agent/features"
)

// Procedures are lifted from successes, as workflows are by Wang et al. (Agent
// Workflow Memory, arXiv 2409.07429), but by counting: among the tasks that ask for
// one thing, the steps that most of the successes have in common, with what differs
// between them left open. What is fixed is theirs (a flute is drilled and sanded),
// what is open is for other rules to say (how its material is prepared).

// Bounds of what is lifted.
const (
	leastWays     = 3    // successes, …
	leastPurposes = 2    // … of so many different purposes
	likeShare     = 0.6  // of them that take the same steps
	sameShare     = 0.9  // of those that have the same constant in a step, …
	byChance      = 0.01 // … if so many are as likely to have it by chance
	maxProcedures = 32   // of a scope
	maxWays       = 100  // successes, the newest
	maxDone       = 1024 // actions of an episode that are looked through
)

// way is what one episode did.
type way struct {
	purpose string
	asked   []string // words of the purpose that the world has values for, or all
	success bool
	done    []features.Lifted // what changed something, without the things' attributes
	steps   []wayStep         // what led to the success
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
}

// wayOf reads what an episode did.
func wayOf(t *agent.Trajectory, list []transition, world *agent.StateSpec) *way {
	w := &way{purpose: t.Task.Purpose, success: t.Outcome.Success, asked: askedIn(t.Task.Purpose, world)}
	last := lastStep(t)
	if len(list) > maxDone || last < 0 {
		return w
	}
	for i := range list {
		if l := &list[i].lifted; !list[i].still || i == last {
			w.done = append(w.done, features.Lifted{Action: agent.Action{Name: l.Action.Name}, Constants: l.Constants, Args: l.Args})
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
	if n := len(w.steps); s.again && n > 0 && w.steps[n-1].again && w.steps[n-1].action == s.action {
		return
	}
	w.steps = append(w.steps, s)
}

// askedIn returns the words of a purpose by which its tasks are told apart.
func askedIn(purpose string, world *agent.StateSpec) []string {
	p := features.ReadPurpose(purpose, world.Vocabulary)
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

// procedure is what many successes have in common.
type procedure struct {
	word      string // that is asked, "" for any task
	steps     []string
	things    map[string]bool // names of what the steps are done with
	read      features.Procedure
	from      int // successes that it was lifted from, …
	of        int // … of so many
	since     int // successes after that
	good, bad int // episodes that took all of its steps
	evidence  []agent.EvidenceRef
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
		f.byWord[word] = slices.DeleteFunc(f.byWord[word], func(o *way) bool { return o == w })
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

// fixes reports whether some step of a procedure has a constant that could be another.
func (p *procedure) fixes(specs []agent.ActionSpec) bool {
	for _, text := range p.steps {
		text, _, _ = strings.Cut(text, ",")
		text, _, _ = strings.Cut(text, " {")
		if !slices.ContainsFunc(specs, func(s agent.ActionSpec) bool { return s.Name == text }) {
			return true
		}
	}
	return false
}

// maxSkeletons bounds the successes that are tried as what the others are part of.
const maxSkeletons = 12

// lift returns the procedure of successes, nil where they have too little in common. It
// is the one of them that has most others as a part of it, by their order.
func lift(word string, ways []*way, rates map[constant]float64, specs []agent.ActionSpec) *procedure {
	if len(ways) < leastWays {
		return nil
	}
	skeletons := slices.Clone(ways)
	slices.SortStableFunc(skeletons, func(a, b *way) int { return cmp.Compare(len(b.steps), len(a.steps)) })
	tried := map[string]bool{}
	var best *common
	for _, w := range skeletons {
		shape := w.shape()
		if tried[shape] || len(tried) == maxSkeletons {
			continue
		}
		tried[shape] = true
		if c := compareAll(w, ways, rates); best == nil || c.covered > best.covered {
			best = c
		}
	}
	if best.covered < leastWays || float64(best.covered) < likeShare*float64(len(ways)) || len(best.purposes) < leastPurposes && word != "" {
		return nil
	}
	p := &procedure{word: word, from: best.covered, of: len(ways), things: map[string]bool{}}
	order := make([]int, 0, len(best.taken))
	for at, n := range best.taken {
		if n > 0 {
			order = append(order, at)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(best.place[a]/float64(best.taken[a]), best.place[b]/float64(best.taken[b]))
	})
	for _, at := range order {
		p.steps = append(p.steps, best.say(at, specs))
		for _, name := range best.skeleton.steps[at].names {
			p.things[name] = true
		}
	}
	p.read = features.ReadProcedure(p.steps)
	return p
}

func (w *way) shape() string {
	var b strings.Builder
	for _, s := range w.steps {
		b.WriteString(s.action)
		for _, p := range slices.Sorted(maps.Keys(s.fixed)) {
			b.WriteString(" " + s.fixed[p])
		}
		b.WriteString(";")
	}
	return b.String()
}

// common is what successes have in common with one of them.
type common struct {
	skeleton *way
	fixed    []map[string]string // by step: the constants that most of them have
	taken    []int               // by step: how many took it, …
	place    []float64           // … and where among their steps, all together
	covered  int                 // successes that are part of it
	purposes map[string]bool
}

// compareAll finds what of the ways is part of w: first how their steps go together,
// then which constants nearly all of them share, then which have no others.
func compareAll(w *way, ways []*way, rates map[constant]float64) *common {
	c := &common{skeleton: w, fixed: make([]map[string]string, len(w.steps)), taken: make([]int, len(w.steps)), place: make([]float64, len(w.steps)), purposes: map[string]bool{}}
	aligned := make([][]int, len(ways))
	counts := make([]map[[2]string]int, len(w.steps))
	steps := make([]int, len(w.steps))
	for i, v := range ways {
		aligned[i] = w.align(v)
		for at, j := range aligned[i] {
			if j < 0 {
				continue
			}
			steps[at]++
			if counts[at] == nil {
				counts[at] = map[[2]string]int{}
			}
			for name, value := range v.steps[j].fixed {
				counts[at][[2]string{name, value}]++
			}
		}
	}
	for at := range w.steps {
		c.fixed[at] = map[string]string{}
		for pair, n := range counts[at] {
			if float64(n) >= sameShare*float64(steps[at]) && telling(n, rates, constant{w.steps[at].action, pair[0], pair[1]}) {
				c.fixed[at][pair[0]] = pair[1]
			}
		}
	}
	for i, v := range ways {
		if aligned[i] == nil || !c.holds(v, aligned[i]) {
			continue
		}
		c.covered++
		c.purposes[v.purpose] = true
		for at, j := range aligned[i] {
			if j >= 0 {
				c.taken[at]++
				c.place[at] += float64(j+1) / float64(len(v.steps)+1)
			}
		}
	}
	return c
}

// telling reports whether so many steps with a constant are more than chance: what is
// common in other tasks too is no sign of this one, until it was seen often enough.
func telling(n int, rates map[constant]float64, c constant) bool {
	rate, known := rates[c]
	if !known {
		rate = 0.5
		if len(rates) > 0 {
			rate = 0.1 // other tasks never have it
		}
	}
	return math.Pow(rate, float64(n)) <= byChance
}

// holds reports whether a way has the constants that are fixed.
func (c *common) holds(v *way, aligned []int) bool {
	for at, j := range aligned {
		if j < 0 {
			continue
		}
		for name, value := range c.fixed[at] {
			if v.steps[j].fixed[name] != value {
				return false
			}
		}
	}
	return true
}

// align finds the steps of v among those of w, in any order, as what was done early by
// one was done late by another: for each step of w its twin in v, −1 where it has none;
// nil if some step of v is none of w's. Steps with the same constants are twins first,
// then those that come first.
func (w *way) align(v *way) []int {
	if len(v.steps) > len(w.steps) {
		return nil
	}
	out := make([]int, len(w.steps))
	for i := range out {
		out[i] = -1
	}
	found := make([]bool, len(v.steps))
	left := len(v.steps)
	for _, same := range [...]bool{true, false} {
		for j := range v.steps {
			for i := 0; i < len(w.steps) && !found[j]; i++ {
				if out[i] < 0 && w.steps[i].twin(&v.steps[j], same) {
					out[i], found[j] = j, true
					left--
				}
			}
		}
	}
	if left > 0 {
		return nil
	}
	return out
}

// twin reports whether two steps are the same action, and where that is asked with the
// same constants.
func (s *wayStep) twin(o *wayStep, same bool) bool {
	return s.action == o.action && maps.Equal(s.names, o.names) && (!same || maps.Equal(s.fixed, o.fixed))
}

// say says a step, with braces around what differs.
func (c *common) say(at int, specs []agent.ActionSpec) string {
	s := &c.skeleton.steps[at]
	text := []string{s.action}
	if i := slices.IndexFunc(specs, func(spec agent.ActionSpec) bool { return spec.Name == s.action }); i >= 0 {
		for _, p := range specs[i].Params {
			if name, is := s.names[p.Name]; is {
				text = append(text, "{"+name+"}")
			} else if value, is := c.fixed[at][p.Name]; is {
				text = append(text, value)
			} else if s.fixed[p.Name] != "" {
				text = append(text, "{"+p.Name+"}")
			}
		}
	}
	out := strings.Join(text, " ")
	switch {
	case s.again:
		out += features.AsOften
	case c.taken[at] < c.covered:
		out += features.IfNeeded
	}
	return out
}

// count counts an episode if it took all steps of the procedure.
func (p *procedure) count(w *way) {
	if !p.read.In(w.done) {
		return
	}
	if w.success {
		p.good++
	} else {
		p.bad++
	}
	p.evidence = append(p.evidence, w.end)
	if over := len(p.evidence) - agent.MaxEvidence; over > 0 {
		p.evidence = slices.Delete(p.evidence, 0, over)
	}
}

// uncount takes an episode out again.
func (p *procedure) uncount(w *way) {
	switch {
	case !p.read.In(w.done):
		return
	case w.success:
		p.good--
	default:
		p.bad--
	}
	p.evidence = slices.DeleteFunc(p.evidence, func(e agent.EvidenceRef) bool { return e == w.end })
}

// rule writes a procedure as a heuristic row.
func (p *procedure) rule(scope agent.Scope) agent.Heuristic {
	h := agent.Heuristic{Tier: agent.Procedural, Kind: agent.KindWorkflow, Scope: scope, Author: agent.AuthorDistiller,
		Title: "Steps for any task", Pattern: "in any situation", Strategy: p.text(),
		Steps: p.steps, Good: p.good, Bad: p.bad, Evidence: p.evidence, Predicate: &agent.Predicate{Prior: agent.PriorSupport},
		Because: fmt.Sprintf("%d of %d tasks that took them were solved", p.good, p.good+p.bad)}
	if p.word != "" {
		h.Title = "Steps for " + p.word
		h.Pattern = "when " + p.word + " is asked"
		h.Predicate.When = []agent.Condition{{Feature: p.word + " is asked", Holds: true}}
	}
	return h
}

// text says the steps on one line, an action that comes again named once. What they
// are done with goes without saying where it is one thing.
func (p *procedure) text() string {
	var parts []string
	last, skip := "", ""
	for _, step := range p.steps {
		said, often := strings.CutSuffix(step, features.AsOften)
		said, maybe := strings.CutSuffix(said, features.IfNeeded)
		if maybe {
			skip = "; skip what is not needed"
		}
		if len(p.things) < 2 {
			for name := range p.things {
				said = strings.TrimSuffix(said, " {"+name+"}")
			}
		}
		action, with, _ := strings.Cut(said, " ")
		switch {
		case often:
			parts = append(parts, said+" as often as needed")
		case action == last && with != "":
			parts[len(parts)-1] += " and " + with
		default:
			parts = append(parts, said)
		}
		last = action
	}
	return strings.Join(parts, ", ") + skip
}

// proposeProcedures compares what can be lifted now with the library's procedures.
func proposeProcedures(found []*procedure, scope agent.Scope, rules []*agent.Heuristic) []agent.Proposal {
	mine := map[string]*agent.Heuristic{}
	for _, r := range rules {
		if r.Procedure() {
			if old := mine[r.Key()]; old == nil || r.Standing() {
				mine[r.Key()] = r
			}
		}
	}
	var out []agent.Proposal
	standing := map[string]bool{}
	for _, p := range found {
		rule := p.rule(scope)
		key := rule.Key()
		standing[key] = true
		old := mine[key]
		reason := fmt.Sprintf("lifted from %d successes", p.from)
		switch {
		case old == nil:
			out = append(out, agent.Proposal{Rule: rule, Reason: reason})
		case old.Status == agent.Banned || !old.Usable() && old.StatusBy != "" || old.Status == agent.Archived:
			// a person took it out of use, or it has no effect
		case old.Good != rule.Good || old.Bad != rule.Bad || !old.Standing():
			out = append(out, agent.Proposal{Rule: refreshed(old, &rule), Reason: reason})
		}
	}
	for key, r := range mine {
		if !standing[key] && !r.Guarded() && r.Usable() {
			retired := *r.Clone()
			retired.Status = agent.Retired
			out = append(out, agent.Proposal{Rule: retired, Retire: true, Reason: "what succeeded since goes another way"})
		}
	}
	slices.SortStableFunc(out, func(a, b agent.Proposal) int { return strings.Compare(a.Rule.ID, b.Rule.ID) })
	return out
}

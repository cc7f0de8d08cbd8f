// Package distiller learns rules from episodes without a language model. It says
// which steps were good, grows a decision tree for each lifted action, lifts
// what successes have in common as procedures, counts exact states, and predicts
// with what it knows. Each leaf of a tree is a rule that people can read.
package distiller

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"purposeagent/agent"
	"purposeagent/agent/credit"
	"purposeagent/agent/features"
	"purposeagent/agent/wording"
)

// Config configures a Distiller.
type Config struct {
	// Replay holds the trajectories that a scope's window is rebuilt from on
	// first use. Nil starts with an empty window.
	Replay agent.Replay
	// Window bounds the trajectories that are learned from in one scope,
	// newest kept; 0 means DefaultWindow.
	Window int
}

// DefaultWindow is the number of trajectories of a scope that are learned from.
const DefaultWindow = 500

// maxExamples bounds the transitions of one verb, newest kept. It is wide, as
// those who know the way make few mistakes: a narrow window forgets what the
// rules were split for. With 4,000 the maze fell from 1.00 after 100 tasks to
// .80 after 200.
const maxExamples = 16000

// maxTemplates bounds the templates of one scope.
const maxTemplates = 512

// maxScopes bounds the scopes held ready; another one is rebuilt from replay.
const maxScopes = 16

// defaultGrowth is what experiments found best. Of insight, over ten plain
// workshops each: without .77 of the tasks were solved after 50 and .985 after
// 200; with 1, 2 and 3 .58, .82 and .89 after 50, and in ten others with 3 and
// 4 .81 and .71, always 1.00 after 200. Rich ones went from .80 to .97.
var defaultGrowth = growth{gain: 2, caution: 0, detail: 4, table: 2, insight: 3, minLeaf: 2, maxDepth: 8, kappa: agent.PriorWeight, prior: agent.PriorSupport}

// Distiller is the offline reasoner as a distiller: it labels each transition
// of a trajectory good or bad, counts it in the decision trees of the actions
// that were taken, grows those trees anew when it is time, and proposes one
// readable rule for each leaf that is new or has new counts. The rules it
// proposes depend on the trajectories in its window only, so a restart changes
// nothing; once the window slides, a tree that is grown before it is due may
// differ. It is safe for concurrent use.
type Distiller struct {
	cfg    Config
	growth growth
	mu     sync.Mutex
	fields map[agent.Scope]*field
	charts map[agent.Scope]*chart // of exact states
}

var _ agent.Distiller = (*Distiller)(nil)

// New returns a distiller.
func New(cfg Config) *Distiller {
	if cfg.Window <= 0 {
		cfg.Window = DefaultWindow
	}
	return &Distiller{cfg: cfg, growth: defaultGrowth, fields: map[agent.Scope]*field{}, charts: map[agent.Scope]*chart{}}
}

// field is what was seen in one scope.
type field struct {
	// discredited are the critics whose Δ the labels do not go by.
	discredited []string
	since       map[string]time.Time // by verb: what was seen before teaches it nothing
	dict        *dictionary
	plots       map[string]*plot // by verb
	order       []string         // trajectories, oldest first
	known       map[string]bool
	ends        *ends
	effects     *effects
	plans       []*plan    // what led to success or score, oldest first
	pending     []awaiting // ends that may yet turn out to be evidence
	ways        *ways
	last        reading        // of the trajectory whose predictions were checked
	book        *features.Book // that they were checked by
}

// reading is a trajectory as it was read once, for its predictions and then
// for what it teaches.
type reading struct {
	trajectory  *agent.Trajectory
	purpose     *features.Purpose
	transitions []transition
	plans       []*plan
	states      []uint64 // before each step, and after the last
}

// read reads a trajectory, unless it was the last one.
func (f *field) read(t *agent.Trajectory, world agent.StateSpec, specs []agent.ActionSpec) []transition {
	if f.last.trajectory != t {
		read := transitions(t, world, specs, f.discredited, f.ends)
		for _, p := range read.plans {
			f.compare(p)
			for i := range p.steps {
				if s := &p.steps[i]; s.needless && read.transitions[s.at].label == good {
					read.transitions[s.at].label = doubtful
				}
			}
		}
		f.last = read
	}
	return f.last.transitions
}

// Distil learns from one trajectory. Errors are those of the replay.
func (d *Distiller) Distil(ctx context.Context, lesson agent.Lesson) ([]agent.Proposal, agent.Usage, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	t := lesson.Trajectory
	f, fresh, err := d.field(ctx, &lesson)
	if err != nil {
		return nil, agent.Usage{}, err
	}
	var seen []uint64
	if !f.known[t.ID] && len(t.Steps) > 0 {
		f.read(t, lesson.World.State, lesson.Actions)
		seen = f.last.states
	}
	touched := f.add(t, lesson.World.State, lesson.Actions)
	for len(f.order) > d.cfg.Window {
		f.forget(touched)
	}
	if fresh {
		for key := range f.plots {
			touched[key] = true
		}
	}
	proposals := make([]agent.Proposal, 0, maxUsual)
	existing := rulesByVerb(lesson.Rules)
	words := wording.New(lesson.World.State, lesson.Actions)
	keys := make([]string, 0, len(touched))
	for key := range touched {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		if p := f.plots[key]; p != nil {
			p.grow(d.growth, f.dict)
			proposals = propose(proposals, p, t.Scope, existing[key], words)
		}
	}
	proposals = append(proposals, proposeProcedures(f.ways.procedures(lesson.Actions), t.Scope, lesson.Rules, words)...)
	ways, err := d.remember(ctx, &lesson, seen)
	return slices.Insert(proposals, 0, ways...), agent.Usage{}, err
}

// maxUsual is how many proposals there is room for at once: most tasks have fewer.
const maxUsual = 48

// field returns the scope's window, rebuilt from the replay on first use.
func (d *Distiller) field(ctx context.Context, lesson *agent.Lesson) (*field, bool, error) {
	scope := lesson.Trajectory.Scope
	since := credit.TaughtSince(lesson.Changes)
	if f := d.fields[scope]; f != nil && slices.Equal(f.discredited, lesson.Discredited) && maps.EqualFunc(f.since, since, time.Time.Equal) {
		return f, false, nil
	} // else a critic lost the right to give credit, or got it back, or a law changed: all is labelled anew
	f := &field{discredited: slices.Clone(lesson.Discredited), since: since, dict: newDictionary(lesson.World.State.Vocabulary).know(lesson.Actions), plots: map[string]*plot{}, known: map[string]bool{}, ends: newEnds(), effects: newEffects(), ways: newWays()}
	if d.cfg.Replay != nil {
		recent, err := d.cfg.Replay.Recent(ctx, scope, d.cfg.Window)
		if err != nil {
			return nil, false, fmt.Errorf("read recent trajectories: %w", err)
		}
		for _, t := range slices.Backward(recent) {
			if t.ID == lesson.Trajectory.ID {
				continue // it is learned from when its turn comes, after its predictions were checked
			}
			f.add(t, lesson.World.State, lesson.Actions)
		}
	}
	if d.fields[scope] == nil && len(d.fields) >= maxScopes {
		clear(d.fields)
	}
	d.fields[scope] = f
	return f, true, nil
}

// add takes in a trajectory's transitions once, and returns the verbs that got
// some.
func (f *field) add(t *agent.Trajectory, world agent.StateSpec, specs []agent.ActionSpec) map[string]bool {
	touched := map[string]bool{}
	if f.known[t.ID] {
		return touched
	}
	f.known[t.ID] = true
	f.order = append(f.order, t.ID)
	if len(t.Steps) == 0 {
		return touched
	}
	list := f.read(t, world, specs)
	f.effects.add(t, list, f.since)
	if !f.outdated(t, list) {
		f.ways.add(t.ID, wayOf(t, f.last.purpose, list, &world), specs)
	}
	numbers := make([]int, len(list))
	for i := range list {
		numbers[i] = f.learn(t, i, &list[i], touched)
	}
	for _, p := range f.last.plans {
		for i := range p.steps {
			p.steps[i].number = numbers[p.steps[i].at]
		}
	}
	f.keep(f.last.plans, touched)
	f.wait(t, list, touched)
	f.last = reading{}
	for verb := range touched {
		f.plots[verb].ripen(t.ID)
	}
	return touched
}

// outdated reports whether the law of an action that a trajectory took has changed since.
func (f *field) outdated(t *agent.Trajectory, list []transition) bool {
	return slices.ContainsFunc(list, func(tr transition) bool { return t.At.Before(f.since[tr.lifted.Action.Name]) })
}

// learn takes in one transition and returns the number of its example, −1 where
// it teaches nothing.
func (f *field) learn(t *agent.Trajectory, at int, tr *transition, touched map[string]bool) int {
	verb := tr.lifted.Action.Name
	if tr.label == unknown || t.At.Before(f.since[verb]) {
		return -1
	}
	p := f.plots[verb]
	if p == nil {
		if len(f.plots) >= maxTemplates {
			return -1
		}
		p = &plot{action: verb, numbers: map[string]int{}}
		f.plots[verb] = p
	}
	s := &t.Steps[at]
	touched[verb] = true
	return p.add(example{template: p.number(&tr.lifted), features: f.dict.read(tr.features), numbers: f.dict.keep(tr.numbers), label: tr.label, owner: t.ID, advised: len(s.Action.Cites) > 0,
		ref: agent.EvidenceRef{Run: t.Run, Step: s.Index, Delta: s.Score.Delta, Good: tr.label == good}})
}

// forget drops the oldest trajectory.
func (f *field) forget(touched map[string]bool) {
	oldest := f.order[0]
	f.order = f.order[1:]
	delete(f.known, oldest)
	f.effects.forget(oldest)
	f.ways.forget(oldest)
	f.plans = slices.DeleteFunc(f.plans, func(p *plan) bool { return p.owner == oldest })
	f.pending = slices.DeleteFunc(f.pending, func(a awaiting) bool { return a.t.ID == oldest })
	for verb, p := range f.plots {
		n := 0
		for n < len(p.examples) && !f.known[p.examples[n].owner] {
			n++
		}
		if n > 0 {
			p.drop(n)
			touched[verb] = true
		}
	}
}

// rulesByVerb sorts the library's rules that are predicates by their action.
func rulesByVerb(rules []*agent.Heuristic) map[string][]*agent.Heuristic {
	out := map[string][]*agent.Heuristic{}
	for _, r := range rules {
		if !r.InWords() {
			out[r.Predicate.Action] = append(out[r.Predicate.Action], r)
		}
	}
	return out
}

// predicateKey identifies what a predicate says of its verb, whatever the
// order of its conditions: a sum of hashes, as an index of some hundred rules
// is built for each trajectory.
func predicateKey(params map[string]string, when []agent.Condition) uint64 {
	sum := uint64(0)
	for _, c := range when {
		h := features.NewHash()
		h.Add(c.Feature)
		if c.Holds {
			h.Add("+")
		}
		sum += h.Sum
	}
	for name, value := range params {
		h := features.NewHash()
		h.Add(name)
		h.Add("=")
		h.Add(value)
		sum += h.Sum
	}
	return sum
}

package features

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"purposeagent/agent"
)

// Applicability tells which rules of a library hold now, with the features that
// the offline reasoner reads: whoever else acts from the rules is told of them
// where the reasoner would follow them. It is safe for concurrent use.
type Applicability struct {
	episodes Episodes[struct{}]
	mu       sync.Mutex
	editions map[agent.Scope]*applied
}

// maxEditions bounds the scopes whose rules are kept compiled.
const maxEditions = 32

var _ agent.Applicability = (*Applicability)(nil)

// NewApplicability returns one that has read nothing yet.
func NewApplicability() *Applicability { return &Applicability{editions: map[agent.Scope]*applied{}} }

// applied is the compiled rules of one scope at one revision.
type applied struct {
	set    *agent.RuleSet
	taught bool     // some rule has a person's words alone, …
	fields []string // … and was read by these names of the first state
	book   *Book
	unread map[string]string

	mu         sync.Mutex
	byTemplate map[string]*triggers
}

// Applying evaluates the rules. What an episode was told and tried counts as it
// does for the reasoner.
func (a *Applicability) Applying(s *agent.Situation, set *agent.RuleSet) agent.Applying {
	if set == nil || len(set.Rules)+len(set.Candidates) == 0 {
		return agent.Applying{}
	}
	c := a.compiled(s, set)
	e, _, release := a.episodes.Of(s)
	defer release()
	m := &moment{applied: c, scene: e.Scene(), found: map[*Reading]*spoken{}}
	legal := s.Legal
	if legal == nil {
		legal = enumerate(s.Actions, e.now)
	}
	for i := range legal[:min(len(legal), maxOptions)] {
		m.consider(s.Actions, &legal[i])
	}
	if len(legal) == 0 {
		m.considerNone()
	}
	out := agent.Applying{Holding: make(map[string]agent.Bearing, len(m.found)), Unread: c.unread}
	if s.Legal == nil {
		out.Unread = m.considerOpen(s.Actions)
		out.Open = len(out.Unread) > len(c.unread)
	}
	for r, f := range m.found {
		out.Holding[r.Rule.ID] = agent.Bearing{Actions: f.actions, General: r.predicate.Action == "", Against: r.said.against, Undecided: r.said.undecided,
			Sure: r.said.sure, Refined: len(f.actions) > 0 && f.refined == len(f.actions)}
	}
	return out
}

// compiled returns the compiled rules of a set, from what is kept where it can.
func (a *Applicability) compiled(s *agent.Situation, set *agent.RuleSet) *applied {
	a.mu.Lock()
	defer a.mu.Unlock()
	old := a.editions[s.Scope]
	same := old != nil && (old.set == set || old.set.Revision == set.Revision &&
		slices.Equal(old.set.Rules, set.Rules) && slices.Equal(old.set.Candidates, set.Candidates))
	if same && (!old.taught || slices.Equal(old.fields, firstFields(s))) {
		return old
	}
	if old == nil && len(a.editions) >= maxEditions {
		clear(a.editions)
	}
	var book *Book
	if old != nil {
		book = old.book
	}
	c := newApplied(book, s, set)
	if c.taught {
		c.fields = firstFields(s)
	}
	a.editions[s.Scope] = c
	return c
}

// firstFields names the values in the first state of the run.
func firstFields(s *agent.Situation) []string {
	var names []string
	for _, f := range NewView(&s.World.State, s.First()).Facts {
		names = append(names, f.Name)
	}
	return names
}

// isTaught reports whether a rule has words alone, and a person wrote them.
func isTaught(h *agent.Heuristic) bool { return h.Predicate == nil && !h.Author.Learner() }

// newApplied compiles a set; what is in the old book as it is stays.
func newApplied(old *Book, s *agent.Situation, set *agent.RuleSet) *applied {
	c := &applied{set: set, unread: map[string]string{}, byTemplate: map[string]*triggers{}}
	words := &wordReader{specs: s.Actions, world: &s.World.State, start: s.First()}
	rules := make([]*agent.Heuristic, 0, len(set.Rules)+len(set.Candidates))
	taught := map[*agent.Heuristic]*agent.Predicate{}
	for _, list := range [...][]*agent.Heuristic{set.Rules, set.Candidates} {
		for _, h := range list {
			p, why := h.Predicate, ""
			switch {
			case p == nil:
				c.taught = c.taught || isTaught(h)
				p, why = words.read(h, set.Rules)
			case p.States != nil:
				p, why = nil, "it is a table of exact states, which only the offline reasoner reads"
			}
			if p == nil {
				c.unread[h.ID] = why
				continue
			}
			if rules = append(rules, h); h.Predicate == nil {
				taught[h] = p
			}
		}
	}
	c.book = compile(old, rules, func(h *agent.Heuristic) (*agent.Predicate, error) {
		if h.Predicate != nil {
			return h.Predicate, nil
		}
		return taught[h], nil
	})
	return c
}

// triggersOf returns those of a lifted action's template.
func (c *applied) triggersOf(l *Lifted) *triggers {
	c.mu.Lock()
	defer c.mu.Unlock()
	t, known := c.byTemplate[l.Template]
	if !known {
		t = newTriggers(c.book.speakingOf(l), len(c.book.index))
		if len(c.byTemplate) < maxOptions {
			c.byTemplate[l.Template] = t
		}
	}
	return t
}

// moment is one evaluation in progress.
type moment struct {
	*applied
	scene *Scene
	found map[*Reading]*spoken
	list  []*Reading // of one action; kept for its room
}

// spoken is of which actions a rule was found to speak.
type spoken struct {
	actions []agent.Action
	refined int // actions that a more special rule speaks of as well
}

// consider finds the rules that hold for an action.
func (m *moment) consider(specs []agent.ActionSpec, action *agent.Action) {
	l := m.scene.e.lift(specs, *action)
	t := m.triggersOf(&l)
	general := m.book.byAction[""]
	if len(t.always)+len(t.by)+len(general) == 0 {
		return
	}
	features := m.book.holding(m.scene, &l)
	for _, r := range general {
		if r.holds(features) {
			m.of(r)
		}
	}
	m.list = t.holding(features, m.list[:0])
	slices.SortFunc(m.list, (*Reading).before)
	for i, r := range m.list {
		f := m.of(r)
		f.actions = append(f.actions, *action)
		if r.refinedBy(m.list[:i]) {
			f.refined++
		}
	}
}

func (m *moment) of(r *Reading) *spoken {
	f := m.found[r]
	if f == nil {
		f = &spoken{}
		m.found[r] = f
	}
	return f
}

// refinedBy reports whether one of the rules before it says better what the rule
// says of an action: of counted ones the first speaks, as for the actor, of claims
// one that asks for more and says the same.
func (m *Reading) refinedBy(before []*Reading) bool {
	if m.Word {
		return false
	}
	for i, o := range before {
		switch {
		case o.Word || o.Rule.Author != m.Rule.Author:
		case m.Rule.Counted() && o.Rule.Counted():
			return true
		case !m.Rule.Counted() && i < maxRefining && (o.Rule.Strategy == "") == (m.Rule.Strategy == "") && o.refines(m):
			return true
		}
	}
	return false
}

// maxRefining bounds the claims about one action that another is held against.
const maxRefining = 64

// considerNone finds the rules that name no action where there is none.
func (m *moment) considerNone() {
	general := m.book.byAction[""]
	if len(general) == 0 {
		return
	}
	features := m.book.asked(m.scene.general, LookIn(m.scene.numbers, m.scene.left))
	for _, r := range general {
		if r.holds(features) {
			m.of(r)
		}
	}
}

// considerOpen finds the rules about actions that can't be listed: an announced
// parameter takes any text or number, and the rule does not say which. Where the
// conditions are about the rest the rule holds for the action as far as it is known;
// where one is about the open parameter nobody knows, and the words decide. It
// returns what can't be read then.
func (m *moment) considerOpen(specs []agent.ActionSpec) map[string]string {
	unread := m.unread
	for i := range specs {
		spec := &specs[i]
		for _, r := range m.book.byAction[spec.Name] {
			var open []string
			for j := range spec.Params {
				p := &spec.Params[j]
				if _, fixed := r.predicate.Params[p.Name]; !fixed && !p.Optional && p.Role == agent.RoleConstant && isFree(p) {
					open = append(open, p.Name)
				}
			}
			if len(open) == 0 || m.found[r] != nil {
				continue
			}
			if about := r.asksAbout(open); about != "" {
				if len(unread) == len(m.unread) {
					unread = maps.Clone(m.unread)
				}
				unread[r.Rule.ID] = "what can be done is not listed here, and its condition is about " + about
				continue
			}
			action := agent.Action{Name: spec.Name, Params: constantParams(r.predicate.Params)}
			l := Lift(specs, action)
			if r.holds(m.book.holding(m.scene, &l)) {
				f := m.of(r)
				f.actions = append(f.actions, action)
			}
		}
	}
	return unread
}

func constantParams(params map[string]string) agent.Object {
	if len(params) == 0 {
		return agent.Object("")
	}
	values := make(map[string]any, len(params))
	for name, value := range params {
		values[name] = value
	}
	return agent.MustObject(values)
}

// asksAbout returns what of its conditions an action does not tell whose open
// parameters nobody filled yet, "" if there is nothing.
func (m *Reading) asksAbout(open []string) string {
	for _, c := range m.predicate.When {
		first, _, _ := strings.Cut(c.Feature, " ")
		if slices.Contains(open, first) {
			return "its " + first
		}
		if isOfHistory(c.Feature) {
			return "whether it was done before"
		}
	}
	return ""
}

// isOfHistory reports whether a feature tells of doing one action: of having done
// it, or of what a text says of it.
func isOfHistory(feature string) bool {
	return strings.HasPrefix(feature, HistoryPrefix) || feature == toldTo || feature == toldNot
}
